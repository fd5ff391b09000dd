/**
 * A simple Query: all statements of its text are decided before any of them goes on, and one denial keeps all of them
 * back. FunctionCall, the simple protocol's other message, is always denied.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Simple Query".
 */
import type { Receipt } from '../../../domain/audit-event.ts';
import type { DescribeResult } from '../../../domain/ports.ts';
import { decodeQuery } from '../../../protocols/postgres/frontend.ts';
import type { ActionEvent } from '../action-event.ts';
import type { Judgement, RecordedApproval } from '../decider.ts';
import { FUNCTION_CALL_STATEMENT } from '../gate-statements.ts';
import { AT_COMMIT } from '../holds/commit-holds.ts';
import { heldStatement } from '../holds/held-statement.ts';
import { isHeld, recordedOf, UNASKED, verdictOf, type JudgedText } from '../holds/judged-text.ts';
import type { CurrentMeanings } from '../sql-prepared.ts';
import { tokenOfRenewal } from '../token-renewal.ts';
import type { FrontendParts } from './frontend-parts.ts';
import { NOTHING_EXECUTED, statementsOf } from './statement-meanings.ts';

const NO_TYPES: readonly number[] = [];

/** Takes what was judged. */
type Act = (judged: JudgedText) => Promise<void> | void;

export class SimpleQuery {
  readonly #parts: FrontendParts;

  constructor(parts: FrontendParts) {
    this.#parts = parts;
  }

  /** A promise where it has to wait for something; what it does is done when that resolves. */
  query(wire: Buffer): Promise<void> | void {
    const query = decodeQuery(wire);
    if (!query.ok) return this.#parts.refusals.undecodable(query.code, true);
    const token = tokenOfRenewal(query.text);
    if (token !== undefined) return this.#parts.renewals.query(token);
    return this.#judge(query.text, (judged) => this.#act(judged, wire));
  }

  /** Describes and judges a text, and hands it on; not where it cannot be described, which is told the client. */
  #judge(text: string, act: Act): Promise<void> | void {
    return this.#parts.meanings.whenReadable(text, () => this.#describe(text, act));
  }

  #describe(text: string, act: Act): Promise<void> | void {
    const unsafe = this.#parts.refusals.unsafe(text);
    if (unsafe !== undefined) return this.#parts.refusals.refuseSimple(unsafe);
    const described = this.#parts.meanings.described(text);
    if (described instanceof Promise) return described.then((result) => this.#decide(text, result, act));
    return this.#decide(text, described, act);
  }

  #decide(
    text: string,
    described: DescribeResult,
    act: Act,
    current?: CurrentMeanings,
  ): Promise<void> | void {
    if (this.#parts.walk.serverSkipping) return;
    const { decider } = this.#parts.walk;
    const raw = statementsOf(text, described);
    if (this.#parts.sqlPrepared.uncertain(raw, this.#parts.pipeline.queryBatch())) {
      return this.#parts.walk.answered().then(() => this.#decide(text, described, act));
    }
    const executed = current === undefined ? this.#parts.sqlPrepared.executed(raw) : NOTHING_EXECUTED;
    if (executed.length > 0) {
      return this.#parts.meanings
        .meaningsNow(executed)
        .then((now) => this.#decide(text, described, act, now));
    }
    const statements = this.#parts.sqlPrepared.resolve(raw, current);
    const judgements = statements.map((statement) =>
      decider.judge('postgres.query', statement, NO_TYPES, undefined),
    );
    return act({
      protocol: 'simple',
      kind: 'postgres.query',
      text,
      parameterTypes: NO_TYPES,
      valueTypes: NO_TYPES,
      bind: undefined,
      judgements,
      executes: this.#parts.sqlPrepared.executed(raw),
    });
  }

  #act(judged: JudgedText, wire: Buffer): Promise<void> | void {
    const { holds, commits, refusals } = this.#parts;
    const verdict = verdictOf(judged);
    if (verdict === 'deny' || (verdict === 'hold' && !holds.available)) return this.#deny(judged);
    if (verdict === 'allow' && !this.#parts.walk.block.active) return this.#forward(judged, wire);
    const plan = commits.plan(judged);
    switch (plan) {
      case 'pass':
        return verdict === 'allow' ? this.#forward(judged, wire) : this.#hold(judged.text, wire);
      case 'run':
      case 'try':
        return this.#run(judged, wire, plan);
      case 'commit':
        return commits.commit(
          judged,
          (now, approval) => this.#forward(now, wire, approval),
          verdict === 'hold' ? () => this.#hold(judged.text, wire) : undefined,
        );
      default:
        return refusals.held(judged, plan, 'denied', UNASKED);
    }
  }

  /** Keeps no judgement: it is judged anew when it is asked about, and when it goes on. */
  #hold(text: string, wire: Buffer): Promise<void> {
    const { walk, refusals, holds, commits } = this.#parts;
    return holds.hold({
      judge: async () => {
        let found: JudgedText | undefined;
        await this.#judge(text, (now) => {
          found = now;
        });
        if (found === undefined) return undefined;
        const way = commits.mayRun(found);
        return heldStatement(walk, refusals, found, {
          deny: (now) => this.#deny(now),
          forward: (now, approval) => this.#forward(now, wire, approval),
          run: typeof way === 'string' ? (now) => this.#run(now, wire, way) : undefined,
        });
      },
    });
  }

  /** It runs so that its commit can be held. */
  #run(judged: JudgedText, wire: Buffer, way: 'run' | 'try'): Promise<void> | void {
    const { walk, commits } = this.#parts;
    if (way === 'run') return this.#forward(judged, wire, AT_COMMIT, true);
    // As it is judged once nothing is owed that could change what it means.
    if (walk.replies.length > 0)
      return walk.answered().then(() => this.#judge(judged.text, (now) => this.#act(now, wire)));
    return commits.try(judged, wire.length);
  }

  #deny({ judgements }: JudgedText): void {
    const denied = judgements.findIndex(({ decision }) => decision.verdict === 'deny');
    this.#parts.refusals.denySimple(judgements, denied < 0 ? judgements.findIndex(isHeld) : denied);
  }

  /** `run`: what is held of it runs so that its commit can be. */
  #forward(judged: JudgedText, wire: Buffer, approval?: RecordedApproval, run = false): void {
    const { decider, replies, up, portals, prepared, context, unsynced } = this.#parts.walk;
    if (unsynced && context.transaction === 'idle') this.#parts.walk.implicitOpen = true;
    const { judgements } = judged;
    const statements = judgements.map(({ statement }) => statement);
    const batch = this.#parts.pipeline.queryBatch();
    const events: ActionEvent[] = [];
    let receipt: Promise<Receipt> | undefined;
    for (const [index, judgement] of judgements.entries()) {
      const recorded = decider.record(judgement, undefined, undefined, recordedOf(judged, index, approval));
      events.push(recorded.event);
      receipt = recorded.receipt;
      this.#parts.pipeline.forwarded(judgement.statement, batch, undefined, judgements.length === 1);
      this.#parts.sqlPrepared.forwarded(judgement.statement.description);
      this.#parts.commits.forwarded(judged, judgement, recorded.event, run);
      this.#parts.walk.touches(judgement.masking);
    }
    (events[0] as ActionEvent).bytesIn = wire.length;
    this.#parts.copies.forwarded(statements, events);
    // A simple Query ends the unnamed statement and portal.
    const unnamedStatement =
      prepared.get('') === undefined ? undefined : prepared.change('', undefined, batch);
    const portal = portals.get('');
    this.#parts.walk.endPortal(portal);
    const unnamedPortal = portal === undefined ? undefined : portals.change('', undefined, batch);
    const changes = statements.map((statement) => this.#parts.sqlPrepared.changes(statement, batch));
    replies.push({
      kind: 'query',
      events,
      statements,
      maskings: judgements.map(({ masking }) => masking),
      unnamedStatement,
      unnamedPortal,
      changes,
      next: 0,
      started: false,
    });
    this.#parts.walk.pipelineEnded();
    up.releaseAfter(receipt as Promise<Receipt>, wire);
  }

  /** Its contents are never described, so no policy can allow it. */
  functionCall(): void {
    const { decider } = this.#parts.walk;
    const judgement = decider.judge('postgres.function_call', FUNCTION_CALL_STATEMENT, NO_TYPES, undefined);
    const denied: Judgement = {
      ...judgement,
      decision: {
        ...judgement.decision,
        verdict: 'deny',
        rule: 'gate.function_call',
        reason:
          'the FunctionCall message is obsolete and does not go through the gate; call the function with SELECT',
      },
    };
    this.#parts.refusals.denySimple([denied], 0);
  }
}
