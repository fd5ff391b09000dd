/**
 * What a run of base64 or of hexadecimal digits hides. A run is looked into where a stretch of it would decode to ASCII:
 * what detectors find is ASCII, and the stretch is found at any alignment, so that a secret in the middle of a picture's
 * or a message's bytes is found as well. A stretch of the least length holds one of the places that are looked at, so
 * most of a run is never read.
 */
import type { ByteString } from '../byte-string.ts';
import type { Run } from './encoded-runs.ts';

export interface Stretch {
  readonly encoding: 'base64' | 'hex';
  readonly decoded: ByteString;
  /** What hides it, in the source: the whole run with its padding, or the hexadecimal digits with their prefix. */
  readonly start: number;
  readonly end: number;
}

/** Called for each stretch; true ends the search. */
export type OnStretch = (stretch: Stretch) => boolean;

/** Groups of four characters, or pairs of hexadecimal digits, that must decode to ASCII in a row. */
const GROUPS_MIN = 3;
const PAIRS_MIN = 8;
const GROUP = 4;
const PAIR = 2;

const FIRST = 1;
const SECOND = 2;
const THIRD = 4;
const IN_HEX = 8;
const HIGH = 16;

/** What each byte may be: the bits above. */
export const ENCODED_BYTES = new Uint8Array(256);
for (const last of ['+/', '-_']) {
  const alphabet = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${last}`;
  for (let value = 0; value < 64; value++) {
    let bits = 0;
    // Printable ASCII begins with 001 to 011; tab, line feed and carriage return with 0000.
    if ((value >= 8 && value <= 31) || value === 2 || value === 3) bits |= FIRST;
    if ((value & 15) <= 7 && (value & 15) !== 1) bits |= SECOND;
    if ((value & 3) <= 1) bits |= THIRD;
    ENCODED_BYTES[alphabet.charCodeAt(value)] = bits;
  }
}
for (const digit of '0123456789abcdefABCDEF') {
  const value = Number.parseInt(digit, 16);
  const index = digit.charCodeAt(0);
  ENCODED_BYTES[index] = (ENCODED_BYTES[index] as number) | IN_HEX | (value >= 2 && value <= 7 ? HIGH : 0);
}

const bitsAt = (text: ByteString, at: number): number => ENCODED_BYTES[text.charCodeAt(at) & 0xff] as number;

/** Looks into a run of `source`. True where `onStretch` ended it. */
export function encodedStretches(source: ByteString, run: Run, onStretch: OnStretch): boolean {
  return lookBase64(run, onStretch) || lookHex(source, run, onStretch);
}

function lookBase64(run: Run, onStretch: OnStretch): boolean {
  const { joined, from, to } = run;
  for (let alignment = 0; alignment < GROUP; alignment++) {
    let floor = from + alignment;
    for (let at = floor + (GROUPS_MIN - 1) * GROUP; at + GROUP <= to; at += GROUPS_MIN * GROUP) {
      if (!isAsciiGroup(joined, at)) continue;
      let start = at;
      while (start > floor && isAsciiGroup(joined, start - GROUP)) start -= GROUP;
      let end = at + GROUP;
      while (end + GROUP <= to && isAsciiGroup(joined, end)) end += GROUP;
      if (end - start >= GROUPS_MIN * GROUP) {
        // A group more on either side: the ends of a secret share theirs with other bytes.
        const first = start - GROUP < from ? start : start - GROUP;
        const decoded = decodedText(joined, first, Math.min(to, end + GROUP), 'base64');
        if (onStretch({ encoding: 'base64', decoded, start: run.start, end: run.paddedEnd })) return true;
      }
      floor = end;
      at = end;
    }
  }
  return false;
}

function isAsciiGroup(text: ByteString, at: number): boolean {
  return (
    (bitsAt(text, at) & FIRST) !== 0 &&
    (bitsAt(text, at + 1) & SECOND) !== 0 &&
    (bitsAt(text, at + 2) & THIRD) !== 0
  );
}

const decodedText = (text: ByteString, start: number, end: number, encoding: 'base64' | 'hex'): ByteString =>
  Buffer.from(text.slice(start, end), encoding).toString('latin1');

const HEX_MIN = PAIRS_MIN * PAIR;

function lookHex(source: ByteString, run: Run, onStretch: OnStretch): boolean {
  const { joined, from, to } = run;
  let floor = from;
  for (let at = from + HEX_MIN - 1; at < to; at += HEX_MIN) {
    if ((bitsAt(joined, at) & IN_HEX) === 0) continue;
    let start = at;
    while (start > floor && (bitsAt(joined, start - 1) & IN_HEX) !== 0) start--;
    let end = at + 1;
    while (end < to && (bitsAt(joined, end) & IN_HEX) !== 0) end++;
    if (end - start >= HEX_MIN && lookHexDigits(source, run, start, end, onStretch)) return true;
    floor = end;
    at = end;
  }
  return false;
}

/** Looks into hexadecimal digits at both alignments. */
function lookHexDigits(
  source: ByteString,
  run: Run,
  from: number,
  to: number,
  onStretch: OnStretch,
): boolean {
  const { joined } = run;
  const [start, end] =
    joined === source ? [hexStart(source, from), to] : [joinedStart(run, from), run.paddedEnd];
  for (let alignment = 0; alignment < PAIR; alignment++) {
    const first = from + alignment;
    let floor = first;
    for (let at = first + (PAIRS_MIN - 1) * PAIR; at + PAIR <= to; at += PAIRS_MIN * PAIR) {
      if (!isAsciiPair(joined, at)) continue;
      let begin = at;
      while (begin > floor && isAsciiPair(joined, begin - PAIR)) begin -= PAIR;
      let next = at + PAIR;
      while (next + PAIR <= to && isAsciiPair(joined, next)) next += PAIR;
      if (next - begin >= PAIRS_MIN * PAIR) {
        const decoded = decodedText(joined, Math.max(first, begin - PAIR), Math.min(next + PAIR, to), 'hex');
        if (onStretch({ encoding: 'hex', decoded, start, end })) return true;
      }
      floor = next;
      at = next;
    }
  }
  return false;
}

/** The prefix `\\x` or `0x` belongs to what is masked. */
const hexStart = (source: ByteString, from: number): number =>
  source.startsWith('\\x', from - 2) || source.startsWith('0x', from - 2) ? from - 2 : from;

/** Of digits in lines the whole run is masked, with the backslash of `\\x` that stands before it. */
const joinedStart = ({ joined, start }: Run, from: number): number =>
  joined.startsWith('x') && from <= 1 ? Math.max(0, start - 1) : start;

function isAsciiPair(text: ByteString, at: number): boolean {
  const high = text.charCodeAt(at);
  if (((ENCODED_BYTES[high & 0xff] as number) & HIGH) !== 0) return true;
  const low = high === 0x30 ? text.charCodeAt(at + 1) | 0x20 : 0;
  // Tab is 09, line feed 0a, carriage return 0d; a digit's bit is set already.
  return low === 0x39 || low === 0x61 || low === 0x64;
}
