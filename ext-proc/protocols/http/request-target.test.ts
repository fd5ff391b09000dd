import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readQuery, readTarget } from './request-target.ts';

const pathOf = (raw: string): string | undefined => {
  const read = readTarget(raw);
  return read.ok ? read.target.path : undefined;
};

describe('a path', () => {
  it.each([
    ['an encoded slash', '/a%2fb', '/a%2Fb'],
    ['an encoded backslash', '/a%5cb', '/a%5Cb'],
    ['a backslash', '/a\\b'],
    ['a NUL', '/a%00', '/%00'],
    ['control characters', '/a%0d%0aHost:b', '/a%09', '/a%7f', '/a%c2%85'],
    ['a percent sign that decodes again', '/a%252fb', '/a%2541', '/a%25%34%31'],
    ['a percent sign alone', '/a%', '/a%4', '/a%zz', '/%u0041'],
    ['bytes that are no UTF-8', '/%ff', '/%c3', '/%c0%af', '/%ed%a0%80'],
    ['raw bytes beyond ASCII, and spaces', '/é', '/a b', '/\u00a0'],
    ['a semicolon', '/a;b', '/a;jsessionid=1/b', '/a%3bb', '/..;/admin'],
    ['a fragment', '/a#b', '/a%23b'],
    ['empty segments', '//a', '/a//b', '/a//'],
    ['dot segments', '/.', '/..', '/a/../b', '/a/./b', '/a/..', '/%2e%2e/a', '/a/%2E/b'],
    ['no path at all', '', '*', 'a', 'http://localhost/a', '?a=1'],
  ])('with %s is refused', (_, ...paths) => {
    for (const path of paths) {
      expect(readTarget(path), path).toMatchObject({ ok: false, code: 'GH_HTTP_PATH' });
    }
  });

  it.each([
    ['/', '/'],
    ['/a', '/a'],
    ['/a/', '/a/'],
    ['/a/b.c/...', '/a/b.c/...'],
    ['/.well-known/x', '/.well-known/x'],
    ['/a..b/..c/d..', '/a..b/..c/d..'],
    ["/~a-b_c!$&'()*+,=:@", "/~a-b_c!$&'()*+,=:@"],
    ['/a%20b', '/a b'],
    ['/%C3%A9', '/é'],
    ['/100%25', '/100%'],
    ['/100%25zz', '/100%zz'],
    ['/a%2Db', '/a-b'],
    ['/%E2%88%95', '/∕'],
  ])('%s is read as %s', (raw, path) => {
    expect(pathOf(raw)).toBe(path);
  });

  it('that is accepted holds nothing that decodes again, splits or goes up, whatever it was', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '%',
        '%2',
        '%25',
        '%2e',
        '%2f',
        '%5c',
        '%00',
        '..',
        '.',
        ';',
        '\\',
        '//',
        'a',
        'é',
        '2f',
      ),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const raw = `/${pieces.join('')}`;
        const path = raw.includes('?') ? undefined : pathOf(raw);
        if (path === undefined) return;
        expect(path.replaceAll(/%([0-9a-f]{2})/gi, 'decoded again')).toBe(path);
        expect(path).not.toMatch(/\/\/|[\\;#\0]/);
        expect(path.split('/').some((segment) => segment === '.' || segment === '..')).toBe(false);
        expect(path.split('/')).toHaveLength(raw.split('/').length);
      }),
      { numRuns: 500 },
    );
  });

  it('that is written by a client of the web is read as it was meant', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[^\\;#%\p{C}/]{1,10}$/u), { minLength: 1, maxLength: 4 }),
        (names) => {
          fc.pre(!names.some((name) => name === '.' || name === '..'));
          expect(pathOf(`/${names.map(encodeURIComponent).join('/')}`)).toBe(`/${names.join('/')}`);
        },
      ),
    );
  });
});

describe('a query', () => {
  it.each([
    ['', {}],
    ['?', {}],
    ['?a', { a: [''] }],
    ['?a=1&a=2&b=', { a: ['1', '2'], b: [''] }],
    ['?&a=1&&', { a: ['1'] }],
    ['?a=b=c', { a: ['b=c'] }],
    ['?a+b=c+d%20e', { 'a b': ['c d e'] }],
    ['?%C3%A9=%3B%26%23', { é: [';&#'] }],
    ['?a=/?:@', { a: ['/?:@'] }],
  ])('%s is read', (raw, query) => {
    const read = readTarget(`/x${raw}`);
    expect(read.ok && { ...read.target.query }).toEqual(query);
  });

  it.each(['?a=%', '?a=%4', '?%ff=1', '?a=%c0%af', '?a=1;b=2', '?a#b', '?a=é', '?a=b c', '?a=\u0001'])(
    '%s is refused',
    (raw) => {
      expect(readTarget(`/x${raw}`)).toMatchObject({ ok: false, code: 'GH_HTTP_QUERY' });
    },
  );

  it('of more parameters than the limit is refused', () => {
    expect(readTarget(`/x?${'a&'.repeat(1_000)}`).ok).toBe(true);
    expect(readTarget(`/x?${'a&'.repeat(1_001)}`).ok).toBe(false);
  });

  it('has no parameter of an object’s own', () => {
    const read = readQuery('__proto__=1&constructor=2');
    expect(Object.keys(read ?? {})).toEqual(['__proto__', 'constructor']);
    expect((read ?? {})['toString']).toBeUndefined();
  });

  it('that URLSearchParams writes is read as it reads it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string())), (pairs) => {
        const wellFormed = pairs.map(([name, value]): [string, string] => [
          name.toWellFormed(),
          value.toWellFormed(),
        ]);
        const read = readTarget(`/x?${new URLSearchParams(wellFormed).toString()}`);
        const flat = read.ok
          ? Object.entries(read.target.query).flatMap(([name, values]) =>
              values.map((value) => `${name}\0${value}`),
            )
          : undefined;
        expect(flat?.sort()).toEqual(wellFormed.map((pair) => pair.join('\0')).sort());
      }),
    );
  });
});
