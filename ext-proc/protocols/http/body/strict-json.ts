/**
 * One JSON text of a request, read whole for policy and for the action digest: RFC 8259 in UTF-8 without a byte order
 * mark, nested at most 64 levels, each name once in its object (compared after its escapes are read) and without half
 * surrogate pairs. RFC 8259 section 4 leaves open which of two like names counts; policy would see one and the
 * upstream could take the other, so such a text is refused. The caller bounds the bytes. Never throws.
 */
import { isUtf8 } from 'node:buffer';
import { LIMITS } from '../../../domain/limits.ts';
import { isExactNumber } from './json-number.ts';
import { type Names, NameShapes } from './name-shapes.ts';

export type StrictJson =
  /**
   * The value as JSON.parse gives it; a member named `__proto__` is one like any other. A number that a double does
   * not keep (`12345678901234567890`, `1e999`) is the string of its digits as written: policy sees what the upstream
   * gets, and a rule that compares numbers does not take it for another one.
   */
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: StrictJsonCode; readonly publicMessage: string };

export type StrictJsonCode =
  'GH_HTTP_BODY_MALFORMED' | 'GH_HTTP_BODY_DUPLICATE_KEY' | 'GH_HTTP_BODY_TOO_DEEP';

const refusal = (code: StrictJsonCode, publicMessage: string): StrictJson => ({
  ok: false,
  code,
  publicMessage,
});

export function parseStrictJson(bytes: Uint8Array): StrictJson {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    return refusal('GH_HTTP_BODY_MALFORMED', 'The body begins with a byte order mark, which JSON may not.');
  if (!isUtf8(bytes)) return refusal('GH_HTTP_BODY_MALFORMED', 'The body is JSON that is not in UTF-8.');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refusal('GH_HTTP_BODY_MALFORMED', 'The body is not the JSON that its content type says.');
  }
  // From here on the text is JSON, so that the walk needs no error handling of its own.
  const walked = walk(text);
  if (walked === 'exact') return { ok: true, value };
  if (walked !== 'inexact') return walked;
  return { ok: true, value: JSON.parse(text, inexactAsWritten as (key: string, value: unknown) => unknown) };
}

function inexactAsWritten(_: string, value: unknown, { source }: { readonly source?: string }): unknown {
  return typeof value === 'number' && source !== undefined && !isExactNumber(source, value) ? source : value;
}

/** Looks at depth, names and numbers of a text that is JSON. */
function walk(text: string): StrictJson | 'exact' | 'inexact' {
  const shapes = new NameShapes();
  /** The names so far of each object that is open; undefined for an array. */
  const open: (Names | undefined)[] = [];
  let depth = 0;
  let nameNext = false;
  let isExact = true;
  /** The next backslash: a string that ends before it has no escapes. */
  let escapeAt = nextEscape(text, 0);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    switch (code) {
      case 0x7b: // {
      case 0x5b: // [
        if (depth === LIMITS.decidedJsonDepthMax)
          return refusal(
            'GH_HTTP_BODY_TOO_DEEP',
            `The body's JSON is nested deeper than ${LIMITS.decidedJsonDepthMax} levels.`,
          );
        nameNext = code === 0x7b;
        open[depth++] = nameNext ? shapes.none : undefined;
        continue;
      case 0x7d: // }
      case 0x5d: // ]
        depth--;
        nameNext = false;
        continue;
      case 0x2c: // ,
        nameNext = open[depth - 1] !== undefined;
        continue;
      case 0x22: {
        let end = text.indexOf('"', at + 1);
        const isPlain = end < escapeAt;
        if (!isPlain) {
          end = endOfString(text, escapeAt);
          escapeAt = nextEscape(text, end);
        }
        if (nameNext) {
          const around = open[depth - 1] as Names;
          // Without escapes a name reads as it is written.
          const name = isPlain ? '' : (JSON.parse(text.slice(at, end + 1)) as string);
          const names = isPlain ? shapes.withPlain(around, text, at + 1, end) : shapes.with(around, name);
          if (names === undefined)
            return refusal(
              'GH_HTTP_BODY_DUPLICATE_KEY',
              "A name stands twice in one object of the body's JSON.",
            );
          // The bytes are UTF-8: half a pair can only be escaped.
          if (!isPlain && !name.isWellFormed())
            return refusal(
              'GH_HTTP_BODY_MALFORMED',
              "A name of the body's JSON holds half a surrogate pair.",
            );
          open[depth - 1] = names;
          nameNext = false;
        }
        at = end;
        continue;
      }
    }
    if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      const end = endOfNumber(text, at);
      // A double keeps any fifteen digits; a sign and a point beside them are two bytes more.
      if (isExact && (end - at > DIGITS_KEPT || hasExponent(text, at, end))) {
        const token = text.slice(at, end);
        isExact = isExactNumber(token, Number(token));
      }
      at = end - 1;
    }
  }
  return isExact ? 'exact' : 'inexact';
}

const DIGITS_KEPT = 15;

function nextEscape(text: string, from: number): number {
  const at = text.indexOf('\\', from);
  return at < 0 ? Infinity : at;
}

/** The quote that closes the string whose first backslash is at `escape`. */
function endOfString(text: string, escape: number): number {
  let at = escape;
  for (let code = text.charCodeAt(at); code !== 0x22; code = text.charCodeAt(at)) at += code === 0x5c ? 2 : 1;
  return at;
}

/** In a text that is JSON nothing else of these follows a number. */
function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isDigit = code >= 0x30 && code <= 0x39;
    // Point, signs, and the e of an exponent.
    if (!isDigit && code !== 0x2e && code !== 0x2d && code !== 0x2b && (code | 0x20) !== 0x65) break;
  }
  return at;
}

function hasExponent(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((text.charCodeAt(at) | 0x20) === 0x65) return true;
  return false;
}
