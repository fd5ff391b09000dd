import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byteStringOfText } from './byte-string.ts';
import { compileOperatorPattern } from './operator-pattern.ts';
import { automatonOf } from './pattern/pattern-automaton.ts';
import { parsePattern } from './pattern/pattern-syntax.ts';

const compile = (pattern: string, more: object = {}) =>
  compileOperatorPattern({ name: 'own', pattern, keywords: ['key'], ...more });

function matches(pattern: string, text: string, ignoreCase = false): string[] {
  const result = compile(pattern, { ignoreCase });
  if (!result.ok) throw new Error(result.problem);
  const found: string[] = [];
  const bytes = byteStringOfText(text);
  result.pattern.find(bytes, (start, end) => found.push(bytes.slice(start, end)));
  return found;
}

describe('a pattern', () => {
  test.each([
    ['EMP-\\d{6}', 'EMP-123456 EMP-12345', ['EMP-123456']],
    ['\\bEMP\\d+\\b', 'EMP1 xEMP2 EMP3x EMP4', ['EMP1', 'EMP4']],
    ['(?:ab|cd)+', 'ababcd x cd', ['ababcd', 'cd']],
    ['(a|ab)(c|bcd)', 'abcd', ['abcd']],
    ['a.c', 'abc a\nc a-c', ['abc', 'a-c']],
    ['[A-F0-9]{4}', 'x12EFg', ['12EF']],
    ['[^0-9]x', '1x ax', ['ax']],
    ['^key=\\w+$', 'key=abc', ['key=abc']],
    ['^key=\\w+$', 'a key=abc', []],
    ['a{2,3}', 'aaaaa', ['aaa', 'aa']],
    ['a{2}', 'aaaaa', ['aa', 'aa']],
    ['a{2,}', 'aaaaa', ['aaaaa']],
    ['x\\.y\\-\\/\\[\\]', 'x.y-/[]', ['x.y-/[]']],
    ['\\x41\\u0042\\t', 'AB\t', ['AB\t']],
    ['größe \\d', 'größe 5', [byteStringOfText('größe 5')]],
    ['[äö]x', 'äx ux', [byteStringOfText('äx')]],
    ['\\s\\S', 'a b', [' b']],
  ])('%s in %j', (pattern, text, expected) => {
    expect(matches(pattern, text)).toEqual(expected);
  });

  test('may ignore case', () => {
    expect(matches('emp-[a-f]', 'EMP-B Emp-c emp-G', true)).toEqual(['EMP-B', 'Emp-c']);
  });

  test('finds the same as the engine of the language', () => {
    const atom = fc.constantFrom('a', 'b', '[ab]', '[^a]', '(?:a|b)', '\\d', '.', '(?:ab|ba)');
    const times = fc.constantFrom('', '{2}', '{1,3}');
    const pattern = fc
      .array(fc.tuple(atom, times), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.flat().join(''));
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', '\n'), maxLength: 30 });
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        // The longest match from each place: that of the other engine where it must reach as far as it can.
        const result: string[] = [];
        for (let at = 0; at < subject.length;) {
          let longest = -1;
          for (let end = at + 1; end <= subject.length; end++) {
            if (new RegExp(`^(?:${source})$`).test(subject.slice(at, end))) longest = end;
          }
          if (longest < 0) at++;
          else {
            result.push(subject.slice(at, longest));
            at = longest;
          }
        }
        expect(matches(source, subject)).toEqual(result);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what is refused, and why', () => {
  test.each([
    ['(a', 'a group that is not closed'],
    ['a)', 'a closing bracket'],
    ['[a', 'a class that is not closed'],
    ['a**', 'a repetition of a repetition'],
    ['a+?', 'a lazy repetition'],
    ['a++', 'a possessive repetition'],
    ['*a', 'a repetition of nothing'],
    ['a{3,2}', 'out of order'],
    ['a{x}', 'a brace that is no repetition'],
    ['a{2000}', 'more than 1000'],
    ['(?=a)b', 'a group of a kind that is not supported'],
    ['(?<!a)b', 'a group of a kind that is not supported'],
    ['(?<n>a)', 'a group of a kind that is not supported'],
    ['(a)\\1', 'a back reference'],
    ['\\p{L}', 'an escape \\p'],
    ['a\\bb', "\\b that is not at the pattern's own end"],
    ['a^b', "an edge (^) that is not at the pattern's own end"],
    ['^a|b', 'put them in a group'],
    ['a||b', 'an empty group or alternative'],
    ['()', 'an empty group or alternative'],
    ['a*', 'matches the empty text'],
    ['a?b?', 'matches the empty text'],
    ['', 'is empty'],
    ['\\', 'a backslash at its end'],
    ['[z-a]', 'out of order'],
    ['[а-я]', 'a range with characters outside ASCII'],
    ['(?:a{100}){100}', 'is too large'],
    ['((((a{1000}){1000}){1000}){1000})', 'is too large'],
    ['(?:a|b)*a(?:a|b){20}', 'needs more than 4000 states'],
  ])('%s: %s', (pattern, problem) => {
    const result = compile(pattern);
    expect(result).toMatchObject({ ok: false });
    expect(result.ok ? '' : result.problem).toContain(problem);
    expect(result.ok ? '' : result.problem).toContain('"own"');
  });

  test.each([
    [{ name: 'Own' }, 'needs a name'],
    [{ name: 'email' }, 'the name of a built-in kind'],
    [{ keywords: [] }, 'one to 20 keywords'],
    [{ keywords: ['x'] }, 'one to 20 keywords'],
    [{ style: 'blur' }, 'an unknown style'],
  ])('%j: %s', (more, problem) => {
    const result = compile('abc', more);
    expect(result.ok ? '' : result.problem).toContain(problem);
  });

  test('anything else compiles or is refused, and nothing is thrown', () => {
    const sign = fc.constantFrom(
      'a',
      '1',
      '(',
      ')',
      '(?:',
      '[',
      ']',
      '[^',
      '{2}',
      '{1,3}',
      '*',
      '+',
      '?',
      '|',
      '.',
      '\\d',
      '\\b',
      '\\',
      '^',
      '$',
      '-',
      'ü',
    );
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 12 }), fc.string({ maxLength: 40 }), (signs, text) => {
        const result = compile(signs.join(''));
        if (result.ok)
          result.pattern.find(byteStringOfText(text), (start, end) => expect(end).toBeGreaterThan(start));
        else expect(result.problem).toMatch(/^The masking pattern "own" .*\.$/s);
      }),
      { numRuns: 5_000 },
    );
  });
});

test('classic patterns that blow up elsewhere are small here', () => {
  for (const pattern of [
    '(a+)+b',
    '(a|aa)+b',
    '(a|a?)+b',
    '(.*a){10}b',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '\\s+$x',
  ]) {
    const result = compile(pattern.replace('$x', 'x'));
    expect([pattern, result.ok]).toEqual([pattern, true]);
  }
  expect(automatonOf(parsePattern('(a+)+b', false)).states).toBeLessThan(10);
  expect(matches('(a+)+b', 'a'.repeat(20_000))).toEqual([]);
});
