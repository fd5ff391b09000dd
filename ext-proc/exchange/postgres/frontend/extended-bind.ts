/**
 * Bind: the statement is decided again, as it is meant now and with the values of its parameters; the portal that it
 * makes carries the decision to Execute.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Extended Query".
 */
import { LIMITS } from '../../../domain/limits.ts';
import { decodeBind, type BindMessage } from '../../../protocols/postgres/frontend.ts';
import { encodeBind, encodeClose } from '../../../protocols/postgres/frontend-encoders.ts';
import type { Judgement, RecordedApproval } from '../decider.ts';
import { AT_COMMIT } from '../holds/commit-holds.ts';
import { heldStatement } from '../holds/held-statement.ts';
import { isHeld, onlyRollsBack, UNASKED, type JudgedText } from '../holds/judged-text.ts';
import { valueTypesOf, type PreparedStatement, type StatementPortal } from '../prepared.ts';
import type { CurrentMeanings } from '../sql-prepared.ts';
import type { FrontendParts } from './frontend-parts.ts';
import { NO_MEANINGS, NOTHING_EXECUTED } from './statement-meanings.ts';

/** What a Bind would make a portal of. */
interface Bound {
  readonly prepared: PreparedStatement;
  readonly judgement: Judgement;
}

type Act = (bound: Bound) => Promise<void> | void;

export class ExtendedBind {
  readonly #parts: FrontendParts;

  constructor(parts: FrontendParts) {
    this.#parts = parts;
  }

  /** A promise where it has to wait for something; what it does is done when that resolves. */
  bind(wire: Buffer): Promise<void> | void {
    const bind = decodeBind(wire);
    if (!bind.ok) return this.#parts.refusals.undecodable(bind.code, false);
    return this.#judge(bind, (judged) => this.#act(bind, judged, wire));
  }

  /** Judges what it binds, and hands it on; not where the client is told why it cannot be bound. */
  #judge(bind: BindMessage, act: Act): Promise<void> | void {
    if (this.#parts.walk.serverSkipping) return;
    const { prepared, portals } = this.#parts.walk;
    const { batch } = this.#parts.pipeline;
    const statement = prepared.get(bind.statement);
    if (
      prepared.uncertain(bind.statement, batch) ||
      (statement?.kind === 'statement' && this.#parts.sqlPrepared.uncertain([statement.statement], batch))
    ) {
      return this.#parts.walk.answered().then(() => this.#judge(bind, act));
    }
    if (statement === undefined) {
      const nothing = encodeBind({ ...bind, parameterFormats: [], values: [], resultFormats: [] });
      return this.#parts.refusals.absent(encodeClose('statement', bind.statement), nothing);
    }
    const full = portals.size >= LIMITS.portalsMax || portals.weight > LIMITS.portalBytesMax;
    if (full && portals.get(bind.portal) === undefined) return this.#parts.refusals.tooManyNames();
    if (statement.kind === 'renewal') return this.#parts.renewals.bind(bind.portal, statement);
    const current = this.#parts.meanings.describedAgain(statement);
    if (current instanceof Promise) return current.then((now) => this.#decide(bind, now, act));
    return this.#decide(bind, current, act);
  }

  #decide(
    bind: BindMessage,
    prepared: PreparedStatement,
    act: Act,
    current?: CurrentMeanings,
  ): Promise<void> | void {
    if (this.#parts.walk.serverSkipping) return;
    const executed =
      current === undefined ? this.#parts.sqlPrepared.executed([prepared.statement]) : NOTHING_EXECUTED;
    if (executed.length > 0) {
      return this.#parts.meanings.meaningsNow(executed).then((now) => this.#decide(bind, prepared, act, now));
    }
    const judgement = this.#parts.walk.decider.judge(
      'postgres.execute',
      this.#parts.sqlPrepared.resolveOne(prepared.statement, current ?? NO_MEANINGS),
      prepared.parameterTypes,
      bind,
    );
    return act({ prepared, judgement });
  }

  #judged(bind: BindMessage, { prepared, judgement }: Bound): JudgedText {
    return {
      protocol: 'extended',
      kind: 'postgres.execute',
      text: prepared.statement.text,
      parameterTypes: prepared.parameterTypes,
      valueTypes: valueTypesOf(prepared),
      bind,
      judgements: [judgement],
      executes: this.#parts.sqlPrepared.executed([prepared.statement]),
    };
  }

  #act(bind: BindMessage, bound: Bound, wire: Buffer): Promise<void> | void {
    const { walk, holds, commits, refusals } = this.#parts;
    const { verdict, hold } = bound.judgement.decision;
    if (verdict === 'allow') return this.#forward(bind, bound, wire);
    if (verdict === 'deny' || !holds.available) return refusals.denyExtended(bound.judgement);
    const first = this.#judged(bind, bound);
    // What only rolls back is looked at once nothing is owed, so that it is known to.
    if (hold?.stage === 'commit' && !onlyRollsBack(first, walk.context.transaction)) {
      const way = walk.context.transaction === 'failed' ? 'run' : commits.mayRun(first);
      if (typeof way !== 'string') return refusals.held(first, way, 'denied', UNASKED);
      return this.#forward(bind, bound, wire, AT_COMMIT, true);
    }
    return holds.hold({
      judge: async () => {
        let found: Bound | undefined;
        await this.#judge(bind, (now) => {
          found = now;
        });
        if (found === undefined) return undefined;
        const latest: Bound = found;
        const judged = this.#judged(bind, latest);
        const forward = (now: JudgedText, approval: RecordedApproval | undefined, run = false): void =>
          this.#forward(bind, { ...latest, judgement: now.judgements[0] as Judgement }, wire, approval, run);
        return heldStatement(walk, refusals, judged, {
          deny: () => refusals.denyExtended(latest.judgement),
          forward,
          run:
            typeof commits.mayRun(judged) === 'string' ? (now) => forward(now, AT_COMMIT, true) : undefined,
        });
      },
    });
  }

  /** `run`: it runs so that its commit can be held. */
  #forward(
    bind: BindMessage,
    { prepared, judgement }: Bound,
    wire: Buffer,
    approval?: RecordedApproval,
    run = false,
  ): void {
    const { decider, replies, up, portals } = this.#parts.walk;
    const recorded = decider.record(judgement, undefined, undefined, approval);
    this.#parts.walk.taken++;
    recorded.event.bytesIn = wire.length;
    const portal: StatementPortal = {
      kind: 'statement',
      name: bind.portal,
      prepared,
      // What a named portal keeps must not keep the chunk that it came in.
      bind:
        bind.portal === ''
          ? bind
          : { ...bind, values: bind.values.map((value) => (value === null ? null : Buffer.from(value))) },
      approvedAt: isHeld(judgement) && !run ? this.#parts.walk.moment : undefined,
      event: recorded.event,
      executed: false,
      decidedUnder: decider.under,
      judged: judgement.statement.description,
      masking: judgement.masking,
      judgement,
      atCommit: run,
      doubted: false,
      shape: prepared.shape.ofPortal(),
    };
    this.#parts.walk.endPortal(portals.get(bind.portal));
    const change = portals.change(bind.portal, portal, this.#parts.pipeline.batch);
    replies.push({ kind: 'bind', portal, change });
    this.#parts.walk.unsynced = true;
    this.#parts.walk.bound = true;
    up.releaseAfter(recorded.receipt, wire);
  }
}
