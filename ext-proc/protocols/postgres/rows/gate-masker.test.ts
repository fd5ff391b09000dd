/** The rewriters with the gate's own detectors: what a block is asked at once never hides what one value holds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../domain/secret.ts';
import { createMasker } from '../../../masking/masker.ts';
import { createScanner } from '../../../masking/scanner.ts';
import { encodeDataRow } from '../backend-encoders.ts';
import { CopyMasker } from './copy-masker.ts';
import {
  copyData,
  type LineFormat,
  payloads,
  readRecords,
  writeField,
  writeRecord,
} from './copy-oracle.fixture.ts';
import { DataRowMasker } from './data-row-masker.ts';
import { type ColumnPlan, type ColumnTreatment, type MaskPlan, planRows } from './mask-plan.ts';
import { cutUp, plainRows, plainTreatment } from './row-oracle.fixture.ts';

const context = {
  masker: createMasker({
    scanner: createScanner(),
    styles: { email: 'partial', payment_card: 'partial', iban: 'hash' },
    key: new Secret(Buffer.alloc(32, 9)),
  }),
  lookup: () => undefined,
  style: { isoDates: true, postgresIntervals: true },
};

const CARD = '4111111111111111';
const SECRETS = [
  CARD,
  '4111 1111 1111 1111',
  '4111-1111-1111-1111',
  'alice.smith@example.com',
  'DE89370400440532013000',
  `{"card": ${CARD}}`,
  `{"mail": "alice\\u0040example.com"}`,
  Buffer.from(`pay with ${CARD} now`).toString('base64'),
  Buffer.from(`pay with ${CARD} now`).toString('hex'),
  `\\x${Buffer.from(CARD).toString('hex')}`,
  'alice%40example.com',
  `{"say \\"${CARD}\\"",x}`,
  `("a ""${CARD}""",1)`,
  [
    '-----BEGIN PRIVATE',
    ' KEY-----\nMIIEvQI',
    'BADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n',
    '-----END PRIVATE KEY-----',
  ].join(''),
];
const value = fc.option(
  fc.oneof(
    fc.constantFrom(...SECRETS),
    fc.constantFrom(...SECRETS).map((secret) => `note: ${secret}, "quoted"\t\\ and more`),
    fc.string({ unit: fc.constantFrom(...'41 -@.a"\\,|\t\n{}'), maxLength: 24 }),
    fc.constantFrom('2024-01-02 12:00:00', '12345678', '0.5', 'plain text'),
  ),
  { nil: null },
);
const [TEXT, JSONB, TEXT_ARRAY, INT8, BYTEA] = [25, 3802, 1009, 20, 17];
const SCAN: ColumnTreatment = { kind: 'scan', label: '' };
const MASK: ColumnTreatment = { kind: 'mask', label: '', mark: { kind: 'payment_card', style: 'partial' } };

function plan(columns: readonly (readonly [number, boolean])[]): MaskPlan {
  const planned = planRows(
    context,
    columns.map(([typeOid]) => ({ typeOid, typeModifier: -1, format: 'text' as const })),
    columns.map(([, marked]) => (marked ? MASK : SCAN)),
  );
  if (!planned.ok) throw new Error(planned.code);
  return planned.plan;
}

const table = fc
  .array(fc.tuple(fc.constantFrom(TEXT, TEXT, TEXT, JSONB, TEXT_ARRAY, INT8, BYTEA), fc.boolean()), {
    minLength: 1,
    maxLength: 4,
  })
  .chain((columns) =>
    fc.record({
      rowPlan: fc.constant(plan(columns)),
      rows: fc.array(fc.tuple(...columns.map(() => value)), { minLength: 1, maxLength: 6 }),
    }),
  );
const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 5 });
const bytesOf = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text, 'latin1'));

describe("the rewriters with the gate's masker", () => {
  it('give for rows what the plain oracle gives', () => {
    fc.assert(
      fc.property(table, sizes, ({ rowPlan, rows }, cuts) => {
        const wires = rows.map((row) => encodeDataRow(row.map(bytesOf)));
        const masker = new DataRowMasker(rowPlan);
        const out: Buffer[] = [];
        for (const piece of cutUp(Buffer.concat(wires), cuts))
          expect(masker.push(piece, (bytes) => out.push(bytes))).toBeUndefined();
        expect(Buffer.concat(out)).toEqual(plainRows(rowPlan, wires));
        // What was masked is found no more.
        const again = new DataRowMasker(rowPlan);
        again.push(Buffer.concat(out), () => {});
        expect(again.counts.list().filter(({ kind }) => kind !== 'payment_card')).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  const byte = (character: string): number => character.charCodeAt(0);
  const format = fc.constantFrom<LineFormat>(
    { kind: 'text', delimiter: 9, nullText: '\\N', header: false },
    { kind: 'text', delimiter: byte('-'), nullText: '\\N', header: false },
    { kind: 'text', delimiter: byte('@'), nullText: '', header: false },
    { kind: 'text', delimiter: byte(' '), nullText: '\\N', header: false },
    { kind: 'csv', delimiter: byte(','), quote: byte('"'), escape: byte('"'), nullText: '', header: false },
    { kind: 'csv', delimiter: byte('-'), quote: byte('1'), escape: byte('4'), nullText: '', header: false },
    { kind: 'csv', delimiter: byte('1'), quote: byte('@'), escape: byte('\\'), nullText: 'x', header: false },
  );

  it('give for COPY what the plain oracle gives, whatever stands for delimiters and quotes', () => {
    fc.assert(
      fc.property(table, format, sizes, ({ rowPlan, rows }, lines, cuts) => {
        const wire = Buffer.concat(
          rows.map((row) =>
            copyData(
              Buffer.from(
                writeRecord(
                  lines,
                  row.map((text) => writeField(lines, text)),
                ),
                'latin1',
              ),
            ),
          ),
        );
        const masker = new CopyMasker(rowPlan, lines);
        const out: Buffer[] = [];
        for (const piece of cutUp(wire, cuts))
          expect(masker.push(piece, (bytes) => out.push(bytes))).toBeUndefined();
        expect(masker.finish()).toBeUndefined();
        const read = (data: Buffer): (string | null)[][] =>
          readRecords(lines, Buffer.concat(payloads(data)).toString('latin1'));
        const expected = read(wire).map((row) =>
          row.map((text, index) => {
            const treated = plainTreatment(rowPlan.columns[index] as ColumnPlan, bytesOf(text));
            // What looks like NULL is NULL for a reader of the text format.
            const plain = treated === null ? null : treated.toString('latin1');
            return lines.kind === 'text' && plain === lines.nullText ? null : plain;
          }),
        );
        expect(read(Buffer.concat(out))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
