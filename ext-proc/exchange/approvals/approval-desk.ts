/**
 * Where a walk takes what policy holds: it asks for approval, waits, and has an approval redeemed. Owns the seal from end
 * to end: what is released is the action that was shown, under the bundle, by the principal and with the meaning that it
 * had when it was asked for, once, and by agreement of people who may (I4). Whatever the store says is checked here
 * against the seals first; where it cannot be asked, nothing is released (I2).
 */
import type { AuditJournal, Receipt } from '../../domain/audit-event.ts';
import { ACTION_VIEW_BYTES_MAX } from '../../domain/approvals/action-view.ts';
import { approvalRecord, type ApprovalEvent } from '../../domain/approvals/approval-event.ts';
import {
  principalKey,
  type ApprovalId,
  type ApprovalRequest,
} from '../../domain/approvals/approval-request.ts';
import type { ApprovalStore, OpenLimits } from '../../domain/approvals/approval-store.ts';
import { LEASE_MS } from '../../domain/approvals/approval-store.ts';
import type { ReviewDecision } from '../../domain/approvals/review-decision.ts';
import type { ApprovalSeals } from '../../domain/approvals/seals.ts';
import type { StandingGrant } from '../../domain/approvals/standing-grant.ts';
import type { Clock } from '../../domain/clock.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { RandomBytes, SessionId } from '../../domain/ids.ts';
import type { Log } from '../../domain/log.ts';
import { outdated, unfit } from './approval-fit.ts';
import { forged, refusal, type ApprovalRefusal } from './approval-refusal.ts';
import { approvalRequestOf, requesterOf, reviewersOf, searchText } from './approval-request-of.ts';
import { readStatus, unread, type ApprovalStatus } from './approval-status.ts';
import { AskRates } from './ask-rates.ts';
import { covers, isWithin } from './grant-cover.ts';
import type { HeldAction } from './held-action.ts';
import { RememberedApprovals } from './remembered-approvals.ts';
import { Wakers } from './wakers.ts';

export interface ApprovalDeskOptions {
  readonly store: ApprovalStore;
  readonly seals: ApprovalSeals;
  readonly journal: AuditJournal;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
  readonly limits: OpenLimits;
  /** Of the console; undefined where there is none. */
  readonly publicUrl: string | undefined;
  /** The channels that are told of a request that these groups may decide. */
  readonly channelsFor: (groups: readonly string[]) => readonly string[];
}

export type Asked =
  | {
      readonly kind: 'asked';
      readonly request: ApprovalRequest;
      /** The same action waited already; this asks for nothing new. */
      readonly joined: boolean;
    }
  | ApprovalRefusal;

/** An approval that was used, now: the one thing that lets a held action go on. */
export interface Redeemed {
  readonly kind: 'redeemed';
  readonly request: ApprovalRequest;
  readonly decisions: readonly ReviewDecision[];
  /** Of the `approval.released` event. */
  readonly receipt: Receipt;
}

/** A standing grant that covers an action, its use counted and recorded. */
export interface Granted {
  readonly kind: 'granted';
  readonly grant: StandingGrant;
  readonly receipt: Receipt;
}

const KEEP_ALIVE_MS = LEASE_MS / 4;
const SWEEP_MS = 1_000;
/** While the store is away. */
const ASK_AGAIN_MS = 1_000;

export class ApprovalDesk {
  readonly seals: ApprovalSeals;
  readonly #options: ApprovalDeskOptions;
  readonly #rates: AskRates;
  /** Of mode `wait`: streams of this worker. */
  readonly #waiting = new Wakers();
  /** Who looks on, whatever the mode: nothing is kept alive or cancelled for them. */
  readonly #watching = new Wakers();
  readonly #stopListening: () => void;
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #settling = new Set<Promise<ApprovalStatus>>();
  /** What was let through here, until it could no longer be: whatever the store says of it. */
  readonly #used: RememberedApprovals;
  #closed = false;

  constructor(options: ApprovalDeskOptions) {
    this.#options = options;
    this.seals = options.seals;
    this.#used = new RememberedApprovals(() => options.store.nowMs());
    this.#rates = new AskRates(options.limits.pendingPerPrincipal);
    this.#stopListening = options.store.onChange((ids) => {
      for (const id of ids) this.#wake(id);
    });
    this.#timers = [
      setInterval(() => void this.#keepAlive(), KEEP_ALIVE_MS).unref(),
      setInterval(() => void this.#sweep(), SWEEP_MS).unref(),
    ];
  }

  /** Who still waits is cancelled. Resolves when that is in the store and in the journal. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const id of [...this.#waiting.ids(), ...this.#watching.ids()]) this.#wake(id);
    await Promise.allSettled(this.#settling);
    this.#stopListening();
  }

  /** Where a person decides it; undefined where there is no console. */
  linkOf(id: ApprovalId): string | undefined {
    const { publicUrl } = this.#options;
    return publicUrl === undefined ? undefined : `${publicUrl}/approvals/${id}`;
  }

  /** Milliseconds that are left until a time of the store's clock. */
  remainingMs(untilMs: number): number {
    return Math.max(0, untilMs - this.#options.store.nowMs());
  }

  // --- asking ---------------------------------------------------------------------------------------------------

  /** Asks for approval. Never rejects: what cannot be asked for is refused. */
  async ask(action: HeldAction): Promise<Asked> {
    try {
      return await this.#ask(action);
    } catch (error) {
      return this.#unavailable(error);
    }
  }

  async #ask(action: HeldAction): Promise<Asked> {
    const { store, seals, limits, channelsFor, clock } = this.#options;
    if (Buffer.byteLength(JSON.stringify(action.view)) > ACTION_VIEW_BYTES_MAX) {
      return refusal(
        'GH_APPROVAL_TOO_LARGE',
        'This needs approval, and is too large for a reviewer to see all of it; send it in smaller parts.',
      );
    }
    const request = this.#requestOf(action);
    const principal = principalKey(request.requester);
    if (!this.#rates.take(principal, clock.monotonicMs())) {
      return refusal(
        'GH_APPROVAL_TOO_MANY',
        'This needs approval, and you have asked for so much of late that nobody is asked for more; wait a minute.',
      );
    }
    const sealed = seals.sealRequest(request);
    const opened = await store.open(
      {
        id: request.id,
        request: sealed,
        mode: request.mode,
        principal,
        upstream: request.upstream,
        actionDigest: request.actionDigest,
        similarKey: request.similarKey,
        sessionId: action.cancelKey ?? request.sessionId,
        createdAtMs: request.createdAtMs,
        decideByMs: request.decideByMs,
        useByMs: request.useByMs,
        searchText: searchText(request),
        notify: channelsFor(request.terms.requirements.flatMap(({ groups }) => groups)),
      },
      limits,
    );
    switch (opened.kind) {
      case 'opened':
        break;
      case 'joined': {
        this.#rates.giveBack(principal);
        const status = await this.status(opened.id);
        if (status === undefined) throw forged(opened.id);
        return { kind: 'asked', request: status.request, joined: true };
      }
      case 'too-many':
        return refusal(
          'GH_APPROVAL_TOO_MANY',
          opened.of === 'principal'
            ? 'This needs approval, and too much of yours waits for it already; wait until that is decided.'
            : 'This needs approval, and too much waits for it already; try again later.',
        );
    }
    if (request.mode === 'wait') this.#waiting.keep(request.id);
    try {
      await this.#record(request, {
        kind: 'approval.requested',
        by: undefined,
        decision: 'hold',
        reason: request.reason,
        outcome: 'ok',
        details: {
          reviewers: reviewersOf(request),
          decide_by: new Date(request.decideByMs).toISOString(),
        },
      });
    } catch (error) {
      await this.cancel(request, 'GH_JOURNAL_UNAVAILABLE');
      throw error;
    }
    return { kind: 'asked', request, joined: false };
  }

  #requestOf(action: HeldAction): ApprovalRequest {
    const { store, clock, random } = this.#options;
    return approvalRequestOf(action, { nowMs: store.nowMs(), clock, random });
  }

  // --- waiting --------------------------------------------------------------------------------------------------

  /**
   * Waits until a request is decided, or has ended otherwise, or the signal says that nobody waits any more, which cancels
   * it. A store that is away for a while is waited for. Rejects with GH_APPROVALS_UNAVAILABLE where by the deadline nobody
   * can say what has become of it, and with GH_APPROVAL_SEAL where somebody else wrote it.
   */
  async settled(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalStatus> {
    const settling = this.#settled(request, signal);
    this.#settling.add(settling);
    try {
      return await settling;
    } finally {
      this.#settling.delete(settling);
      this.#waiting.forget(request.id);
    }
  }

  async #settled(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalStatus> {
    for (;;) {
      // Asked for before it is looked up: what happens in between is noticed.
      const { changed, wake, stop } = this.#waiting.listen(request.id, signal);
      let soon: NodeJS.Timeout | undefined;
      try {
        const status = await this.#statusOrNothing(request);
        if (status === undefined) soon = setTimeout(wake, ASK_AGAIN_MS);
        if (status !== undefined && status.state !== 'pending') return status;
        if (signal.aborted || this.#closed) {
          const why = signal.aborted ? 'GH_APPROVAL_LEFT' : 'GH_DRAINED';
          await this.cancel(request, why);
          return { ...(status ?? unread(request)), state: 'cancelled', why };
        }
        await changed;
      } finally {
        clearTimeout(soon);
        stop();
      }
    }
  }

  /** Undefined while the store cannot be asked. */
  async #statusOrNothing(request: ApprovalRequest): Promise<ApprovalStatus | undefined> {
    let status: ApprovalStatus | undefined;
    try {
      status = await this.status(request.id);
    } catch (error) {
      if (this.remainingMs(request.useByMs) <= 0) throw error;
      this.#failed(error, 'looked up');
      return undefined;
    }
    if (status === undefined) throw forged(request.id);
    return status;
  }

  #wake(id: ApprovalId): void {
    this.#waiting.wake(id);
    this.#watching.wake(id);
  }

  /**
   * Waits as `settled` does, for somebody who looks on: the signal ends the looking and nothing else. Undefined where
   * there is no such request. Rejects with GH_APPROVALS_UNAVAILABLE.
   */
  async watched(id: ApprovalId, signal: AbortSignal): Promise<ApprovalStatus | undefined> {
    for (;;) {
      // Asked for before it is looked up: what happens in between is noticed.
      const { changed, stop } = this.#watching.listen(id, signal);
      try {
        const status = await this.status(id);
        if (status?.state !== 'pending' || signal.aborted || this.#closed) return status;
        await changed;
      } finally {
        stop();
        this.#watching.forget(id);
      }
    }
  }

  /** Undefined where there is none, or none that a worker has sealed. */
  async status(id: ApprovalId): Promise<ApprovalStatus | undefined> {
    const stored = await this.#options.store.get(id);
    return stored === undefined ? undefined : readStatus(this.seals, stored);
  }

  /**
   * What stands of this very action for a principal that comes again: to be redeemed, awaited, or denied. What can no
   * longer be let through, since policy or what the action names was changed, is cancelled and stands no more: it is to
   * be asked for anew. Rejects with GH_APPROVALS_UNAVAILABLE.
   */
  async standing(action: HeldAction): Promise<ApprovalStatus | undefined> {
    const { store } = this.#options;
    const stored = await store.findForAction(
      principalKey(requesterOf(action.principal)),
      action.actionDigest,
    );
    const status = stored === undefined ? undefined : readStatus(this.seals, stored);
    if (status === undefined || status.state === 'denied') return status;
    const why = outdated(status.request, action);
    if (why === undefined) return status;
    await this.cancel(status.request, why);
    return undefined;
  }

  // --- letting through ------------------------------------------------------------------------------------------

  /**
   * Uses an approval for an action that has just been described and decided again. Never rejects. Only one caller ever
   * gets it; a caller that is refused lets nothing through.
   */
  async redeem(id: ApprovalId, action: HeldAction): Promise<Redeemed | ApprovalRefusal> {
    try {
      const status = await this.status(id);
      if (status === undefined) throw forged(id);
      const refused = unfit(status, action, this.#options.store.nowMs());
      if (refused !== undefined) {
        await this.#record(status.request, {
          kind: 'approval.refused',
          by: undefined,
          decision: 'deny',
          reason: refused.publicMessage,
          outcome: 'denied',
          errorCode: refused.code,
          details: { digest_now: action.actionDigest, bundle_now: action.bundleHash },
        });
        return refused;
      }
      if (this.#used.has(id) || !(await this.#options.store.release(id, action.eventId))) {
        return refusal(
          'GH_APPROVAL_USED',
          'This approval has been used, or its time has passed; ask for a new one by sending the action again.',
        );
      }
      this.#used.add(id, status.request.useByMs);
      // People have been asked for something that they wanted to be asked for.
      this.#rates.giveBack(principalKey(status.request.requester));
      const { request, decisions } = status;
      const receipt = await this.#record(request, {
        kind: 'approval.released',
        by: undefined,
        decision: 'allow',
        reason: 'what was approved is let through, once',
        outcome: 'ok',
        details: {
          released_event: action.eventId,
          digest_released: action.actionDigest,
          approved_by: decisions.map(({ reviewer }) => reviewer.subject).join(' '),
        },
      });
      return { kind: 'redeemed', request, decisions, receipt };
    } catch (error) {
      return this.#unavailable(error);
    }
  }

  /**
   * A grant that a reviewer has given for this kind of action; undefined where none covers it. `rows`: what it changes,
   * where that is known; a grant with a bound on rows covers nothing else. Never rejects.
   */
  async granted(action: HeldAction, rows?: number): Promise<Granted | undefined> {
    const { store } = this.#options;
    try {
      for (const grant of await this.#covering(action)) {
        if (!isWithin(grant, rows) || !(await store.useGrant(grant.id))) continue;
        const receipt = await this.#record(
          { ...this.#requestOf(action), id: grant.approvalId },
          {
            kind: 'approval.grant_used',
            by: undefined,
            decision: 'allow',
            reason: 'a standing grant covers it',
            outcome: 'ok',
            details: {
              grant: grant.id,
              approved_by: grant.reviewers.map(({ subject }) => subject).join(' '),
              ...(rows === undefined ? undefined : { rows: String(rows) }),
            },
          },
        );
        return { kind: 'granted', grant, receipt };
      }
    } catch (error) {
      this.#unavailable(error);
    }
    return undefined;
  }

  /** Whether a grant covers it for as many rows as that allows: nothing is counted or recorded. Never rejects. */
  async grantedForRows(action: HeldAction): Promise<boolean> {
    try {
      return (await this.#covering(action)).some(({ rowsMax }) => rowsMax !== undefined);
    } catch (error) {
      this.#unavailable(error);
      return false;
    }
  }

  async #covering(action: HeldAction): Promise<readonly StandingGrant[]> {
    const key = principalKey(requesterOf(action.principal));
    return (await this.#options.store.grantsFor(key, action.upstream)).flatMap((stored) => {
      const grant = this.seals.openGrant(stored.grant);
      const good =
        grant?.id === stored.id && covers(grant, action, key) && this.remainingMs(grant.expiresAtMs) > 0;
      return good ? [grant] : [];
    });
  }

  // --- ends -----------------------------------------------------------------------------------------------------

  /** The one who asked no longer waits. Never rejects. */
  async cancel(request: ApprovalRequest, why: string): Promise<void> {
    this.#waiting.forget(request.id);
    try {
      if (await this.#options.store.cancel(request.id, why)) await this.#recordEnd(request, 'cancelled', why);
    } catch (error) {
      // A `wait` that nobody keeps alive is abandoned; a `retry` expires.
      this.#options.log.warn({ err: error, approval: request.id }, 'an approval could not be cancelled');
    }
  }

  /**
   * Nobody waits any more for what a session waits for, on whichever worker. The ids of what was ended; rejects where the
   * store cannot be asked.
   */
  async cancelSession(sessionId: SessionId, why: string): Promise<readonly ApprovalId[]> {
    const ended = await this.#options.store.cancelSession(sessionId, why);
    for (const id of ended) {
      const status = await this.status(id);
      if (status !== undefined) await this.#recordEnd(status.request, 'cancelled', why);
    }
    return ended;
  }

  async #keepAlive(): Promise<void> {
    const ids = this.#waiting.ids();
    if (ids.length === 0) return;
    await this.#options.store.keepAlive(ids).catch((error: unknown) => this.#failed(error, 'kept alive'));
  }

  async #sweep(): Promise<void> {
    try {
      for (const ended of await this.#options.store.sweep()) {
        const status = readStatus(this.seals, ended);
        if (status === undefined) continue;
        const { state } = status;
        if (state === 'expired' || state === 'abandoned')
          await this.#recordEnd(status.request, state, status.why);
      }
    } catch (error) {
      this.#failed(error, 'swept');
    }
  }

  #recordEnd(
    request: ApprovalRequest,
    state: 'cancelled' | 'expired' | 'abandoned',
    why: string,
  ): Promise<Receipt> {
    return this.#record(request, {
      kind: `approval.${state}`,
      by: undefined,
      decision: 'deny',
      reason: END_REASONS[state],
      outcome: state === 'cancelled' ? 'cancelled' : 'denied',
      errorCode: why,
    });
  }

  #record(request: ApprovalRequest, event: ApprovalEvent): Promise<Receipt> {
    const { journal, clock, random } = this.#options;
    return journal.append(approvalRecord(request, event, clock.nowMs(), random));
  }

  #failed(error: unknown, what: string): void {
    this.#options.log.error({ err: error }, `approvals could not be ${what}`);
  }

  #unavailable(error: unknown): ApprovalRefusal {
    this.#options.log.error({ err: error }, 'approvals failed');
    const code = error instanceof GatehouseError ? error.code : 'GH_APPROVALS_UNAVAILABLE';
    return refusal(
      code,
      'This needs approval, and the gate cannot ask for it now; try again later, or tell its operators.',
    );
  }
}

const END_REASONS = {
  cancelled: 'the one who asked no longer waits',
  expired: 'nobody decided in time, or the approval was not used in time',
  abandoned: 'the worker that held the stream is gone',
} as const;
