/**
 * What an HTTP exchange is handed: the worker's ports, and what configuration says of the route it came by.
 */
import type { AuditJournal } from '../../domain/audit-event.ts';
import type { Clock } from '../../domain/clock.ts';
import type { FieldMarkRule } from '../../domain/field-rules.ts';
import type { RandomBytes } from '../../domain/ids.ts';
import type { Log } from '../../domain/log.ts';
import type {
  HttpCredentialSource,
  PolicyEngine,
  SharedState,
  TokenVerifier,
  UpstreamEgress,
} from '../../domain/ports.ts';
import type { Principal } from '../../domain/principal.ts';
import type { SessionMetrics } from '../../domain/session-metrics.ts';
import type { Masker } from '../../masking/masker.ts';
import type { WaitingBytes } from './request-intake.ts';
import type { ApprovalDesk } from '../approvals/approval-desk.ts';
import type { RefusedConnections } from '../refused-connections.ts';
import type { TagSeal } from '../../protocols/http/tag-seal.ts';
import type { PathTemplates } from '../../protocols/http/path-templates.ts';
import type { McpSessions } from '../../protocols/mcp/sessions.ts';
import type { ToolSchemas } from '../../protocols/mcp/tool-schemas.ts';

export interface HttpMasking {
  /** Another one where other things are looked for, or replaced in other styles: part of the tag of what is masked. */
  readonly version: string;
  readonly masker: Masker;
  /** The same without some kinds, for decisions that reveal them; `*` is all. */
  readonly maskerWithout: (kinds: readonly string[]) => Masker;
  /** The same as one of these, which besides finds this text to the letter. */
  readonly hiding: (masker: Masker, text: string) => Masker;
  /** Of the entity tags of servers. */
  readonly tags: TagSeal;
}

export interface HttpGate {
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly policy: PolicyEngine;
  readonly verifier: TokenVerifier;
  readonly credentials: HttpCredentialSource;
  readonly masking: HttpMasking;
  readonly state: SharedState;
  readonly journal: AuditJournal;
  readonly metrics: SessionMetrics;
  readonly refusedConnections: RefusedConnections;
  /** Undefined: what policy holds is denied. */
  readonly approvals: ApprovalDesk | undefined;
  /** For clients that are told while they wait; undefined where they cannot be: they wait without a word. */
  readonly progress: WaitingProgress | undefined;
  readonly log: Log;
  /** By `<listener>/<route>`. */
  readonly routes: ReadonlyMap<string, HttpRoute>;
  /** Issuers whose tokens are taken, for clients that look for one. */
  readonly issuers: readonly string[];
  readonly mcpSessions: McpSessions;
  readonly toolSchemas: ToolSchemas;
  /** Requests under way, for blocks and drains. */
  readonly live: Set<LiveRequest>;
  /** Of requests that are not decided yet. */
  readonly waiting: WaitingBytes;
}

export interface WaitingProgress {
  readonly egress: UpstreamEgress;
  readonly noticeIntervalMs: number;
}

export interface LiveRequest {
  readonly principal: Principal;
  /** Ends it at once, and its record with the code. */
  terminate(code: string): void;
  /** The gate is about to stop: what would go on for ever ends now, and the rest when it is done. */
  drain(): void;
}

export interface HttpRoute {
  /** `<listener>/<route>`. */
  readonly name: string;
  readonly prefix: string;
  readonly inspection: 'full' | 'headers' | 'authz';
  readonly upstream: {
    readonly name: string;
    readonly protocol: 'http' | 'mcp';
    readonly labels: Readonly<Record<string, string>>;
    readonly templates: PathTemplates;
    /** Headers of clients that never go on to it, in lower case, beside those of withheld-headers.ts. */
    readonly withheldHeaders: ReadonlySet<string>;
    /** What configuration marks in answers of this upstream. */
    readonly fields: readonly FieldMarkRule[];
  };
}
