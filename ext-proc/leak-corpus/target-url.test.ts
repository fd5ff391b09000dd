import { describe, expect, it } from 'vitest';
import { revealSecret } from '../domain/secret.ts';
import { readTarget } from './target-url.ts';

const DEFAULTS = { user: 'me', password: 'from-outside' };

describe('a target', () => {
  it('takes user and password from outside where the URL says none, and the database from the user', () => {
    const { user, password, database, host, port, sslMode } = readTarget('postgres://[::1]', DEFAULTS);
    expect({ user, database, host, port, sslMode }).toEqual({
      user: 'me',
      database: 'me',
      host: '::1',
      port: 5432,
      sslMode: 'prefer',
    });
    expect(password && revealSecret(password)).toBe('from-outside');
  });

  it('is what its URL says first', () => {
    const target = readTarget('postgresql://a%40b:p%3Aw@db:6432/app?sslmode=require', DEFAULTS);
    expect(target).toMatchObject({
      user: 'a@b',
      database: 'app',
      host: 'db',
      port: 6432,
      sslMode: 'require',
    });
    expect(target.password && revealSecret(target.password)).toBe('p:w');
  });

  it('is checked against the CA that it names', () => {
    expect(readTarget('postgres://db?sslrootcert=ca.pem', DEFAULTS)).toMatchObject({
      sslMode: 'verify-full',
      rootCertificateFile: 'ca.pem',
    });
  });

  it.each([
    'db:5432/app',
    'http://db/app',
    'postgres:///app',
    'postgres://db?sslmode=often',
    'postgres://db?options=x',
  ])('is not %s', (text) => {
    expect(() => readTarget(text, DEFAULTS)).toThrow(expect.objectContaining({ code: 'GH_LEAK_ME_TARGET' }));
  });
});
