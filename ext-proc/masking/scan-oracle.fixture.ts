/**
 * The scanner written plainly: every place of a text is asked, every run of digits judged, every alignment of every run
 * decoded. No table, no condition that comes before a judge. It uses the judges themselves: what it holds the scanner
 * to is that nothing which would be found is passed over, and nothing is found twice.
 */
import type { ByteString } from './byte-string.ts';
import type { Report } from './detector.ts';
import { DETECTORS } from './detector-list.ts';
import { judgeScattered, mayBeScattered } from './detectors/altered-card.ts';
import { judgeDiscord } from './detectors/chat-token.ts';
import type { DigitRun } from './detectors/digit-run.ts';
import { beginsIban, judgeIban } from './detectors/iban.ts';
import { judgeCards } from './detectors/payment-card.ts';
import { judgePhones } from './detectors/phone.ts';
import { judgeSsn } from './detectors/us-ssn.ts';
import { encodedRuns, type Run } from './encodings/encoded-runs.ts';
import { addHidden, type Hidden, hiddenWriting, unescaped } from './encodings/unescaped.ts';
import type { Finding } from './finding.ts';
import { isNamed, judgeFloats, PHONE_WORDS, SSN_WORDS } from './number-judge.ts';
import type { OperatorPattern } from './operator-pattern.ts';
import { withoutOverlaps } from './overlaps.ts';
import { isDigit, startsWord } from './text-edges.ts';
import { DEPTH_MAX } from './scan-plan.ts';

export function plainScan(text: ByteString, patterns: readonly OperatorPattern[] = []): readonly Finding[] {
  const findings: Finding[] = [];
  collect(text, patterns, 0, findings);
  return withoutOverlaps(findings);
}

function collect(
  text: ByteString,
  patterns: readonly OperatorPattern[],
  depth: number,
  out: Finding[],
): void {
  const report: Report = (kind, rule, start, end) => {
    out.push({ kind, rule, start, end, encodings: [], alone: true });
  };
  const lower = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  askDetectors(text, lower, report);
  judgeNumbers(text, lower, report);
  for (const { name, keywords, find } of patterns) {
    if (keywords.some((keyword) => lower.includes(keyword)))
      find(text, (start, end) => report(name, name, start, end));
  }
  if (depth < DEPTH_MAX) lookBehindWriting(text, patterns, depth, out);
  encodedRuns(text, (run) => {
    if (text[run.end] === '.') judgeDiscord(text, run.start, run.end, report);
    if (depth >= DEPTH_MAX) return false;
    for (const { encoding, decoded, start, end } of decodedParts(text, run)) {
      const inner: Finding[] = [];
      collect(decoded, patterns, depth + 1, inner);
      for (const each of inner) out.push({ ...each, start, end, encodings: [encoding, ...each.encodings] });
    }
    return false;
  });
}

function askDetectors(text: ByteString, lower: ByteString, report: Report): void {
  for (const { anchors, ignoreCase, judge } of DETECTORS) {
    let askAgain = 0;
    for (let at = 0; at < text.length; at++) {
      if (at < askAgain || !anchors.some((anchor) => (ignoreCase ? lower : text).startsWith(anchor, at)))
        continue;
      askAgain = judge(text, at, report);
    }
  }
}

/** Groups of digits with one to three separators between. */
function digitRun(text: ByteString, at: number): DigitRun {
  const starts: number[] = [];
  const ends: number[] = [];
  for (let next = at; ;) {
    const digits = /^[0-9]+/.exec(text.slice(next))?.[0] ?? '';
    starts.push(next);
    ends.push(next + digits.length);
    const gap = /^[- .,/_()'\xa0\xc2]{1,3}(?=[0-9])/.exec(text.slice(next + digits.length))?.[0];
    if (gap === undefined || next + digits.length + gap.length - 1 - at > 4_096) break;
    next += digits.length + gap.length;
  }
  return {
    text,
    groups: starts.length,
    starts: Int32Array.from(starts),
    ends: Int32Array.from(ends),
    digits: starts.reduce((sum, start, group) => sum + (ends[group] as number) - start, 0),
    end: ends.at(-1) as number,
  };
}

const DIGITS_MIN = 7;
const CARD_DIGITS_MIN = 12;

function judgeNumbers(text: ByteString, lower: ByteString, report: Report): void {
  let digitsDone = 0;
  let scatteredDone = 0;
  for (let at = 0; at < text.length; at++) {
    if (beginsIban(text, at) && startsWord(text, at)) judgeIban(text, at, report);
    if (!isDigit(text.charCodeAt(at)) || isDigit(text.charCodeAt(at - 1))) continue;
    if (at >= digitsDone) {
      const run = digitRun(text, at);
      // A run of more than 4,096 bytes was cut, and the next begins within it.
      digitsDone = run.end - at > 4_096 ? run.end - 80 : run.end;
      if (run.digits >= DIGITS_MIN) judgeRun(run, lower, report);
    }
    if (at >= scatteredDone && mayBeScattered(text, at)) scatteredDone = judgeScattered(text, at, report);
  }
}

function judgeRun(run: DigitRun, lower: ByteString, report: Report): void {
  const { text } = run;
  const at = run.starts[0] as number;
  const digits = text.slice(at, run.end).replace(/[^0-9]/g, '');
  if (/[2-689]/.test(digits.slice(0, digits.length - CARD_DIGITS_MIN + 1)))
    judgeFloats(text, at, run.end, report);
  judgeCards(run, report);
  judgeSsn(run, isNamed(text, wordEnd(text, lower, SSN_WORDS, at), at), report);
  judgePhones(run, isNamed(text, wordEnd(text, lower, PHONE_WORDS, at), at), report);
}

function wordEnd(text: ByteString, lower: ByteString, words: readonly string[], before: number): number {
  let end = -1;
  for (const each of words) {
    for (let at = Math.max(0, before - 100); at + each.length <= before; at++) {
      if (!lower.startsWith(each, at) || (each !== 'phone' && !startsWord(text, at))) continue;
      end = Math.max(end, at + each.length);
    }
  }
  return end;
}

function lookBehindWriting(
  text: ByteString,
  patterns: readonly OperatorPattern[],
  depth: number,
  out: Finding[],
): void {
  const stretches: Hidden[] = [];
  for (let at = 0; at + 1 < text.length; at++) {
    const writing = hiddenWriting(text, at);
    if (writing !== undefined) addHidden(stretches, writing, at, text.length);
  }
  for (const stretch of stretches) {
    const view = unescaped(text, stretch.start, stretch.end);
    const inner: Finding[] = [];
    collect(view.text, patterns, depth + 1, inner);
    for (const each of inner) {
      const isCut =
        (each.start === 0 && stretch.start > 0) ||
        (each.end === view.text.length && stretch.end < text.length);
      if (isCut) continue;
      const [start, end] = [view.offsets[each.start] as number, view.offsets[each.end] as number];
      const isPlain = each.encodings.length === 0 && end - start === each.end - each.start;
      out.push({ ...each, start, end, encodings: isPlain ? [] : [stretch.writing, ...each.encodings] });
    }
  }
}

interface Part {
  readonly encoding: 'base64' | 'hex';
  readonly decoded: ByteString;
  readonly start: number;
  readonly end: number;
}

/** Rows of three groups of base64, or of eight pairs of hexadecimal digits, that are ASCII, with one more on either side. */
function decodedParts(source: ByteString, { start, paddedEnd, joined, from, to }: Run): Part[] {
  const isSource = joined === source;
  const run = joined.slice(from, to);
  const parts: Part[] = [];
  for (let alignment = 0; alignment < 4; alignment++) {
    for (const [first, end] of rowsOf(run, alignment, 4, 3, isAsciiGroup)) {
      const decoded = Buffer.from(run.slice(first < 4 ? first : first - 4, end + 4), 'base64').toString(
        'latin1',
      );
      parts.push({ encoding: 'base64', decoded, start, end: paddedEnd });
    }
  }
  for (const { index, 0: hex } of run.matchAll(/[0-9a-fA-F]{16,}/g)) {
    const at = from + index;
    const prefix = isSource
      ? /[\\0]x$/.test(source.slice(0, at))
        ? 2
        : 0
      : run.startsWith('x') && index === 1
        ? 1
        : 0;
    const [hexStart, hexEnd] = isSource
      ? [at - prefix, at + hex.length]
      : [Math.max(0, start - prefix), paddedEnd];
    for (let alignment = 0; alignment < 2; alignment++) {
      for (const [first, end] of rowsOf(hex, alignment, 2, 8, isAsciiPair)) {
        const decoded = Buffer.from(hex.slice(Math.max(alignment, first - 2), end + 2), 'hex').toString(
          'latin1',
        );
        parts.push({ encoding: 'hex', decoded, start: hexStart, end: hexEnd });
      }
    }
  }
  return parts;
}

/** Where rows of at least `least` groups of `size` begin and end. */
function rowsOf(
  run: string,
  alignment: number,
  size: number,
  least: number,
  isAscii: (group: string) => boolean,
): [number, number][] {
  const rows: [number, number][] = [];
  let begin = -1;
  for (let at = alignment; at <= run.length; at += size) {
    if (at + size <= run.length && isAscii(run.slice(at, at + size))) {
      if (begin < 0) begin = at;
      continue;
    }
    if (begin >= 0 && at - begin >= least * size) rows.push([begin, at]);
    begin = -1;
  }
  return rows;
}

function isAsciiGroup(group: string): boolean {
  const [one = 0, two = 0, three = 0] = Buffer.from(group, 'base64');
  return (
    ((one >= 0x20 && one < 0x80) || (one & 0xf8) === 0x08) && two < 0x80 && two >> 4 !== 1 && three < 0x80
  );
}

function isAsciiPair(pair: string): boolean {
  const byte = Number.parseInt(pair, 16);
  return (byte >= 0x20 && byte < 0x80) || byte === 9 || byte === 10 || byte === 13;
}
