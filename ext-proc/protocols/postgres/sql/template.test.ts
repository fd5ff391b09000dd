import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadModule, parseSync } from 'libpg-query';
import { templateOf } from './template.ts';
import { outlineStatement } from './walk-statement.ts';

beforeAll(() => loadModule());

const outlineOf = (text: string): unknown => {
  const { stmts = [] } = parseSync(text);
  return stmts.map(({ stmt }) => outlineStatement(stmt));
};

describe('templateOf', () => {
  it('gives texts that differ in plain integers one template', () => {
    const template = templateOf('SELECT a FROM t WHERE id = 17;');
    expect(template).toBeDefined();
    expect(templateOf('SELECT a FROM t WHERE id = 999999999;')).toBe(template);
    expect(templateOf('SELECT a FROM t WHERE id IN (1, 2) LIMIT 3')).toBe(
      templateOf('SELECT a FROM t WHERE id IN (7, 88) LIMIT 999'),
    );
  });

  it.each([
    ["SELECT 'x', 1", 'a quote'],
    ['SELECT "x", 1', 'a quoted identifier'],
    ['SELECT $1, 1', 'a dollar'],
    ['SELECT 1 -- 2', 'a line comment'],
    ['SELECT 1 /* 2 */', 'a block comment'],
    ['SELECT \\1, 1', 'a backslash'],
    ['SELECT é, 1', 'a character outside ASCII'],
    ['SELECT 1\u0001', 'a control character'],
    ['SELECT a FROM t', 'no integer'],
  ])('gives none to %j, which has %s', (text) => {
    expect(templateOf(text)).toBeUndefined();
  });

  it.each([
    'SELECT a1 FROM t2',
    'SELECT 1.5',
    'SELECT 1e5',
    'SELECT 0x1F',
    'SELECT 1_000',
    'SELECT 1234567890',
    'SELECT a[1]',
  ])('leaves what is no plain integer as it is: %s', (text) => {
    const template = templateOf(text);
    expect(template === undefined || template === text).toBe(true);
  });

  it('keeps texts apart that differ in anything else', () => {
    expect(templateOf('SELECT a FROM t WHERE id = 1')).not.toBe(templateOf('SELECT b FROM t WHERE id = 1'));
    expect(templateOf('SELECT a FROM t WHERE id = 1')).not.toBe(templateOf('SELECT a FROM t WHERE id = 1.5'));
    expect(templateOf('SELECT a FROM t WHERE id = 1')).not.toBe(
      templateOf('SELECT a FROM t WHERE id = 12345678901'),
    );
  });

  const SHAPES = [
    'SELECT a FROM t WHERE id = #',
    'SELECT a FROM t WHERE id = # AND b < # OR c IN (#, #, #) LIMIT # OFFSET #',
    'SELECT a FROM t WHERE id BETWEEN # AND #',
    'INSERT INTO t (a, b) VALUES (#, #), (#, #)',
    'UPDATE t SET a = #, b = b + # WHERE id = #',
    'DELETE FROM t WHERE id = # AND b <> #',
    'UPDATE t SET a = a + -# WHERE id = -# AND b = - # AND c = (-#)',
    'SELECT a -# FROM t WHERE - # = -#',
    'DELETE FROM t WHERE id = - - #',
    'DELETE FROM t WHERE # = #',
    'DELETE FROM t WHERE id + # = id + #',
    'DELETE FROM t WHERE (id = #) = (id = #)',
    'DELETE FROM t WHERE (id, #) = (id, #)',
    'DELETE FROM t WHERE (id = #) IS NULL OR (id = #) IS NOT NULL',
    'DELETE FROM t WHERE coalesce(id, #) = coalesce(id, #)',
    'DELETE FROM t WHERE id = # OR # = #',
    'DELETE FROM t WHERE # < #',
    'SELECT lo_import(#), a FROM t ORDER BY #',
    'SELECT a, b FROM t GROUP BY #, # ORDER BY #',
    'SELECT nextval(#), # + #, ( # )',
    'SELECT CAST( # AS regclass)',
    'SELECT a FROM t WHERE id = # UNION SELECT # FROM u',
    'SELECT (SELECT # FROM u WHERE u.id = #) FROM t WHERE t.a = ANY (ARRAY[ #, # ])',
    'MERGE INTO t USING u ON t.id = # WHEN MATCHED THEN DELETE',
  ];

  it('never joins texts whose outlines differ, unless the outline says that constants matter', () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 999_999_999 }), { minLength: 7, maxLength: 7 });
    const fill = (shape: string, values: readonly number[]): string => {
      let at = 0;
      return shape.replaceAll('#', () => String(values[at++ % values.length]));
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...SHAPES),
        numbers,
        numbers,
        fc.boolean(),
        (shape, first, second, equal) => {
          // Equal constants are what makes a tautology of some of these.
          const left = fill(shape, equal ? first.map(() => first[0] as number) : first);
          const right = fill(shape, second);
          if (templateOf(left) === undefined || templateOf(left) !== templateOf(right)) return;
          const [one] = outlineOf(left) as { constantsMatter: boolean }[];
          const [other] = outlineOf(right) as { constantsMatter: boolean }[];
          expect(one?.constantsMatter).toBe(other?.constantsMatter);
          if (one?.constantsMatter === false) expect(one).toEqual(other);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('says of the plain shapes that constants do not matter, so that they are remembered once', () => {
    for (const shape of SHAPES.slice(0, 6).concat('UPDATE t SET a = a + -# WHERE id = -#')) {
      const [outline] = outlineOf(shape.replaceAll('#', '5')) as { constantsMatter: boolean }[];
      expect(outline?.constantsMatter, shape).toBe(false);
    }
  });
});
