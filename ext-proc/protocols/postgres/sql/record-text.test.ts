import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lexicalSpans } from './lexer.ts';
import { withoutLiterals, withoutTokens } from './record-text.ts';

describe('withoutLiterals', () => {
  it.each([
    ["SELECT 'a''b'", "SELECT '[redacted]'"],
    ["SELECT E'a\\'b', x", "SELECT '[redacted]', x"],
    ["SELECT 'a\\', x", "SELECT '[redacted]', x"],
    ["SELECT U&'\\0061', N'b', B'1', X'f'", "SELECT '[redacted]', '[redacted]', '[redacted]', '[redacted]'"],
    ["SELECT name'x'", "SELECT name'[redacted]'"],
    ['SELECT $$a$$, $x$b $$ c$x$', "SELECT '[redacted]', '[redacted]'"],
    ['SELECT a$1$b FROM t', 'SELECT a$1$b FROM t'],
    ['SELECT $1, $2', 'SELECT $1, $2'],
    ["SELECT \"it's\", 'x'", "SELECT \"it's\", '[redacted]'"],
    ["SELECT 1 -- 'secret\n, 'x'", "SELECT 1 /* [redacted] */\n, '[redacted]'"],
    ["SELECT /* a /* 'b' */ c */ 'x'", "SELECT /* [redacted] */ '[redacted]'"],
    ["SELECT 'unfinished", "SELECT '[redacted]'"],
    ['SELECT $$unfinished', "SELECT '[redacted]'"],
    ['SELECT /* unfinished', 'SELECT /* [redacted] */'],
    ["PASSWORD'x'", "PASSWORD'[redacted]'"],
  ])('%s', (text, expected) => {
    expect(withoutLiterals(text)).toBe(expected);
  });

  it('takes numbers away as well, and nothing that only looks like one', () => {
    expect(
      withoutLiterals('UPDATE t1 SET "s4l4ry" = 5000.50, x2=-7 WHERE id = $1 AND n = 1e9', 'removed'),
    ).toBe('UPDATE t1 SET "s4l4ry" = [redacted], x2=-[redacted] WHERE id = $1 AND n = [redacted]');
  });

  it('leaves nothing of a literal, whatever is around it', () => {
    const noise = fc.stringMatching(/^[a-zA-Z0-9 ,;()=<>.]{0,20}$/);
    const literal = fc.constantFrom(
      "'HUNTER2'",
      "E'x\\'HUNTER2'",
      '$$HUNTER2$$',
      "U&'HUNTER2'",
      '/* HUNTER2 */',
      "'x''HUNTER2'",
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, literal), { minLength: 1, maxLength: 6 }), (parts) => {
        const text = parts.map(([around, inside]) => `${around} ${inside}`).join(' ');
        expect(withoutLiterals(text)).not.toContain('HUNTER2');
      }),
    );
  });

  it('finds spans in order, within the text, in time linear in it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^['"$/*\-\\ea \n]{0,60}$/), (text) => {
        let last = 0;
        for (const { start, end } of lexicalSpans(text)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          last = end;
        }
      }),
    );
    const started = performance.now();
    lexicalSpans("--'$a$".repeat(150_000));
    lexicalSpans('$a '.repeat(300_000));
    lexicalSpans('/*'.repeat(400_000));
    lexicalSpans('-- \n'.repeat(250_000));
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('withoutTokens', () => {
  const token = ['eyJhbGciOiJFUzI1NiJ9', 'eyJzdWIiOiJhZ2VudCJ9', 'c2lnbmF0dXJlX29mX2l0'].join('.');
  it.each([
    [`SELECT '${token}'`, "SELECT '[redacted]'"],
    [`SELECT 'Bearer ${token}', 1`, "SELECT 'Bearer [redacted]', 1"],
    [`SET a.b = ${token}`, 'SET a.b = [redacted]'],
    ["SELECT 'eyJ', a.b.c FROM t", "SELECT 'eyJ', a.b.c FROM t"],
  ])('%s', (text, expected) => {
    expect(withoutTokens(text)).toBe(expected);
  });

  it('takes time linear in the text', () => {
    const started = performance.now();
    withoutTokens('eyJ-'.repeat(250_000));
    withoutTokens('eyJa '.repeat(200_000));
    withoutTokens('eyJ.'.repeat(250_000));
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
