/**
 * The MCP corpus: messages with which a client could have the gate and the server read two different things, and
 * answers that could show what a list should not. Append only: an entry is never edited and never removed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ClientEntry {
  readonly id: string;
  readonly from: 'client';
  readonly what: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body's text, without duplicate members: those are refused before. */
  readonly body: string;
  /** The code of the refusal; or the action's kind, where the message is read, and what it names. */
  readonly code?: string;
  readonly kind?: string;
  readonly mcp?: Readonly<Record<string, unknown>>;
}

export interface ServerEntry {
  readonly id: string;
  readonly from: 'server';
  readonly what: string;
  /** The method of the request that it answers; absent where it is not known. */
  readonly method?: string;
  readonly version: string;
  readonly body: string;
  /** The code of the refusal; or the text that is left where nothing called `hidden` may be used. */
  readonly code?: string;
  readonly left?: string;
}

export type CorpusEntry = ClientEntry | ServerEntry;

export const CORPUS: readonly CorpusEntry[] = JSON.parse(
  readFileSync(join(import.meta.dirname, 'corpus.json'), 'utf8'),
) as readonly CorpusEntry[];
