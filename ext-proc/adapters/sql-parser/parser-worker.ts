/**
 * The parser's own thread: PostgreSQL's parser as WebAssembly, and the walk over its trees. It answers each text
 * with outlines, or with the code of why there are none. A text that overflows its stack leaves the instance
 * unsound, so it says so and is replaced.
 */
import { parentPort } from 'node:worker_threads';
import { fingerprintSync, loadModule, parseSync, SqlError } from 'libpg-query';
import type { OutlinedStatement } from '../../protocols/postgres/sql/outline.ts';
import { outlineStatement } from '../../protocols/postgres/sql/walk-statement.ts';

/** What the thread is asked, and what it answers, in order. `statements` is JSON: cheaper to pass than the objects. */
export interface ParseRequest {
  readonly text: string;
}
export type ParseReply =
  | { readonly kind: 'parsed'; readonly statements: string }
  | { readonly kind: 'refused'; readonly code: string }
  /** The text was too much for the parser, and the thread must be replaced. */
  | { readonly kind: 'broken' };

/** Names, columns and functions of one statement; more make it unknown. */
const LISTED_MAX = 5_000;

function outlineText(text: string): OutlinedStatement[] {
  const bytes = Buffer.byteLength(text);
  const ascii = bytes === text.length;
  const buffer = ascii ? undefined : Buffer.from(text);
  const slice = (start: number, end: number): string =>
    buffer === undefined ? text.slice(start, end) : buffer.toString('utf8', start, end);
  const { stmts = [] } = parseSync(text);
  return stmts.map((raw) => {
    const startByte = raw.stmt_location ?? 0;
    // A length of zero means: to the end.
    const endByte = raw.stmt_len === undefined || raw.stmt_len === 0 ? bytes : startByte + raw.stmt_len;
    const outline = outlineStatement(raw.stmt);
    outline.fingerprint = fingerprintSync(stmts.length === 1 ? text : slice(startByte, endByte));
    const listed = Math.max(
      outline.relations.length,
      outline.columns.length,
      outline.functions.length,
      outline.scopes.length,
      outline.items.length,
      outline.queries.length,
    );
    if (listed > LISTED_MAX) outline.unknown.push('too_many_objects');
    return { outline: listed > LISTED_MAX ? bounded(outline) : outline, startByte, endByte };
  });
}

/** An outline too long to look up: it is unknown, and its lists are cut so that it costs nothing. */
function bounded(outline: OutlinedStatement['outline']): OutlinedStatement['outline'] {
  return {
    ...outline,
    writes: true,
    relations: outline.relations.slice(0, 100),
    columns: [],
    items: [],
    ctes: [],
    scopes: [],
    queries: [],
    sorts: [],
    windows: [],
    naturals: [],
    flows: [],
    flowsUnknown: true,
    rows: { kind: 'unknown' },
    functions: outline.functions.slice(0, 100),
    operators: [],
    types: [],
    fields: [],
    filters: [],
    inner: undefined,
  };
}

function answer({ text }: ParseRequest): ParseReply {
  try {
    return { kind: 'parsed', statements: JSON.stringify(outlineText(text)) };
  } catch (error) {
    if (error instanceof SqlError) return { kind: 'refused', code: 'GH_SQL_SYNTAX' };
    return { kind: 'broken' };
  }
}

await loadModule();
if (parentPort === null) throw new Error('the parser runs as a worker thread');
const port = parentPort;
port.on('message', (request: ParseRequest) => {
  port.postMessage(answer(request));
});
port.postMessage('ready');
