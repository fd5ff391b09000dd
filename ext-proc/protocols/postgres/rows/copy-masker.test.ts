import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StyleName } from '../../../masking/styles/style.ts';
import { encodeCommandComplete } from '../backend-encoders.ts';
import { CARD, plainContext } from '../types/plain-masker.fixture.ts';
import type { ValueFormat } from '../types/value-mark.ts';
import type { CopyFormat } from './copy-format.ts';
import { CopyInScan } from './copy-in-scan.ts';
import { CopyMasker } from './copy-masker.ts';
import {
  BINARY_TRAILER,
  binaryHeader,
  binaryTuple,
  copyData,
  type LineFormat,
  payloads,
  readRecords,
  type Value,
  writeField,
  writeRecord,
} from './copy-oracle.fixture.ts';
import { type ColumnPlan, type ColumnTreatment, type MaskPlan, planRows } from './mask-plan.ts';
import type { MaskLimits } from './masking-bounds.ts';
import { cutUp, plainTreatment } from './row-oracle.fixture.ts';

const context = plainContext();
const [TEXT, INT8, JSON_TYPE, TEXT_ARRAY] = [25, 20, 114, 1009];

function plan(
  types: readonly number[],
  treatments: readonly ColumnTreatment[],
  format: ValueFormat = 'text',
): MaskPlan {
  const columns = types.map((typeOid) => ({ typeOid, typeModifier: -1, format }));
  const planned = planRows(context, columns, treatments);
  if (!planned.ok) throw new Error(planned.code);
  return planned.plan;
}

interface Seen {
  readonly wire: Buffer;
  readonly refused: string | undefined;
  readonly heldMost: number;
}

function feed(masker: CopyMasker, chunks: readonly Buffer[]): Seen {
  const out: Buffer[] = [];
  let heldMost = 0;
  for (const chunk of chunks) {
    const refused = masker.push(chunk, (bytes) => out.push(bytes));
    heldMost = Math.max(heldMost, masker.heldBytes);
    if (refused !== undefined) return { wire: Buffer.concat(out), refused, heldMost };
  }
  return { wire: Buffer.concat(out), refused: masker.finish(), heldMost };
}

const mask = (style: StyleName): ColumnTreatment => ({
  kind: 'mask',
  label: 'c',
  mark: { kind: 'tag', style },
});
const SCAN: ColumnTreatment = { kind: 'scan', label: 'n' };
const PASS: ColumnTreatment = { kind: 'pass' };
const treatment = fc.oneof(
  fc.constant(PASS),
  fc.constant(SCAN),
  fc.constantFrom<StyleName>('full', 'partial', 'hash', 'null').map(mask),
);
const byte = (character: string): number => character.charCodeAt(0);

const TEXT_FORMAT: LineFormat = { kind: 'text', delimiter: 9, nullText: '\\N', header: false };
const CSV_FORMAT: LineFormat = {
  kind: 'csv',
  delimiter: byte(','),
  quote: byte('"'),
  escape: byte('"'),
  nullText: '',
  header: false,
};
const lineFormat: fc.Arbitrary<LineFormat> = fc.oneof(
  fc.constant(TEXT_FORMAT),
  fc.constant(CSV_FORMAT),
  fc.record({
    kind: fc.constant('text' as const),
    delimiter: fc.constantFrom(...'\t|*K-#'.split('').map(byte), 1),
    nullText: fc.constantFrom('\\N', '', 'NULL', '<>'),
    header: fc.boolean(),
  }),
  fc
    .record({
      kind: fc.constant('csv' as const),
      delimiter: fc.constantFrom(...',;\t4*'.split('').map(byte)),
      quote: fc.constantFrom(...'"\'|k'.split('').map(byte)),
      escape: fc.constantFrom(...'"\'\\|k,*'.split('').map(byte)),
      nullText: fc.constantFrom('', 'N', 'NULL', '\\N'),
      header: fc.boolean(),
    })
    .filter(({ quote, nullText }) => !nullText.includes(String.fromCharCode(quote))),
);
const hidden = fc.constantFrom(
  CARD,
  'key-abc',
  `say ${CARD}, key-x!`,
  `"key-a"\t\\key-b`,
  '{a,"key-b"}',
  `x|${CARD}|*`,
);
const awkward = fc.string({ unit: fc.constantFrom(...'ab4kN\\"\'|,;*#\t\n\r\b\x01.é-KNULL'), maxLength: 10 });
const value: fc.Arbitrary<Value> = fc
  .oneof(hidden, awkward, fc.constantFrom(null, '', '\\.', '\\N', 'NULL', 'N'))
  .map((text) => (text === null ? null : Buffer.from(text).toString('latin1')));

const document = lineFormat.chain((format) =>
  fc
    .array(fc.tuple(fc.constantFrom(TEXT, INT8, JSON_TYPE, TEXT_ARRAY, 0), treatment, fc.boolean()), {
      minLength: 1,
      maxLength: 5,
    })
    .chain((columns) =>
      fc.record({
        format: fc.constant(format),
        columns: fc.constant(columns),
        rows: fc.array(fc.tuple(...columns.map(() => value)), { maxLength: 8 }),
      }),
    ),
);
const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 8 });

/** The records before and after, field by field. */
function expected(
  format: LineFormat,
  rowPlan: MaskPlan,
  rows: readonly (readonly Value[])[],
  forceQuote: readonly boolean[],
): { before: string[]; after: string[] } {
  const before: string[] = [];
  const after: string[] = [];
  if (format.header) {
    const names = writeRecord(
      format,
      rowPlan.columns.map((_, index) => writeField(format, `key-${'ab'[index % 2]}`)),
    );
    before.push(names);
    after.push(names);
  }
  for (const row of rows) {
    const fields = row.map((text, index) => writeField(format, text, forceQuote[index]));
    before.push(writeRecord(format, fields));
    after.push(
      writeRecord(
        format,
        fields.map((field, index) => {
          const text = row[index] as Value;
          // In the text format a value may look like NULL: then the reader takes it for NULL, and so does the gate.
          if (text === null || (format.kind === 'text' && field === format.nullText)) return field;
          const was = Buffer.from(text, 'latin1');
          const treated = plainTreatment(rowPlan.columns[index] as ColumnPlan, was);
          if (treated?.equals(was) === true && rowPlan.columns[index]?.kind !== 'mask') return field;
          const quoted = format.kind === 'csv' && field.charCodeAt(0) === format.quote;
          return writeField(format, treated === null ? null : treated.toString('latin1'), quoted);
        }),
      ),
    );
  }
  return { before, after };
}

describe('CopyMasker on text and CSV', () => {
  it('gives what the plain oracle gives, a message a record', () => {
    fc.assert(
      fc.property(document, sizes, ({ format, columns, rows }, cuts) => {
        const rowPlan = plan(
          columns.map(([oid]) => oid),
          columns.map(([, treated]) => treated),
        );
        const { before, after } = expected(
          format,
          rowPlan,
          rows,
          columns.map(([, , force]) => force),
        );
        const wire = Buffer.concat(before.map((record) => copyData(Buffer.from(record, 'latin1'))));
        const seen = feed(new CopyMasker(rowPlan, format), cutUp(wire, cuts));
        expect(seen.refused).toBeUndefined();
        expect(payloads(seen.wire).map((payload) => payload.toString('latin1'))).toEqual(after);
      }),
      { numRuns: 600 },
    );
  });

  it('gives the same where records are spread over messages anyhow', () => {
    fc.assert(
      fc.property(document, sizes, sizes, ({ format, columns, rows }, messageSizes, cuts) => {
        const rowPlan = plan(
          columns.map(([oid]) => oid),
          columns.map(([, treated]) => treated),
        );
        const { before, after } = expected(
          format,
          rowPlan,
          rows,
          columns.map(([, , force]) => force),
        );
        const messages = cutUp(Buffer.from(before.join(''), 'latin1'), messageSizes).map(copyData);
        const whole = feed(new CopyMasker(rowPlan, format), [Buffer.concat(messages)]);
        const cut = feed(new CopyMasker(rowPlan, format), cutUp(Buffer.concat(messages), cuts));
        expect(cut).toMatchObject({ refused: undefined, wire: whole.wire });
        expect(Buffer.concat(payloads(whole.wire)).toString('latin1')).toBe(after.join(''));
      }),
      { numRuns: 600 },
    );
  });

  it('passes chunks without a hit as they are', () => {
    const wire = Buffer.concat(
      Array.from({ length: 30 }, (_, index) => copyData(Buffer.from(`${index}\tpath \\\\x\t\\N\n`))),
    );
    const masker = new CopyMasker(plan([TEXT, TEXT, TEXT], [SCAN, SCAN, PASS]), TEXT_FORMAT);
    const out: Buffer[] = [];
    masker.push(wire, (bytes) => out.push(bytes));
    expect(out).toEqual([wire]);
    expect(out[0]).toBe(wire);
  });

  it('refuses records with another number of fields, of which it gives out nothing', () => {
    for (const [format, good, bad] of [
      [TEXT_FORMAT, 'a\tb\n', ['a\n', 'a\tb\tc\n', '\n', 'a\\\tb\n']],
      [CSV_FORMAT, 'a,b\n', ['a\n', 'a,b,c\n', '\n', '"a,b"\n']],
    ] as const) {
      for (const record of bad) {
        for (const messages of [
          [good, record, good],
          [good, good + record + good],
          [good + record.slice(0, 1), record.slice(1)],
        ]) {
          const wire = Buffer.concat(messages.map((payload) => copyData(Buffer.from(payload))));
          for (const cuts of [[], [1], [6]]) {
            const seen = feed(
              new CopyMasker(plan([TEXT, TEXT], [mask('full'), PASS]), format),
              cutUp(wire, cuts),
            );
            expect(seen.refused).toBe('GH_PG_MASK_LAYOUT');
            const left = Buffer.concat(payloads(seen.wire)).toString();
            expect(['', good.replace('a', '####'), good.replace('a', '####').repeat(2)]).toContain(left);
          }
        }
      }
    }
  });

  it('refuses data that ends within a record, and what is no CopyData', () => {
    const masker = (): CopyMasker => new CopyMasker(plan([TEXT], [SCAN]), CSV_FORMAT);
    expect(feed(masker(), [copyData(Buffer.from('"a'))]).refused).toBe('GH_PG_MASK_LAYOUT');
    expect(feed(masker(), [copyData(Buffer.from('a'))]).refused).toBe('GH_PG_MASK_LAYOUT');
    expect(feed(masker(), [encodeCommandComplete('COPY 1')]).refused).toBe('GH_PG_MASK_LAYOUT');
    expect(feed(masker(), [Buffer.from('6400000003', 'hex')]).refused).toBe('GH_PG_MASK_LAYOUT');
    expect(feed(masker(), []).refused).toBeUndefined();
    expect(feed(masker(), [copyData(Buffer.from('a\n'))]).refused).toBeUndefined();
  });

  it('takes records of a table without columns', () => {
    const wire = Buffer.concat([copyData(Buffer.from('\n')), copyData(Buffer.from('\n\n'))]);
    expect(feed(new CopyMasker(plan([], []), TEXT_FORMAT), [wire])).toMatchObject({
      wire,
      refused: undefined,
    });
  });
});

const SMALL: MaskLimits = { rowBytesMax: 200, windowBytes: 96, windowOverlapBytes: 40 };
const longText = fc
  .array(fc.oneof(hidden, awkward, fc.constantFrom('lorem ipsum ', 'x'.repeat(70))), {
    minLength: 5,
    maxLength: 30,
  })
  .map((parts) => Buffer.from(parts.join(' ')).toString('latin1'));

describe('a record larger than the limit', () => {
  it('leaves nothing marked and nothing to be found, and leaves the rest alone, however it is cut', () => {
    fc.assert(
      fc.property(
        lineFormat,
        fc.array(fc.tuple(treatment, fc.oneof(longText, hidden, fc.constant(null))), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.boolean(),
        sizes,
        (format, columns, oneMessage, cuts) => {
          const rowPlan = plan(
            columns.map(() => TEXT),
            columns.map(([treated]) => treated),
          );
          const { before } = expected(format, rowPlan, [columns.map(([, text]) => text)], []);
          const document = Buffer.from(before.join(''), 'latin1');
          const wire = Buffer.concat((oneMessage ? [document] : cutUp(document, [77])).map(copyData));
          const seen = feed(new CopyMasker(rowPlan, format, undefined, SMALL), cutUp(wire, cuts));
          expect(feed(new CopyMasker(rowPlan, format, undefined, SMALL), [wire]).wire).toEqual(seen.wire);
          expect(seen.refused).toBeUndefined();
          // What waits for its message to end counts too.
          expect(seen.heldMost).toBeLessThan(4 * SMALL.rowBytesMax + document.length);
          const records = readRecords(format, Buffer.concat(payloads(seen.wire)).toString('latin1'));
          const after = records.at(-1) as Value[];
          const source = readRecords(format, document.toString('latin1')).at(-1) as Value[];
          expect(after).toHaveLength(columns.length);
          for (const [index, planned] of rowPlan.columns.entries()) {
            const was = source[index] as Value;
            const now = after[index] as Value;
            if (was === null || planned.kind === 'pass') expect(now).toBe(was);
            else if (planned.kind === 'scan') expect(now).not.toMatch(/key-[a-z]|412345678901/);
            else if (planned.kind === 'mask') {
              const bytes = Buffer.from(was, 'latin1');
              const marks = [planned.mark.constant, planned.mark.oversize, planned.mark.apply(bytes)];
              expect(marks.map((mark) => mark?.toString('latin1') ?? null)).toContain(now);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is given out in messages whose size does not depend on how it came', () => {
    const wire = copyData(Buffer.from(`${'x'.repeat(300_000)}\ta\n`));
    const masker = (): CopyMasker =>
      new CopyMasker(plan([TEXT, TEXT], [PASS, mask('full')]), TEXT_FORMAT, undefined, SMALL);
    const whole = feed(masker(), [wire]);
    expect(feed(masker(), cutUp(wire, [1000, 7])).wire).toEqual(whole.wire);
    expect(Math.max(...payloads(whole.wire).map(({ length }) => length))).toBe(65_536);
    expect(Buffer.concat(payloads(whole.wire)).toString()).toBe(`${'x'.repeat(300_000)}\t####\n`);
  });

  it('drops a marked value of any size without holding it', () => {
    const wire = copyData(Buffer.from(`${'s'.repeat(100_000)}\tb\n`));
    const masker = new CopyMasker(plan([TEXT, TEXT], [mask('full'), PASS]), TEXT_FORMAT, undefined, SMALL);
    const seen = feed(masker, cutUp(wire, [500]));
    expect(seen.heldMost).toBeLessThan(100);
    expect(Buffer.concat(payloads(seen.wire)).toString()).toBe('####\tb\n');
  });
});

describe('CopyMasker on binary data', () => {
  const BINARY: CopyFormat = { kind: 'binary' };
  const bytes = fc.option(
    fc.oneof(
      hidden.map((text) => Buffer.from(text)),
      longText.map((text) => Buffer.from(text)),
    ),
    { nil: null },
  );
  const data = fc.array(treatment, { maxLength: 4 }).chain((treatments) =>
    fc.record({
      rowPlan: fc.constant(
        plan(
          treatments.map(() => TEXT),
          treatments,
          'binary',
        ),
      ),
      rows: fc.array(fc.tuple(...treatments.map(() => bytes)), { maxLength: 6 }),
      extension: fc.constantFrom('', 'abc'),
    }),
  );
  const treated = (rowPlan: MaskPlan, row: readonly (Buffer | null)[]): Buffer =>
    binaryTuple(row.map((item, index) => plainTreatment(rowPlan.columns[index] as ColumnPlan, item)));

  it('gives what the plain oracle gives, messages and chunks however cut', () => {
    fc.assert(
      fc.property(
        data,
        fc.boolean(),
        sizes,
        sizes,
        ({ rowPlan, rows, extension }, perTuple, messageSizes, cuts) => {
          const header = binaryHeader(extension);
          const tuples = rows.map(binaryTuple);
          const parts = perTuple
            ? [header, ...tuples, BINARY_TRAILER]
            : cutUp(Buffer.concat([header, ...tuples, BINARY_TRAILER]), messageSizes);
          const wire = Buffer.concat(parts.map(copyData));
          const seen = feed(new CopyMasker(rowPlan, BINARY), cutUp(wire, cuts));
          expect(seen.refused).toBeUndefined();
          const after = [header, ...rows.map((row) => treated(rowPlan, row)), BINARY_TRAILER];
          if (perTuple) expect(payloads(seen.wire)).toEqual(after);
          expect(Buffer.concat(payloads(seen.wire))).toEqual(Buffer.concat(after));
          expect(feed(new CopyMasker(rowPlan, BINARY), [wire]).wire).toEqual(seen.wire);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('looks at large values in pieces, and drops large marked ones', () => {
    const text = Buffer.from(`${'a '.repeat(300)}key-abc${' b'.repeat(300)}`);
    const rowPlan = plan([TEXT, TEXT, TEXT], [mask('partial'), SCAN, PASS], 'binary');
    const wire = copyData(Buffer.concat([binaryHeader(), binaryTuple([text, text, text]), BINARY_TRAILER]));
    for (const cuts of [[], [1], [64]]) {
      const seen = feed(new CopyMasker(rowPlan, BINARY, undefined, SMALL), cutUp(wire, cuts));
      expect(Buffer.concat(payloads(seen.wire))).toEqual(
        Buffer.concat([
          binaryHeader(),
          binaryTuple([
            Buffer.from('####'),
            Buffer.from(text.toString().replace('key-abc', '*******')),
            text,
          ]),
          BINARY_TRAILER,
        ]),
      );
    }
  });

  it('refuses what is not of the format or of the plan', () => {
    const rowPlan = plan([TEXT], [SCAN], 'binary');
    const oids = binaryHeader();
    oids.writeUInt32BE(0x0001_0000, 11);
    for (const payload of [
      Buffer.from('a\tb\n'),
      Buffer.concat([binaryHeader(), binaryTuple([null, null]), BINARY_TRAILER]),
      Buffer.concat([oids, BINARY_TRAILER]),
      Buffer.concat([binaryHeader(), BINARY_TRAILER, BINARY_TRAILER]),
      binaryHeader(),
      Buffer.concat([binaryHeader(), Buffer.from('0001fffffffe', 'hex')]),
    ]) {
      expect(feed(new CopyMasker(rowPlan, BINARY), [copyData(payload)]).refused).toBe('GH_PG_MASK_LAYOUT');
    }
  });
});

describe('CopyInScan', () => {
  it('counts what a client sends, and says where it could not read on', () => {
    const scan = new CopyInScan(plan([TEXT, TEXT], [SCAN, SCAN]), TEXT_FORMAT);
    scan.push(copyData(Buffer.from(`a\tke`)));
    scan.push(copyData(Buffer.from(`y-abc\nb\t${CARD}\n`)));
    expect(scan.counts.list()).toEqual([
      { kind: 'card', column: 'n', count: 1 },
      { kind: 'key', column: 'n', count: 1 },
    ]);
    expect(scan.unread).toBe(false);
    scan.push(copyData(Buffer.from('a\n')));
    expect(scan.unread).toBe(true);
  });
});
