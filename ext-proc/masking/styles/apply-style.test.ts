import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../domain/secret.ts';
import { byteStringOf, charactersIn } from '../byte-string.ts';
import { BUILT_IN_KINDS } from '../finding.ts';
import type { MaskTarget, ValueShape } from '../value-shape.ts';
import { applyStyle, isConstantStyle } from './apply-style.ts';
import { keyedHash } from './keyed-hash.ts';
import { type Replacement, STYLE_NAMES } from './style.ts';

const hash = keyedHash(new Secret<Uint8Array>(Buffer.alloc(32, 1)));
const otherHash = keyedHash(new Secret<Uint8Array>(Buffer.alloc(32, 2)));

const optional = (low: number, high: number): fc.Arbitrary<number | undefined> =>
  fc.option(fc.integer({ min: low, max: high }), { nil: undefined });
const present = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;

const shapes: fc.Arbitrary<ValueShape> = fc.oneof(
  optional(1, 60).map((charactersMax) => present({ type: 'text', charactersMax }) as ValueShape),
  fc
    .tuple(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n))
    .map(
      ([one, two]) => ({ type: 'integer', min: one < two ? one : two, max: one < two ? two : one }) as const,
    ),
  fc.tuple(optional(1, 40), optional(0, 20)).map(
    ([precision, scale]) =>
      present({
        type: 'decimal',
        precision,
        scale: precision === undefined ? undefined : Math.min(scale ?? 0, 20),
      }) as ValueShape,
  ),
  fc.boolean().map((zone) => ({ type: 'time', zone }) as const),
  fc.boolean().map((zone) => ({ type: 'timestamp', zone }) as const),
  optional(1, 40).map((bytesMax) => present({ type: 'bytes', bytesMax }) as ValueShape),
  fc.constantFrom<ValueShape>(
    { type: 'json' },
    { type: 'float' },
    { type: 'boolean' },
    { type: 'date' },
    { type: 'interval' },
    { type: 'uuid' },
    { type: 'inet' },
    { type: 'opaque' },
  ),
);

const values = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((bytes) => byteStringOf(bytes)),
  fc.constantFrom(
    '4111111111111111',
    'alice@example.com',
    '1984-05-06',
    '1984-05-06 10:00:00+00',
    '12.5',
    '\\x00',
    '+14155552671',
  ),
);
const kinds = fc.constantFrom(...BUILT_IN_KINDS, 'salary', 'name');

/** Whether a text is a value of the shape. */
function fits(text: string, shape: ValueShape): boolean {
  switch (shape.type) {
    case 'text':
      return charactersIn(text) <= (shape.charactersMax ?? Infinity);
    case 'bytes':
      return text.length <= (shape.bytesMax ?? Infinity);
    case 'json':
      return JSON.parse(text) !== undefined;
    case 'integer':
      return /^-?[0-9]+$/.test(text) && BigInt(text) >= shape.min && BigInt(text) <= shape.max;
    case 'decimal': {
      const [, whole = '', fraction = ''] = /^([0-9]+)(?:\.([0-9]+))?$/.exec(text) ?? [];
      const digits = (whole === '0' ? 0 : whole.length) + (shape.scale ?? fraction.length);
      return (
        whole !== '' &&
        fraction.length <= (shape.scale ?? fraction.length) &&
        digits <= Math.max(shape.precision ?? digits, shape.scale ?? 0)
      );
    }
    case 'float':
      return Number.isFinite(Number(text));
    case 'boolean':
      return text === 'false';
    case 'date':
      return new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
    case 'time':
      return /^[0-2][0-9]:[0-5][0-9]:[0-5][0-9]$/.test(text.replace(shape.zone ? /\+00$/ : /^$/, ''));
    case 'timestamp':
      return /^[0-9]{4}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9]$/.test(
        text.replace(shape.zone ? /\+00$/ : /^$/, ''),
      );
    case 'interval':
      return /^[0-9]{2}:[0-9]{2}:[0-9]{2}$/.test(text);
    case 'uuid':
      return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
    case 'inet':
      return text.split('.').every((part) => Number(part) <= 255);
    case 'opaque':
      return false;
  }
}

test('every style gives every shape a value of it, null, or a reason', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...STYLE_NAMES),
      kinds,
      values,
      shapes,
      fc.boolean(),
      fc.boolean(),
      (style, kind, value, shape, nullable, hasKey) => {
        const target: MaskTarget = { shape, nullable };
        const replacement: Replacement = applyStyle(style, kind, value, target, hasKey ? hash : undefined);
        if (replacement.kind === 'null') expect(nullable).toBe(true);
        if (replacement.kind === 'impossible')
          expect([nullable, replacement.reason.length > 0]).toEqual([false, true]);
        if (replacement.kind === 'text')
          expect([shape, replacement.text, fits(replacement.text, shape)]).toEqual([
            shape,
            replacement.text,
            true,
          ]);
      },
    ),
    { numRuns: 20_000 },
  );
});

test('a style that is constant gives one answer for all values', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...STYLE_NAMES),
      kinds,
      values,
      values,
      shapes,
      fc.boolean(),
      (style, kind, one, two, shape, hasKey) => {
        const target: MaskTarget = { shape, nullable: true };
        if (!isConstantStyle(style, target, hasKey)) return;
        const using = hasKey ? hash : undefined;
        expect(applyStyle(style, kind, one, target, using)).toEqual(
          applyStyle(style, kind, two, target, using),
        );
      },
    ),
    { numRuns: 5_000 },
  );
});

test('partial shows at most a third of a value; the domain of an address and the country of an account are no secret', () => {
  fc.assert(
    fc.property(kinds, values, (kind, value) => {
      const replacement = applyStyle(
        'partial',
        kind,
        value,
        { shape: { type: 'text' }, nullable: true },
        hash,
      );
      if (replacement.kind !== 'text' || replacement.text.startsWith('[masked')) return;
      const secret = kind === 'email' ? value.slice(0, value.lastIndexOf('@')) : value;
      const shown = replacement.text
        .replace(/@.*$/s, '')
        .replace(kind === 'iban' ? /^../ : /^/, '')
        .replace(/[*-]/g, '');
      expect(shown.length).toBeLessThanOrEqual(secret.length / 3);
    }),
    { numRuns: 10_000 },
  );
});

describe('a hash', () => {
  const text: MaskTarget = { shape: { type: 'text' }, nullable: true };
  const token = (kind: string, value: string, using = hash): string => {
    const replacement = applyStyle('hash', kind, value, text, using);
    return replacement.kind === 'text' ? replacement.text : replacement.kind;
  };

  test('is pinned: a change of its construction is a change for every consumer', () => {
    expect(token('email', 'alice@example.com')).toBe('[masked:email#anvmd6taqnonankr]');
  });

  test('is the same for the same value, and for the same number however it is written', () => {
    expect(token('email', 'a@b.co')).toBe(token('email', 'A@B.co'));
    expect(token('payment_card', '4111 1111 1111 1111')).toBe(token('payment_card', '4111111111111111'));
    expect(token('iban', 'de89 3704 0044 0532 0130 00')).toBe(token('iban', 'DE89370400440532013000'));
  });

  test('is another one for another value, kind or key', () => {
    const one = token('email', 'a@b.co');
    expect(token('email', 'a@b.cx')).not.toBe(one);
    expect(token('name', 'a@b.co').split('#')[1]).not.toBe(one.split('#')[1]);
    expect(token('email', 'a@b.co', otherHash)).not.toBe(one);
  });

  test('keeps its beginning where the column is narrow, and becomes null where it is too narrow', () => {
    const full = token('email', 'a@b.co').slice('[masked:email#'.length, -1);
    const narrow = (charactersMax: number): Replacement =>
      applyStyle('hash', 'email', 'a@b.co', { shape: { type: 'text', charactersMax }, nullable: true }, hash);
    expect(narrow(20)).toEqual({ kind: 'text', text: full });
    expect(narrow(12)).toEqual({ kind: 'text', text: full.slice(0, 12) });
    expect(narrow(9)).toEqual({ kind: 'null' });
  });

  test('of a boolean hides nothing, so it is null', () => {
    expect(applyStyle('hash', 'x', 'true', { shape: { type: 'boolean' }, nullable: true }, hash)).toEqual({
      kind: 'null',
    });
  });
});
