/**
 * What the tools of MCP servers declared, for workers that have not seen the list themselves. Bounded: a server's newest
 * definitions stay. Nothing in it decides what is seen.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Definitions of one server. */
const DEFINITIONS_MAX = 1_000;
const CHARACTERS_MAX = 65_536;

export class ToolDefinitions {
  readonly #put: StatementSync;
  readonly #get: StatementSync;
  readonly #trim: StatementSync;
  /** What this process has written or read last: a list that says the same again costs no commit. */
  readonly #known = new Map<string, string>();

  constructor(db: DatabaseSync) {
    this.#put = db.prepare(
      'INSERT OR REPLACE INTO tool_definition (upstream, tool, definition, seen_at_ms) VALUES (?, ?, ?, ?)',
    );
    this.#get = db.prepare('SELECT definition FROM tool_definition WHERE upstream = ? AND tool = ?');
    this.#trim = db.prepare(
      `DELETE FROM tool_definition WHERE upstream = ?1 AND tool NOT IN
       (SELECT tool FROM tool_definition WHERE upstream = ?1 ORDER BY seen_at_ms DESC LIMIT ${DEFINITIONS_MAX})`,
    );
  }

  /** Those that differ from what is known here; a long one is left out. */
  news(upstream: string, definitions: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
    return [...definitions].filter(
      ([tool, definition]) =>
        definition.length <= CHARACTERS_MAX && this.#known.get(keyOf(upstream, tool)) !== definition,
    );
  }

  /** Inside a transaction. */
  write(upstream: string, news: readonly (readonly [string, string])[], nowMs: number): void {
    for (const [tool, definition] of news) {
      this.#put.run(upstream, tool, definition, nowMs);
      this.#remember(upstream, tool, definition);
    }
    this.#trim.run(upstream);
  }

  read(upstream: string, tool: string): string | undefined {
    const definition = this.#get.get(upstream, tool)?.['definition'];
    if (typeof definition !== 'string') return undefined;
    this.#remember(upstream, tool, definition);
    return definition;
  }

  #remember(upstream: string, tool: string, definition: string): void {
    if (this.#known.size >= DEFINITIONS_MAX) this.#known.clear();
    this.#known.set(keyOf(upstream, tool), definition);
  }
}

const keyOf = (upstream: string, tool: string): string => `${upstream}\n${tool}`;
