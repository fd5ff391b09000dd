/**
 * PostgreSQL's parser behind a promise. Two threads, so that a text of a megabyte keeps nobody waiting but others of
 * its kind. Never rejects; a text without outlines has a code.
 */
import { LIMITS } from '../../domain/limits.ts';
import { createParserThread, type ParseOutcome } from './parser-thread.ts';

export interface SqlParser {
  /**
   * Codes: GH_SQL_SYNTAX, GH_SQL_TOO_LONG, GH_SQL_TOO_DEEP, GH_SQL_TOO_LARGE, GH_SQL_TIMEOUT, GH_SQL_ENCODING,
   * GH_SQL_BUSY, GH_SQL_PARSER.
   */
  parse(text: string): Promise<ParseOutcome>;
  close(): Promise<void>;
}

export interface SqlParserOptions {
  /** How long one text may take before its thread is replaced. */
  readonly timeoutMs?: number;
  /** A thread was replaced, for a code that says why; `GH_SQL_MEMORY` is ordinary housekeeping. */
  readonly onReplaced?: (code: string) => void;
}

const TIMEOUT_MS = 3_000;
/** In UTF-16 units. */
const LARGE_LENGTH = 8_192;

export function createSqlParser(options: SqlParserOptions = {}): SqlParser {
  const { timeoutMs = TIMEOUT_MS, onReplaced } = options;
  const small = createParserThread({ timeoutMs, onDemand: false, onReplaced });
  const large = createParserThread({ timeoutMs, onDemand: true, onReplaced });
  return {
    parse(text) {
      // libpg_query cuts a text at NUL, and replaces what is not a character.
      if (text.includes('\0') || !text.isWellFormed())
        return Promise.resolve({ ok: false, code: 'GH_SQL_ENCODING' });
      if (text.length > LIMITS.statementBytesMax || Buffer.byteLength(text) > LIMITS.statementBytesMax) {
        return Promise.resolve({ ok: false, code: 'GH_SQL_TOO_LONG' });
      }
      return (text.length > LARGE_LENGTH ? large : small).parse(text);
    },
    async close() {
      await Promise.all([small.close(), large.close()]);
    },
  };
}
