/**
 * SQL-level PREPARE, EXECUTE and DEALLOCATE, and SQL cursors: what a name stands for when a later statement uses it.
 * An EXECUTE is described as the statement it runs; a name the gate has not seen prepared is unknown.
 */
import type { DescribedStatement, StatementDescription } from '../../domain/statement.ts';
import type { PreparedStatements } from './prepared.ts';

export class SqlPrepared {
  readonly #prepared: PreparedStatements;
  readonly #cursors = new Map<string, StatementDescription>();
  /** Derived descriptions keep their identity, because decisions are cached by it. */
  readonly #derived = new WeakMap<StatementDescription, WeakMap<StatementDescription, StatementDescription>>();
  readonly #unresolved = new WeakMap<StatementDescription, StatementDescription>();

  constructor(prepared: PreparedStatements) {
    this.#prepared = prepared;
  }

  /** The statements of one text, in order: an EXECUTE may use what a PREPARE before it in the same text makes. */
  resolve(statements: readonly DescribedStatement[]): readonly DescribedStatement[] {
    if (!statements.some((statement) => USES_NAME.has(statement.description.verb))) return statements;
    const made = new Map<string, StatementDescription>();
    return statements.map((statement) => {
      const { description } = statement;
      if (description.verb === 'PREPARE' && description.subject !== undefined && description.inner !== undefined) {
        made.set(description.subject, description.inner);
      }
      return this.#resolved(statement, made);
    });
  }

  resolveOne(statement: DescribedStatement): DescribedStatement {
    return USES_NAME.has(statement.description.verb) ? this.#resolved(statement, NONE) : statement;
  }

  /** They are on their way to the server. A PREPARE that fails there leaves a name that EXECUTE fails on too. */
  forwarded(statements: readonly DescribedStatement[]): void {
    for (const { description, text, recordText } of statements) {
      const { verb, subject, inner } = description;
      if (verb === 'PREPARE' && subject !== undefined && inner !== undefined) {
        const statement = { description: inner, text, recordText };
        this.#prepared.set({ kind: 'statement', name: subject, statement, parameterTypes: [] });
      } else if (verb.startsWith('DECLARE') && subject !== undefined && inner !== undefined) this.#cursors.set(subject, inner);
    }
  }

  #resolved(statement: DescribedStatement, made: ReadonlyMap<string, StatementDescription>): DescribedStatement {
    const { description } = statement;
    if (!USES_NAME.has(description.verb)) return statement;
    const name = description.subject;
    const prepared = name === undefined ? undefined : this.#prepared.get(name);
    const inner =
      name === undefined
        ? undefined
        : EXECUTES.has(description.verb)
          ? (made.get(name) ?? (prepared?.kind === 'statement' ? prepared.statement.description : undefined))
          : this.#cursors.get(name);
    if (inner !== undefined) return { ...statement, description: this.#combined(description, inner) };
    return EXECUTES.has(description.verb) ? { ...statement, description: this.#unknown(description) } : statement;
  }

  /** What an EXECUTE does is what it runs. */
  #combined(outer: StatementDescription, inner: StatementDescription): StatementDescription {
    let derived = this.#derived.get(outer);
    if (derived === undefined) this.#derived.set(outer, (derived = new WeakMap()));
    let combined = derived.get(inner);
    if (combined === undefined) {
      combined = Object.freeze({
        ...inner,
        complete: outer.complete && inner.complete,
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
      });
      this.#unresolved.set(description, unknown);
    }
    return unknown;
  }
}

const EXECUTES: ReadonlySet<string> = new Set(['EXECUTE']);
const USES_NAME: ReadonlySet<string> = new Set(['EXECUTE', 'FETCH', 'MOVE', 'PREPARE']);
const NONE: ReadonlyMap<string, StatementDescription> = new Map();
