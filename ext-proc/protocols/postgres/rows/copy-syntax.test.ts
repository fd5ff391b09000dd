import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyCsvSyntax } from './copy-csv-syntax.ts';
import { type CopySyntax, DATA, decodeField, RECORD_END, recordFields } from './copy-fields.ts';
import { copyTextSyntax } from './copy-text-syntax.ts';
import { GrowingBytes } from './growing-bytes.ts';

const byte = (character: string): number => character.charCodeAt(0);
const SYNTAXES: readonly CopySyntax[] = [
  copyTextSyntax({ kind: 'text', delimiter: 9, nullText: '\\N', header: false }),
  copyTextSyntax({ kind: 'text', delimiter: byte('|'), nullText: '', header: false }),
  ...[
    ['"', '"'],
    ['"', '\\'],
    ["'", '|'],
    ['"', ','],
  ].map(([quote = '', escape = '']) =>
    copyCsvSyntax({
      kind: 'csv',
      delimiter: byte(','),
      quote: byte(quote),
      escape: byte(escape),
      nullText: '',
      header: false,
    }),
  ),
];
const bytes = fc
  .string({ unit: fc.constantFrom(...'ab"\'\\|,\t\n'), maxLength: 30 })
  .map((text) => Buffer.from(text));
const syntax = fc.constantFrom(...SYNTAXES);

describe('COPY records', () => {
  it('are cut the same at once and byte by byte, whatever they are', () => {
    fc.assert(
      fc.property(syntax, bytes, (format, data) => {
        const fields = recordFields(40);
        const atOnce: (readonly [string, boolean])[][] = [];
        let read = 0;
        for (;;) {
          const end = format.record(data, read, data.length, fields);
          if (end < 0) break;
          atOnce.push(
            Array.from({ length: fields.count }, (_, index) => [
              decodeField(format, data, fields.starts[index] as number, fields.ends[index] as number),
              fields.quoted[index] === 1,
            ]),
          );
          read = end;
        }
        const bytewise: (readonly [string, boolean])[][] = [];
        let record: (readonly [string, boolean])[] = [];
        let plain: number[] = [];
        const tokens = format.tokens();
        for (const next of data) {
          const token = tokens.next(next);
          plain.push(...tokens.plain);
          if (token === DATA) continue;
          record.push([Buffer.from(plain).toString('latin1'), tokens.quoted]);
          plain = [];
          if (token === RECORD_END) {
            bytewise.push(record);
            record = [];
          }
        }
        expect(bytewise).toEqual(atOnce);
      }),
      { numRuns: 1000 },
    );
  });

  it('read back as what was written', () => {
    fc.assert(
      fc.property(syntax, bytes, fc.boolean(), (format, data, quoted) => {
        const value = data.toString('latin1');
        const field = format.encode(value, quoted);
        const line = Buffer.concat([field, Buffer.from('\n')]);
        const fields = recordFields(2);
        expect(format.record(line, 0, line.length, fields)).toBe(line.length);
        expect(fields.count).toBe(1);
        expect(decodeField(format, line, 0, field.length)).toBe(value);
        const piece = new GrowingBytes();
        piece.append(format.pieceQuotes);
        format.escapePiece(data, piece);
        piece.append(format.pieceQuotes);
        expect(decodeField(format, piece.view(), 0, piece.length)).toBe(value);
      }),
      { numRuns: 1000 },
    );
  });

  it('unfold octal and hexadecimal escapes, which clients may send', () => {
    const text = Buffer.from('\\141\\x62\\1z\\x\\N');
    expect(decodeField(SYNTAXES[0] as CopySyntax, text, 0, text.length)).toBe('ab\x01zxN');
  });
});
