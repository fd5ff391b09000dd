import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { revealSecret } from '../../domain/secret.ts';
import { createHttpCredentialSource } from './http-credential-source.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

describe('a token of an HTTP upstream that lies in a file', () => {
  let directory: string;
  let file: string;
  let nowMs = 0;
  const source = () =>
    createHttpCredentialSource({
      upstreams: [{ name: 'api', credentials: [{ groups: ['*'], kind: 'bearer', token: { file } }] }],
      clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
      log,
    });
  const header = async (from: ReturnType<typeof source>): Promise<string | undefined> => {
    const value = (await from.credentialFor('api', []))?.header?.value;
    return value === undefined ? undefined : revealSecret(value);
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gh-credential-'));
    file = join(directory, 'token');
    await writeFile(file, 'first');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('is looked at once a second, however many requests use it', async () => {
    const credentials = source();
    expect(await header(credentials)).toBe('Bearer first');
    await writeFile(file, 'second');
    nowMs += 999;
    expect(await header(credentials)).toBe('Bearer first');
    nowMs += 1;
    expect(await header(credentials)).toBe('Bearer second');
  });

  it('is looked at again at once where the upstream has refused it', async () => {
    const credentials = source();
    expect(await header(credentials)).toBe('Bearer first');
    await writeFile(file, 'second');
    credentials.refused('api');
    expect(await header(credentials)).toBe('Bearer second');
  });

  it('that has gone is an error a second later', async () => {
    const credentials = source();
    expect(await header(credentials)).toBe('Bearer first');
    await rm(file);
    nowMs += 1_000;
    await expect(header(credentials)).rejects.toMatchObject({ code: 'GH_CREDENTIAL_UNAVAILABLE' });
    await expect(header(credentials)).rejects.toMatchObject({ code: 'GH_CREDENTIAL_UNAVAILABLE' });
  });
});
