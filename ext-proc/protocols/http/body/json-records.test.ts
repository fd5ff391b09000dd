/**
 * Lists of like records are read in strides by the scanner's kernel. Cut into single bytes no stride is ever taken: so
 * what comes out of the whole is held to what comes out of its bytes.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bodyTransform } from './body-transform.ts';
import { type BodySetup, maskingOf, refusalOf, runBody } from './run-body.fixture.ts';

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

test('a chunk of any size is read as its parts are, with a secret across each of their edges', () => {
  const part = 131_072;
  const member = '"mail":"a@b.co"';
  for (let shift = 0; shift <= member.length; shift++) {
    let body = '[{"id":1,"mail":"open"}';
    for (const edge of [part, part * 2]) {
      const [before, behind] = [',{"id":1,"note":"', `"},{"id":2,${member}}`];
      const room = edge + shift - body.length - before.length - behind.length + 1;
      body += before + 'x '.repeat(room / 2) + 'x'.repeat(room % 2) + behind;
    }
    body += ']';
    expect(body.slice(0, part)).toContain(`"id":2,${member.slice(0, member.length - shift)}`);
    const { out, counts } = runBody('json', body);
    expect(counts).toEqual(['email', 'email']);
    expect(out).toBe(body.replaceAll('a@b.co', '[masked:email]'));
  }
});

test('bodies that are read by turns do not mix, whatever is marked in them', () => {
  const list = (name: string): Buffer =>
    Buffer.from(
      JSON.stringify(
        Array.from({ length: 300 }, (_, id) => ({
          id,
          [name]: `x${id}`,
          mail: `a${id}@b.co`,
          in: { [name]: [id, 'a@b.co'] },
        })),
      ),
    );
  const sides = [
    { bytes: list('card'), setup: { marked: ['card', 'in.card'] } },
    { bytes: list('note'), setup: { marked: ['**.note=hash'] } },
    { bytes: list('x'), setup: {} },
  ] as const;
  const running = sides.map(({ bytes, setup }) => {
    const counts: string[] = [];
    return {
      bytes,
      setup,
      counts,
      transform: bodyTransform('json', maskingOf(setup, counts)),
      out: [] as Buffer[],
    };
  });
  for (let at = 0, turn = 0; at < 30_000; at += 97, turn++) {
    for (const { bytes, transform, out } of turn % 2 === 0 ? running : [...running].reverse())
      for (const piece of transform.push(bytes.subarray(at, at + 97))) out.push(Buffer.from(piece));
  }
  for (const { bytes, setup, counts, transform, out } of running) {
    expect(bytes.length).toBeLessThan(30_000);
    out.push(...transform.end());
    expect({ out: Buffer.concat(out).toString(), counts }).toEqual(runBody('json', bytes, setup));
  }
});

test('of a chunk that is broken behind listed strings nothing is given out', () => {
  const transform = bodyTransform('json', maskingOf({ marked: ['card'] }));
  const first = Buffer.from('[{"card":"x","mail":"a@b.co"}');
  expect(Buffer.concat([...transform.push(first)]).toString()).toBe(
    '[{"card":"[masked:private]","mail":"[masked:email]"}',
  );
  const broken = Buffer.from(',{"card":"y","mail":"c@d.co"},{"card":"z","mail":e}');
  let given: readonly Buffer[] = [];
  expect(() => (given = transform.push(broken))).toThrow();
  expect(given).toEqual([]);
  expect(() => transform.push(Buffer.from(']'))).toThrow();
});
