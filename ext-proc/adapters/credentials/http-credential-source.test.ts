import { describe, expect, it } from 'vitest';
import type { Log } from '../../domain/log.ts';
import { revealSecret } from '../../domain/secret.ts';
import { createSystemClock } from '../system-clock.ts';
import type { HttpCredentialConfig } from '../../config/http-config.ts';
import { createHttpCredentialSource } from './http-credential-source.ts';

const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} };

describe('credentials of an upstream', () => {
  const env = (name: string, value: string): { env: string } => {
    process.env[name] = value;
    return { env: name };
  };
  const source = (credentials: readonly HttpCredentialConfig[]) =>
    createHttpCredentialSource({
      upstreams: [{ name: 'api', credentials }],
      clock: createSystemClock(),
      log: QUIET,
    });
  const shown = async (
    credentials: readonly HttpCredentialConfig[],
    groups: readonly string[] = [],
  ): Promise<readonly [string, string] | 'none' | undefined> => {
    const found = await source(credentials).credentialFor('api', groups);
    if (found === undefined) return undefined;
    return found.header === undefined ? 'none' : [found.header.name, revealSecret(found.header.value)];
  };
  const everyone = ['*'];

  it('are a header: bearer, basic in UTF-8, one of its own, or none', async () => {
    const secret = env('GH_TEST_SECRET', 'pä:ss');
    expect(await shown([{ groups: everyone, kind: 'bearer', token: env('GH_TEST_TOKEN', 'abc') }])).toEqual([
      'authorization',
      'Bearer abc',
    ]);
    expect(await shown([{ groups: everyone, kind: 'basic', user: 'gate', password: secret }])).toEqual([
      'authorization',
      `Basic ${Buffer.from('gate:pä:ss').toString('base64')}`,
    ]);
    expect(await shown([{ groups: everyone, kind: 'header', name: 'x-api-key', value: secret }])).toEqual([
      'x-api-key',
      'pä:ss',
    ]);
    expect(await shown([{ groups: everyone, kind: 'none' }])).toBe('none');
  });

  it('are those of the first entry with a group of the principal', async () => {
    const entries: readonly HttpCredentialConfig[] = [
      { groups: ['admins'], kind: 'bearer', token: env('GH_TEST_ADMIN', 'admin') },
      { groups: ['developers', 'readers'], kind: 'bearer', token: env('GH_TEST_USER', 'user') },
    ];
    expect(await shown(entries, ['readers', 'admins'])).toEqual(['authorization', 'Bearer admin']);
    expect(await shown(entries, ['readers'])).toEqual(['authorization', 'Bearer user']);
    expect(await shown(entries, ['others'])).toBeUndefined();
    expect(await source(entries).credentialFor('elsewhere', ['admins'])).toBeUndefined();
  });
});
