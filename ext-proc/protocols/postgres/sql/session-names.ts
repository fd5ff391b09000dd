/**
 * The names that one session has made and the catalogue may not show: temporary relations, and whatever an open
 * transaction has defined. Kept beside the session, from the descriptions of what was passed on; `NameContext` takes
 * `temporaryNames`, and an unknown search path while `unsettled`.
 */
import type { StatementDescription } from '../../../domain/statement.ts';

/** Definitions that concern relations by name alone, whose names are enough to be careful with. */
const RELATIONS_ONLY =
  /^(?:(?:CREATE|ALTER|DROP) (?:TABLE|VIEW|MATERIALIZED VIEW|INDEX|SEQUENCE|FOREIGN TABLE|STATISTICS|TRIGGER|POLICY)(?: AS)?|SELECT INTO|CREATE RULE|COMMENT|GRANT|REVOKE|SECURITY LABEL)$/;

/** Names kept at most; beyond, the session's names count as unknown until it ends. */
const NAMES_MAX = 1_000;

const NONE: ReadonlySet<string> = new Set();

/** What an EXECUTE runs is in its description, and where it is not known that is incomplete. */
const RUNS_A_BODY = new Set(['DO', 'CALL']);

const mayDefine = (description: StatementDescription): boolean =>
  description.defines || RUNS_A_BODY.has(description.verb) || (!description.complete && description.writes);

export class SessionNames {
  #lasting: ReadonlySet<string> = NONE;
  #passing: ReadonlySet<string> = NONE;
  #all: ReadonlySet<string> = NONE;
  #unsettled = false;
  #overflown = false;
  #defined = false;

  /** For `NameContext.temporaryNames`: the same object as long as nothing changes. */
  get temporaryNames(): ReadonlySet<string> {
    return this.#all;
  }

  /** Whether unqualified names cannot be resolved now: the search path is then to be given as undefined. */
  get unsettled(): boolean {
    return this.#unsettled || this.#overflown;
  }

  /** Whether the open transaction may have defined anything, which no other session sees before it is committed. */
  get uncommitted(): boolean {
    return this.#defined;
  }

  /** Whether the session may have relations of its own, which code of the database finds ahead of any of their names. */
  get hasRelations(): boolean {
    return this.#all.size > 0 || this.#overflown;
  }

  /** A statement was passed on to the server. */
  passed(description: StatementDescription): void {
    if (!mayDefine(description)) return;
    this.#defined = true;
    // A body that is not known may have made anything, which the session keeps if it is temporary.
    if (!description.defines) return;
    if (!RELATIONS_ONLY.test(description.verb)) this.#unsettled = true;
    const defined = description.relations.filter(({ access }) => access === 'define');
    // What is made of something unknown may be made of a temporary relation, and is then temporary itself.
    const temporary = description.traits.includes('temporary') || !description.complete;
    const names = defined.map(({ name }) => name).filter((name) => name !== '');
    if (names.length === 0) return;
    if (temporary) this.#lasting = new Set([...this.#lasting, ...names]);
    else this.#passing = new Set([...this.#passing, ...names]);
    this.#all = new Set([...this.#lasting, ...this.#passing]);
    if (this.#all.size > NAMES_MAX) this.#overflown = true;
  }

  /** The server has said which temporary relations there are: code that the session ran may have made some. */
  madeTemporary(names: readonly string[] | 'too many'): void {
    if (names === 'too many') this.#overflown = true;
    else if (names.some((name) => !this.#lasting.has(name))) {
      this.#lasting = new Set([...this.#lasting, ...names]);
      this.#all = new Set([...this.#lasting, ...this.#passing]);
      if (this.#all.size > NAMES_MAX) this.#overflown = true;
    }
  }

  /**
   * The server is out of any transaction (ReadyForQuery `I`). True where something may have been defined since the last
   * time: only now is it committed, so only now is the catalogue to be told (`StatementDescriber.catalogueChanged`).
   */
  transactionEnded(): boolean {
    const defined = this.#defined;
    this.#defined = false;
    this.#unsettled = false;
    if (this.#passing.size > 0) {
      this.#passing = NONE;
      this.#all = this.#lasting;
    }
    return defined;
  }
}
