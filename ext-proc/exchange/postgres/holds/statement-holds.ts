/**
 * What policy holds, of one session: asks for approval, tells the client that it waits, and lets exactly what was
 * approved go on. Owns the order of these, and that what goes on was described and judged anew right before (I4). While
 * something is held nothing else of the client's is taken, and the server owes nothing.
 */
import type { ApprovalRequest } from '../../../domain/approvals/approval-request.ts';
import type { HoldMode, HoldTerms } from '../../../domain/approvals/hold-terms.ts';
import type { EventId } from '../../../domain/ids.ts';
import type { ApprovalDesk, ApprovalRefusal, ApprovalStatus } from '../../approvals/approval-desk.ts';
import type { HeldAction } from '../../approvals/held-action.ts';
import type { RecordedApproval } from '../decider.ts';
import type { Refusal } from '../denial.ts';
import type { ClientFlow } from '../frontend/client-flow.ts';
import type { Refusals } from '../frontend/refusals.ts';
import type { SessionWalk } from '../session-walk.ts';
import { heldActionOf } from './held-action-of.ts';
import { comeAgain, deniedBefore, endedWait, refusedByDesk, waitingNotice } from './hold-words.ts';
import { joinedTerms } from './joined-terms.ts';
import { termsOf, verdictOf, type JudgedText } from './judged-text.ts';
import { GATE_DRAINS, NO_CATALOGUE, NOT_AVAILABLE, refusedOutright } from './refused-outright.ts';

/** A message that policy holds, as the walk of its protocol takes it up again. */
export interface HeldMessage {
  /** Describes and judges it again, as of now. Undefined: it does not run, and the client knows or will be told. */
  readonly judge: () => Promise<JudgedText | undefined>;
  /** Policy denies it by now. */
  readonly deny: (judged: JudgedText) => void;
  /** Records it and lets it go on, now. `approval` undefined: policy allows it by now. */
  readonly forward: (judged: JudgedText, approval: RecordedApproval | undefined) => Promise<void> | void;
}

export interface StatementHoldsOptions {
  readonly walk: SessionWalk;
  readonly flow: ClientFlow;
  readonly refusals: Refusals;
  /** Of the session, as it is now. */
  readonly token: { readonly expiresAtMs: number };
}

interface Hold {
  readonly desk: ApprovalDesk;
  readonly message: HeldMessage;
  readonly terms: HoldTerms;
  readonly mode: HoldMode;
  /** Of the record of the first statement that is held. */
  readonly eventId: EventId;
}

export class StatementHolds {
  readonly #options: StatementHoldsOptions;
  /** Of what waits now. */
  #abort: AbortController | undefined;
  /** Why what waits is to end before it is decided. */
  #ending: 'left' | 'drained' | undefined;
  #stopped = false;

  constructor(options: StatementHoldsOptions) {
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

  /** The client no longer waits for what is held. */
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
    if (this.#abort === undefined) return;
    this.#ending ??= why;
    this.#abort.abort();
  }

  /** Resolves when the message has gone on, or has been refused. */
  async hold(message: HeldMessage): Promise<void> {
    const { walk } = this.#options;
    await walk.quiet();
    const judged = await message.judge();
    if (judged === undefined) return;
    const verdict = verdictOf(judged);
    if (verdict === 'deny') return message.deny(judged);
    if (verdict === 'allow') return message.forward(judged, undefined);
    const desk = walk.gate.approvals;
    const terms = joinedTerms(termsOf(judged));
    const mode = terms.mode ?? 'wait';
    const eventId = walk.decider.newEventId();
    const outright = desk === undefined ? NOT_AVAILABLE : refusedOutright(judged, terms, mode, walk);
    if (desk === undefined || outright !== undefined)
      return this.#refuse(judged, outright ?? NOT_AVAILABLE, 'denied', unasked(eventId));
    const hold: Hold = { desk, message, terms, mode, eventId };
    const action = await this.#actionOf(hold, judged);
    if (action === undefined) return this.#refuse(judged, NO_CATALOGUE, 'denied', unasked(eventId));
    if (await this.#granted(hold, judged, action)) return;
    return mode === 'retry' ? this.#comeAgain(hold, judged, action) : this.#wait(hold, judged, action);
  }

  /** A standing grant covers it. */
  async #granted(
    { desk, message, terms, eventId }: Hold,
    judged: JudgedText,
    action: HeldAction,
  ): Promise<boolean> {
    // How many rows it changes is known only once it has run.
    if (terms.grant === undefined || terms.grant.rowsMax !== undefined) return false;
    if (!this.#options.walk.context.settings.certain) return false;
    const granted = await desk.granted(action);
    if (granted === undefined || granted.grant.rowsMax !== undefined || this.#stopped) return false;
    await message.forward(digested(judged, action), {
      eventId,
      approvalId: granted.grant.approvalId,
      details: {
        grant: granted.grant.id,
        approved_by: granted.grant.reviewers.map(({ subject }) => subject).join(' '),
      },
    });
    return true;
  }

  // --- wait -----------------------------------------------------------------------------------------------------

  async #wait(hold: Hold, judged: JudgedText, action: HeldAction): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.#ending = undefined;
    if (this.#stopped) this.#end('left');
    try {
      const status = await this.#settled(hold, action, abort.signal);
      if ('kind' in status)
        return this.#refuse(judged, refusedByDesk(status), 'denied', unasked(hold.eventId));
      if (status.state !== 'approved') return this.#refuseEnded(hold, judged, status);
      await this.#release(hold, status);
    } finally {
      this.#abort = undefined;
    }
  }

  /** What has become of the request. Until then the client hears of it again and again. */
  async #settled(
    { desk }: Hold,
    action: HeldAction,
    signal: AbortSignal,
  ): Promise<ApprovalStatus | ApprovalRefusal> {
    const { walk, flow } = this.#options;
    const asked = await desk.ask(action);
    if (asked.kind === 'refused') return asked;
    const { request } = asked;
    const tell = (): void => {
      walk.down.release(waitingNotice(request, desk.linkOf(request.id), action));
      walk.down.flush();
    };
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
      flow.ownWorkEnds();
      flow.goOn();
    }
  }

  /** Everything is looked at anew: it may mean, or policy may say, something else by now. */
  async #release(hold: Hold, status: ApprovalStatus): Promise<void> {
    const { desk, message } = hold;
    const { request } = status;
    const now = await message.judge();
    if (now === undefined) return desk.cancel(request, 'GH_APPROVAL_CHANGED');
    if (verdictOf(now) === 'deny') {
      await desk.cancel(request, 'GH_APPROVAL_POLICY');
      return message.deny(now);
    }
    const action = await this.#actionOf(hold, now);
    if (this.#ending !== undefined) {
      await desk.cancel(request, 'GH_APPROVAL_LEFT');
      return this.#refuseEnded(hold, now, { ...status, state: 'cancelled', why: 'GH_APPROVAL_LEFT' });
    }
    if (action === undefined) {
      await desk.cancel(request, NO_CATALOGUE.code);
      return this.#refuse(now, NO_CATALOGUE, 'denied', asked(hold, request));
    }
    await this.#redeem(hold, status, now, action);
  }

  async #redeem(hold: Hold, status: ApprovalStatus, now: JudgedText, action: HeldAction): Promise<void> {
    const { request } = status;
    const redeemed = await hold.desk.redeem(request.id, action);
    if (redeemed.kind === 'refused') {
      // What it was given for is no more; where the store could not be asked, it may still be used.
      if (redeemed.code.startsWith('GH_APPROVAL_')) await hold.desk.cancel(request, redeemed.code);
      if (redeemed.code === 'GH_APPROVAL_NOT_GIVEN' && hold.mode === 'wait')
        return this.#refuseEnded(hold, now, { ...status, state: 'cancelled', why: 'GH_APPROVAL_CANCELLED' });
      return this.#refuse(now, refusedByDesk(redeemed), 'denied', asked(hold, request));
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
    if (this.#stopped) return this.#refuse(now, LEFT, 'aborted', approval);
    await hold.message.forward(digested(now, action), approval);
  }

  // --- retry ----------------------------------------------------------------------------------------------------

  async #comeAgain(hold: Hold, judged: JudgedText, action: HeldAction): Promise<void> {
    const { desk } = hold;
    const { walk } = this.#options;
    let standing: ApprovalStatus | undefined;
    try {
      standing = await desk.standing(action);
    } catch (error) {
      walk.gate.log.error({ err: error }, 'approvals failed');
      return this.#refuse(judged, NOT_AVAILABLE, 'denied', unasked(hold.eventId));
    }
    switch (standing?.state) {
      case 'approved':
        return this.#redeem(hold, standing, judged, action);
      case 'denied':
        return this.#refuse(
          judged,
          deniedBefore(standing, this.#mask),
          'denied',
          asked(hold, standing.request),
        );
      case 'pending':
        return this.#refuseForNow(hold, judged, standing.request, 'before');
      default: {
        const opened = await desk.ask(action);
        if (opened.kind === 'refused')
          return this.#refuse(judged, refusedByDesk(opened), 'denied', unasked(hold.eventId));
        return this.#refuseForNow(hold, judged, opened.request, opened.joined ? 'before' : 'now');
      }
    }
  }

  #refuseForNow(hold: Hold, judged: JudgedText, request: ApprovalRequest, when: 'now' | 'before'): void {
    const refusal = comeAgain(request, hold.desk.linkOf(request.id), when);
    this.#refuse(judged, refusal, 'denied', asked(hold, request));
  }

  // --- in either ------------------------------------------------------------------------------------------------

  /** Undefined where the catalogue cannot be read: what names stand for could not be kept to. */
  async #actionOf(hold: Hold, judged: JudgedText): Promise<HeldAction | undefined> {
    const { walk, token } = this.#options;
    try {
      return await heldActionOf(walk, judged, { ...hold, tokenExpiresAtMs: token.expiresAtMs });
    } catch (error) {
      walk.gate.log.error({ err: error }, 'a held statement cannot be bound to what it means');
      return undefined;
    }
  }

  #refuseEnded(hold: Hold, judged: JudgedText, status: ApprovalStatus): void {
    const ended = endedWait(status, this.#mask);
    const refusal = this.#ending === 'drained' ? GATE_DRAINS : ended;
    this.#refuse(judged, refusal, ended.outcome, asked(hold, status.request));
  }

  #refuse(
    judged: JudgedText,
    refusal: Refusal,
    outcome: 'denied' | 'cancelled' | 'aborted',
    approval: RecordedApproval,
  ): void {
    this.#options.refusals.held(judged, refusal, outcome, approval);
  }

  readonly #mask = (text: string): string => this.#options.walk.gate.masking.masker.maskRecordText(text);
}

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

/** Its records carry the digest that was approved: of the whole text. */
const digested = (judged: JudgedText, { actionDigest }: HeldAction): JudgedText => ({
  ...judged,
  judgements: judged.judgements.map((judgement) => ({ ...judgement, digest: actionDigest })),
});
