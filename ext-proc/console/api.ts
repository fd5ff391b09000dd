/**
 * The console's API, as JSON over HTTPS: what its page, the terminal's commands and anything of an operator's own speak.
 * Pure types. Who is logged in sends a session: the page as the cookie `__Host-gatehouse` (with `X-Gatehouse-CSRF` on
 * whatever changes something), the terminal as `Authorization: Bearer`. Errors are RFC 9457 problem details with `code`.
 *
 *     GET    /api/me                              Me
 *     GET    /api/approvals?state=&words=&before=&limit=   ApprovalList
 *     GET    /api/approvals/{id}                  ApprovalDetail (recorded as viewed)
 *     POST   /api/approvals/{id}/decision         DecisionBody → DecisionAnswer
 *     GET    /api/events                          Server-Sent Events: `change` with {"ids": […]}
 *     GET    /api/grants                          GrantList
 *     DELETE /api/grants/{id}                     204
 *     GET    /api/sessions                        LiveSessionList
 *     DELETE /api/sessions/{id}                   204: ends a live session
 *     GET    /api/sessions/{id}/timeline          EvidenceList: one session's audit events, across protocols, oldest first
 *     GET    /api/search?q=&before=               EvidenceList, newest first
 *     POST   /api/logout                          204
 *     GET    /login?return=, /login/callback      authorization code with PKCE, in the browser; `prompt=login` asks who
 *     GET    /login/terminal?port=&challenge=     the same for the terminal: a page on which the person confirms it
 *     POST   /login/terminal/confirm              its form (port, challenge, csrf): 303 to http://127.0.0.1:{port}/?code=
 *     POST   /login/terminal                      TerminalLoginBody → TerminalLogin; the code is good once, for a minute
 *     POST   /webhooks/{channel}                  a signed decision from outside (docs/webhooks.md)
 *     POST   /slack/{channel}                     a button of a message in Slack
 */
import type { EvidenceEvent } from '../domain/evidence.ts';
import type { LiveSession } from '../domain/ports.ts';
import type { ActionView } from '../domain/approvals/action-view.ts';
import type { ApprovalState } from '../domain/approvals/approval-state.ts';
import type { HoldMode, HoldStage, ReviewRequirement } from '../domain/approvals/hold-terms.ts';
import type { ReviewChannel, ReviewVerdict } from '../domain/approvals/review-decision.ts';

export type Role = 'reviewer' | 'auditor' | 'admin';

export interface Me {
  readonly subject: string;
  readonly name: string;
  readonly groups: readonly string[];
  readonly roles: readonly Role[];
  /** Of this session; milliseconds since the epoch. */
  readonly expiresAtMs: number;
  /** To be sent back as X-Gatehouse-CSRF; empty for the terminal. */
  readonly csrf: string;
}

export interface ApprovalSummary {
  readonly id: string;
  readonly state: ApprovalState;
  readonly requester: { readonly subject: string; readonly onBehalfOf: string | null };
  readonly upstream: string;
  readonly protocol: string;
  readonly kind: string;
  readonly words: string;
  readonly rule: string;
  readonly reason: string;
  readonly mode: HoldMode;
  readonly stage: HoldStage;
  readonly agreed: number;
  readonly needed: number;
  readonly repeats: number;
  readonly createdAtMs: number;
  readonly decideByMs: number;
  /** The store's clock when this was made: what is left is `decideByMs - nowMs`, whatever the reader's own clock says. */
  readonly nowMs: number;
  /** Whether whoever asks may decide it, and if not, why: a stable code. */
  readonly mayDecide: boolean;
  readonly mayNotBecause: string;
}

export interface ApprovalDecisionView {
  readonly verdict: ReviewVerdict;
  readonly reviewer: string;
  readonly name: string;
  readonly channel: ReviewChannel;
  readonly breakGlass: boolean;
  readonly reason: string;
  readonly decidedAtMs: number;
}

export interface ApprovalDetail extends ApprovalSummary {
  readonly eventId: string;
  readonly sessionId: string;
  readonly issuer: string;
  readonly groups: readonly string[];
  readonly clientAddress: string;
  readonly text: string;
  readonly requirements: readonly ReviewRequirement[];
  /** How far policy lets the action be approved for a while; null where it does not. */
  readonly grant: {
    readonly minutesMax: number;
    readonly rowsMax: number | null;
    readonly scopes: readonly ('nothing' | 'literals')[];
  } | null;
  readonly mayBreakGlass: boolean;
  readonly actionDigest: string;
  readonly bundleHash: string;
  readonly view: ActionView;
  readonly decisions: readonly ApprovalDecisionView[];
  readonly why: string;
  readonly releasedBy: string | null;
  /** What was decided of the same kind of action before, newest first. */
  readonly similar: readonly ApprovalSummary[];
  /** Until when an approval can be used. */
  readonly useByMs: number;
  readonly stateSinceMs: number;
  /** `mayNotBecause` for a person; empty where the reader may decide. */
  readonly mayNotMessage: string;
}

export interface ApprovalList {
  readonly approvals: readonly ApprovalSummary[];
  /** For `before`, where there are more. */
  readonly next: string | null;
}

export interface DecisionBody {
  readonly verdict: ReviewVerdict;
  /** Required for a denial and in an emergency. */
  readonly reason?: string;
  /** The digest that was on show: another one is refused. */
  readonly actionDigest: string;
  readonly breakGlass?: boolean;
  /** Besides: this kind of action for so many minutes, as far as policy lets. */
  readonly grant?: { readonly minutes: number; readonly scope: 'nothing' | 'literals' };
}

export interface DecisionAnswer {
  readonly state: ApprovalState;
  readonly agreed: number;
  readonly needed: number;
  /** The standing grant that this decision has brought about. */
  readonly grant: GrantView | null;
}

export interface GrantView {
  readonly id: string;
  readonly approvalId: string;
  readonly requester: string;
  readonly upstream: string;
  readonly rule: string;
  readonly scope: 'nothing' | 'literals';
  readonly words: string;
  readonly rowsMax: number | null;
  readonly reviewers: readonly string[];
  readonly uses: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly revokedBy: string | null;
}

export interface GrantList {
  readonly grants: readonly GrantView[];
}

export interface LiveSessionList {
  readonly sessions: readonly LiveSession[];
}

export interface EvidenceList {
  readonly events: readonly EvidenceEvent[];
  /** For `before`, where there may be more. */
  readonly next: string | null;
}

/**
 * RFC 7636 between the terminal and the console: `challenge` is the base64url of the SHA-256 of `verifier`, which is 43 to
 * 128 characters. `matchingCode(challenge)` (terminal-login.ts) is shown in the terminal and on the page, to be compared.
 */
export interface TerminalLoginBody {
  readonly code: string;
  readonly verifier: string;
}

export interface TerminalLogin {
  /** Sent as `Authorization: Bearer`. */
  readonly session: string;
  readonly expiresAtMs: number;
}

/** RFC 9457. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: string;
  /** What to do next. */
  readonly detail: string;
}
