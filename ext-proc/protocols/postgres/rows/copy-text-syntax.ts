/**
 * COPY's text format: fields between delimiters, a record on each line, and a backslash that takes the next byte with it.
 * Specification: PostgreSQL 18, "COPY", "Text Format"; copyto.c CopyAttributeOutText, copyfromparse.c
 * CopyReadAttributesText.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { CopyFormat } from './copy-format.ts';
import {
  type CopySyntax,
  DATA,
  DELIMITER,
  FIELD_GAP,
  type FieldTokens,
  NEWLINE,
  RECORD_END,
} from './copy-fields.ts';
import { type RecordFields, sameBytes } from './copy-fields.ts';
import type { GrowingBytes } from './growing-bytes.ts';

const BACKSLASH = 0x5c;
const ZERO = 0x30;
const SEVEN = 0x37;
const LOWER_X = 0x78;

/** What the letter behind a backslash stands for. */
const CONTROLS: ReadonlyMap<number, number> = new Map([
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
  [0x76, 0x0b],
]);
const LETTERS: ReadonlyMap<number, number> = new Map([...CONTROLS].map(([letter, byte]) => [byte, letter]));
const NOTHING = Buffer.alloc(0);

export function copyTextSyntax(format: Extract<CopyFormat, { kind: 'text' }>): CopySyntax {
  const { delimiter, header } = format;
  const nullText = Buffer.from(format.nullText, 'latin1');
  return {
    delimiter,
    header,
    nullText,
    record: (bytes, start, end, fields) => record(bytes, start, end, delimiter, fields),
    isNull: (bytes, start, end) => sameBytes(bytes, start, end, nullText),
    unescape: (bytes, start, end, out, at) => unescape(bytes, start, end, delimiter, out, at),
    encode: (value) => (value === null ? nullText : Buffer.from(escaped(value, delimiter), 'latin1')),
    tokens: () => new TextTokens(delimiter),
    pieceQuotes: NOTHING,
    escapePiece: (plain, out) => escapePiece(plain, delimiter, out),
    special: BACKSLASH,
  };
}

function record(bytes: Buffer, start: number, end: number, delimiter: number, fields: RecordFields): number {
  const { starts, ends } = fields;
  const last = starts.length - 1;
  let count = 0;
  starts[0] = start;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === delimiter) {
      ends[count] = at;
      if (count < last) count++;
      starts[count] = at + 1;
    } else if (byte === BACKSLASH) at++;
    else if (byte === NEWLINE) {
      ends[count] = at;
      fields.count = count + 1;
      return at + 1;
    }
  }
  return -1;
}

function unescape(
  bytes: Buffer,
  start: number,
  end: number,
  delimiter: number,
  out: Buffer,
  outAt: number,
): number {
  let to = outAt;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === delimiter || byte === NEWLINE) {
      for (let gap = 0; gap < FIELD_GAP; gap++) out[to++] = 0;
      continue;
    }
    if (byte !== BACKSLASH || at + 1 === end) {
      out[to++] = byte;
      continue;
    }
    const next = bytes[++at] as number;
    if (next >= ZERO && next <= SEVEN) {
      let value = next - ZERO;
      for (let digits = 1; digits < 3 && at + 1 < end; digits++) {
        const digit = (bytes[at + 1] as number) - ZERO;
        if (digit < 0 || digit > 7) break;
        value = value * 8 + digit;
        at++;
      }
      out[to++] = value & 0xff;
    } else if (next === LOWER_X && hexDigit(bytes, at + 1, end) >= 0) {
      let value = 0;
      for (let digits = 0; digits < 2; digits++) {
        const digit = hexDigit(bytes, at + 1, end);
        if (digit < 0) break;
        value = value * 16 + digit;
        at++;
      }
      out[to++] = value;
    } else out[to++] = CONTROLS.get(next) ?? next;
  }
  return to;
}

/** -1 where there is none. */
function hexDigit(bytes: Buffer, at: number, end: number): number {
  if (at >= end) return -1;
  const byte = bytes[at] as number;
  if (byte >= ZERO && byte <= 0x39) return byte - ZERO;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function escaped(value: ByteString, delimiter: number): ByteString {
  let text = '';
  let from = 0;
  for (let at = 0; at < value.length; at++) {
    const byte = value.charCodeAt(at);
    if (byte !== delimiter && byte !== BACKSLASH && byte >= 0x20) continue;
    const letter = LETTERS.get(byte);
    if (letter === undefined && byte !== delimiter && byte !== BACKSLASH) continue;
    text += `${value.slice(from, at)}\\${String.fromCharCode(letter ?? byte)}`;
    from = at + 1;
  }
  return from === 0 ? value : text + value.slice(from);
}

function escapePiece(plain: Buffer, delimiter: number, out: GrowingBytes): void {
  for (const byte of plain) {
    const letter = LETTERS.get(byte);
    if (letter !== undefined || byte === delimiter || byte === BACKSLASH) out.appendByte(BACKSLASH);
    out.appendByte(letter ?? byte);
  }
}

/** Octal and hexadecimal escapes are not put together here: a server writes none, and no byte of one is special. */
class TextTokens implements FieldTokens {
  readonly quoted = false;
  plain: number[] = [];
  readonly #delimiter: number;
  #escaped = false;

  constructor(delimiter: number) {
    this.#delimiter = delimiter;
  }

  next(byte: number): typeof DATA | typeof DELIMITER | typeof RECORD_END {
    this.plain.length = 0;
    if (this.#escaped) {
      this.#escaped = false;
      this.plain.push(CONTROLS.get(byte) ?? byte);
      return DATA;
    }
    if (byte === BACKSLASH) {
      this.#escaped = true;
      return DATA;
    }
    if (byte === this.#delimiter) return DELIMITER;
    if (byte === NEWLINE) return RECORD_END;
    this.plain.push(byte);
    return DATA;
  }
}
