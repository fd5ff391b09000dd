/**
 * COPY's CSV format: fields between delimiters, quoted where they have to be, newlines among what quotes hold.
 * Specification: PostgreSQL 18, "COPY", "CSV Format"; copyto.c CopyAttributeOutCSV, copyfromparse.c
 * CopyReadAttributesCSV, whose way of reading a quote within a field is followed.
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

/** Alone on a line it would end the data for some readers. */
const END_OF_DATA = '\\.';

type CsvFormat = Extract<CopyFormat, { kind: 'csv' }>;

export function copyCsvSyntax(format: CsvFormat): CopySyntax {
  const nullText = Buffer.from(format.nullText, 'latin1');
  return {
    delimiter: format.delimiter,
    header: format.header,
    nullText,
    record: (bytes, start, end, fields) => record(bytes, start, end, format, fields),
    isNull: (bytes, start, end, quoted) => !quoted && sameBytes(bytes, start, end, nullText),
    unescape: (bytes, start, end, out, at) => unescape(bytes, start, end, format, out, at),
    encode: (value, quoted) =>
      value === null ? nullText : Buffer.from(field(value, quoted, format), 'latin1'),
    tokens: () => new CsvTokens(format),
    pieceQuotes: Buffer.of(format.quote),
    escapePiece: (plain, out) => escapePiece(plain, format, out),
    special: format.quote,
  };
}

function record(bytes: Buffer, start: number, end: number, format: CsvFormat, fields: RecordFields): number {
  const { delimiter, quote, escape } = format;
  const { starts, ends, quoted } = fields;
  const last = starts.length - 1;
  let count = 0;
  let inQuotes = false;
  starts[0] = start;
  quoted[0] = bytes[start] === quote ? 1 : 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (inQuotes) {
      if (byte === escape) {
        if (at + 1 === end) return -1;
        const next = bytes[at + 1];
        if (next === escape || next === quote) {
          at++;
          continue;
        }
      }
      if (byte === quote) inQuotes = false;
    } else if (byte === delimiter) {
      ends[count] = at;
      if (count < last) count++;
      starts[count] = at + 1;
      quoted[count] = bytes[at + 1] === quote ? 1 : 0;
    } else if (byte === quote) inQuotes = true;
    else if (byte === NEWLINE) {
      ends[count] = at;
      fields.count = count + 1;
      return at + 1;
    }
  }
  return -1;
}

/** Whatever is not a quote, nor the escape of one: also of a whole record. */
function unescape(
  bytes: Buffer,
  start: number,
  end: number,
  format: CsvFormat,
  out: Buffer,
  outAt: number,
): number {
  const { delimiter, quote, escape } = format;
  let to = outAt;
  let inQuotes = false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (inQuotes && byte === escape && at + 1 < end) {
      const next = bytes[at + 1] as number;
      if (next === escape || next === quote) {
        out[to++] = next;
        at++;
        continue;
      }
    }
    if (byte === quote) inQuotes = !inQuotes;
    else if (!inQuotes && (byte === delimiter || byte === NEWLINE)) {
      for (let gap = 0; gap < FIELD_GAP; gap++) out[to++] = 0;
    } else out[to++] = byte;
  }
  return to;
}

function field(value: ByteString, quoted: boolean, format: CsvFormat): ByteString {
  const [delimiter, quote, escape] = [format.delimiter, format.quote, format.escape].map((byte) =>
    String.fromCharCode(byte),
  ) as [string, string, string];
  const needed =
    quoted ||
    value === format.nullText ||
    value === END_OF_DATA ||
    [delimiter, quote, '\n', '\r'].some((special) => value.includes(special));
  if (!needed) return value;
  const doubled = value.replaceAll(escape, escape + escape);
  return quote + (quote === escape ? doubled : doubled.replaceAll(quote, escape + quote)) + quote;
}

function escapePiece(plain: Buffer, format: CsvFormat, out: GrowingBytes): void {
  for (const byte of plain) {
    if (byte === format.quote || byte === format.escape) out.appendByte(format.escape);
    out.appendByte(byte);
  }
}

class CsvTokens implements FieldTokens {
  plain: number[] = [];
  quoted = false;
  readonly #format: CsvFormat;
  #state: 'start' | 'outside' | 'inside' | 'escape' = 'start';

  constructor(format: CsvFormat) {
    this.#format = format;
  }

  next(byte: number): typeof DATA | typeof DELIMITER | typeof RECORD_END {
    const { delimiter, quote, escape } = this.#format;
    this.plain.length = 0;
    if (this.#state === 'start') this.quoted = byte === quote;
    if (this.#state === 'escape') {
      this.#state = 'inside';
      if (byte === escape || byte === quote) {
        this.plain.push(byte);
        return DATA;
      }
      // It stood for itself, unless it is the quote, which has ended.
      if (escape === quote) this.#state = 'outside';
      else this.plain.push(escape);
    }
    if (this.#state === 'inside') {
      if (byte === escape) this.#state = 'escape';
      else if (byte === quote) this.#state = 'outside';
      else this.plain.push(byte);
      return DATA;
    }
    if (byte === delimiter || byte === NEWLINE) {
      this.#state = 'start';
      return byte === delimiter ? DELIMITER : RECORD_END;
    }
    if (byte === quote) this.#state = 'inside';
    else {
      this.#state = 'outside';
      this.plain.push(byte);
    }
    return DATA;
  }
}
