/**
 * Parse: the statement is decided when it is prepared, as far as its text says; what its parameters make of it is
 * decided at Bind.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Extended Query".
 */
import type { Verdict } from '../../../domain/decision.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { DescribeResult } from '../../../domain/ports.ts';
import type { DescribedStatement } from '../../../domain/statement.ts';
import { decodeParse } from '../../../protocols/postgres/frontend.ts';
import type { Judgement } from '../decider.ts';
import { RowShape } from '../masking/row-shape.ts';
import type { CurrentMeanings } from '../sql-prepared.ts';
import { tokenOfRenewal } from '../token-renewal.ts';
import type { FrontendParts } from './frontend-parts.ts';
import { NOTHING_EXECUTED, statementsOf } from './statement-meanings.ts';

export class ExtendedParse {
  readonly #parts: FrontendParts;

  constructor(parts: FrontendParts) {
    this.#parts = parts;
  }

  /** A promise where it has to wait for something; what it does is done when that resolves. */
  parse(wire: Buffer): Promise<void> | void {
    const parse = decodeParse(wire);
    if (!parse.ok) return this.#parts.refusals.undecodable(parse.code, false);
    const token = tokenOfRenewal(parse.text);
    if (token !== undefined) return this.#parts.renewals.parse(parse.statement, token);
    return this.#parts.meanings.whenReadable(parse.text, () => {
      const unsafe = this.#parts.refusals.unsafe(parse.text);
      if (unsafe !== undefined) return this.#parts.refusals.refuseExtended(unsafe);
      const described = this.#parts.meanings.described(parse.text);
      const decide = (result: DescribeResult): Promise<void> | void =>
        this.#decide(parse.statement, parse.text, parse.parameterTypes, result, wire);
      return described instanceof Promise ? described.then(decide) : decide(described);
    });
  }

  #decide(
    name: string,
    text: string,
    parameterTypes: readonly number[],
    described: DescribeResult,
    wire: Buffer,
    current?: CurrentMeanings,
  ): Promise<void> | void {
    if (this.#parts.walk.serverSkipping) return;
    const { decider, replies, up, prepared } = this.#parts.walk;
    const { batch } = this.#parts.pipeline;
    const raw = statementsOf(text, described);
    if (this.#parts.sqlPrepared.uncertain(raw, batch)) {
      return this.#parts.walk
        .answered()
        .then(() => this.#decide(name, text, parameterTypes, described, wire));
    }
    const executed = current === undefined ? this.#parts.sqlPrepared.executed(raw) : NOTHING_EXECUTED;
    if (executed.length > 0) {
      return this.#parts.meanings
        .meaningsNow(executed)
        .then((now) => this.#decide(name, text, parameterTypes, described, wire, now));
    }
    const statements = this.#parts.sqlPrepared.resolve(raw, current);
    const judgements = statements.map((statement) =>
      decider.judge('postgres.parse', statement, parameterTypes, undefined),
    );
    // What policy holds is held when it is bound or executed: nothing of it runs before.
    const passes = this.#parts.holds.available ? PASSES : ALLOWED;
    const refused = judgements.find(({ decision }) => !passes.has(decision.verdict));
    if (refused !== undefined) return this.#parts.refusals.denyExtended(refused);
    // The server refuses several statements in one Parse; the first stands for the text in the record.
    const first = judgements[0] as Judgement;
    const full =
      prepared.size >= LIMITS.preparedStatementsMax || prepared.weight > LIMITS.preparedCharactersMax;
    if (full && prepared.get(name) === undefined) return this.#parts.refusals.tooManyNames();
    const recorded = decider.record(first);
    recorded.event.bytesIn = wire.length;
    const statement = (described.statements[0] ?? first.statement) as DescribedStatement;
    const change = prepared.change(
      name,
      {
        kind: 'statement',
        name,
        statement,
        bySql: false,
        parameterTypes,
        parameters: { types: undefined },
        shape: new RowShape(),
      },
      batch,
    );
    replies.push({ kind: 'parse', event: recorded.event, masking: first.masking, change });
    this.#parts.walk.unsynced = true;
    up.releaseAfter(recorded.receipt, wire);
  }
}

const ALLOWED: ReadonlySet<Verdict> = new Set(['allow']);
const PASSES: ReadonlySet<Verdict> = new Set(['allow', 'hold']);
