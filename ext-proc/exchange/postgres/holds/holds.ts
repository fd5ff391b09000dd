/**
 * What policy holds, of one session: asks for approval, tells the client that it waits, and lets exactly what was
 * approved go on. Owns the order of these, and that what goes on was described and judged anew right before (I4). While
 * something is held nothing else of the client's is taken, and the server owes nothing.
 */
import type { ApprovalRequest } from '../../../domain/approvals/approval-request.ts';
import type { HoldMode, HoldTerms } from '../../../domain/approvals/hold-terms.ts';
import type { EventId } from '../../../domain/ids.ts';
import type { ApprovalDesk } from '../../approvals/approval-desk.ts';
import type { ApprovalStatus } from '../../approvals/approval-status.ts';
import type { HeldAction } from '../../approvals/held-action.ts';
import type { RecordedApproval } from '../decider.ts';
import type { Refusal } from '../denial.ts';
import type { ClientFlow } from '../frontend/client-flow.ts';
import type { SessionWalk } from '../session-walk.ts';
import type { AskedUnder, Held, HeldThing } from './held-thing.ts';
import { comeAgain, deniedBefore, endedWait, refusedByDesk, waitingNotice } from './hold-words.ts';
import { endingWithToken, waitOf, type Wait } from './held-wait.ts';
import { joinedTerms } from './joined-terms.ts';
import { GATE_DRAINS, NO_CATALOGUE, NOT_AVAILABLE } from './refused-outright.ts';

export interface HoldsOptions {
  readonly walk: SessionWalk;
  readonly flow: ClientFlow;
  /** Of the session, as it is now. */
  readonly token: { readonly expiresAtMs: number };
  /** Something waits from now on. */
  readonly onWait: () => void;
}

interface Hold {
  readonly desk: ApprovalDesk;
  readonly held: Held;
  readonly terms: HoldTerms;
  readonly mode: HoldMode;
  /** Of the record of the first statement that is held. */
  readonly eventId: EventId;
}

export class Holds {
  readonly #options: HoldsOptions;
  /** Of what waits now. */
  #abort: AbortController | undefined;
  #tell: (() => void) | undefined;
  /** Why nothing of the session waits any more. */
  #over: 'left' | 'drained' | undefined;
  #stopped = false;

  constructor(options: HoldsOptions) {
    this.#options = options;
  }

  /** Whether approval can be asked for; where not, what policy holds is denied. */
  get available(): boolean {
    return this.#options.walk.gate.approvals !== undefined;
  }

  /** Something waits for a human now. */
  get waiting(): boolean {
    return this.#abort !== undefined;
  }

  /** The session has another token: what waits may wait for longer, and its client is told. */
  renewed(): void {
    this.#tell?.();
  }

  /** The client sends no more: nobody waits for what is held, nor for what is to come. */
  left(): void {
    this.#end('left');
  }

  /** The gate is stopping. */
  drained(): void {
    this.#end('drained');
  }

  /** Nothing of the session goes on any more. */
  stop(): void {
    this.#stopped = true;
    this.#end('left');
  }

  #end(why: 'left' | 'drained'): void {
    this.#over ??= why;
    this.#abort?.abort();
  }

  /** Resolves when it has gone on, or has been refused. */
  async hold(held: Held): Promise<void> {
    const { walk } = this.#options;
    await walk.quiet();
    const thing = await held.judge();
    if (thing === undefined) return;
    if (thing.verdict === 'deny') return thing.deny();
    if (thing.verdict === 'allow') return thing.forward(undefined, undefined);
    const desk = walk.gate.approvals;
    const terms = joinedTerms(thing.terms);
    // What has run cannot be taken up again by somebody who comes later.
    const mode = terms.stage === 'commit' ? 'wait' : (terms.mode ?? 'wait');
    const eventId = walk.decider.newEventId();
    const outright = desk === undefined ? NOT_AVAILABLE : thing.refusedOutright(terms, mode);
    if (desk === undefined || outright !== undefined)
      return thing.refuse(outright ?? NOT_AVAILABLE, 'denied', unasked(eventId));
    const hold: Hold = { desk, held, terms, mode, eventId };
    const action = await this.#actionOf(hold, thing);
    if (action === undefined) return thing.refuse(NO_CATALOGUE, 'denied', unasked(eventId));
    if (this.#over !== undefined) return this.#refuseOver(thing, 'denied', unasked(eventId));
    if (mode === 'retry') return this.#comeAgain(hold, thing, action);
    const passed = await this.#byGrant(hold, thing, action);
    return passed === undefined ? this.#wait(hold, thing, action) : passed.done;
  }

  /** Undefined where no grant covers it; else how it goes on. */
  async #byGrant(
    hold: Hold,
    thing: HeldThing,
    action: HeldAction,
  ): Promise<{ readonly done: Promise<void> | void } | undefined> {
    const granted = await thing.granted(this.#under(hold), action);
    if (granted === undefined || this.#stopped) return undefined;
    return { done: granted === 'when-run' ? thing.run() : thing.forward(granted, action) };
  }

  // --- wait -----------------------------------------------------------------------------------------------------

  async #wait(hold: Hold, thing: HeldThing, action: HeldAction): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    if (this.#over !== undefined) abort.abort();
    this.#options.onWait();
    const opened = await hold.desk.ask(action);
    if (opened.kind === 'refused') {
      this.#abort = undefined;
      return thing.refuse(refusedByDesk(opened), 'denied', unasked(hold.eventId));
    }
    // Returned and not awaited: this call would keep the action, and all that a reviewer sees of it, while it waits.
    return this.#decided(hold, thing, waitOf(opened.request, hold.desk, action), abort.signal);
  }

  async #decided(hold: Hold, thing: HeldThing, wait: Wait, signal: AbortSignal): Promise<void> {
    try {
      const status = await this.#settled(hold, wait, signal);
      if (status.state !== 'approved') return this.#refuseEnded(hold, thing, status);
      await this.#release(hold, status);
    } finally {
      this.#abort = undefined;
    }
  }

  /** What has become of the request. Until then the client hears of it again and again. */
  async #settled({ desk }: Hold, { request, told }: Wait, signal: AbortSignal): Promise<ApprovalStatus> {
    const { walk, flow, token } = this.#options;
    const tell = (): void => {
      walk.down.release(waitingNotice(told, token.expiresAtMs));
      walk.down.flush();
    };
    this.#tell = tell;
    // A human is waited for, not a peer: what the client sends behind it waits in its own socket.
    flow.ownWorkBegins();
    flow.holdIfFull();
    tell();
    const timer = setInterval(tell, walk.gate.noticeIntervalMs);
    try {
      return await desk.settled(request, signal);
    } catch (error) {
      walk.gate.log.error({ err: error, approval: request.id }, 'a hold was lost');
      await desk.cancel(request, 'GH_APPROVALS_UNAVAILABLE');
      return {
        request,
        state: 'cancelled',
        decisions: [],
        agreed: 0,
        needed: 0,
        why: 'GH_APPROVALS_UNAVAILABLE',
      };
    } finally {
      clearInterval(timer);
      this.#tell = undefined;
      flow.ownWorkEnds();
      flow.goOn();
    }
  }

  /** Everything is looked at anew: it may mean, or policy may say, something else by now. */
  async #release(hold: Hold, status: ApprovalStatus): Promise<void> {
    const { desk, held } = hold;
    const { request } = status;
    const now = await held.judge();
    if (now === undefined) return desk.cancel(request, 'GH_APPROVAL_CHANGED');
    if (now.verdict === 'deny') {
      await desk.cancel(request, 'GH_APPROVAL_POLICY');
      return now.deny();
    }
    const action = await this.#actionOf(hold, now);
    if (this.#over !== undefined) {
      await desk.cancel(request, 'GH_APPROVAL_LEFT');
      return this.#refuseEnded(hold, now, { ...status, state: 'cancelled', why: 'GH_APPROVAL_LEFT' });
    }
    // The session ends with its token; what waited must not be a moment faster.
    if (this.#options.token.expiresAtMs <= this.#options.walk.gate.clock.nowMs()) {
      await desk.cancel(request, TOKEN_OVER.code);
      return now.refuse(TOKEN_OVER, 'cancelled', asked(hold, request));
    }
    if (action === undefined) {
      await desk.cancel(request, NO_CATALOGUE.code);
      return now.refuse(NO_CATALOGUE, 'denied', asked(hold, request));
    }
    await this.#redeem(hold, status, now, action);
  }

  async #redeem(hold: Hold, status: ApprovalStatus, now: HeldThing, action: HeldAction): Promise<void> {
    const { request } = status;
    const redeemed = await hold.desk.redeem(request.id, action);
    if (redeemed.kind === 'refused') {
      // What it was given for is no more; where the store could not be asked, it may still be used.
      if (redeemed.code.startsWith('GH_APPROVAL_')) await hold.desk.cancel(request, redeemed.code);
      if (redeemed.code === 'GH_APPROVAL_NOT_GIVEN' && hold.mode === 'wait')
        return this.#refuseEnded(hold, now, { ...status, state: 'cancelled', why: 'GH_APPROVAL_CANCELLED' });
      return now.refuse(refusedByDesk(redeemed), 'denied', asked(hold, request));
    }
    const approval = {
      ...asked(hold, request),
      details: {
        approved_by: redeemed.decisions
          .filter(({ verdict }) => verdict === 'approve')
          .map(({ reviewer }) => reviewer.subject)
          .join(' '),
        digest_approved: request.actionDigest,
        digest_released: action.actionDigest,
      },
    };
    if (this.#stopped) return now.refuse(LEFT, 'aborted', approval);
    await now.forward(approval, action);
  }

  // --- retry ----------------------------------------------------------------------------------------------------

  async #comeAgain(hold: Hold, thing: HeldThing, action: HeldAction): Promise<void> {
    const { desk } = hold;
    const { walk } = this.#options;
    let standing: ApprovalStatus | undefined;
    try {
      standing = await desk.standing(action);
    } catch (error) {
      walk.gate.log.error({ err: error }, 'approvals failed');
      return thing.refuse(NOT_AVAILABLE, 'denied', unasked(hold.eventId));
    }
    if (standing?.state === 'approved') return this.#redeem(hold, standing, thing, action);
    // What was approved once is used up first: no part of it is left when a grant has passed.
    const passed = await this.#byGrant(hold, thing, action);
    if (passed !== undefined) return passed.done;
    switch (standing?.state) {
      case 'denied':
        return thing.refuse(deniedBefore(standing, this.#mask), 'denied', asked(hold, standing.request));
      case 'pending':
        return this.#refuseForNow(hold, thing, standing.request, 'before');
      default: {
        const opened = await desk.ask(action);
        if (opened.kind === 'refused')
          return thing.refuse(refusedByDesk(opened), 'denied', unasked(hold.eventId));
        return this.#refuseForNow(hold, thing, opened.request, opened.joined ? 'before' : 'now');
      }
    }
  }

  #refuseForNow(hold: Hold, thing: HeldThing, request: ApprovalRequest, when: 'now' | 'before'): void {
    const refusal = comeAgain(request, hold.desk.linkOf(request.id), when);
    thing.refuse(refusal, 'denied', asked(hold, request));
  }

  // --- in either ------------------------------------------------------------------------------------------------

  /** Undefined where the catalogue cannot be read: what names stand for could not be kept to. */
  async #actionOf(hold: Hold, thing: HeldThing): Promise<HeldAction | undefined> {
    try {
      const action = await thing.action(this.#under(hold));
      const { token, walk } = this.#options;
      return hold.mode === 'wait'
        ? endingWithToken(token.expiresAtMs, walk.gate.clock.nowMs(), action)
        : action;
    } catch (error) {
      this.#options.walk.gate.log.error({ err: error }, 'what is held cannot be bound to what it means');
      return undefined;
    }
  }

  #under({ terms, mode, eventId }: Hold): AskedUnder {
    return { terms, mode, eventId };
  }

  #refuseEnded(hold: Hold, thing: HeldThing, status: ApprovalStatus): void {
    if (this.#over !== undefined && status.state === 'cancelled')
      return this.#refuseOver(thing, 'cancelled', asked(hold, status.request));
    const ended = endedWait(status, this.#mask);
    thing.refuse(ended, ended.outcome, asked(hold, status.request));
  }

  #refuseOver(thing: HeldThing, outcome: 'denied' | 'cancelled', approval: RecordedApproval): void {
    thing.refuse(this.#over === 'drained' ? GATE_DRAINS : LEFT, outcome, approval);
  }

  readonly #mask = (text: string): string => this.#options.walk.gate.masking.masker.maskRecordText(text);
}

const TOKEN_OVER: Refusal = {
  code: 'GH_TOKEN_EXPIRED',
  sqlstate: '28000',
  publicMessage: 'the token of this session has expired',
};

const LEFT: Refusal = {
  code: 'GH_APPROVAL_LEFT',
  sqlstate: '57014',
  publicMessage: 'the one who asked no longer waits',
};

const unasked = (eventId: EventId): RecordedApproval => ({ eventId, approvalId: undefined, details: {} });

const asked = ({ eventId }: Hold, request: ApprovalRequest): RecordedApproval => ({
  eventId,
  approvalId: request.id,
  details: {},
});
