/**
 * Overwrites what was found in place, without changing its length: for values of which the beginning has left already.
 * What structures a literal stays (quotes, brackets, commas), so that the value can still be read as what it is; a run
 * of digits alone becomes another number of as many digits.
 */
import type { Finding } from '../../../masking/finding.ts';

const STAR = 0x2a;
const ZERO = 0x30;
const ONE = 0x31;
const NINE = 0x39;
const STRUCTURE: ReadonlySet<number> = new Set(Buffer.from('"\\{}[](),:<>'));

/** `findings` are of the text of `bytes` from `start` on; nothing before `from` is changed. */
export function overwriteFindings(
  bytes: Buffer,
  start: number,
  findings: readonly Finding[],
  from = start,
): void {
  for (const finding of findings) {
    overwriteSpan(bytes, Math.max(start + finding.start, from), start + finding.end);
  }
}

export function overwriteSpan(bytes: Buffer, start: number, end: number): void {
  let digits = true;
  for (let at = start; at < end && digits; at++) {
    const byte = bytes[at] as number;
    digits = byte >= ZERO && byte <= NINE;
  }
  for (let at = start; at < end; at++) {
    if (digits) bytes[at] = at === start ? ONE : ZERO;
    else if (!STRUCTURE.has(bytes[at] as number)) bytes[at] = STAR;
  }
}
