import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { createAccessToken } from './access-token.ts';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-token-'));
  file = join(directory, 'token');
});
afterEach(async () => {
  delete process.env['GATEHOUSE_TOKEN'];
  await rm(directory, { recursive: true });
});

const options = { subject: 'agent:x', groups: 'developers', ttl: '15m' };
const tokenUntil = (endMs: number, name: string): string =>
  `${name}.${Buffer.from(JSON.stringify({ exp: endMs / 1_000 })).toString('base64url')}.x`;

test('is asked for again when a fifth of its life is left', async () => {
  let nowMs = 1_000_000;
  const token = createAccessToken({ ...options, tokenFile: file }, () => nowMs);
  const first = tokenUntil(nowMs + 100_000, 'first');
  await writeFile(file, `${first}\n`);
  expect(await token.current()).toBe(first);
  const second = tokenUntil(nowMs + 200_000, 'second');
  await writeFile(file, second);
  nowMs += 79_000;
  expect(await token.current()).toBe(first);
  nowMs += 2_000;
  expect(await token.current()).toBe(second);
});

test('is asked for again when it was refused', async () => {
  const token = createAccessToken({ ...options, tokenFile: file }, () => 0);
  await writeFile(file, 'opaque-1');
  expect(await token.current()).toBe('opaque-1');
  await writeFile(file, 'opaque-2');
  expect(await token.current()).toBe('opaque-1');
  token.renew();
  expect(await token.current()).toBe('opaque-2');
});

test('is asked for once by many at once', async () => {
  const log = join(directory, 'log');
  const token = createAccessToken(
    { ...options, tokenCommand: `echo asked >> '${log}'; wc -l < '${log}'` },
    () => 0,
  );
  expect(await Promise.all([token.current(), token.current(), token.current()])).toEqual(['1', '1', '1']);
});

test('comes from a command before a file, and from a file before the environment', async () => {
  process.env['GATEHOUSE_TOKEN'] = 'of-the-environment';
  await writeFile(file, 'of-the-file');
  const from = (more: object): Promise<string> =>
    createAccessToken({ ...options, ...more }, () => 0).current();
  expect(await from({ tokenFile: file, tokenCommand: 'echo of-the-command' })).toBe('of-the-command');
  expect(await from({ tokenFile: file })).toBe('of-the-file');
  expect(await from({})).toBe('of-the-environment');
});

test('a failure says nothing of what the command printed', async () => {
  const from = (tokenCommand: string): Promise<string> =>
    createAccessToken({ ...options, tokenCommand }, () => 0).current();
  await expect(from('echo s3cret; echo s3cret >&2; exit 3')).rejects.toMatchObject({
    code: 'GH_TOKEN_COMMAND',
    message: expect.not.stringContaining('s3cret') as string,
  });
  await expect(from('echo two words')).rejects.toMatchObject({
    code: 'GH_NO_TOKEN',
    message: expect.not.stringContaining('words') as string,
  });
  await expect(
    createAccessToken({ ...options, tokenFile: join(directory, 'none') }, () => 0).current(),
  ).rejects.toMatchObject({ code: 'GH_NO_TOKEN' });
});
