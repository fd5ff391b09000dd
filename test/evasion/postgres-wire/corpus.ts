/**
 * Bytes that try to make the gate and a server read different things, or to break either. Append only: an entry's
 * id, bytes and codes stay as they are; what turns up in the wild is added at the end, before it is fixed.
 */
import { readFileSync } from 'node:fs';

export interface CorpusEntry {
  readonly id: string;
  /** Before the first typed message, or which side of the stream. */
  readonly phase: 'startup' | 'frontend' | 'backend';
  readonly what: string;
  readonly hex: string;
  /**
   * What the codec must say: a code, or what it reads: `ok` (a message that decodes), `run` (streamed bytes),
   * `incomplete` (nothing may be given out), or a kind of startup packet.
   */
  readonly code: string;
  /** The code that a session must say to what the codec reads: an order that is not the protocol's. */
  readonly session?: string;
  /**
   * What PostgreSQL 18 does with the same bytes, a Sync and the end of the stream behind them: a SQLSTATE, `closed`
   * without a word, `refused` with a text that has no code, or `accepted`, which also says ignored. Where it is
   * `accepted` and `code` refuses, the gate is the stricter of the two.
   */
  readonly server?: string;
}

export const CORPUS: readonly CorpusEntry[] = JSON.parse(
  readFileSync(new URL('corpus.json', import.meta.url), 'utf8'),
);

export const bytesOf = (entry: CorpusEntry): Buffer => Buffer.from(entry.hex, 'hex');
