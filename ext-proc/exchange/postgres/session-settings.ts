/**
 * Settings that a session has made and that code of the database may read, as functions, triggers, row security and
 * current_setting() do: they give a statement another meaning with none of its words. Owns which count, and when what
 * they are cannot be told, since the server says nothing of them. Pure.
 */
import type { StatementDescription } from '../../domain/statement.ts';

/** What is bound otherwise (names, lexing and styles of values), or changes neither what is read nor what is written. */
const OF_NO_MEANING: ReadonlySet<string> = new Set([
  'search_path',
  'role',
  'session_authorization',
  'client_encoding',
  'standard_conforming_strings',
  'datestyle',
  'intervalstyle',
  'timezone',
  'application_name',
  'client_min_messages',
  'statement_timeout',
  'lock_timeout',
  'transaction_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'deadlock_timeout',
  'work_mem',
  'maintenance_work_mem',
  'hash_mem_multiplier',
  'temp_buffers',
  'effective_cache_size',
  'plan_cache_mode',
  'cursor_tuple_fraction',
  'geqo',
  'jit',
  'synchronous_commit',
]);
const OF_NO_MEANING_PREFIXES = ['enable_', 'jit_', 'geqo_', 'max_parallel_', 'parallel_', 'cpu_'];
/** Names that are kept; of a session that makes more it cannot be told. */
const NAMES_MAX = 50;
const VALUE_CHARACTERS_MAX = 500;

export class SessionSettings {
  readonly #values = new Map<string, string>();
  #uncertain = false;

  /** Whether all of them are known: set by constants, one statement at a time, outside any transaction block. */
  get certain(): boolean {
    return !this.#uncertain;
  }

  /** `name = value`, by name. Of those that are uncertain, what was asked for last. */
  get made(): readonly (readonly [name: string, value: string])[] {
    return [...this.#values].toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  /**
   * A statement is on its way to the server. `alone`: nothing else can undo what it does, and nothing else is in its
   * transaction. Whether anything has changed.
   */
  forwarded({ verb, verbs, setting, traits, inner }: StatementDescription, alone: boolean): boolean {
    if (verb === 'SHOW') return false;
    if (verb === 'DISCARD' || setting?.name === 'all') {
      if (this.#values.size === 0) return false;
      if (alone) this.#values.clear();
      else this.#uncertain = true;
      return true;
    }
    if (setting === undefined) {
      const sets = traits.includes('set_config') || (inner?.traits.includes('set_config') ?? false);
      if (!sets) return false;
      this.#uncertain = true;
      return true;
    }
    const { name, value, local } = setting;
    if (!counts(name)) return false;
    const resets = verbs.includes('RESET');
    if (!alone || local || (value === undefined && !resets) || (value?.length ?? 0) > VALUE_CHARACTERS_MAX)
      this.#uncertain = true;
    if (resets && alone) this.#values.delete(name);
    else if (this.#values.size < NAMES_MAX || this.#values.has(name))
      this.#values.set(name, (value ?? '').slice(0, VALUE_CHARACTERS_MAX));
    else this.#uncertain = true;
    return true;
  }
}

const counts = (name: string): boolean =>
  !OF_NO_MEANING.has(name) && !OF_NO_MEANING_PREFIXES.some((prefix) => name.startsWith(prefix));
