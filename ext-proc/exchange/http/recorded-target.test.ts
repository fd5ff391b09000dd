import { describe, expect, it } from 'vitest';
import { fieldPattern, type FieldPattern } from '../../domain/field-rules.ts';
import { fieldMarks } from '../../protocols/http/body/field-marks.ts';
import { readTarget } from '../../protocols/http/request-target.ts';
import { testMasking } from './http-gate.fixture.ts';
import { recordedTarget } from './recorded-target.ts';

const marks = fieldMarks({
  rules: [
    { pattern: fieldPattern('**.ssn') as FieldPattern, upstream: undefined, tag: 'us_ssn', style: 'full' },
  ],
  obligations: [],
  direction: 'response',
});

function recorded(rawTarget: string): string {
  const read = readTarget(rawTarget);
  if (!read.ok) throw new Error(read.code);
  return recordedTarget({ path: read.target.path, rawTarget }, testMasking.masker, marks);
}

describe('a target in its record', () => {
  it.each(['/', '/people/7?x=1&y=%C3%A9+z', '/a%20b?', '/x?a&b=', '/100%25'])(
    '%s stands as it was sent',
    (target) => {
      expect(recorded(target)).toBe(target);
    },
  );

  it.each([
    '/people/amara.abara%40example.net',
    '/people/amara.abara@example.net/orders',
    '/x?mail=amara.abara%40example.net',
    '/x?a=1&amara.abara%40example.net',
    '/x?ssn=730-11-4408',
    '/x?person[ssn]=anything-730',
    '/x?q=4111+1111+1111+1111',
    '/x?q=4111%201111%201111%201111',
    '/cards/4111111111111111/x?y=1',
  ])('%s holds nothing of what masking covers', (target) => {
    const text = recorded(target);
    expect(text).not.toMatch(/amara|730|4111/);
    expect(text).toContain('masked');
  });
});
