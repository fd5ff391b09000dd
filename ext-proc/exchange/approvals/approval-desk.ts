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
  type Requester,
} from '../../domain/approvals/approval-request.ts';
import { judgeDecisions, type ApprovalState } from '../../domain/approvals/approval-state.ts';
import type { ApprovalStore, OpenLimits, StoredApproval } from '../../domain/approvals/approval-store.ts';
import { LEASE_MS } from '../../domain/approvals/approval-store.ts';
import type { ReviewDecision } from '../../domain/approvals/review-decision.ts';
import type { ApprovalSeals } from '../../domain/approvals/seals.ts';
import type { StandingGrant } from '../../domain/approvals/standing-grant.ts';
import type { Clock } from '../../domain/clock.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { uuidV7, type RandomBytes, type SessionId } from '../../domain/ids.ts';
import type { Log } from '../../domain/log.ts';
import { AskRates } from './ask-rates.ts';
import type { HeldAction } from './held-action.ts';

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

/** Why something is not asked for, or not let through. */
export interface ApprovalRefusal {
  readonly kind: 'refused';
  readonly code: string;
  readonly publicMessage: string;
}

/** What has become of a request, its decisions checked. */
export interface ApprovalStatus {
  readonly request: ApprovalRequest;
  readonly state: ApprovalState;
  readonly decisions: readonly ReviewDecision[];
  readonly agreed: number;
  readonly needed: number;
  readonly why: string;
}

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
/** Should a change ever go unnoticed by the store too, which looks again itself: a thousand waits ask it each. */
const LOOK_AGAIN_MS = 30_000;
/** While the store is away. */
const ASK_AGAIN_MS = 1_000;

export class ApprovalDesk {
  readonly seals: ApprovalSeals;
  readonly #options: ApprovalDeskOptions;
  readonly #rates: AskRates;
  /** Of mode `wait`: streams of this worker. */
  readonly #waiting = new Map<ApprovalId, (() => void)[]>();
  /** Who looks on, whatever the mode: nothing is kept alive or cancelled for them. */
  readonly #watching = new Map<ApprovalId, Set<() => void>>();
  readonly #stopListening: () => void;
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #settling = new Set<Promise<ApprovalStatus>>();
  /** What was let through here, until it could no longer be: whatever the store says of it. */
  readonly #used = new Map<ApprovalId, number>();
  #closed = false;

  constructor(options: ApprovalDeskOptions) {
    this.#options = options;
    this.seals = options.seals;
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
    for (const id of [...this.#waiting.keys(), ...this.#watching.keys()]) this.#wake(id);
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
        sessionId: request.sessionId,
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
    if (request.mode === 'wait') this.#waiting.set(request.id, []);
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
    const { terms, principal, mode } = action;
    const nowMs = store.nowMs();
    const deadlineMs = action.inTransaction
      ? Math.min(terms.deadlineMs, terms.transactionMs)
      : terms.deadlineMs;
    const tokenMs = Math.max(0, action.tokenExpiresAtMs - clock.nowMs());
    // Who comes again shows a token again; who waits, waits under the one that was shown.
    const decideByMs = nowMs + (mode === 'wait' ? Math.min(deadlineMs, tokenMs) : deadlineMs);
    return {
      id: uuidV7(nowMs, random(10)) as ApprovalId,
      eventId: action.eventId,
      sessionId: action.sessionId,
      mode,
      stage: terms.stage,
      requester: requesterOf(principal),
      clientAddress: action.clientAddress,
      upstream: action.upstream,
      protocol: action.protocol,
      rule: action.rule,
      reason: action.reason,
      terms: {
        requirements: terms.requirements,
        text: terms.text,
        grant: terms.grant,
        breakGlassGroups: terms.breakGlassGroups,
      },
      actionDigest: action.actionDigest,
      meaningDigest: action.meaningDigest,
      bundleHash: action.bundleHash,
      similarKey: action.similarKey,
      createdAtMs: nowMs,
      decideByMs,
      useByMs: mode === 'wait' ? decideByMs + WAIT_GRACE_MS : decideByMs + terms.useWithinMs,
      view: action.view,
    };
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
      this.#forget(request.id);
    }
  }

  async #settled(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalStatus> {
    for (;;) {
      // Asked for before it is looked up: what happens in between is noticed.
      const { changed, wake, stop } = this.#changed(request.id, signal);
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

  #changed(
    id: ApprovalId,
    signal: AbortSignal,
  ): { readonly changed: Promise<void>; wake(): void; stop(): void } {
    const { promise: changed, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const timer = setTimeout(wake, LOOK_AGAIN_MS);
    signal.addEventListener('abort', wake);
    this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), wake]);
    const stop = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      const others = this.#waiting.get(id)?.filter((each) => each !== wake);
      if (others !== undefined) this.#waiting.set(id, others);
    };
    return { changed, wake, stop };
  }

  /** Nobody waits for it here any more; a second one that does keeps it. */
  #forget(id: ApprovalId): void {
    if (this.#waiting.get(id)?.length === 0) this.#waiting.delete(id);
  }

  #wake(id: ApprovalId): void {
    for (const wake of this.#waiting.get(id) ?? []) wake();
    for (const wake of this.#watching.get(id) ?? []) wake();
  }

  /**
   * Waits as `settled` does, for somebody who looks on: the signal ends the looking and nothing else. Undefined where
   * there is no such request. Rejects with GH_APPROVALS_UNAVAILABLE.
   */
  async watched(id: ApprovalId, signal: AbortSignal): Promise<ApprovalStatus | undefined> {
    for (;;) {
      // Asked for before it is looked up: what happens in between is noticed.
      const { promise: changed, resolve } = Promise.withResolvers<void>();
      const wake = (): void => resolve();
      const timer = setTimeout(wake, LOOK_AGAIN_MS);
      signal.addEventListener('abort', wake);
      const watchers = this.#watching.get(id) ?? new Set();
      this.#watching.set(id, watchers.add(wake));
      try {
        const status = await this.status(id);
        if (status?.state !== 'pending' || signal.aborted || this.#closed) return status;
        await changed;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        watchers.delete(wake);
        if (watchers.size === 0 && this.#watching.get(id) === watchers) this.#watching.delete(id);
      }
    }
  }

  /** Undefined where there is none, or none that a worker has sealed. */
  async status(id: ApprovalId): Promise<ApprovalStatus | undefined> {
    const stored = await this.#options.store.get(id);
    return stored === undefined ? undefined : readStatus(this.seals, stored);
  }

  /** What stands of this very action for a principal that comes again: to be redeemed, awaited, or denied. */
  async standing(action: HeldAction): Promise<ApprovalStatus | undefined> {
    const { store } = this.#options;
    const stored = await store.findForAction(
      principalKey(requesterOf(action.principal)),
      action.actionDigest,
    );
    return stored === undefined ? undefined : readStatus(this.seals, stored);
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
      const refused = this.#unfit(status, action);
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
      if (this.#isUsed(id) || !(await this.#options.store.release(id, action.eventId))) {
        return refusal(
          'GH_APPROVAL_USED',
          'This approval has been used, or its time has passed; ask for a new one by sending the action again.',
        );
      }
      this.#used.set(id, status.request.useByMs);
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

  #isUsed(id: ApprovalId): boolean {
    for (const [used, untilMs] of this.#used) {
      // In the order in which they were used, and times differ little: what is left behind is looked at next time.
      if (this.remainingMs(untilMs) > 0 && this.#used.size <= USED_MAX) break;
      this.#used.delete(used);
    }
    return this.#used.has(id);
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

  /** Everything that may have changed since it was asked for. */
  #unfit(status: ApprovalStatus, action: HeldAction): ApprovalRefusal | undefined {
    const { request, state } = status;
    if (state !== 'approved') {
      return state === 'released'
        ? refusal(
            'GH_APPROVAL_USED',
            'This approval has been used; ask for a new one by sending the action again.',
          )
        : refusal('GH_APPROVAL_NOT_GIVEN', 'This has not been approved.');
    }
    if (principalKey(request.requester) !== principalKey(requesterOf(action.principal)))
      return refusal('GH_APPROVAL_OTHER_PRINCIPAL', 'This was approved for somebody else.');
    if (request.upstream !== action.upstream || request.protocol !== action.protocol)
      return refusal('GH_APPROVAL_CHANGED', CHANGED);
    if (request.actionDigest !== action.actionDigest) return refusal('GH_APPROVAL_CHANGED', CHANGED);
    if (request.meaningDigest !== action.meaningDigest) {
      return refusal(
        'GH_APPROVAL_MEANING',
        'A function, view, trigger or table that this names was changed since it was asked for; send it again.',
      );
    }
    if (request.bundleHash !== action.bundleHash) {
      return refusal('GH_APPROVAL_POLICY', 'The policy was changed since this was asked for; send it again.');
    }
    if (this.remainingMs(request.useByMs) <= 0)
      return refusal(
        'GH_APPROVAL_EXPIRED',
        'The time to use this approval has passed; send the action again.',
      );
    return undefined;
  }

  // --- ends -----------------------------------------------------------------------------------------------------

  /** The one who asked no longer waits. Never rejects. */
  async cancel(request: ApprovalRequest, why: string): Promise<void> {
    this.#forget(request.id);
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
    const ids = [...this.#waiting.keys()];
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

const isWithin = ({ rowsMax }: StandingGrant, rows: number | undefined): boolean =>
  rowsMax === undefined || (rows !== undefined && rows <= rowsMax);

/** Policy may have stopped letting grants be given since, and may have changed altogether: then it is asked for anew. */
const covers = (grant: StandingGrant, action: HeldAction, principal: string): boolean =>
  action.terms.grant !== undefined &&
  grant.principalKey === principal &&
  grant.upstream === action.upstream &&
  grant.protocol === action.protocol &&
  grant.rule === action.rule &&
  grant.bundleHash === action.bundleHash &&
  grant.meaningDigest === action.meaningDigest &&
  (grant.scope === 'nothing'
    ? grant.actionDigest === action.actionDigest
    : action.similarKey !== '' && grant.similarKey === action.similarKey);

/** Approvals that a worker remembers to have let through. */
const USED_MAX = 10_000;

/** Between a decision and the release of what waits for it: describing it anew takes that long at most. */
const WAIT_GRACE_MS = 30_000;

/** What is said of a request that the store could not be asked for. */
const unread = (request: ApprovalRequest): ApprovalStatus => ({
  request,
  state: 'pending',
  decisions: [],
  agreed: 0,
  needed: judgeDecisions(request, []).needed,
  why: '',
});

const CHANGED = 'This is not what was approved; send exactly what was shown.';

const END_REASONS = {
  cancelled: 'the one who asked no longer waits',
  expired: 'nobody decided in time, or the approval was not used in time',
  abandoned: 'the worker that held the stream is gone',
} as const;

const refusal = (code: string, publicMessage: string): ApprovalRefusal => ({
  kind: 'refused',
  code,
  publicMessage,
});

const forged = (id: ApprovalId): GatehouseError =>
  new GatehouseError('GH_APPROVAL_SEAL', 'The approval is not one that the gate made.', {
    message: `approval ${id}: it is not in the store, or its seal does not fit: somebody wrote to the store, or the key was changed`,
  });

export const requesterOf = (principal: Requester | HeldAction['principal']): Requester => ({
  subject: principal.subject,
  onBehalfOf: principal.onBehalfOf,
  issuer: principal.issuer,
  groups: principal.groups,
  person: principal.person,
});

/**
 * A stored approval with everything in it checked; undefined where its own seal does not fit. What the store says of its
 * state counts only where the decisions that fit bear it out.
 */
export function readStatus(seals: ApprovalSeals, stored: StoredApproval): ApprovalStatus | undefined {
  const request = seals.openRequest(stored.request);
  if (request === undefined || request.id !== stored.id) return undefined;
  const decisions = stored.decisions.flatMap((sealed) => seals.openDecision(sealed, stored.request) ?? []);
  const judged = judgeDecisions(request, decisions);
  const state =
    stored.state === 'approved' || stored.state === 'pending'
      ? openState(stored.state, judged.state)
      : stored.state;
  return { request, state, decisions, agreed: judged.agreed, needed: judged.needed, why: stored.why };
}

/** A denial counts wherever it is found, and an approval only where both agree. */
const openState = (
  said: 'approved' | 'pending',
  judged: 'pending' | 'approved' | 'denied',
): 'pending' | 'approved' | 'denied' =>
  judged === 'denied' ? 'denied' : said === 'approved' ? judged : said;

/** Whose agreement it needs, in words. */
export function reviewersOf({ terms }: Pick<ApprovalRequest, 'terms'>): string {
  return terms.requirements
    .map(
      ({ groups, people, count }) =>
        `${count} of ${[...groups.map((each) => `group ${each}`), ...people].join(', ')}`,
    )
    .join('; ');
}

const SEARCHED_CHARACTERS = 2_000;

function searchText({ requester, upstream, rule, view, reason }: ApprovalRequest): string {
  const words = [
    requester.subject,
    requester.onBehalfOf ?? '',
    upstream,
    rule,
    view.words,
    reason,
    view.payload,
  ];
  return words.join(' ').slice(0, SEARCHED_CHARACTERS).toLowerCase();
}
