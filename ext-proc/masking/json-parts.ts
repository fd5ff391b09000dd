/**
 * Findings inside a JSON text, widened so that what replaces them leaves JSON: inside one string they stay as they are,
 * a number is replaced whole by a string, and what reaches over more than one value takes the whole text.
 */
import type { ByteString } from './byte-string.ts';
import type { Finding } from './finding.ts';

export interface JsonPart {
  readonly finding: Finding;
  readonly start: number;
  readonly end: number;
  /** The replacement stands in quotes: it takes the place of a value that had none. */
  readonly quoted: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The parts, in order; undefined where the text must be replaced as a whole. Findings are in order and apart. */
export function jsonParts(text: ByteString, findings: readonly Finding[]): readonly JsonPart[] | undefined {
  const parts: JsonPart[] = [];
  let at = 0;
  let next = 0;
  while (at < text.length && next < findings.length) {
    const code = text.charCodeAt(at);
    const end = code === QUOTE ? stringEnd(text, at) : isScalarByte(code) ? scalarEnd(text, at) : at + 1;
    for (let found = findings[next]; found !== undefined && found.start < end; found = findings[++next]) {
      if (found.start < at) return undefined;
      if (code === QUOTE) {
        // The quotes stay: a finding that takes one in is no part of this string alone.
        const part = insideString(text, found, at + 1, end - 1);
        if (part === undefined) return undefined;
        const before = parts.at(-1);
        if (before !== undefined && part.start < before.end) return undefined;
        parts.push(part);
      } else if (isScalarByte(code) && found.end <= end) {
        if (parts.at(-1)?.start === at) continue;
        parts.push({ finding: found, start: at, end, quoted: true });
      } else {
        return undefined;
      }
    }
    at = end;
  }
  return next < findings.length ? undefined : parts;
}

/** A finding between the quotes of a string, widened where it would cut an escape in two. */
function insideString(text: ByteString, finding: Finding, from: number, to: number): JsonPart | undefined {
  if (finding.start < from || finding.end > to) return undefined;
  let start = finding.start;
  let end = finding.end;
  // Where escapes begin can only be told from the string's beginning.
  for (let at = from; at < end;) {
    const length = text.charCodeAt(at) !== BACKSLASH ? 1 : text[at + 1] === 'u' ? 6 : 2;
    if (at < start && at + length > start) start = at;
    if (at < end && at + length > end) end = Math.min(to, at + length);
    at += length;
  }
  return { finding, start, end, quoted: false };
}

function stringEnd(text: ByteString, at: number): number {
  let next = at + 1;
  while (next < text.length && text.charCodeAt(next) !== QUOTE)
    next += text.charCodeAt(next) === BACKSLASH ? 2 : 1;
  return Math.min(text.length, next + 1);
}

/** What numbers and the literals consist of. */
const isScalarByte = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) ||
  (code >= 0x41 && code <= 0x5a) ||
  (code >= 0x61 && code <= 0x7a) ||
  code === 0x2b ||
  code === 0x2d ||
  code === 0x2e;

function scalarEnd(text: ByteString, at: number): number {
  let next = at + 1;
  while (next < text.length && isScalarByte(text.charCodeAt(next))) next++;
  return next;
}

/** Whether the text is JSON. Never throws. */
export function isJson(text: ByteString): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
