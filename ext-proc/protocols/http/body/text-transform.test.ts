import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foundIn, maskingOf, refusalOf, runBody, through, type BodySetup } from './run-body.fixture.ts';
import { TextTransform } from './text-transform.ts';

const CARD = '4111 1111 1111 1111';
const text = (body: string, cuts: readonly number[] = []): string => runBody('text', body, {}, cuts).out;
const PEM = [
  ['-----BEGIN RSA', 'PRIVATE KEY-----'].join(' '),
  ...Array<string>(6).fill('MIIEowIBAAKCAQEA0Z3VS5JJcds3xfn'.repeat(2)),
  ['-----END RSA', 'PRIVATE KEY-----'].join(' '),
].join('\n');

describe('what detectors find', () => {
  test.each([
    [`pay ${CARD} now\nand a@b.co`, 'pay [masked:payment_card] now\nand [masked:email]'],
    [`${CARD}\r\n${CARD}`, '[masked:payment_card]\r\n[masked:payment_card]'],
    ['password: "hunter2x!"\n', 'password: "[masked:credential]"\n'],
    [`before\n${PEM}\nafter a@b.co\n`, 'before\n[masked:private_key]\nafter [masked:email]\n'],
    [`{\n  "phone": "4155552671"\n}\n`, '{\n  "phone": "[masked:phone]"\n}\n'],
    [`<a>&#52;111 1111 1111 1111</a>\n`, '<a>[masked:payment_card]</a>\n'],
  ])('%j', (body, masked) => {
    for (const cuts of [[], [1], [3, 50]]) expect(text(body, cuts)).toBe(masked);
  });

  test('in base64 that is broken into lines', () => {
    const encoded = Buffer.from(`${'filler '.repeat(20)}a@b.co and ${CARD} ${'filler '.repeat(20)}`)
      .toString('base64')
      .replaceAll(/.{76}/g, '$&\n');
    for (const cuts of [[], [1], [100]]) {
      const out = text(`Content:\n${encoded}\nend\n`, cuts);
      expect(out).toMatch(/^Content:\n\[masked:\w+\]\n?end\n$/);
    }
  });

  test('is counted once', () => {
    expect(runBody('text', `a@b.co ${CARD}\n${PEM}\n`).counts).toEqual([
      'email',
      'payment_card',
      'private_key',
    ]);
  });
});

describe('a text that streams', () => {
  const stream = (): ((chunk: string) => string) => {
    const transform = new TextTransform(maskingOf({}));
    return (chunk) => Buffer.concat(transform.push(Buffer.from(chunk))).toString();
  };

  test('goes on line by line', () => {
    const push = stream();
    expect(push('starting\n')).toBe('starting\n');
    expect(push('mail to a@')).toBe('');
    expect(push('b.co done\nnext')).toBe('mail to [masked:email] done\n');
    expect(push(' line\n')).toBe('next line\n');
  });

  test('waits for the end of a key, and for what base64 in lines goes on with', () => {
    const push = stream();
    const lines = PEM.split('\n').map((line) => `${line}\n`);
    expect(lines.slice(0, -1).map(push).join('')).toBe('');
    expect(push(lines.at(-1) as string)).toBe('[masked:private_key]\n');
    expect(push(`${'QUJD'.repeat(19)}\n`)).toBe('');
    expect(push('QUJD\n')).toBe(`${'QUJD'.repeat(19)}\nQUJD\n`);
  });
});

describe('a long line', () => {
  const limits = { windowBytes: 512, overlapBytes: 128 };
  const long = (body: string, cuts: readonly number[] = [], counts: string[] = []): string =>
    through(new TextTransform(maskingOf({}, counts), limits), Buffer.from(body), cuts).toString();

  test('goes on in windows, in which what lies across is seen whole', () => {
    const filler = 'lorem ipsum '.repeat(70);
    for (let shift = 0; shift < 90; shift++) {
      const padding = 'x'.repeat(shift);
      for (const cuts of [[], [1], [77, 300]]) {
        const counts: string[] = [];
        expect(long(`${filler}${padding} a@b.co, ${CARD} ${filler}`, cuts, counts)).toBe(
          `${filler}${padding} [masked:email], [masked:payment_card] ${filler}`,
        );
        expect(counts).toEqual(['email', 'payment_card']);
      }
    }
  });

  test('holds a window at most', () => {
    const transform = new TextTransform(maskingOf({}), limits);
    let held = 0;
    for (let each = 0; each < 300; each++) {
      held += 10;
      for (const out of transform.push(Buffer.from('some words'))) held -= out.length;
      expect(held).toBeLessThan(512);
    }
  });
});

describe('bytes that are no text', () => {
  test.each([
    ['gzip', Buffer.from('1f8b0800000000000003', 'hex')],
    ['UTF-16 with a mark', Buffer.from('\ufeffabc', 'utf16le')],
    ['UTF-16 without one', Buffer.from(CARD, 'utf16le')],
    ['UTF-32', Buffer.from([0x34, 0, 0, 0, 0x31, 0, 0, 0])],
    ['NUL in the middle', Buffer.from('abc\0def')],
    ['a zip file', Buffer.from('PK\u0003\u0004')],
  ])('%s', (_, bytes) => {
    for (const cuts of [[], [1]]) expect(refusalOf('text', bytes, {}, cuts)).toBe('GH_HTTP_BODY_MALFORMED');
  });

  test('what terminals write is text, and so is what is not UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('\u001b[1mbold\u001b[0m\b\u0007\f\t\r\n'),
      Buffer.from([0xe9, 0x0a, 0xa0, 0xfe, 0xff, 0xfe]),
    ]);
    expect(through(new TextTransform(maskingOf({})), bytes)).toEqual(bytes);
  });
});

const pieces = fc.constantFrom(
  'a@b.co',
  CARD,
  '4111',
  '1111 ',
  PEM,
  '-----BEGIN ',
  'PRIVATE KEY-----',
  `${'QUJD'.repeat(16)}`,
  Buffer.from(`x ${CARD} y`).toString('base64'),
  'password: ',
  '"hunter2x!"',
  'phone ',
  '4155552671',
  '\n',
  '\n',
  '\r\n',
  ' ',
  'lorem ipsum',
  '\\u0034',
  'é',
);
const bodies = fc.array(pieces, { maxLength: 60 }).map((all) => all.join(''));
const cutsOf = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
const SETUPS: readonly BodySetup[] = [{}, { defaultStyle: 'partial' }, { defaultStyle: 'null' }];

test('any text comes out the same however it is cut, and nothing is found in it any more', () => {
  const limits = { windowBytes: 256, overlapBytes: 96 };
  fc.assert(
    fc.property(bodies, cutsOf, fc.constantFrom(...SETUPS), fc.boolean(), (body, cuts, setup, isSmall) => {
      const run = (each: readonly number[]): unknown => {
        const counts: string[] = [];
        const transform = new TextTransform(maskingOf(setup, counts), isSmall ? limits : undefined);
        return { out: through(transform, Buffer.from(body), each).toString(), counts };
      };
      const whole = run([]) as { out: string; counts: readonly string[] };
      expect(run(cuts)).toEqual(whole);
      if (whole.counts.length === 0) expect(whole.out).toBe(body);
      if (!isSmall) expect(whole.out.split('\n').filter((line) => foundIn(line))).toEqual([]);
    }),
    { numRuns: 600 },
  );
});
