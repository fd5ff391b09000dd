import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StyleName } from '../../../masking/styles/style.ts';
import { decodeDataRow } from '../backend.ts';
import { encodeCommandComplete, encodeDataRow } from '../backend-encoders.ts';
import { numericBinary } from '../types/numeric-binary.ts';
import { CARD, plainContext } from '../types/plain-masker.fixture.ts';
import type { ValueFormat } from '../types/value-mark.ts';
import { DataRowMasker } from './data-row-masker.ts';
import { type ColumnTreatment, type MaskPlan, type PlannedColumn, planRows } from './mask-plan.ts';
import { MASK_LIMITS, type MaskLimits } from './masking-bounds.ts';
import { cutUp, plainRows } from './row-oracle.fixture.ts';

const context = plainContext();
const [TEXT, INT8, NUMERIC, JSONB, BYTEA, TEXT_ARRAY, INT4] = [25, 20, 1700, 3802, 17, 1009, 23];

interface Seen {
  readonly bytes: Buffer;
  readonly refused: string | undefined;
  readonly heldMost: number;
}

function feed(masker: DataRowMasker, chunks: readonly Buffer[]): Seen {
  const out: Buffer[] = [];
  let heldMost = 0;
  for (const chunk of chunks) {
    // What was given out may be a view of the chunk, but nothing may change it afterwards.
    const refused = masker.push(chunk, (bytes) => out.push(bytes));
    heldMost = Math.max(heldMost, masker.heldBytes);
    if (refused !== undefined) return { bytes: Buffer.concat(out), refused, heldMost };
  }
  return { bytes: Buffer.concat(out), refused: undefined, heldMost };
}

function plan(columns: readonly PlannedColumn[], treatments: readonly ColumnTreatment[]): MaskPlan {
  const planned = planRows(context, columns, treatments);
  if (!planned.ok) throw new Error(planned.code);
  return planned.plan;
}

const column = (typeOid: number, format: ValueFormat = 'text', typeModifier = -1): PlannedColumn => ({
  typeOid,
  typeModifier,
  format,
});
const mask = (style: StyleName): ColumnTreatment => ({
  kind: 'mask',
  label: 'people.card',
  mark: { kind: 'tag', style },
});
const SCAN: ColumnTreatment = { kind: 'scan', label: 'notes' };
const PASS: ColumnTreatment = { kind: 'pass' };
const text = (value: string): Buffer => Buffer.from(value);

const hidden = fc.constantFrom(
  CARD,
  'key-abc',
  `say ${CARD}, key-x!`,
  '{"a":"key-q"}',
  '{a,"key-b"}',
  'plain',
  '',
);
const words = fc.oneof(hidden, fc.string({ maxLength: 30 }));
const valueOf = (typeOid: number, format: ValueFormat): fc.Arbitrary<Buffer | null> => {
  const some = ((): fc.Arbitrary<Buffer> => {
    if (format === 'text') return words.map((value) => Buffer.from(value));
    switch (typeOid) {
      case INT8:
        return fc.constantFrom(1n, BigInt(CARD), -5n).map((value) => {
          const bytes = Buffer.alloc(8);
          bytes.writeBigInt64BE(value);
          return bytes;
        });
      case NUMERIC:
        return fc.constantFrom('1.5', CARD, `-${CARD}`).map((value) => numericBinary(value) as Buffer);
      case JSONB:
        return words.map((value) => Buffer.concat([Buffer.of(1), Buffer.from(value)]));
      case INT4:
        return fc.integer().map((value) => {
          const bytes = Buffer.alloc(4);
          bytes.writeInt32BE(value | 0);
          return bytes;
        });
      default:
        return words.map((value) => Buffer.from(value));
    }
  })();
  return fc.option(some, { nil: null, freq: 8 });
};

const treatment: fc.Arbitrary<ColumnTreatment> = fc.oneof(
  fc.constant(PASS),
  fc.constant(SCAN),
  fc.constantFrom<StyleName>('full', 'partial', 'hash', 'null', 'typed').map(mask),
);
const result = fc
  .array(
    fc.tuple(
      fc.constantFrom(TEXT, INT8, NUMERIC, JSONB, BYTEA, TEXT_ARRAY, INT4, 99_999),
      fc.constantFrom<ValueFormat>('text', 'binary'),
      treatment,
    ),
    { maxLength: 6 },
  )
  .chain((columns) =>
    fc.record({
      plan: fc.constant(
        plan(
          columns.map(([oid, format]) => column(oid, format)),
          columns.map(([, , treated]) => treated),
        ),
      ),
      rows: fc.array(fc.tuple(...columns.map(([oid, format]) => valueOf(oid, format))), { maxLength: 8 }),
    }),
  );
const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 8 });

describe('DataRowMasker', () => {
  it('gives what the plain oracle gives, however the bytes are cut', () => {
    fc.assert(
      fc.property(result, sizes, ({ plan: rowPlan, rows }, cuts) => {
        const wires = rows.map((values) => encodeDataRow(values));
        const seen = feed(new DataRowMasker(rowPlan), cutUp(Buffer.concat(wires), cuts));
        expect(seen.refused).toBeUndefined();
        expect(seen.bytes).toEqual(plainRows(rowPlan, wires));
      }),
      { numRuns: 500 },
    );
  });

  it('counts the same, however the bytes are cut', () => {
    fc.assert(
      fc.property(result, sizes, ({ plan: rowPlan, rows }, cuts) => {
        const bytes = Buffer.concat(rows.map((values) => encodeDataRow(values)));
        const [whole, cut] = [new DataRowMasker(rowPlan), new DataRowMasker(rowPlan)];
        feed(whole, [bytes]);
        feed(cut, cutUp(bytes, cuts));
        expect(cut.counts.list()).toEqual(whole.counts.list());
      }),
    );
  });

  it('gives rows without a hit out as the chunk that they came in', () => {
    const rows = Buffer.concat(
      Array.from({ length: 50 }, (_, index) => encodeDataRow([text(`row ${index}`), text('x')])),
    );
    const masker = new DataRowMasker(plan([column(TEXT), column(TEXT)], [SCAN, PASS]));
    const out: Buffer[] = [];
    masker.push(rows, (bytes) => out.push(bytes));
    expect(out).toHaveLength(1);
    expect(out[0]).toBe(rows);
    expect(masker.counts.total).toBe(0);
  });

  it('counts by kind and column, and keeps nothing of a value', () => {
    const masker = new DataRowMasker(plan([column(TEXT), column(TEXT)], [mask('full'), SCAN]));
    const row = encodeDataRow([text('x'), text(`${CARD} key-a key-b`)]);
    feed(masker, [row, encodeDataRow([null, text('')]), row]);
    expect(masker.counts.list()).toEqual([
      { kind: 'card', column: 'notes', count: 2 },
      { kind: 'key', column: 'notes', count: 4 },
      { kind: 'tag', column: 'people.card', count: 2 },
    ]);
  });

  it('refuses a row that does not agree with its description, after the rows in front of it', () => {
    const columns = [column(TEXT), column(TEXT)];
    const good = encodeDataRow([text('a'), text('b')]);
    const broken = (change: (wire: Buffer) => void): Buffer => {
      const wire = Buffer.from(encodeDataRow([text('aaaa'), text('bbbb')]));
      change(wire);
      return wire;
    };
    const bad = [
      encodeDataRow([text('a')]),
      encodeDataRow([text('a'), text('b'), text('c')]),
      encodeCommandComplete('SELECT 1'),
      broken((wire) => wire.writeInt32BE(5, 7)),
      broken((wire) => wire.writeInt32BE(3, 15)),
      broken((wire) => wire.writeInt32BE(-2, 7)),
      broken((wire) => wire.writeInt32BE(0x7fff_ffff, 7)),
      broken((wire) => wire.writeUInt32BE(3, 1)),
      Buffer.from('4400000005000000', 'hex'),
    ];
    for (const wire of bad) {
      for (const treatments of [
        [mask('full'), PASS],
        [SCAN, SCAN],
        [PASS, mask('hash')],
      ]) {
        for (const cuts of [[], [1], [7], [good.length], [good.length + 3]]) {
          const masker = new DataRowMasker(plan(columns, treatments));
          const seen = feed(masker, cutUp(Buffer.concat([good, wire, good]), cuts));
          expect(seen.refused).toBe('GH_PG_MASK_LAYOUT');
          expect(seen.bytes).toEqual(plainRows(plan(columns, treatments), [good]));
          expect(masker.midMessage).toBe(false);
          expect(masker.push(good, () => expect.unreachable())).toBe('GH_PG_MASK_LAYOUT');
        }
      }
    }
  });

  it('holds no more than a row, and takes memory by what has arrived', () => {
    const masker = new DataRowMasker(plan([column(TEXT)], [mask('full')]));
    const header = Buffer.from([0x44, 0, 0x0f, 0, 0, 0, 1]);
    masker.push(header, () => expect.unreachable());
    expect(masker.heldBytes).toBeLessThanOrEqual(header.length);
    expect(masker.atBoundary).toBe(false);
  });
});

const SMALL: MaskLimits = { rowBytesMax: 300, windowBytes: 96, windowOverlapBytes: 40 };
const valuesOf = (wire: Buffer): readonly (Buffer | null)[] => {
  const row = decodeDataRow(wire);
  if (!row.ok) throw new Error(row.code);
  return row.values;
};

/** Text longer than the limits, with things to be found in it here and there. */
const longText = fc
  .array(fc.oneof(hidden, fc.constantFrom('lorem ipsum ', 'x'.repeat(60), '\u00e9', '"', '\\')), {
    minLength: 5,
    maxLength: 40,
  })
  .map((parts) => Buffer.from(parts.join(' ')));

describe('a row larger than the limit', () => {
  const large = fc
    .array(
      fc.tuple(
        fc.constantFrom<[number, ValueFormat]>(
          [TEXT, 'text'],
          [TEXT, 'binary'],
          [BYTEA, 'binary'],
          [99_999, 'binary'],
          [JSONB, 'text'],
        ),
        fc.oneof(
          fc.constant(PASS),
          fc.constant(SCAN),
          fc.constantFrom<StyleName>('full', 'partial', 'null').map(mask),
        ),
        fc.oneof(longText, hidden.map(text), fc.constant(null)),
      ),
      { minLength: 1, maxLength: 5 },
    )
    .map((columns) => ({
      treatments: columns.map(([, treated]) => treated),
      plan: plan(
        columns.map(([[oid, format]]) => column(oid, format)),
        columns.map(([, treated]) => treated),
      ),
      wire: encodeDataRow(columns.map(([, , value]) => value)),
    }))
    .filter(({ wire }) => wire.length > SMALL.rowBytesMax);

  it('leaves nothing marked and nothing to be found, and leaves the rest alone, however it is cut', () => {
    fc.assert(
      fc.property(large, sizes, ({ treatments, plan: rowPlan, wire }, cuts) => {
        const next = encodeDataRow(rowPlan.columns.map(() => null));
        const bytes = Buffer.concat([wire, next]);
        const masker = new DataRowMasker(rowPlan, undefined, SMALL);
        const seen = feed(masker, cutUp(bytes, cuts));
        expect(feed(new DataRowMasker(rowPlan, undefined, SMALL), [bytes]).bytes).toEqual(seen.bytes);
        expect(seen.heldMost).toBeLessThan(3 * SMALL.rowBytesMax);
        if (seen.refused !== undefined) {
          // Only a marked column behind too much that has to be held is a reason, and then nothing has left.
          expect(seen).toMatchObject({ refused: 'GH_PG_MASK_TOO_LARGE', bytes: Buffer.alloc(0) });
          expect(treatments.findLastIndex(({ kind }) => kind === 'mask')).toBeGreaterThan(0);
          expect(masker.midMessage).toBe(false);
          return;
        }
        const row = seen.bytes.subarray(0, seen.bytes.length - next.length);
        expect(seen.bytes.subarray(row.length)).toEqual(next);
        const [before, after] = [valuesOf(wire), valuesOf(row)];
        for (const [index, value] of after.entries()) {
          const was = before[index] as Buffer | null;
          const planned = rowPlan.columns[index];
          if (was === null || planned?.kind === 'pass') expect(value).toEqual(was);
          else if (planned?.kind === 'scan')
            expect(value?.toString('latin1') ?? '').not.toMatch(/key-[a-z]|412345678901/);
          else if (planned?.kind === 'mask')
            expect([planned.mark.constant, planned.mark.oversize, planned.mark.apply(was)]).toContainEqual(
              value,
            );
        }
      }),
      { numRuns: 500 },
    );
  });

  it('goes through where nothing is to be found in it, byte for byte', () => {
    const row = encodeDataRow([text('y'.repeat(500)), null, text('z'.repeat(1000)), text('')]);
    const columns = [column(TEXT), column(TEXT), column(BYTEA), column(TEXT)];
    const masker = new DataRowMasker(plan(columns, [SCAN, PASS, SCAN, SCAN]), undefined, SMALL);
    const bytea = encodeDataRow([text('y'.repeat(500)), null, text(`\\x${'0a'.repeat(700)}`), text('')]);
    for (const cuts of [[], [1], [50]]) {
      expect(feed(masker, cutUp(Buffer.concat([row, bytea]), cuts)).bytes).toEqual(
        Buffer.concat([row, bytea]),
      );
    }
  });

  it('drops a marked value of any size without holding it', () => {
    const columns = [column(TEXT), column(TEXT)];
    for (const style of ['full', 'null', 'typed', 'partial'] as const) {
      const masker = new DataRowMasker(plan(columns, [mask(style), PASS]), undefined, SMALL);
      const seen = feed(masker, cutUp(encodeDataRow([text('s'.repeat(100_000)), text('b')]), [1000]));
      expect(seen.heldMost).toBeLessThan(100);
      const [first, second] = valuesOf(seen.bytes);
      expect(first?.toString() ?? 'null').toBe(style === 'null' ? 'null' : '####');
      expect(second).toEqual(text('b'));
    }
  });

  it('finds in a large bytea what its hex hides', () => {
    const secret = `${'.'.repeat(400)}key-abc${'.'.repeat(400)}`;
    const hex = `\\x${Buffer.from(secret).toString('hex')}`;
    const masker = new DataRowMasker(plan([column(BYTEA)], [SCAN]), undefined, SMALL);
    const [value] = valuesOf(feed(masker, cutUp(encodeDataRow([text(hex)]), [33])).bytes);
    const decoded = Buffer.from((value as Buffer).toString().slice(2), 'hex').toString();
    expect(decoded).toBe(secret.replace('key-abc', '*******'));
    expect(masker.counts.list()).toEqual([{ kind: 'key', column: 'notes', count: 1 }]);
  });

  it('is refused where a type cannot be looked at in pieces', () => {
    const array = Buffer.alloc(400);
    const masker = new DataRowMasker(
      plan([column(INT8 === 20 ? 1016 : 0, 'binary')], [SCAN]),
      undefined,
      SMALL,
    );
    expect(feed(masker, [encodeDataRow([array])])).toMatchObject({
      refused: 'GH_PG_MASK_TOO_LARGE',
      bytes: Buffer.alloc(0),
    });
  });

  it('ends within a message where its layout breaks after its beginning has left', () => {
    const wire = Buffer.from(encodeDataRow([text('y'.repeat(500)), text('z')]));
    wire.writeInt32BE(2, 5 + 2 + 4 + 500);
    const masker = new DataRowMasker(plan([column(TEXT), column(TEXT)], [PASS, SCAN]), undefined, SMALL);
    expect(feed(masker, [wire]).refused).toBe('GH_PG_MASK_LAYOUT');
    expect(masker.midMessage).toBe(true);
  });
});

describe('planRows', () => {
  it('has no plan where treatments are not one for each column', () => {
    expect(planRows(context, [column(TEXT)], [])).toEqual({ ok: false, code: 'GH_PG_MASK_PLAN' });
    expect(planRows(context, [], [PASS])).toEqual({ ok: false, code: 'GH_PG_MASK_PLAN' });
  });

  it('says where nothing is to be done: passed columns, and types that can hold nothing', () => {
    expect(plan([column(TEXT), column(INT4)], [PASS, SCAN]).passes).toBe(true);
    expect(plan([column(TEXT)], [SCAN]).passes).toBe(false);
    expect(plan([column(INT4)], [mask('full')]).passes).toBe(false);
  });

  it('has limits of which a window holds more than what it shares with its neighbours', () => {
    expect(MASK_LIMITS.windowBytes).toBeGreaterThan(2 * MASK_LIMITS.windowOverlapBytes);
    expect(MASK_LIMITS.rowBytesMax).toBeGreaterThan(MASK_LIMITS.windowBytes);
  });
});
