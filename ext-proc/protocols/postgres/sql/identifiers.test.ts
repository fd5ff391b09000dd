import { describe, expect, it } from 'vitest';
import { parseSearchPath, quoteIdentifier, splitIdentifiers } from './identifiers.ts';

describe('parseSearchPath', () => {
  it.each([
    ['"$user", public', ['$user', 'public']],
    ['', []],
    ['  ', []],
    ['Public , "Mixed Case"', ['public', 'Mixed Case']],
    ['"a""b",c', ['a"b', 'c']],
    ['"a, b"', ['a, b']],
    ['""', ['']],
    ['ÄB', ['Äb']],
    ['a.b', ['a.b']],
  ])('reads %j', (value, expected) => {
    expect(parseSearchPath(value)).toEqual(expected);
  });

  it.each(['a,', ',a', '"a', 'a b', 'a,,b', '"a"b'])('refuses %j, as the server does', (value) => {
    expect(parseSearchPath(value)).toBeUndefined();
  });

  it('cuts a name at 63 bytes, at a character', () => {
    expect(parseSearchPath('a'.repeat(70))).toEqual(['a'.repeat(63)]);
    expect(parseSearchPath('é'.repeat(40))).toEqual(['é'.repeat(31)]);
  });

  it('reads back what was quoted', () => {
    for (const name of ['plain', 'Mixed', 'with space', 'qu"ote', '$user', 'a,b', '1st']) {
      expect(parseSearchPath(`${quoteIdentifier(name)}, x`)).toEqual([name, 'x']);
    }
  });
});

describe('splitIdentifiers with dots', () => {
  it.each([
    ['people', ['people']],
    ['Public."People"', ['public', 'People']],
    [' a . b ', ['a', 'b']],
  ])('reads %j', (value, expected) => {
    expect(splitIdentifiers(value, '.')).toEqual(expected);
  });

  it.each(['', 'a.', '""', 'a..b'])('refuses %j', (value) => {
    expect(splitIdentifiers(value, '.')).toBeUndefined();
  });
});
