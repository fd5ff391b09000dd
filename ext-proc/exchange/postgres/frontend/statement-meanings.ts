/**
 * What a text, or a prepared statement, means at the moment that it is decided. Owns the waiting until that is certain:
 * for the session's names and settings, and for the describer; refuses to describe under names that may be others by
 * the time the server reads the text.
 */
import type { DescribeResult } from '../../../domain/ports.ts';
import type { DescribedStatement, StatementDescription } from '../../../domain/statement.ts';
import { mayChangeMeaning } from '../effects.ts';
import { EMPTY_STATEMENT } from '../gate-statements.ts';
import type { PreparedStatement } from '../prepared.ts';
import type { SessionWalk } from '../session-walk.ts';
import type { CurrentMeanings } from '../sql-prepared.ts';
import type { ClientFlow } from './client-flow.ts';

export const NOTHING_EXECUTED: readonly PreparedStatement[] = [];
export const NO_MEANINGS: CurrentMeanings = new Map();

export class StatementMeanings {
  readonly #walk: SessionWalk;
  readonly #flow: ClientFlow;

  constructor(walk: SessionWalk, flow: ClientFlow) {
    this.#walk = walk;
    this.#flow = flow;
  }

  /** Goes on when it is certain in which encoding, and by which rules for backslashes, the server will read the text. */
  whenReadable(text: string, read: () => Promise<void> | void): Promise<void> | void {
    if (this.#walk.context.lexingUncertain(text)) {
      this.#walk.distrustNames();
      if (!this.#walk.settled)
        return this.#walk.settle().then(() => (this.#walk.serverSkipping ? undefined : read()));
    }
    return read();
  }

  /** The statements of a text, described under names that are certain. */
  described(text: string): DescribeResult | Promise<DescribeResult> {
    if (!this.#walk.settled) return this.#walk.settle().then(() => this.#describedNow(text));
    return this.#describedNow(text);
  }

  #describedNow(text: string): DescribeResult | Promise<DescribeResult> {
    const { gate, context } = this.#walk;
    const described = gate.describer.describe(text, context.nameContext);
    const settle = (result: DescribeResult): DescribeResult | Promise<DescribeResult> => {
      // A statement that may change names makes those behind it in the same text uncertain.
      const last = result.statements.length - 1;
      const changes = result.statements.some(
        (statement, index) => index < last && mayChangeMeaning(statement.description),
      );
      return changes ? gate.describer.describe(text, context.unsettledNameContext) : result;
    };
    const result = described instanceof Promise ? described.then(settle) : settle(described);
    if (!(result instanceof Promise)) return result;
    this.#flow.ownWorkBegins();
    return result.finally(() => {
      this.#flow.ownWorkEnds();
      this.#flow.goOn();
    });
  }

  /**
   * What a prepared statement means now: the server analyses it anew where the search path or a name in it has changed
   * since (PostgreSQL 18, "PREPARE", Notes), so the description of then says nothing certain.
   */
  describedAgain(prepared: PreparedStatement): PreparedStatement | Promise<PreparedStatement> {
    const { text, recordText, description } = prepared.statement;
    const renewed = (result: DescribeResult): PreparedStatement => {
      const first = result.statements[0]?.description;
      const now = prepared.bySql ? first?.inner : first;
      if (now === undefined || now === description) return prepared;
      return { ...prepared, statement: { description: now, text, recordText } };
    };
    const described = this.described(text);
    return described instanceof Promise ? described.then(renewed) : renewed(described);
  }

  /** What prepared statements that SQL executes mean now, as `describedAgain` says of one. */
  async meaningsNow(executed: readonly PreparedStatement[]): Promise<CurrentMeanings> {
    const meanings = new Map<string, StatementDescription>();
    for (const prepared of executed) {
      meanings.set(prepared.name, (await this.describedAgain(prepared)).statement.description);
    }
    return meanings;
  }
}

/** At least one: an empty text is a statement too, and a text that could not be described is unknown. */
export function statementsOf(text: string, described: DescribeResult): readonly DescribedStatement[] {
  if (described.statements.length > 0) return described.statements;
  return [{ ...EMPTY_STATEMENT, text, recordText: '' }];
}
