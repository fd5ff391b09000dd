import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonLimits } from './json-limits.ts';
import { JsonTransform } from './json-transform.ts';
import { type BodySetup, foundIn, maskingOf, refusalOf, runBody, through } from './run-body.fixture.ts';

const CARD = '4111111111111111';
const json = (body: string, setup: BodySetup = {}): string => runBody('json', body, setup).out;

describe('what detectors find', () => {
  test.each([
    ['{"m":"write to a@b.co, please"}', '{"m":"write to [masked:email], please"}'],
    [`{"n":${CARD}}`, '{"n":"[masked:payment_card]"}'],
    [`[${CARD},1]`, '["[masked:payment_card]",1]'],
    [`["${CARD}"]`, '["[masked:payment_card]"]'],
    [`"${CARD}"`, '"[masked:payment_card]"'],
    [CARD, '"[masked:payment_card]"'],
    ['{"n":4.111111111111111e15}', '{"n":"[masked:payment_card]"}'],
    ['{"phone":"4155552671"}', '{"phone":"[masked:phone]"}'],
    ['{"phone"\n:\t4155552671 }', '{"phone"\n:\t"[masked:phone]" }'],
    [
      '{"phone":                              "4155552671"}',
      '{"phone":                              "[masked:phone]"}',
    ],
    ['{"phones":["x","4155552671"]}', '{"phones":["x","[masked:phone]"]}'],
    ['{"phone":{"number":"4155552671"}}', '{"phone":{"number":"[masked:phone]"}}'],
    ['{"ssn":123456789}', '{"ssn":"[masked:us_ssn]"}'],
    ['{"password":"hunter2x"}', '{"password":"[masked:credential]"}'],
    ['{"password":"hun\\"ter2x"}', '{"password":"[masked:credential]"}'],
    ['{"pass\\u0077ord":"hunter2x"}', '{"pass\\u0077ord":"[masked:credential]"}'],
    ['{"m":"\\u0034111 1111 1111\\u00201111 \\u00e9"}', '{"m":"[masked:payment_card] \\u00e9"}'],
    [
      '{"m":"a\\u0040b.co \\ud83d\\ude00 \\ud800 é"}',
      '{"m":"[masked:email] \\ud83d\\ude00 \\ud800 \\u00e9"}',
    ],
    ['{"m":"a@b.co é\\n"}', '{"m":"[masked:email] é\\n"}'],
    [`{"doc":"{\\"card\\":${CARD}}"}`, '{"doc":"{\\"card\\":[masked:payment_card]}"}'],
    ['{"a@b.co":1,"c@d.co":{"a@b.co":2}}', '{"[masked:email]":1,"[masked:email] 2":{"[masked:email]":2}}'],
    [
      '{"password of a@b.co":"hunter2x","password a@b.co":1}',
      '{"password of [masked:email]":"hunter2x","password [masked:email]":1}',
    ],
    ['{"a@b.co password":"hunter2x"}', '{"[masked:email] password":"[masked:credential]"}'],
    ['{"a@b.co":"4155552671"}', '{"[masked:email]":"4155552671"}'],
    ['{"\\u0061@b.co":1}', '{"[masked:email]":1}'],
  ])('%s', (body, masked) => {
    expect(json(body)).toBe(masked);
  });

  test('is counted by its kind, once for each part', () => {
    expect(runBody('json', `{"a@b.co":"c@d.co e@f.co","n":[${CARD}]}`).counts).toEqual([
      'email',
      'email',
      'email',
      'payment_card',
    ]);
  });

  test('stays a number where numbers do', () => {
    const setup = { numbersStayNumbers: true };
    expect(json(`{"n":${CARD},"s":"${CARD}"}`, setup)).toBe('{"n":0,"s":"[masked:payment_card]"}');
    expect(json(`[${CARD}]`, { ...setup, defaultStyle: 'null' })).toBe('[0]');
    expect(json(`[${CARD}]`, { ...setup, defaultStyle: 'hash' })).toMatch(/^\[[0-9]+\]$/);
  });

  test('is masked in its style', () => {
    expect(json(`["${CARD}",${CARD}]`, { defaultStyle: 'null' })).toBe('[null,null]');
    expect(json(`["${CARD}"]`, { defaultStyle: 'partial' })).toBe('["****1111"]');
    expect(json(`{"${CARD}":1}`, { defaultStyle: 'null' })).toBe('{"[masked:payment_card]":1}');
  });
});

describe('a marked field', () => {
  test.each([
    ['{"card":"x"}', '{"card":"[masked:private]"}'],
    ['{"card":1,"other":1}', '{"card":"[masked:private]","other":1}'],
    ['{"card":null}', '{"card":null}'],
    ['{"card":""}', '{"card":"[masked:private]"}'],
    ['{"c\\u0061rd":true}', '{"c\\u0061rd":"[masked:private]"}'],
    [
      '{"card":{"a":[1,"x",{"b":false}]},"x":1}',
      '{"card":{"a":["[masked:private]","[masked:private]",{"b":"[masked:private]"}]},"x":1}',
    ],
    ['[{"card":1},[{"card":2}]]', '[{"card":"[masked:private]"},[{"card":"[masked:private]"}]]'],
    ['{"x":{"card":1}}', '{"x":{"card":1}}'],
    ['{"card":1,"card":2}', '{"card":"[masked:private]","card":"[masked:private]"}'],
  ])('%s', (body, masked) => {
    expect(json(body, { marked: ['card'] })).toBe(masked);
  });

  test('is masked in the style of its mark', () => {
    const body = '{"a":"secret","n":12,"b":true}';
    expect(json(body, { marked: ['*=null'] })).toBe('{"a":null,"n":null,"b":null}');
    expect(json(body, { marked: ['*=typed'] })).toBe('{"a":"[masked:private]","n":0,"b":false}');
    expect(json(body, { marked: ['*=hash'] })).toMatch(
      /^{"a":"\[masked:private#\w+\]","n":"\[masked:private#\w+\]",/,
    );
    expect(json('{"a":"x\\u0041"}', { marked: ['a=hash'] })).toBe(
      json('{"a":"\\u0078A"}', { marked: ['a=hash'] }),
    );
  });

  test('keeps its type where types are kept', () => {
    for (const style of ['full', 'partial', 'null', 'typed'])
      expect(json('{"n":12,"b":true,"z":null}', { marked: [`**=${style}`], numbersStayNumbers: true })).toBe(
        '{"n":0,"b":false,"z":null}',
      );
  });

  test('is counted by its pattern', () => {
    expect(runBody('json', '{"a":[1,2],"b":null}', { marked: ['*'] }).counts).toEqual([
      'private:*',
      'private:*',
    ]);
  });

  test('may be the body', () => {
    expect(json('[1,{"a":"b"}]', { marked: ['**'] })).toBe('["[masked:private]",{"a":"[masked:private]"}]');
  });
});

describe('a removed field', () => {
  const removed = (body: string, ...fields: string[]): string =>
    json(body, { obligations: [{ kind: 'remove_fields', fields }], direction: 'request' });

  test.each([
    ['{"a":1}', '{}'],
    ['{"a":1,"b":2}', '{"b":2}'],
    ['{"b":2,"a":1}', '{"b":2}'],
    ['{"b":2,"a":1,"c":3}', '{"b":2,"c":3}'],
    ['{"a":1,"A":2,"b":3,"a":[{"x":"}"},"\\""],"c":4}', '{"b":3,"c":4}'],
    ['{ "a" : {"b":[1,2]} , "b" : 2 }', '{   "b" : 2 }'],
    ['{ "b" : 2 , "a" : 1 }', '{ "b" : 2  }'],
    ['{"x":{"a":1},"y":[{"a":1,"b":2}]}', '{"x":{"a":1},"y":[{"a":1,"b":2}]}'],
    ['{"b":{"c":1},"a":1,"d":[1,2]}', '{"b":{"c":1},"d":[1,2]}'],
    ['{"a":"x","b@c.co":1,"d@e.co":2}', '{"[masked:email]":1,"[masked:email] 2":2}'],
  ])('%s', (body, expected) => {
    const out = removed(body, 'a');
    expect(out).toBe(expected);
    JSON.parse(out);
  });

  test('is gone wherever the pattern fits', () => {
    expect(removed('{"x":{"a":1},"y":[{"a":1,"b":2},{"a":1}]}', '**.a')).toBe('{"x":{},"y":[{"b":2},{}]}');
  });
});

describe('JSON that is broken', () => {
  test.each([
    '{',
    '[1',
    '"a',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '[1,]',
    '[,1]',
    '{,}',
    '{1:2}',
    '[1 2]',
    '{"a" "b"}',
    '{"a":1]',
    '[1}',
    ']',
    '1 2',
    '{}{}',
    '{} x',
    'tru',
    'True',
    '01',
    '1.',
    '.5',
    '+1',
    '-',
    '1e',
    'NaN',
    "'a'",
    '{a:1}',
    '"a\nb"',
    '"\\x41"',
    '"\\u12g4"',
    '"\\u12',
    '/**/1',
    ")]}'\n{}",
    '\ufeff\ufeff1',
    '1\ufeff',
    '\u00001',
  ])('%j is refused however it is cut', (body) => {
    for (const cuts of [[], [1], [2, 1]])
      expect(refusalOf('json', body, {}, cuts)).toBe('GH_HTTP_BODY_MALFORMED');
  });

  test('lets nothing go on from where it breaks, and nothing that was held', () => {
    const transform = new JsonTransform(maskingOf({}));
    const out = [...transform.push(Buffer.from('{"a":1,"b":"4111 1111 '))];
    expect(Buffer.concat(out).toString()).toBe('{"a":1,"b":');
    expect(() => transform.push(Buffer.from('1111 1111\u0000"}'))).toThrow('control character');
  });

  test('is not said to hold anything', () => {
    expect(() => runBody('json', '{"hunter2x":hunter2x}')).toThrow(expect.not.stringContaining('hunter'));
  });
});

test.each([
  '',
  ' \n',
  '\ufeff',
  '\ufeff{"a":1}\n',
  '"\ud7ff\u007f"',
  '"\\/\\b\\f\\n\\r\\t\\"\\\\\\u0000"',
  ' [ ] ',
  '{}',
  '-0.0e+00',
  'null',
])('%j goes on as it came', (body) => {
  for (const cuts of [[], [1]]) expect(runBody('json', body, {}, cuts).out).toBe(body);
});

test('bytes that are no UTF-8 go on as they came', () => {
  const bytes = Buffer.from([0x22, 0xff, 0xfe, 0xc3, 0x28, 0x22]);
  expect(through(new JsonTransform(maskingOf({})), bytes)).toEqual(bytes);
});

test('is nested 512 levels at most', () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  expect(refusalOf('json', nested(512))).toBeUndefined();
  expect(refusalOf('json', nested(513))).toBe('GH_HTTP_BODY_TOO_DEEP');
});

describe('several texts', () => {
  test.each([
    ['{"m":"a@b.co"}\n{"n":1}\n', '{"m":"[masked:email]"}\n{"n":1}\n'],
    [`1\r\n\r\n${CARD}\n`, '1\r\n\r\n"[masked:payment_card]"\n'],
    ['\x1e{"m":"a@b.co"}\n\x1e[]\n', '\x1e{"m":"[masked:email]"}\n\x1e[]\n'],
    ['', ''],
  ])('%j', (body, masked) => {
    for (const cuts of [[], [1]]) expect(runBody('ndjson', body, {}, cuts).out).toBe(masked);
  });

  test.each(['{}{}', '4111 1111 1111 1111\n', '1\r2', '{} 1\n', '{}\n]'])('%j are none', (body) => {
    for (const cuts of [[], [1]]) expect(refusalOf('ndjson', body, {}, cuts)).toBe('GH_HTTP_BODY_MALFORMED');
  });

  test('have the same marks, each from its own top', () => {
    expect(runBody('ndjson', '{"a":{"b":1}}\n{"b":2}\n{"a":1}', { marked: ['b'] }).out).toBe(
      '{"a":{"b":1}}\n{"b":"[masked:private]"}\n{"a":1}',
    );
  });

  test('go on one by one, each when it has ended', () => {
    const transform = new JsonTransform(maskingOf({}), true);
    const push = (text: string): string => Buffer.concat(transform.push(Buffer.from(text))).toString();
    expect(push('{"m":"a@b.co"}\n')).toBe('{"m":"[masked:email]"}\n');
    expect(push('{"m":"x"}')).toBe('{"m":"x"}');
  });
});

describe('what is too long to be held', () => {
  const limits: JsonLimits = {
    depthMax: 64,
    tokenBytesMax: 64,
    stringBytesMax: 256,
    windowBytes: 512,
    overlapBytes: 128,
  };
  const small = (body: string, setup: BodySetup = {}, cuts: readonly number[] = []): string =>
    through(
      new JsonTransform(maskingOf(setup), false, undefined, limits),
      Buffer.from(body),
      cuts,
    ).toString();
  const UNITS = ['lorem', ' ', '\\"', '\\u00e9', '\\\\', '\\\\', 'é'];
  const filler = (length: number): string => {
    let text = '';
    for (let unit = 0; text.length < length; unit++) text += UNITS[unit % UNITS.length] as string;
    return text;
  };

  test('a string is masked in windows, and nothing else of it changes', () => {
    const before = 'x '.repeat(400);
    for (let shift = 0; shift < 40; shift++) {
      const body = `{"s":"${before}${'y'.repeat(shift)} a\\u0040b.co and ${CARD} ${before}","t":1}`;
      const masked = `{"s":"${before}${'y'.repeat(shift)} [masked:email] and [masked:payment_card] ${before}","t":1}`;
      for (const cuts of [[], [1], [100, 3]]) expect(small(body, {}, cuts)).toBe(masked);
    }
  });

  test('a string of escapes alone stays as it is', () => {
    for (let length = 250; length < 1_500; length += 7) {
      const body = `["${filler(length)}"]`;
      expect(small(body)).toBe(body);
      expect(small(body, {}, [7])).toBe(body);
    }
  });

  test('a marked string is withheld', () => {
    const body = `{"s":"${filler(600)}"}`;
    for (const cuts of [[], [1], [90]]) {
      expect(small(body, { marked: ['s=partial'] }, cuts)).toBe('{"s":"[masked:private]"}');
      expect(small(body, { marked: ['s=null'] }, cuts)).toBe('{"s":null}');
    }
  });

  test('a removed string is dropped', () => {
    const body = `{"s":"${'x'.repeat(2_000)}","t":${CARD}}`;
    const setup: BodySetup = {
      obligations: [{ kind: 'remove_fields', fields: ['s'] }],
      direction: 'request',
    };
    for (const cuts of [[], [1], [300]])
      expect(small(body, setup, cuts)).toBe('{"t":"[masked:payment_card]"}');
  });

  test('a name and a number are refused', () => {
    for (const cuts of [[], [1]]) {
      expect(() => small(`{"${'n'.repeat(70)}":1}`, {}, cuts)).toThrow('larger than the gate can hold');
      expect(() => small(`[${'1'.repeat(70)}]`, {}, cuts)).toThrow('larger than the gate can hold');
    }
  });
});

/** JSON with any white space and any escapes, in which secrets may stand. */
const secrets = fc.constantFrom(
  'a@b.co',
  CARD,
  ['x g', 'hp_16C7e42F292c6912E7710c838347Ae178B4a'].join(''),
  '+1 415 555 2671',
);
const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  secrets,
);
const names = fc.oneof(fc.constantFrom('card', 'phone', 'password', 'x', 'note'), texts);
const numbers = fc.oneof(
  fc.constant(CARD),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => JSON.stringify(each)),
  fc.constantFrom('1.50', '-0', '1E5', '12345678901234567890'),
);

type Node =
  | { readonly kind: 'written'; readonly text: string }
  | { readonly kind: 'array'; readonly items: readonly Node[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Node])[] };

const stringLiteral = fc
  .tuple(texts, fc.infiniteStream(fc.nat(5)))
  .map(([text, choices]) => literal(text, choices));
const nameLiteral = fc
  .tuple(names, fc.infiniteStream(fc.nat(5)))
  .map(([text, choices]) => literal(text, choices));

function literal(text: string, choices: Iterator<number>): string {
  let out = '';
  for (let at = 0; at < text.length; at++) {
    const unit = text[at] as string;
    const isPlain = /[^"\\\u0000-\u001f\ud800-\udfff]/.test(unit);
    out +=
      isPlain && choices.next().value !== 0 ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  }
  return `"${out}"`;
}

const { tree } = fc.letrec<{ tree: Node }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc
      .oneof(stringLiteral, numbers, fc.constantFrom('true', 'false', 'null'))
      .map((text): Node => ({ kind: 'written', text })),
    fc.array(tie('tree'), { maxLength: 4 }).map((items): Node => ({ kind: 'array', items })),
    fc
      .array(fc.tuple(nameLiteral, tie('tree')), { maxLength: 4 })
      .map((members): Node => ({ kind: 'object', members })),
  ),
}));
const spaces = fc.infiniteStream(fc.constantFrom('', '', ' ', '\n\t'));

function written(node: Node, space: Iterator<string>): string {
  const gap = (): string => space.next().value as string;
  switch (node.kind) {
    case 'written':
      return gap() + node.text + gap();
    case 'array':
      return `${gap()}[${node.items.map((item) => written(item, space)).join(',') || gap()}]${gap()}`;
    case 'object':
      return `${gap()}{${node.members.map(([name, value]) => `${gap()}${name}${gap()}:${written(value, space)}`).join(',') || gap()}}${gap()}`;
  }
}

/** The same text with every scalar replaced by what kind it is; names too. */
function shape(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|[\w.+-]+/g, '#');
}

/** What each scalar and name stands for. */
const tokensOf = (text: string): readonly string[] =>
  (text.match(/"(?:[^"\\]|\\.)*"|[\w.+-]+/g) ?? []).map((token) => String(JSON.parse(token)));

const bodies = fc.tuple(tree, spaces).map(([node, space]) => written(node, space));
const cutsOf = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
const setups = fc.constantFrom<BodySetup>(
  {},
  { marked: ['card', '**.note=hash'] },
  { marked: ['**.phone=null', '**.x=partial'], numbersStayNumbers: true, defaultStyle: 'hash' },
);

test('takes what JSON.parse takes, and nothing else, however it is cut', () => {
  const parts = fc.constantFrom(
    ...'{}[],:"\\ \n',
    '"a"',
    '"a":',
    '1',
    '-',
    '0',
    '.5',
    'e1',
    'true',
    'null',
    '\\u00',
    'e9',
    '{"a":1',
    '[1',
    '""',
    '\t',
  );
  const isJson = (text: string): boolean => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), cutsOf, (all, cuts) => {
      const body = all.join('');
      const refused = refusalOf('json', body);
      expect(refused === undefined).toBe(isJson(body) || /^[ \t\n]*$/.test(body));
      expect(refusalOf('json', body, {}, cuts)).toBe(refused);
      const setup: BodySetup = {
        obligations: [{ kind: 'remove_fields', fields: ['a'] }],
        direction: 'request',
      };
      expect(refusalOf('json', body, setup, cuts)).toBe(refused);
    }),
    { numRuns: 4_000 },
  );
});

describe('any JSON', () => {
  test('comes out the same however it is cut', () => {
    fc.assert(
      fc.property(bodies, setups, cutsOf, (body, setup, cuts) => {
        expect(runBody('json', body, setup, cuts)).toEqual(runBody('json', body, setup));
      }),
      { numRuns: 600 },
    );
  });

  test('comes out as JSON of the same structure and formatting, in whose values nothing is found any more', () => {
    fc.assert(
      fc.property(bodies, setups, (body, setup) => {
        const { out, counts } = runBody('json', body, setup);
        JSON.parse(out);
        expect(shape(out)).toBe(shape(body));
        if (counts.length === 0) expect(out).toBe(body);
        const found = tokensOf(out).filter((token) => foundIn(token));
        expect(found).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });

  test('loses the fields that are removed, and nothing else', () => {
    const setup: BodySetup = {
      obligations: [{ kind: 'remove_fields', fields: ['**.x', 'card'] }],
      direction: 'request',
    };
    const without = (value: unknown, isTop: boolean): unknown => {
      if (Array.isArray(value)) return value.map((item) => without(item, isTop));
      if (typeof value !== 'object' || value === null) return value;
      return Object.entries(value).flatMap(([name, below]) =>
        name.toLowerCase() === 'x' || (isTop && name.toLowerCase() === 'card')
          ? []
          : [[name, without(below, false)]],
      );
    };
    const entries = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(entries)
        : typeof value === 'object' && value !== null
          ? Object.entries(value).map(([name, below]) => [name, entries(below)])
          : value;
    fc.assert(
      fc.property(bodies, cutsOf, (body, cuts) => {
        const { out, counts } = runBody('json', body, setup, cuts);
        const parsed: unknown = JSON.parse(out);
        if (counts.length === 0) expect(entries(parsed)).toEqual(without(JSON.parse(body), true));
      }),
      { numRuns: 600 },
    );
  });
});
