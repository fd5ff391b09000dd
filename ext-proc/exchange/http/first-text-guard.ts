/**
 * GraphQL in a body that is not declared to be JSON, of which servers read JSON all the same: what begins as JSON does is
 * looked at to the end of that one text, and everything behind it is none of a GraphQL server's. JSON in UTF-16 or UTF-32,
 * which begins so too, cannot be looked at and is refused.
 */
import { byteStringOf } from '../../masking/byte-string.ts';
import { malformedBody } from '../../protocols/http/body/body-refusal.ts';
import { OPEN_ARRAY, OPEN_OBJECT, RECORD_SEPARATOR } from '../../protocols/http/body/json-bytes.ts';
import type { GraphqlGuard } from './graphql-guard.ts';
import { JsonQueryScan } from './json-query-scan.ts';

/** White space of JSON (RFC 8259 section 2), a record separator, and the bytes of byte order marks and of wide signs. */
const BEFORE_JSON: ReadonlySet<number> = new Set([
  ...[0x20, 0x09, 0x0a, 0x0d, RECORD_SEPARATOR],
  ...[0xef, 0xbb, 0xbf, 0xfe, 0xff, 0],
]);

/** A bracket and a sign of ASCII with NULs between them: the zeros of two or of four bytes a sign. */
const WIDE = /^[{[](?:\0|\0{3})[\t\n\r -~]/;
/** Until here it is certain; a number of the same bytes at the head of a binary is none. */
const WIDE_BYTES = 8;

export class FirstTextGuard implements GraphqlGuard {
  #scan: JsonQueryScan | 'before' | 'behind' = 'before';
  /** Just before the bracket stands a NUL. */
  #afterNul = false;
  /** The first bytes from the bracket on; undefined once they are known to be of one byte a sign. */
  #beginning: string | undefined = '';

  look(chunk: Buffer, end: boolean): void {
    if (this.#scan === 'behind') return;
    let from = 0;
    if (this.#scan === 'before') {
      from = chunk.findIndex((byte) => !BEFORE_JSON.has(byte));
      const before = from < 0 ? chunk.at(-1) : chunk[from - 1];
      if (before !== undefined) this.#afterNul = before === 0;
      if (from < 0) return;
      const opens = chunk[from] === OPEN_OBJECT || chunk[from] === OPEN_ARRAY;
      this.#scan = opens ? new JsonQueryScan() : 'behind';
      if (this.#scan === 'behind') return;
    }
    const text = byteStringOf(chunk, from);
    this.#lookAtWidth(text, end);
    if (this.#scan.push(text) >= 0) this.#scan = 'behind';
  }

  #lookAtWidth(text: string, end: boolean): void {
    if (this.#beginning === undefined) return;
    this.#beginning += text.slice(0, WIDE_BYTES - this.#beginning.length);
    const [wide] = WIDE.exec(this.#beginning) ?? [];
    // Little-endian signs have their zeros behind them, big-endian ones before.
    const next = wide === undefined ? undefined : this.#beginning[wide.length];
    if (wide !== undefined && (this.#afterNul || next === '\0' || (next === undefined && end)))
      throw malformedBody('JSON that is not in UTF-8');
    const [, second] = this.#beginning;
    if (this.#beginning.length === WIDE_BYTES || (second !== undefined && second !== '\0'))
      this.#beginning = undefined;
  }
}
