import { describe, expect, it } from 'vitest';
import { fitsSchema } from './output-schema.ts';

const MASK = '[masked:person]';
const one = (schema: unknown, value: unknown = MASK) =>
  fitsSchema({ type: 'object', properties: { a: schema } }, { a: value }, new Set(['/a']));

describe('fitsSchema', () => {
  it.each<[string, unknown]>([
    ['no schema', true],
    ['a string', { type: 'string' }],
    ['one type of several', { type: ['null', 'string'] }],
    ['a length that has room', { type: 'string', minLength: 1, maxLength: 100 }],
    ['a pattern that it matches', { type: 'string', pattern: '^.+$' }],
    ['one of several', { anyOf: [{ type: 'null' }, { type: 'string' }] }],
    ['a reference', { $ref: '#/properties/b' }],
    ['an enum that has it', { enum: ['x', MASK] }],
    ['what is not excluded', { not: { const: 'x' } }],
    ['a branch', JSON.parse('{"if":{"type":"number"},"then":false,"else":{"type":"string"}}')],
  ])('a mask fits %s', (_, schema) => {
    const root = { type: 'object', properties: { a: schema, b: { type: 'string' } } };
    expect(fitsSchema(root, { a: MASK }, new Set(['/a']))).toBe(true);
  });

  it.each<[string, unknown]>([
    ['another type', { type: 'number' }],
    ['an enum', { enum: ['red', 'green'] }],
    ['a constant', { const: 'x' }],
    ['a pattern', { type: 'string', pattern: '^[A-Z]{2}\\d+$' }],
    ['a format', { type: 'string', format: 'email' }],
    ['a format that nobody knows', { type: 'string', format: 'iban' }],
    ['a length', { type: 'string', maxLength: 5 }],
    ['a least length', { type: 'string', minLength: 50 }],
    ['an encoding', { type: 'string', contentEncoding: 'base64' }],
    ['an enum behind a reference', { $ref: '#/$defs/colour' }],
    ['a schema elsewhere', { $ref: 'https://schemas.example/a.json' }],
    ['a reference that leads nowhere', { $ref: '#/$defs/none' }],
    ['a reference to itself', { $ref: '#/properties/a' }],
    ['two of oneOf', { oneOf: [{ type: 'string' }, { minLength: 1, type: 'string' }] }],
    ['a keyword that is not known', { unevaluatedProperties: false }],
    ['a keyword that is not known, turned round', { not: { $dynamicRef: '#a' } }],
    ['false', false],
    ['nonsense', 'string'],
  ])('a mask does not fit %s', (_, schema) => {
    const root = { type: 'object', $defs: { colour: { enum: ['red'] } }, properties: { a: schema } };
    expect(fitsSchema(root, { a: MASK }, new Set(['/a']))).toBe(false);
  });

  it('looks at numbers and null', () => {
    expect(one({ type: 'integer', minimum: 0 }, 0)).toBe(true);
    expect(one({ type: 'integer', exclusiveMinimum: 0 }, 0)).toBe(false);
    expect(one({ type: 'number', multipleOf: 0.5 }, 0)).toBe(true);
    expect(one({ type: 'string' }, null)).toBe(false);
  });

  it('takes what is not masked to have fitted', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'string' }, b: { pattern: '^(a+)+$', format: 'x' } },
    };
    expect(fitsSchema(schema, { a: MASK, b: `${'a'.repeat(50)}b` }, new Set(['/a']))).toBe(true);
  });

  it('finds values in lists, under escaped names and under additional names', () => {
    const rows = { type: 'array', items: { type: 'object', additionalProperties: { maxLength: 5 } } };
    expect(fitsSchema(rows, [{ 'a/b~c': MASK }], new Set(['/0/a~1b~0c']))).toBe(false);
    expect(fitsSchema(rows, [{ 'a/b~c': MASK }], new Set(['/0/other']))).toBe(true);
    const pair = { type: 'array', prefixItems: [{ type: 'string' }, { enum: [1] }], items: false };
    expect(fitsSchema(pair, [MASK, 1], new Set(['/0']))).toBe(true);
    expect(fitsSchema(pair, [MASK, 0], new Set(['/1']))).toBe(false);
  });

  it('sees that masks made values equal', () => {
    const schema = { type: 'array', uniqueItems: true, items: { type: 'string' } };
    expect(fitsSchema(schema, [MASK, MASK], new Set(['/0', '/1']))).toBe(false);
  });

  it('does not run a server’s pattern that could take long', () => {
    // Each would match, if it ran.
    for (const pattern of ['(.+)+', 'a?b?c?', '.*.*.*', '(?=.)', 'm|n', '\\p{L}+', '(m)?\\1', '.{1,9}.*.*']) {
      expect(new RegExp(pattern, 'u').test(MASK), pattern).toBe(true);
      expect(one({ type: 'string', pattern }), pattern).toBe(false);
    }
    const started = performance.now();
    expect(one({ type: 'string', pattern: '[a-z\\[\\]:]*[^x]*x?y$' }, 'a'.repeat(128))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('gives up where many names and many masks would be compared', () => {
    const masked = new Set(Array.from({ length: 20_000 }, (_, at) => `/rows/${at}`));
    const map = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`k${at}`, 1]));
    const started = performance.now();
    expect(fitsSchema({ properties: { map: { patternProperties: { '^k': {} } } } }, { map }, masked)).toBe(
      false,
    );
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('gives up, and says no, where it would take long', () => {
    let schema: unknown = { type: 'string' };
    for (let depth = 0; depth < 50; depth++)
      schema = { anyOf: [schema, schema], not: { allOf: [schema, false] } };
    expect(one(schema)).toBe(false);
    let value: unknown = MASK;
    for (let depth = 0; depth < 10_000; depth++) value = [value];
    expect(
      fitsSchema(
        { $ref: '#/$defs/x', $defs: { x: { items: { $ref: '#/$defs/x' } } } },
        value,
        new Set(['/0']),
      ),
    ).toBe(false);
    expect(fitsSchema({ const: 1 }, value, new Set(['/0']))).toBe(false);
  });
});
