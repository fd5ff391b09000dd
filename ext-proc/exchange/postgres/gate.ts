/**
 * What a PostgreSQL exchange is handed: the worker's ports, and what configuration says of the listener it came by.
 */
import type { SecureContext } from 'node:tls';
import type { AuditJournal } from '../../domain/audit-event.ts';
import type { Clock } from '../../domain/clock.ts';
import type { RandomBytes, SessionId } from '../../domain/ids.ts';
import type { Log } from '../../domain/log.ts';
import type {
  CancelTarget,
  CatalogueFingerprint,
  CredentialSource,
  PolicyEngine,
  SharedState,
  StatementDescriber,
  TokenVerifier,
} from '../../domain/ports.ts';
import type { SessionMetrics } from '../../domain/session-metrics.ts';
import type { ApprovalDesk } from '../approvals/approval-desk.ts';
import type { RefusedConnections } from '../refused-connections.ts';

import type { PostgresMasking } from './masking/postgres-masking.ts';
/** Sends a cancel request to an upstream over a connection of the gate's own. Never rejects. */
export interface UpstreamCanceller {
  cancel(target: CancelTarget): Promise<void>;
}

export interface PostgresGate {
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly worker: string;
  readonly policy: PolicyEngine;
  readonly verifier: TokenVerifier;
  readonly credentials: CredentialSource;
  readonly describer: StatementDescriber;
  readonly masking: PostgresMasking;
  readonly state: SharedState;
  readonly journal: AuditJournal;
  readonly canceller: UpstreamCanceller;
  readonly metrics: SessionMetrics;
  readonly refusedConnections: RefusedConnections;
  /** Undefined: what policy holds is denied. */
  readonly approvals: ApprovalDesk | undefined;
  /** How often a client that waits for an approval is told so again. */
  readonly noticeIntervalMs: number;
  readonly meanings: CatalogueFingerprint;
  readonly log: Log;
  /** The sessions of this worker, for kills, blocks and drains. */
  readonly sessions: Map<SessionId, TerminableSession>;
}

/** A live session that the operators can end. */
export interface TerminableSession {
  readonly principal: { readonly subject: string; readonly onBehalfOf: string | undefined };
  terminate(cause: Termination): void;
  /** Ends the session as soon as it is idle outside a transaction. */
  drain(): void;
}

export interface Termination {
  /** The row's action kind. */
  readonly kind: 'postgres.expired' | 'postgres.killed' | 'postgres.drained' | 'postgres.failed';
  readonly code: string;
  readonly sqlstate: string;
  readonly publicMessage: string;
  readonly hint?: string;
}

/** How the gate speaks TLS to an upstream; libpq's sslmode words. */
export interface UpstreamTls {
  readonly mode: 'prefer' | 'require' | 'verify-full';
  /** PEM; undefined is the CAs that Node trusts. */
  readonly ca: string | undefined;
  /** What the certificate must carry. */
  readonly serverName: string;
}

export interface PostgresRoute {
  readonly listener: string;
  /** Current server certificate; undefined where the listener has no TLS. */
  readonly secureContext: (() => SecureContext) | undefined;
  /** Tokens without TLS: loopback development only. */
  readonly plaintextAllowed: boolean;
  readonly handshakeTimeoutMs: number;
  readonly upstream: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    /** Names a client may ask for; undefined is any. */
    readonly databases: readonly string[] | undefined;
    readonly tls: UpstreamTls;
  };
}
