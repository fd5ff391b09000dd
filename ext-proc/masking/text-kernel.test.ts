import { describe, expect, test } from 'vitest';
import { byteStringOfText } from './byte-string.ts';
import { CORPORA } from './corpus/all.ts';
import { EVASIONS } from './corpus/evasions.ts';
import { compileOperatorPattern, type OperatorPattern } from './operator-pattern.ts';
import { createScanner, type Scanner } from './scanner.ts';
import { STOPPED_AT } from './text-kernel.ts';

const OWNER = {};

function isPlain(scanner: Scanner, text: string, before = '', after = ''): boolean {
  const [first, value, last] = [before, text, after].map(byteStringOfText) as [string, string, string];
  scanner.kernel.take(Buffer.from(first + value + last, 'latin1'), OWNER, 0, 0);
  return scanner.kernel.isPlain(first.length, first.length + value.length);
}

describe('whether a value is plain', () => {
  const scanner = createScanner();

  test('nothing of the corpora that is found is', () => {
    const texts = [...CORPORA.flatMap(({ trueCases }) => trueCases), ...EVASIONS].map(({ text }) => text);
    let found = 0;
    for (const text of texts) {
      if (scanner.scan(byteStringOfText(text)).length === 0) continue;
      found++;
      for (const [before, after] of [
        ['', ''],
        ['1', '1'],
        ['"a', '"'],
      ] as const)
        expect(isPlain(scanner, text, before, after), text).toBe(false);
    }
    expect(found).toBeGreaterThan(300);
  });

  test.each([
    ...[
      '',
      'a',
      'shipped',
      'Turin',
      '2026-11-26',
      '2026-11-26T12:30:00Z',
      '12345678',
      'the order was returned',
      'Müller',
    ],
    ...['192.168.0.1', 'ORD-2026-17', '3.14159', 'left at door, call again'],
    ...[
      'https://api.example/repos/acme/shop/issues/1000',
      'I_kw00fb86738b42',
      'c872efe56f6969df93aa6821e67de2a1b9196b0e',
    ],
  ])('so that most values need not be read again: %s', (text) => {
    expect(isPlain(scanner, text)).toBe(true);
  });

  test('what stands beside it does not count', () => {
    for (const [before, after] of [
      ['4111 1111 1111 111', '1 4111111111111111'],
      ['phone: ', '@b.co'],
      ['+', '155552671'],
      ['QUJDREVGR0hJSktM', 'TU5PUFFSU1RVVldY'],
    ] as const)
      expect(isPlain(scanner, '4 1', before, after)).toBe(true);
  });

  test('only what is looked for makes it another', () => {
    const emails = createScanner({ kinds: ['email'] });
    expect(isPlain(emails, '4111111111111111')).toBe(false);
    expect(isPlain(emails, '4!1!1!1!1!1!1!1!1!1!1!1!1!1!1!1')).toBe(true);
    expect(isPlain(scanner, '4!1!1!1!1!1!1!1!1!1!1!1!1!1!1!1')).toBe(false);
  });

  test('more patterns than its tables hold are found all the same', () => {
    const pattern = (index: number): OperatorPattern => {
      const keywords = Array.from({ length: 20 }, (_, each) => `kw${index}x${each}:`);
      const result = compileOperatorPattern({
        name: `own_${index}`,
        pattern: '[a-z]+\\d*x\\d+: ?[0-9]',
        keywords,
      });
      if (!result.ok) throw new Error(result.problem);
      return result.pattern;
    };
    const many = createScanner({
      kinds: [],
      patterns: Array.from({ length: 1_500 }, (_, index) => pattern(index)),
    });
    for (const text of ['kw0x0: 1', 'kw700x19: 1', 'kw1499x0: 1', 'a kw1499x19: 1']) {
      expect(many.scan(text).length).toBeGreaterThan(0);
      expect(isPlain(many, text)).toBe(false);
    }
  });
});

describe('members', () => {
  const { kernel } = createScanner();
  const read = (text: string, from: number, names: readonly string[], isFirst = 0, inArray = 0): string => {
    const order = kernel.beginOrder(OWNER);
    names.forEach((name, index) => kernel.putName(order, index, name.replace('*', ''), name.includes('*')));
    kernel.take(Buffer.from(text, 'latin1'), OWNER, 7, 100);
    const at = kernel.readMembers(from, text.length, order, 0, isFirst, inArray);
    const what = Object.entries(STOPPED_AT).find(([, value]) => value === kernel.stoppedAt)?.[0];
    const strings = Array.from({ length: kernel.undecided }, (_, index) => {
      const [start, stop, named] = kernel.strings.subarray(index * 3, index * 3 + 3) as unknown as [
        number,
        number,
        number,
      ];
      return `${named}${text.slice(start, stop + 1)}`;
    });
    return [what, kernel.named, kernel.objects, ...strings, text.slice(at)].join(' ');
  };

  const CASES: readonly (readonly [text: string, names: readonly string[], stopped: string])[] = [
    ['"a":1,"b":"x"}', ['a', 'b'], 'more 2 0 }'],
    [' "a" : 1 , "b":"x" }', ['a', 'b'], 'more 2 0  }'],
    ['"a":1,"c":"x"}', ['a', 'b'], 'more 1 0 ,"c":"x"}'],
    ['"b":1}', ['a'], 'first 0 0 "b":1}'],
    ['"a":"x@y.zz"}', ['a'], 'more 1 0 1"x@y.zz" }'],
    ['"a":"x"}', ['*a'], 'more 1 0 1"x" }'],
    ['"a":"x","b":"y","c":"@","d":{', ['*a', 'b', 'c', 'd'], 'value 4 0 1"x" 3"@" {'],
    ['"a":12}', ['*a'], 'value 1 0 12}'],
    ['"a":{"b":1}}', ['a'], 'value 1 0 {"b":1}}'],
    ['"a":"x\\n\\"\\u00e9\\/"}', ['a'], 'more 1 0 }'],
    ['"a":"x\\u0040y.zz"}', ['a'], 'value 1 0 "x\\u0040y.zz"}'],
    ['"a":"x\\nx@y.zz"}', ['a'], 'value 1 0 "x\\nx@y.zz"}'],
    ['"a":"x\\ud800"}', ['a'], 'value 1 0 "x\\ud800"}'],
    ['"a":"x\\q"}', ['a'], 'value 1 0 "x\\q"}'],
    ['"a":"x\\u00"}', ['a'], 'value 1 0 "x\\u00"}'],
    ['"a":"x\\', ['a'], 'value 1 0 "x\\'],
    ['"a":"x\\n"}', ['*a'], 'value 1 0 "x\\n"}'],
    ['"a":"x', ['a'], 'value 1 0 "x'],
    ['"a":"x\u0000"}', ['a'], 'value 1 0 "x\u0000"}'],
    ['"a":"x\u001f"}', ['*a'], 'value 1 0 "x\u001f"}'],
    ['"a":12', ['a'], 'value 1 0 12'],
    ['"a":4111111111111111}', ['a'], 'value 1 0 4111111111111111}'],
    ...['1e5', '1.', '-', '.5', '01', '-01', '1.5.', '1-', '+1', '1a', 'truee', 'True', 'nul'].map(
      (value) => [`"a":${value}}`, ['a'], `value 1 0 ${value}}`] as const,
    ),
    ...['0', '-0', '10', '1.5', '-0.25', 'true', 'false', 'null'].map(
      (value) => [`"a":${value}}`, ['a'], 'more 1 0 }'] as const,
    ),
    [`"a":"${'x'.repeat(100)}"}`, ['a'], `value 1 0 "${'x'.repeat(100)}"}`],
    ['"a":', ['a'], 'first 0 0 "a":'],
    ['"a"1', ['a'], 'first 0 0 "a"1'],
    ['"a":true,"a":false,"a":null}', ['a', 'a', 'a'], 'more 3 0 }'],
  ];

  test.each(CASES)('%s', (text, names, stopped) => {
    expect(read(text, 0, names, 1)).toBe(stopped);
  });

  test('of one element after another, where they are elements', () => {
    const text = '{"a":1},{"a":2} , {"a":3},{"b":1}]';
    expect(read(text, 1, ['a'], 1, 1)).toBe('first 0 3 "b":1}]');
    expect(read(text, 1, ['a'], 1, 0)).toBe('more 1 0 },{"a":2} , {"a":3},{"b":1}]');
    expect(read('{"a":1},2]', 1, ['a'], 1, 1)).toBe('more 1 0 },2]');
  });

  test('elements without an inside', () => {
    kernel.take(Buffer.from('1, "x",true ,{"a":1}]'), OWNER, 7, 100);
    expect(kernel.readElements(0, 21, 1)).toBe(11);
    expect(kernel.stoppedAt).toBe(STOPPED_AT.more);
  });
});
