/** An action that policy holds, as the walk of its protocol hands it to the approval desk. */
import type { ActionView } from '../../domain/approvals/action-view.ts';
import type { HoldMode, HoldTerms } from '../../domain/approvals/hold-terms.ts';
import type { EventId, SessionId } from '../../domain/ids.ts';
import type { Principal } from '../../domain/principal.ts';

export interface HeldAction {
  /** Of the action's own record. */
  readonly eventId: EventId;
  readonly sessionId: SessionId;
  /** In place of the session: by this `cancelSession` finds it, where its client can say elsewhere that it does not wait any more. */
  readonly cancelKey?: SessionId | undefined;
  readonly principal: Principal;
  readonly clientAddress: string;
  readonly upstream: string;
  readonly protocol: string;
  readonly rule: string;
  /** Masked. */
  readonly reason: string;
  readonly bundleHash: string;
  readonly terms: HoldTerms;
  /** The one of the terms, or what is usual for the protocol and possible here. */
  readonly mode: HoldMode;
  /** As of `ApprovalRequest`. */
  readonly actionDigest: string;
  readonly meaningDigest: string;
  readonly similarKey: string;
  /** Inside an open transaction block. */
  readonly inTransaction: boolean;
  /**
   * When the principal's token expires, by the worker's clock: nothing waits for longer. Undefined where the token may be
   * renewed meanwhile, and the session sees to it that nothing waits without one.
   */
  readonly tokenExpiresAtMs: number | undefined;
  readonly view: ActionView;
}
