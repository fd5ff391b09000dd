/**
 * COPY data as a server writes it, and as whoever reads it back understands it: written for tests the plain way, a value
 * at a time, from the rules in the documentation. Values are byte strings; null is NULL.
 */
import type { CopyFormat } from './copy-format.ts';

export type Value = string | null;
export type LineFormat = Exclude<CopyFormat, { kind: 'binary' }>;

const CONTROLS = new Map([
  ['\b', 'b'],
  ['\f', 'f'],
  ['\n', 'n'],
  ['\r', 'r'],
  ['\t', 't'],
  ['\v', 'v'],
]);

/** One field; `forceQuote` as FORCE_QUOTE. */
export function writeField(format: LineFormat, value: Value, forceQuote = false): string {
  if (value === null) return format.nullText;
  const characters = [...value];
  if (format.kind === 'text') {
    return characters
      .map((character) => {
        const letter = CONTROLS.get(character);
        if (letter !== undefined) return `\\${letter}`;
        return character === '\\' || character.charCodeAt(0) === format.delimiter
          ? `\\${character}`
          : character;
      })
      .join('');
  }
  const [delimiter, quote, escape] = [format.delimiter, format.quote, format.escape].map((byte) =>
    String.fromCharCode(byte),
  );
  const special = characters.some((character) => [delimiter, quote, '\n', '\r'].includes(character));
  if (!forceQuote && !special && value !== format.nullText && value !== '\\.') return value;
  const inside = characters.map((character) =>
    character === quote || character === escape ? `${escape}${character}` : character,
  );
  return `${quote}${inside.join('')}${quote}`;
}

export function writeRecord(format: LineFormat, fields: readonly string[]): string {
  return `${fields.join(String.fromCharCode(format.delimiter))}\n`;
}

/** All records of a document. */
export function readRecords(format: LineFormat, document: string): Value[][] {
  const records: Value[][] = [];
  let record: Value[] = [];
  let value = '';
  let raw = '';
  let quoted = false;
  let inQuotes = false;
  const endField = (): void => {
    record.push(!quoted && raw === format.nullText ? null : value);
    value = raw = '';
    quoted = inQuotes = false;
  };
  const letters = new Map([...CONTROLS].map(([control, letter]) => [letter, control]));
  for (let at = 0; at < document.length; at++) {
    const character = document[at] as string;
    const code = character.charCodeAt(0);
    const next = document[at + 1] ?? '';
    if (format.kind === 'text') {
      if (character === '\\') {
        raw += character + next;
        value += letters.get(next) ?? next;
        at++;
        continue;
      }
    } else if (inQuotes) {
      raw += character;
      if (
        code === format.escape &&
        next !== '' &&
        [format.escape, format.quote].includes(next.charCodeAt(0))
      ) {
        value += next;
        raw += next;
        at++;
      } else if (code === format.quote) inQuotes = false;
      else value += character;
      continue;
    } else if (code === format.quote) {
      raw += character;
      quoted = inQuotes = true;
      continue;
    }
    if (code === format.delimiter) endField();
    else if (character === '\n') {
      endField();
      records.push(record);
      record = [];
    } else {
      raw += character;
      value += character;
    }
  }
  if (raw !== '' || record.length > 0) throw new Error('the document ends within a record');
  return records;
}

export function copyData(payload: Buffer): Buffer {
  const header = Buffer.alloc(5, 0x64);
  header.writeUInt32BE(4 + payload.length, 1);
  return Buffer.concat([header, payload]);
}

/** The payloads of CopyData messages. */
export function payloads(wire: Buffer): Buffer[] {
  const list: Buffer[] = [];
  for (let at = 0; at < wire.length;) {
    const end = at + 1 + wire.readUInt32BE(at + 1);
    if (wire[at] !== 0x64 || end > wire.length) throw new Error('not whole CopyData messages');
    list.push(wire.subarray(at + 5, end));
    at = end;
  }
  return list;
}

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');

/** The beginning of binary data, with an extension of the header. */
export function binaryHeader(extension = ''): Buffer {
  const rest = Buffer.alloc(8);
  rest.writeUInt32BE(extension.length, 4);
  return Buffer.concat([SIGNATURE, rest, Buffer.from(extension)]);
}

export const BINARY_TRAILER = Buffer.from([0xff, 0xff]);

export function binaryTuple(values: readonly (Buffer | null)[]): Buffer {
  const parts: Buffer[] = [Buffer.from([values.length >> 8, values.length & 0xff])];
  for (const value of values) {
    const length = Buffer.alloc(4);
    length.writeInt32BE(value === null ? -1 : value.length);
    parts.push(length, value ?? Buffer.alloc(0));
  }
  return Buffer.concat(parts);
}
