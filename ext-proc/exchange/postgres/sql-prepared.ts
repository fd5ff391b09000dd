/**
 * SQL-level PREPARE, EXECUTE and DEALLOCATE, and SQL cursors: what a name stands for when a later statement uses it.
 * An EXECUTE is described as the statement it runs; a name the gate has not seen prepared is unknown.
 */
import type {
  ColumnUse,
  DescribedStatement,
  FunctionUse,
  StatementDescription,
} from '../../domain/statement.ts';
import { LIMITS } from '../../domain/limits.ts';
import { leakingFunction } from '../../protocols/postgres/sql/lineage/leaking-sources.ts';
import { NameTable, type NameChange } from './name-table.ts';
import { mayChangeMeaning, mayRunCode } from './effects.ts';
import { RowShape } from './masking/row-shape.ts';
import type { Portal, Prepared, PreparedStatement, StatementPortal } from './prepared.ts';

/** What prepared statements mean now, by name: what they meant when they were prepared may be something else. */
export type CurrentMeanings = ReadonlyMap<string, StatementDescription>;

interface Cursor {
  readonly name: string;
  readonly description: StatementDescription;
  /** Code of users has run since it was declared: another cursor may have its name by now. */
  doubted: boolean;
}

export class SqlPrepared {
  readonly #prepared: NameTable<Prepared>;
  /** Of the protocol; they share their namespace with SQL's cursors, and FETCH runs them. */
  readonly #portals: NameTable<Portal>;
  readonly #cursors = new NameTable<Cursor>();
  /** Derived descriptions keep their identity, because decisions are cached by it. */
  readonly #derived = new WeakMap<
    StatementDescription,
    WeakMap<StatementDescription, StatementDescription>
  >();
  readonly #unresolved = new WeakMap<StatementDescription, StatementDescription>();
  readonly #unsure = new WeakMap<StatementDescription, StatementDescription>();

  constructor(prepared: NameTable<Prepared>, portals: NameTable<Portal>) {
    this.#prepared = prepared;
    this.#portals = portals;
  }

  /** The prepared statements that these execute: the caller has them described as they are meant now. */
  executed(statements: readonly DescribedStatement[]): readonly PreparedStatement[] {
    let found: PreparedStatement[] | undefined;
    for (const { description } of statements) {
      if (!EXECUTES.has(description.verb) || description.subject === undefined) continue;
      const prepared = this.#prepared.get(description.subject);
      if (prepared?.kind === 'statement') (found ??= []).push(prepared);
    }
    return found ?? NO_PREPARED;
  }

  /**
   * The statements of one text, in order: an EXECUTE may use what a PREPARE before it in the same text makes. One behind
   * something that may move names is unknown, because what it runs is looked up again.
   */
  resolve(
    statements: readonly DescribedStatement[],
    current: CurrentMeanings = NONE,
  ): readonly DescribedStatement[] {
    if (!statements.some((statement) => USES_NAME.has(statement.description.verb))) return statements;
    const made = new Map<string, StatementDescription>(current);
    let moved = false;
    let coded = false;
    return statements.map((statement) => {
      const { description } = statement;
      if (moved && EXECUTES.has(description.verb))
        return { ...statement, description: this.#unknown(description) };
      const resolved = this.#resolved(statement, made);
      const { description: runs } = resolved;
      if (coded && runs.verb === 'FETCH') return { ...resolved, description: this.#withoutOutputs(runs) };
      coded ||= mayRunCode(runs);
      const effect = EXECUTES.has(runs.verb) && runs.inner !== undefined ? runs.inner : runs;
      moved ||= effect.defines || mayChangeMeaning(effect);
      if (
        description.verb === 'PREPARE' &&
        description.subject !== undefined &&
        description.inner !== undefined
      ) {
        made.set(description.subject, description.inner);
      }
      return resolved;
    });
  }

  resolveOne(statement: DescribedStatement, current: CurrentMeanings): DescribedStatement {
    return USES_NAME.has(statement.description.verb) ? this.#resolved(statement, current) : statement;
  }

  /** Whether what they run depends on answers that the server has yet to give. */
  uncertain(statements: readonly DescribedStatement[], batch: number): boolean {
    return statements.some(({ description: { verb, subject } }) => {
      if (subject === undefined || !USES_NAME.has(verb)) return false;
      if (EXECUTES.has(verb)) return this.#prepared.uncertain(subject, batch);
      return this.#cursors.uncertain(subject, batch) || this.#portals.uncertain(subject, batch);
    });
  }

  /**
   * The statement is on its way to the server, in `portal` where it has one, which code cannot close while it runs. What
   * the rows of other portals and of cursors are is not certain any more where it may run code.
   */
  forwarded(description: StatementDescription, portal?: Portal): void {
    if (!mayRunCode(description)) return;
    for (const cursor of this.#cursors.values())
      if (cursor.name !== description.subject) cursor.doubted = true;
    for (const other of this.#portals.values())
      if (other.kind === 'statement' && other !== portal) other.doubted = true;
  }

  /** What a portal runs, as far as it is certain. */
  ofPortal(statement: DescribedStatement, { doubted }: StatementPortal): DescribedStatement {
    return doubted ? { ...statement, description: this.#withoutOutputs(statement.description) } : statement;
  }

  /**
   * What the statement does to names when it succeeds; it is on its way to the server. `running` is the portal that runs
   * it, if one does: what ends all portals leaves that one.
   */
  changes(
    { description, text, recordText }: DescribedStatement,
    batch: number,
    running?: string,
  ): readonly NameChange<unknown>[] {
    const { verb, subject, inner, traits } = description;
    switch (verb) {
      case 'PREPARE':
        if (
          subject === undefined ||
          inner === undefined ||
          this.#prepared.size >= LIMITS.preparedStatementsMax ||
          this.#prepared.weight > LIMITS.preparedCharactersMax
        )
          return NO_CHANGES;
        return [
          this.#prepared.change(
            subject,
            {
              kind: 'statement',
              name: subject,
              statement: { description: inner, text, recordText },
              bySql: true,
              parameterTypes: [],
              parameters: { types: undefined },
              shape: new RowShape(),
            },
            batch,
          ),
        ];
      case 'DEALLOCATE':
        return subject === undefined
          ? this.#endPrepared(batch)
          : [this.#prepared.change(subject, undefined, batch)];
      case 'DECLARE':
        if (subject === undefined || inner === undefined) return NO_CHANGES;
        // Cursors end with their transactions and the gate is not told: the oldest name is the likeliest to be gone.
        if (this.#cursors.size >= LIMITS.portalsMax) this.#cursors.drop(this.#cursors.names()[0] as string);
        return [this.#cursors.change(subject, { name: subject, description: inner, doubted: false }, batch)];
      case 'CLOSE':
        return subject === undefined
          ? [...this.#endCursors(batch), ...this.#endPortals(batch, running)]
          : [
              this.#cursors.change(subject, undefined, batch),
              this.#portals.change(subject, undefined, batch),
            ];
      case 'DISCARD':
        return traits.includes('search_path_change')
          ? [...this.#endPrepared(batch), ...this.#endCursors(batch), ...this.#endPortals(batch, running)]
          : NO_CHANGES;
      default:
        return NO_CHANGES;
    }
  }

  /** The unnamed statement is the protocol's alone, and SQL does not end it. */
  #endPrepared(batch: number): readonly NameChange<unknown>[] {
    return this.#prepared
      .names()
      .filter((name) => name !== '')
      .map((name) => this.#prepared.change(name, undefined, batch));
  }

  #endCursors(batch: number): readonly NameChange<unknown>[] {
    return this.#cursors.names().map((name) => this.#cursors.change(name, undefined, batch));
  }

  #endPortals(batch: number, running: string | undefined): readonly NameChange<unknown>[] {
    return this.#portals
      .names()
      .filter((name) => name !== running)
      .map((name) => this.#portals.change(name, undefined, batch));
  }

  /** What a cursor or portal of that name runs when rows are fetched from it. */
  #fetched(name: string): StatementDescription | undefined {
    const portal = this.#portals.get(name);
    if (portal?.kind === 'statement')
      return portal.doubted ? this.#withoutOutputs(portal.judged) : portal.judged;
    const cursor = this.#cursors.get(name);
    return cursor?.doubted === true ? this.#withoutOutputs(cursor.description) : cursor?.description;
  }

  #withoutOutputs(description: StatementDescription): StatementDescription {
    let unsure = this.#unsure.get(description);
    if (unsure === undefined) {
      unsure = Object.freeze({ ...description, outputs: undefined });
      this.#unsure.set(description, unsure);
    }
    return unsure;
  }

  #resolved(
    statement: DescribedStatement,
    made: ReadonlyMap<string, StatementDescription>,
  ): DescribedStatement {
    const { description } = statement;
    if (!USES_NAME.has(description.verb)) return statement;
    // A cursor may have the same name, and is no part of what is prepared.
    if (description.verb === 'PREPARE') return statement;
    const name = description.subject;
    const prepared = name === undefined ? undefined : this.#prepared.get(name);
    const inner =
      name === undefined
        ? undefined
        : EXECUTES.has(description.verb)
          ? (made.get(name) ?? (prepared?.kind === 'statement' ? prepared.statement.description : undefined))
          : this.#fetched(name);
    if (inner !== undefined) return { ...statement, description: this.#combined(description, inner) };
    return EXECUTES.has(description.verb)
      ? { ...statement, description: this.#unknown(description) }
      : statement;
  }

  /** What an EXECUTE does is what it runs. */
  #combined(outer: StatementDescription, inner: StatementDescription): StatementDescription {
    let derived = this.#derived.get(outer);
    if (derived === undefined) this.#derived.set(outer, (derived = new WeakMap()));
    let combined = derived.get(inner);
    if (combined === undefined) {
      // An argument that a function gives may be anything, and so is what is made of it, or asked of it.
      const plain = outer.functions.every(givesNothingStored);
      combined = Object.freeze({
        ...inner,
        complete: outer.complete && inner.complete,
        columns: plain ? inner.columns : [...inner.columns, ANY_ARGUMENT],
        outputs: plain ? inner.outputs : undefined,
        flows: plain ? inner.flows : undefined,
        unknown: [...new Set([...outer.unknown, ...inner.unknown])],
        verb: outer.verb,
        verbs: [...new Set([...outer.verbs, ...inner.verbs])],
        functions: [...inner.functions, ...outer.functions],
        traits: [...new Set([...outer.traits, ...inner.traits])],
        subject: outer.subject,
        inner,
        fingerprint: outer.fingerprint,
      });
      derived.set(inner, combined);
    }
    return combined;
  }

  #unknown(description: StatementDescription): StatementDescription {
    let unknown = this.#unresolved.get(description);
    if (unknown === undefined) {
      unknown = Object.freeze({
        ...description,
        complete: false,
        unknown: [...description.unknown, 'unknown_prepared_statement'],
        writes: true,
        outputs: undefined,
        flows: undefined,
      });
      this.#unresolved.set(description, unknown);
    }
    return unknown;
  }
}

const givesNothingStored = ({ schema, name, resolved }: FunctionUse): boolean =>
  resolved && schema === 'pg_catalog' && leakingFunction(name)?.values !== true;

const ANY_ARGUMENT: ColumnUse = { relation: '', name: '*', use: 'other', contexts: ['function_argument'] };

const EXECUTES: ReadonlySet<string> = new Set(['EXECUTE']);
const USES_NAME: ReadonlySet<string> = new Set(['EXECUTE', 'FETCH', 'MOVE', 'PREPARE']);
const NONE: ReadonlyMap<string, StatementDescription> = new Map();
const NO_PREPARED: readonly PreparedStatement[] = [];
const NO_CHANGES: readonly NameChange<unknown>[] = [];
