/**
 * Lists of like records are read in strides by the scanner's kernel. Cut into single bytes no stride is ever taken: so
 * what comes out of the whole is held to what comes out of its bytes.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BodySetup, refusalOf, runBody } from './run-body.fixture.ts';

const ALONE = [1];

const values = fc.oneof(
  fc.constantFrom(
    '"open"',
    '""',
    '"2026-01-31T12:30:00Z"',
    '"phone 4155552671"',
    '"call 415-555-2671 or not"',
    '"+14155552671"',
    '"(+4155552671"',
    '"a@b.co"',
    '"4111 1111 1111 1111"',
    '"4x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1"',
    '"078-05-1120"',
    '"DE89370400440532013000"',
    '"NDExMTExMTExMTExMTExMQ=="',
    '"a\\u0040b.co"',
    '"é\\n"',
    '"ÿþ€"',
    '4111111111111111',
    '4155552671',
    '12.50',
    '-0',
    '1e400',
    '1234567.8901',
    'true',
    'false',
    'null',
    '{}',
    '[]',
    '{"x":"a@b.co","note":1}',
    '[1,"a@b.co",4111111111111111,"x"]',
    '["a",true,null,-1.5]',
  ),
  fc.integer().map(String),
  fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => JSON.stringify(text)),
);
/** Names that records share, of every length around what one look of the kernel reads. */
const NAMES = [
  ...['id', 'card', 'note', 'phone', 'x', 'password', 'a@b.co', 'é', 'tru\\u0065', ''],
  ...[14, 15, 16, 17, 31, 32, 62, 63, 64, 70].map((length) => 'n'.repeat(length)),
];
const record = fc
  .uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 6 })
  .chain((names) =>
    fc
      .array(fc.tuple(...names.map(() => values)), { minLength: 1, maxLength: 6 })
      .map((rows) => rows.map((row) => names.map((name, index) => [name, row[index]] as const))),
  );
const gaps = fc.infiniteStream(fc.constantFrom('', '', '', ' ', '\n', '\t ', '\r\n'));

/** Now and then a member is left out, or stands where another did. */
const bodies = fc
  .tuple(record, record, fc.infiniteStream(fc.nat(9)), gaps)
  .map(([first, second, choices, gap]) => {
    const space = (): string => gap.next().value as string;
    const rows = [...first, ...second, ...first].map((members) => {
      const kept = members.filter(() => choices.next().value !== 0);
      const ordered = choices.next().value === 0 ? [...kept].reverse() : kept;
      const texts = ordered.map(
        ([name, value]) => `${space()}"${name}"${space()}:${space()}${value}${space()}`,
      );
      return `${space()}{${texts.join(',') || space()}}${space()}`;
    });
    return `{"rows":[${rows.join(',')}],"n":${rows.length}}`;
  });

const setups = fc.constantFrom<BodySetup>(
  {},
  { marked: ['**.card', '**.note=hash'] },
  { marked: ['**.phone=null', '**.x=partial', 'rows.id'], numbersStayNumbers: true, defaultStyle: 'hash' },
  { obligations: [{ kind: 'remove_fields', fields: ['**.x', 'rows.note'] }], direction: 'request' },
);
const cutsOf = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 4 });

test('records come out as their bytes do, however they are cut', () => {
  fc.assert(
    fc.property(bodies, setups, cutsOf, (body, setup, cuts) => {
      const alone = runBody('json', body, setup, ALONE);
      expect(runBody('json', body, setup)).toEqual(alone);
      expect(runBody('json', body, setup, cuts)).toEqual(alone);
    }),
    { numRuns: 1_500 },
  );
});

test('and are refused as they are, whatever is broken in them', () => {
  const broken = fc.tuple(
    bodies,
    fc.nat(),
    fc.nat(3),
    fc.constantFrom('', ',', '}', ']', '{', '[', ':', '"', '\\', '0', '-', 'e', '.', '\u0000', '\u00a0', ' '),
  );
  fc.assert(
    fc.property(broken, setups, ([body, place, length, instead], setup) => {
      const at = place % body.length;
      const text = body.slice(0, at) + instead + body.slice(at + length);
      const refused = refusalOf('json', text, setup, ALONE);
      expect(refusalOf('json', text, setup)).toBe(refused);
      if (refused === undefined)
        expect(runBody('json', text, setup)).toEqual(runBody('json', text, setup, ALONE));
      else if (setup.obligations === undefined) expect(() => JSON.parse(text) as unknown).toThrow();
    }),
    { numRuns: 3_000 },
  );
});

test('a list is read in strides of any size', () => {
  const rows = Array.from({ length: 2_000 }, (_, id) => ({
    id,
    note: `number ${id}`,
    card: `x${id}`,
    mail: 'a@b.co',
  }));
  const body = JSON.stringify(rows);
  const setup: BodySetup = { marked: ['card'] };
  const { out, counts } = runBody('json', body, setup, [4_096]);
  expect(runBody('json', body, setup)).toEqual({ out, counts });
  expect(JSON.parse(out)).toEqual(
    rows.map(({ id, note }) => ({ id, note, card: '[masked:private]', mail: '[masked:email]' })),
  );
});

test('more places than orders of names are kept for are read all the same', () => {
  const places = Array.from({ length: 200 }, (_, index) => `p${index}`);
  const setup: BodySetup = { marked: places.map((name) => `${name}.x`) };
  const object = (value: string): object =>
    Object.fromEntries(places.map((name) => [name, { x: value, y: 'open', z: { x: 'kept' } }]));
  const { out, counts } = runBody('json', JSON.stringify([object('a'), object('b')]), setup);
  expect(JSON.parse(out)).toEqual([object('[masked:private]'), object('[masked:private]')]);
  expect(counts).toHaveLength(400);
});
