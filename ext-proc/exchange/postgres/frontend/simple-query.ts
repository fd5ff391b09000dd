/**
 * A simple Query: all statements of its text are decided before any of them goes on, and one denial keeps all of them
 * back. FunctionCall, the simple protocol's other message, is always denied.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Simple Query".
 */
import type { Receipt } from '../../../domain/audit-event.ts';
import type { DescribeResult } from '../../../domain/ports.ts';
import type { DescribedStatement } from '../../../domain/statement.ts';
import { decodeQuery } from '../../../protocols/postgres/frontend.ts';
import type { ActionEvent } from '../action-event.ts';
import type { Judgement } from '../decider.ts';
import { FUNCTION_CALL_STATEMENT } from '../gate-statements.ts';
import type { CurrentMeanings } from '../sql-prepared.ts';
import { tokenOfRenewal } from '../token-renewal.ts';
import type { FrontendParts } from './frontend-parts.ts';
import { NOTHING_EXECUTED, statementsOf } from './statement-meanings.ts';

const NO_TYPES: readonly number[] = [];

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
    return this.#parts.meanings.whenReadable(query.text, () => this.#describe(query.text, wire));
  }

  #describe(text: string, wire: Buffer): Promise<void> | void {
    const unsafe = this.#parts.refusals.unsafe(text);
    if (unsafe !== undefined) return this.#parts.refusals.refuseSimple(unsafe);
    const described = this.#parts.meanings.described(text);
    if (described instanceof Promise) return described.then((result) => this.#decide(text, result, wire));
    return this.#decide(text, described, wire);
  }

  #decide(
    text: string,
    described: DescribeResult,
    wire: Buffer,
    current?: CurrentMeanings,
  ): Promise<void> | void {
    if (this.#parts.walk.serverSkipping) return;
    const { decider } = this.#parts.walk;
    const raw = statementsOf(text, described);
    const batch = this.#parts.pipeline.queryBatch();
    if (this.#parts.sqlPrepared.uncertain(raw, batch)) {
      return this.#parts.walk.answered().then(() => this.#decide(text, described, wire));
    }
    const executed = current === undefined ? this.#parts.sqlPrepared.executed(raw) : NOTHING_EXECUTED;
    if (executed.length > 0) {
      return this.#parts.meanings
        .meaningsNow(executed)
        .then((now) => this.#decide(text, described, wire, now));
    }
    const statements = this.#parts.sqlPrepared.resolve(raw, current);
    const judgements = statements.map((statement) =>
      decider.judge('postgres.query', statement, NO_TYPES, undefined),
    );
    const refused = judgements.findIndex((judgement) => judgement.decision.verdict !== 'allow');
    if (refused >= 0) return this.#parts.refusals.denySimple(judgements, refused);
    return this.#forward(statements, judgements, batch, wire);
  }

  #forward(
    statements: readonly DescribedStatement[],
    judgements: readonly Judgement[],
    batch: number,
    wire: Buffer,
  ): void {
    const { decider, replies, up, portals, prepared } = this.#parts.walk;
    const events: ActionEvent[] = [];
    let receipt: Promise<Receipt> | undefined;
    for (const judgement of judgements) {
      const recorded = decider.record(judgement);
      events.push(recorded.event);
      receipt = recorded.receipt;
      this.#parts.pipeline.forwarded(judgement.statement, batch);
      this.#parts.sqlPrepared.forwarded(judgement.statement.description);
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
