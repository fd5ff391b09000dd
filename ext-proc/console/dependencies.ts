/** What the console needs of the outside. `compose-console.ts` makes it. */
import type { ConsoleConfig } from '../config/approvals-config.ts';
import type { ApprovalStore } from '../domain/approvals/approval-store.ts';
import type { ReviewerLogin } from '../domain/approvals/reviewer-login.ts';
import type { ApprovalSeals } from '../domain/approvals/seals.ts';
import type { AuditJournal } from '../domain/audit-event.ts';
import type { Clock } from '../domain/clock.ts';
import type { EvidenceReader } from '../domain/evidence.ts';
import type { RandomBytes, SessionId } from '../domain/ids.ts';
import type { Log } from '../domain/log.ts';
import type { LiveSession } from '../domain/ports.ts';
import type { InboundDecisions } from './notifications/inbound.ts';
import type { SealedValues } from './sealed-values.ts';

export interface ConsoleDependencies {
  readonly config: Pick<ConsoleConfig, 'publicUrl' | 'roles' | 'sessionMs'>;
  readonly store: ApprovalStore;
  readonly seals: ApprovalSeals;
  readonly values: SealedValues;
  readonly journal: AuditJournal;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
  readonly login: ReviewerLogin;
  readonly evidence: EvidenceReader;
  readonly liveSessions: LiveSessions;
  /** The channels that are told of a request that these groups may decide. */
  readonly channelsFor: (groups: readonly string[]) => readonly string[];
  /** What a reviewer writes may hold what nobody should see at rest (I3). */
  readonly maskText: (text: string) => string;
  /** Signed decisions from outside (`composeNotifications`). */
  readonly inbound?: InboundDecisions | undefined;
}

/** The shared state of the workers of this machine; its methods throw GH_STATE_UNAVAILABLE. */
export interface LiveSessions {
  listSessions(): readonly LiveSession[];
  /** False where no such session is live. */
  kill(sessionId: SessionId, by: string): boolean;
}
