/**
 * Runs of base64's alphabet (RFC 4648, sections 4 and 5, with or without padding, also broken into lines), which
 * hexadecimal text is of too. What a run may hide is looked for in encoded-stretches.ts. A run shorter than fourteen
 * characters is not looked into.
 */
import type { ByteString } from '../byte-string.ts';

export interface Run {
  /** In the source; `paddedEnd` has the padding and the lines that follow with it. */
  readonly start: number;
  readonly end: number;
  readonly paddedEnd: number;
  /** The run without its line breaks: `from` to `to` of `joined`, which is the source where there are none. */
  readonly joined: ByteString;
  readonly from: number;
  readonly to: number;
}

/** Called for each run in order; true ends the search. */
export type OnRun = (run: Run) => boolean;

export const RUN_BYTES_MIN = 14;
const LINE_BYTES_MIN = 60;

/** By byte: 1 where it may stand in base64, whichever alphabet. */
export const BASE64_ALPHABET = new Uint8Array(256);
for (const each of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_') {
  BASE64_ALPHABET[each.charCodeAt(0)] = 1;
}

const isIn = (code: number): boolean => BASE64_ALPHABET[code & 0xff] === 1;

/** Whether the text holds a run that is long enough to be looked into. */
export const hasRun = (text: ByteString): boolean => nextRunStart(text, 0) >= 0;

/** Finds every run of the text. True where `onRun` ended it. */
export function encodedRuns(text: ByteString, onRun: OnRun): boolean {
  for (let start = nextRunStart(text, 0); start >= 0;) {
    const run = runFrom(text, start, runEndFrom(text, start + RUN_BYTES_MIN));
    if (onRun(run)) return true;
    start = nextRunStart(text, run.end);
  }
  return false;
}

/**
 * Where the next run of the least length begins, `from` or behind it; -1 without one. It reads backwards from where such
 * a run would end, so that of a text of short words not every byte is read, and none is twice.
 */
function nextRunStart(text: ByteString, from: number): number {
  const { length } = text;
  let start = from;
  /** From `start` up to here all are known to be in the alphabet. */
  let known = from;
  for (let last = start + RUN_BYTES_MIN - 1; last < length; last = start + RUN_BYTES_MIN - 1) {
    let at = last;
    while (at >= known && isIn(text.charCodeAt(at))) at--;
    if (at < known) return start;
    start = at + 1;
    known = last + 1;
  }
  return -1;
}

function runFrom(text: ByteString, start: number, end: number): Run {
  let joined = text;
  let linesEnd = end;
  if (end - start >= LINE_BYTES_MIN && (end - start) % 4 === 0 && lineBreak(text, end) > 0) {
    const lines = [text.slice(start, end)];
    linesEnd = joinLines(text, end, end - start, lines);
    joined = lines.join('');
  }
  let paddedEnd = linesEnd;
  while (paddedEnd < linesEnd + 2 && text[paddedEnd] === '=') paddedEnd++;
  const isSource = joined === text;
  const [from, to] = isSource ? [start, end] : [0, joined.length];
  return { start, end: linesEnd, paddedEnd, joined, from, to };
}

/** The end of the run that goes on at `from`, or ends there. */
function runEndFrom(text: ByteString, from: number): number {
  let end = from;
  while (end < text.length && isIn(text.charCodeAt(end))) end++;
  return end;
}

/** The length of a line break at `at`, plain or as JSON writes it; 0 without one. */
function lineBreak(text: ByteString, at: number): number {
  const code = text.charCodeAt(at);
  if (code === 0x0a) return 1;
  if (code === 0x0d && text.charCodeAt(at + 1) === 0x0a) return 2;
  if (code !== 0x5c) return 0;
  if (text.startsWith('\\n', at)) return 2;
  return text.startsWith('\\r\\n', at) ? 4 : 0;
}

/** What may follow the last line of a block: its padding, another line, a quote, an end. Not a word of a text. */
const AFTER_BLOCK = /[=\r\n"'`\\<>,;)}\]-]/;

/** Appends the lines that follow one of `width` characters; the last may be shorter. The answer is where they end. */
function joinLines(text: ByteString, from: number, width: number, lines: string[]): number {
  let end = from;
  for (;;) {
    const next = end + lineBreak(text, end);
    if (next === end || next >= text.length || !isIn(text.charCodeAt(next))) return end;
    const lineEnd = runEndFrom(text, next);
    const isLast = lineEnd - next !== width;
    if (isLast && lineEnd < text.length && !AFTER_BLOCK.test(text[lineEnd] as string)) return end;
    lines.push(text.slice(next, lineEnd));
    end = lineEnd;
    if (isLast) return end;
  }
}
