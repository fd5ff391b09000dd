/**
 * A request that policy holds, on its way between the approval desk and its walk. What comes again (`retry`) finds what has
 * become of it by its digest; what waits on its stream is decided anew from its beginning once it is approved. Owns that
 * only an approval that was used just now, or a standing grant, lets it through.
 */
import type { ApprovalId, ApprovalRequest } from '../../domain/approvals/approval-request.ts';
import { principalKey } from '../../domain/approvals/approval-request.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { ApprovalNotice, Problem } from '../../protocols/http/problem-details.ts';
import { requesterOf } from '../approvals/approval-request-of.ts';
import type { ApprovalDesk } from '../approvals/approval-desk.ts';
import type { ApprovalRefusal } from '../approvals/approval-refusal.ts';
import type { HeldAction } from '../approvals/held-action.ts';
import {
  approvalNotice,
  endedProblem,
  neededProblem,
  refusedProblem,
  type ApprovalLinks,
  type ToldStatus,
} from './approval-problems.ts';
import type { HeldForm } from './held-form.ts';
import type { HttpGate } from './http-gate.ts';
import { mayWait, whileWaiting } from './waiting-streams.ts';

/** What lets it through, for its record. */
export interface Used {
  readonly ok: true;
  readonly approvalId: ApprovalId;
  readonly details: Readonly<Record<string, string>>;
}

export interface HeldRefusal {
  readonly ok: false;
  /** Undefined where nothing was asked for. */
  readonly approvalId: ApprovalId | undefined;
  readonly problem: Problem;
  /** The client has gone: nobody is told. */
  readonly left?: true;
}

/** Called just before it goes on: whatever fails before then uses nothing up. */
export type UseApproval = () => Promise<Used | HeldRefusal>;

export type Passage =
  | { readonly kind: 'through'; readonly use: UseApproval }
  /** Resolves when it is to be decided anew, or never runs. */
  | {
      readonly kind: 'waits';
      /** Of what it waits for. */
      readonly notice: ApprovalNotice;
      readonly settled: () => Promise<
        { readonly ok: true; readonly approved: ApprovalId | undefined } | HeldRefusal
      >;
    }
  | { readonly kind: 'refused'; readonly refusal: HeldRefusal };

export interface HeldRequestOptions {
  readonly gate: Pick<HttpGate, 'masking'>;
  readonly desk: ApprovalDesk;
  readonly linksOf: (id: ApprovalId) => ApprovalLinks;
}

export interface PassageBounds {
  readonly carried: HeldForm['carried'];
  /** How long the client, or policy, lets it wait on its stream before it is told to come again; 0 is not at all. */
  readonly waitMs: number;
  /** What has been waited for: the approval that is to be used now. */
  readonly approved: ApprovalId | undefined;
}

export class HeldRequest {
  readonly #options: HeldRequestOptions;
  readonly #leaving = new AbortController();
  #endCode: string | undefined;
  #waits = false;

  constructor(options: HeldRequestOptions) {
    this.#options = options;
  }

  /** Its client has gone: if it waits, or is about to, it waits no longer. */
  leave(): void {
    this.#leaving.abort();
  }

  /** The gate ends it, for a reason that its client is told. False where it does not wait. */
  end(code: string): boolean {
    if (!this.#waits) return false;
    this.#endCode ??= code;
    this.#leaving.abort();
    return true;
  }

  /** Where the approvals cannot be asked for it is refused (I2). */
  async passage(action: HeldAction, bounds: PassageBounds): Promise<Passage> {
    const { approved } = bounds;
    if (approved !== undefined) return { kind: 'through', use: () => this.#redeem(approved, action) };
    try {
      return await (action.mode === 'wait' ? this.#heldOpen(action) : this.#toComeAgain(action, bounds));
    } catch (error) {
      return { kind: 'refused', refusal: this.#unavailable(error) };
    }
  }

  #unavailable(error: unknown): HeldRefusal {
    if (!(error instanceof GatehouseError)) throw error;
    return this.#refused(undefined, { code: error.code, publicMessage: UNAVAILABLE });
  }

  async #granted(action: HeldAction): Promise<Passage | undefined> {
    const granted = await this.#options.desk.granted(action);
    if (granted === undefined) return undefined;
    const { grant } = granted;
    const approvedBy = grant.reviewers.map(({ subject }) => subject).join(' ');
    const details = { approved_by: approvedBy, grant: grant.id, digest_released: action.actionDigest };
    return {
      kind: 'through',
      use: () => Promise.resolve({ ok: true, approvalId: grant.approvalId, details }),
    };
  }

  /** On its stream, to the end of its time. */
  async #heldOpen(action: HeldAction): Promise<Passage> {
    const { desk } = this.#options;
    const granted = await this.#granted(action);
    if (granted !== undefined) return granted;
    if (!mayWait(desk, keyOf(action)))
      return { kind: 'refused', refusal: this.#refused(undefined, TOO_MANY) };
    const asked = await desk.ask(action);
    if (asked.kind === 'refused') return { kind: 'refused', refusal: this.#refused(undefined, asked) };
    const { request } = asked;
    return {
      kind: 'waits',
      notice: this.#pending(request),
      settled: () =>
        this.#waiting(action, async () => this.#outcome(await desk.settled(request, this.#leaving.signal))),
    };
  }

  async #toComeAgain(action: HeldAction, { carried, waitMs }: PassageBounds): Promise<Passage> {
    const { desk } = this.#options;
    const standing = await desk.standing(action);
    if (standing?.state === 'approved') {
      const { id } = standing.request;
      return { kind: 'through', use: () => this.#redeem(id, action) };
    }
    // What was approved once is used up first: no part of it is left when a grant has passed.
    const granted = await this.#granted(action);
    if (granted !== undefined) return granted;
    if (standing?.state === 'denied') return { kind: 'refused', refusal: this.#ended(standing) };
    const asked = standing === undefined ? await desk.ask(action) : { kind: 'asked' as const, ...standing };
    if (asked.kind === 'refused') return { kind: 'refused', refusal: this.#refused(undefined, asked) };
    const { request } = asked;
    const forMs = Math.max(waitMs, carried?.id === request.id ? carried.waitMs : 0);
    if (forMs === 0 || !mayWait(desk, keyOf(action)))
      return { kind: 'refused', refusal: this.#needed(request) };
    return {
      kind: 'waits',
      notice: this.#pending(request),
      settled: () => this.#waiting(action, () => this.#watched(request, forMs)),
    };
  }

  async #waiting<T>(action: HeldAction, wait: () => Promise<T>): Promise<T | HeldRefusal> {
    this.#waits = true;
    try {
      return await whileWaiting(this.#options.desk, keyOf(action), wait);
    } catch (error) {
      return this.#unavailable(error);
    } finally {
      this.#waits = false;
    }
  }

  /** For so long, and then it is told to come again: its request stands. */
  async #watched(request: ApprovalRequest, forMs: number) {
    const { desk } = this.#options;
    const signal = AbortSignal.any([
      this.#leaving.signal,
      AbortSignal.timeout(Math.ceil(Math.min(forMs, LIMITS.httpHoldMsMax))),
    ]);
    const status = await desk.watched(request.id, signal);
    return this.#outcome(status ?? { request, state: 'cancelled', decisions: [] });
  }

  #outcome(status: ToldStatus): { ok: true; approved: ApprovalId | undefined } | HeldRefusal {
    const { request, state } = status;
    if (this.#leaving.signal.aborted) return this.#left(request);
    if (state === 'approved') return { ok: true, approved: request.id };
    return state === 'pending' ? this.#needed(request) : this.#ended(status);
  }

  async #redeem(id: ApprovalId, action: HeldAction): Promise<Used | HeldRefusal> {
    const redeemed = await this.#options.desk.redeem(id, action);
    if (redeemed.kind === 'refused') return this.#refused(id, redeemed);
    const approvedBy = redeemed.decisions
      .filter(({ verdict }) => verdict === 'approve')
      .map(({ reviewer }) => reviewer.subject);
    const details = { approved_by: approvedBy.join(' '), digest_released: action.actionDigest };
    return { ok: true, approvalId: id, details };
  }

  #needed(request: ApprovalRequest): HeldRefusal {
    return { ok: false, approvalId: request.id, problem: neededProblem(request, this.#pending(request)) };
  }

  #ended(status: ToldStatus): HeldRefusal {
    return { ok: false, approvalId: status.request.id, problem: endedProblem(status, this.#notice(status)) };
  }

  #refused(approvalId: ApprovalId | undefined, refusal: Omit<ApprovalRefusal, 'kind'>): HeldRefusal {
    return { ok: false, approvalId, problem: refusedProblem(refusal) };
  }

  #left({ id }: ApprovalRequest): HeldRefusal {
    switch (this.#endCode) {
      case undefined:
        return leftRefusal(id);
      case 'GH_PRINCIPAL_BLOCKED': {
        const detail = "This principal is blocked; ask the gate's operators.";
        return { ok: false, approvalId: id, problem: { status: 403, code: this.#endCode, detail } };
      }
      default: {
        const detail =
          'The gate has ended this while it waited for approval; nothing has run. Send it again.';
        return {
          ok: false,
          approvalId: id,
          problem: { status: 503, code: this.#endCode, detail, retryAfterS: 1 },
        };
      }
    }
  }

  #pending(request: ApprovalRequest): ApprovalNotice {
    return this.#notice({ request, state: 'pending', decisions: [] });
  }

  #notice(status: ToldStatus): ApprovalNotice {
    const { linksOf, gate } = this.#options;
    return approvalNotice(status, linksOf(status.request.id), gate.masking.masker);
  }
}

const TOO_MANY = {
  code: 'GH_APPROVAL_TOO_MANY',
  publicMessage:
    'This needs approval, and too much of yours waits for it already; wait until that is decided.',
};

const UNAVAILABLE =
  'This needs approval, and the gate cannot ask for it now; try again later, or tell its operators.';

const keyOf = (action: HeldAction): string => principalKey(requesterOf(action.principal));

/** Of what nobody waits for any more. */
export const leftRefusal = (approvalId: ApprovalId | undefined): HeldRefusal => ({
  ok: false,
  approvalId,
  problem: { status: 403, code: 'GH_APPROVAL_LEFT', detail: '' },
  left: true,
});
