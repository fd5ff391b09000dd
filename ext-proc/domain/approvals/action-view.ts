/**
 * What a reviewer is shown of a held action. Everything in it is masked already (I3), and nothing in it may be trusted
 * to be harmless: the agent wrote most of it. Whoever shows it marks what deceives the eye (`visible-text.ts`).
 */
export interface ActionView {
  /** As in the audit: `postgres.query`, `http.request`, `mcp.tool`. */
  readonly kind: string;
  /** The action in words, one line: `UPDATE of public.people on sample, database app`. */
  readonly words: string;
  /** All of what would run, masked; never cut: what is too long to be shown is not held but refused. */
  readonly payload: string;
  readonly language: 'sql' | 'http' | 'json' | 'text';
  /** Parameters of a prepared statement, masked, in order. */
  readonly parameters: readonly string[];
  /** Values are left out, of the payload or the parameters: whoever decides should look at it where all is told. */
  readonly partly?: boolean | undefined;
  /** What gives the action its meaning, in order: database, role, search_path, tables, counts of rows … */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What the gate cannot promise of it, in sentences. */
  readonly warnings: readonly string[];
}

/** Bytes of a view as JSON. */
export const ACTION_VIEW_BYTES_MAX = 262_144;
