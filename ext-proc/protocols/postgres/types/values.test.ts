import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STYLE_NAMES } from '../../../masking/styles/style.ts';
import { BUILT_IN_TYPES } from './built-in-types.ts';
import { civilDate, daysOfDate, microsecondsOfTime, timeText } from './calendar.ts';
import { addressBytes, addressText } from './ip-address.ts';
import { numericBinary, numericText } from './numeric-binary.ts';
import type { PgType } from './pg-type.ts';
import { CARD, plainContext } from './plain-masker.fixture.ts';
import { textStyleOf } from './value-context.ts';
import { valueMark } from './value-mark.ts';
import { valueScan } from './value-scan.ts';

const OWN: readonly (readonly [number, PgType])[] = [
  [20_000, { kind: 'enum', labels: ['a', 'b'] }],
  [20_001, { kind: 'domain', base: 1700, typeModifier: (10 << 16) + 2 + 4 }],
  [
    20_002,
    {
      kind: 'composite',
      attributes: [
        { typeOid: 25, typeModifier: -1 },
        { typeOid: 20_003, typeModifier: -1 },
      ],
    },
  ],
  [20_003, { kind: 'array', element: 20_002, delimiter: ',' }],
  [20_004, { kind: 'domain', base: 20_004, typeModifier: -1 }],
  [20_005, { kind: 'enum', labels: [] }],
  [20_006, { kind: 'range', subtype: 25 }],
  [20_007, { kind: 'multirange', subtype: 25 }],
];
const TYPES = new Map(OWN);
const context = plainContext((oid) => TYPES.get(oid));
const oids = [...BUILT_IN_TYPES.keys(), ...TYPES.keys(), 99_999, 0];

/** Bytes that come near to values of many types. */
const bytes = fc
  .oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .string({ unit: fc.constantFrom(...'{}()[],;"\\ab1.-:/ x\0é'), maxLength: 40 })
      .map((text) => Buffer.from(text)),
    fc
      .constantFrom(CARD, `{"${CARD}"}`, `(${CARD},)`, `[${CARD},)`, `\\x${CARD}`, `{[${CARD},)}`)
      .map((text) => Buffer.from(text)),
    fc
      .array(fc.oneof(fc.constantFrom(0, 1, 2, -1, 4, 8, 16, 20, 23, 25, 1700, 2249), fc.integer()), {
        maxLength: 12,
      })
      .map((words) => {
        const buffer = Buffer.alloc(4 * words.length);
        words.forEach((word, index) => buffer.writeInt32BE(word | 0, 4 * index));
        return buffer;
      }),
  )
  .map((value) => Buffer.from(value));

describe('values of any type', () => {
  it('are masked and looked at without a throw, whatever bytes they are', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...oids),
        fc.constantFrom(-1, 5, 12, 655_366),
        fc.constantFrom('text' as const, 'binary' as const),
        fc.constantFrom(...STYLE_NAMES),
        bytes,
        (oid, typeModifier, format, style, value) => {
          const before = Buffer.from(value);
          const mark = valueMark(context, { oid, typeModifier }, format, { kind: 'tag', style });
          const masked = mark.apply(value);
          if (style === 'null') expect(masked).toBeNull();
          if (mark.constant !== undefined) expect(masked).toEqual(mark.constant);
          const scan = valueScan(context, { oid, typeModifier });
          const found =
            format === 'text' ? scan.text(value.toString('latin1')) : scan.binary(value, 0, value.length);
          if (found?.value != null) {
            const text = Buffer.isBuffer(found.value) ? found.value.toString('latin1') : found.value;
            expect(text.includes(CARD)).toBe(false);
          }
          expect(value).toEqual(before);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('show no part of a marked text in a style that shows nothing', () => {
    for (const oid of oids) {
      for (const format of ['text', 'binary'] as const) {
        for (const style of ['full', 'typed', 'null'] as const) {
          const mark = valueMark(context, { oid, typeModifier: -1 }, format, { kind: 'tag', style });
          const masked = mark.constant === undefined ? mark.apply(Buffer.from('zebra')) : mark.constant;
          expect(masked?.toString('latin1') ?? '').not.toContain('zebra');
        }
      }
    }
  });

  it('of a type that nobody knows become NULL, and are looked at in every way', () => {
    const unknown = { oid: 99_999, typeModifier: -1 };
    for (const format of ['text', 'binary'] as const) {
      expect(valueMark(context, unknown, format, { kind: 'tag', style: 'partial' }).constant).toBeNull();
    }
    const scan = valueScan(context, unknown);
    expect(scan.text(`a ${CARD}`)).toEqual({ value: 'a 1000', kinds: ['card'] });
    const word = Buffer.alloc(8);
    word.writeBigInt64BE(BigInt(CARD));
    for (const value of [word, numericBinary(CARD) as Buffer, Buffer.from(`..${CARD}..`)]) {
      expect(scan.binary(value, 0, value.length)).toEqual({ value: null, kinds: ['card'] });
    }
    const float = Buffer.alloc(8);
    float.writeDoubleBE(Number(CARD));
    expect(scan.binary(float, 0, 8)?.value).toBeNull();
  });

  it('take a finding that spans elements away from all of them', () => {
    const scan = valueScan(plainContext(), { oid: 1009, typeModifier: -1 });
    expect(scan.text('{x,pair a,b,c}')).toEqual({ value: '{x,NULL,NULL,c}', kinds: ['pair'] });
    expect(scan.text('{a,key-b}')).toEqual({ value: '{a,"<key>"}', kinds: ['key'] });
    expect(scan.text('{"a","b\\\\key-c",NULL}')).toEqual({
      value: '{"a","b\\\\<key>",NULL}',
      kinds: ['key'],
    });
  });

  it('write dates as text only where the session writes them in ISO form', () => {
    const date = { oid: 1082, typeModifier: -1 };
    const mark = { kind: 'tag', style: 'typed' } as const;
    const german = { ...context, style: textStyleOf('German, DMY', 'iso_8601') };
    expect(valueMark(german, date, 'text', mark).constant).toBeNull();
    expect(valueMark(german, date, 'binary', mark).constant).toEqual(Buffer.from('ffffd533', 'hex'));
    expect(valueMark(german, { oid: 1186, typeModifier: -1 }, 'text', mark).constant).toBeNull();
    expect(valueMark(context, date, 'text', mark).constant).toEqual(Buffer.from('1970-01-01'));
    expect(textStyleOf('ISO, MDY', 'postgres')).toEqual({ isoDates: true, postgresIntervals: true });
    expect(textStyleOf(undefined, undefined)).toEqual({ isoDates: false, postgresIntervals: false });
  });
});

describe('numeric', () => {
  it('is the same text after a walk through its binary form', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.boolean(), digits, fc.option(digits), (negative, whole, fraction) => {
        const integer = whole.replace(/^0+(?=\d)/, '');
        const zero = /^0*$/.test(integer + (fraction ?? ''));
        const text = (negative && !zero ? '-' : '') + integer + (fraction === null ? '' : `.${fraction}`);
        expect(numericText(numericBinary(text) as Buffer)).toBe(text);
      }),
    );
  });

  it('does not unfold a few bytes into a long text', () => {
    const binary = Buffer.from('0001' + '7fff' + '0000' + '0000' + '0001', 'hex');
    expect((numericText(binary) as string).length).toBeLessThan(100);
    const small = Buffer.from('0001' + '8000' + '0000' + '3fff' + '0001', 'hex');
    expect((numericText(small) as string).length).toBeLessThan(17_000);
  });
});

describe('calendar', () => {
  it('goes from days to dates and back, leap days among them', () => {
    fc.assert(
      fc.property(fc.integer({ min: -2_451_000, max: 100_000_000 }), (days) => {
        expect(daysOfDate(civilDate(days))).toBe(days);
      }),
    );
    expect(civilDate(0)).toBe('2000-01-01');
    for (const text of ['1900-02-29', '0000-01-01', '0000-01-01 BC', '2000-13-01', '9999999-01-01'])
      expect(daysOfDate(text), text).toBeUndefined();
    expect(daysOfDate('2000-02-29')).toBe(59);
    expect(civilDate(-730_120)).toBe('0001-12-31 BC');
  });

  it('goes from microseconds to times and back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 86_400_000_000n }), (time) => {
        expect(microsecondsOfTime(timeText(time))).toBe(time);
      }),
    );
  });
});

describe('addresses', () => {
  it('are the same bytes after a walk through text', () => {
    const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, (values) => {
        const address = Buffer.alloc(16);
        values.forEach((value, index) => address.writeUInt16BE(value, 2 * index));
        expect(addressBytes(addressText(address))).toEqual(address);
        expect(addressBytes(addressText(address.subarray(12)))).toEqual(address.subarray(12));
      }),
    );
    for (const text of ['1.2.3', '1.2.3.256', '1::2::3', ':', '12345::', '1:2:3:4:5:6:7:8:9', '::1.2.3.4.5'])
      expect(addressBytes(text)).toBeUndefined();
  });
});
