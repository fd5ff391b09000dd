import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { startChild } from './child.ts';
import { waitUntilReady } from './ready.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gh-child-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const start = (script: string, stopTimeoutMs = 2_000) =>
  startChild({
    name: 'The child',
    command: '/bin/sh',
    args: ['-c', script],
    logFile: join(directory, 'log'),
    stopSignal: 'SIGTERM',
    stopTimeoutMs,
  });

const logged = (text: string) => async () => (await readFile(join(directory, 'log'), 'utf8')).includes(text);

test('keeps what it prints, and tells how it ended', async () => {
  const child = await start('echo out; echo err >&2; exit 3');
  expect(await child.ended).toBe('exit code 3');
  expect(child.hasEnded()).toBe(true);
  expect(await readFile(child.logFile, 'utf8')).toBe('out\nerr\n');
});

test('stop asks with its signal', async () => {
  const child = await start('trap "echo asked; exit 0" TERM; echo ready; while :; do sleep 0.05; done');
  await waitUntilReady(child, logged('ready'));
  await child.stop();
  expect(await child.ended).toBe('exit code 0');
  expect(await logged('asked')()).toBe(true);
});

test('stop kills what does not listen', async () => {
  const child = await start('trap "" TERM; echo ready; while :; do sleep 0.05; done', 200);
  await waitUntilReady(child, logged('ready'));
  await child.stop();
  expect(await child.ended).toBe('SIGKILL');
});

test('the process has the number that it says, and arguments reach it as they are', async () => {
  const child = await startChild({
    name: 'The child',
    command: '/bin/sh',
    args: ['-c', 'echo $$ "$1"', 'sh', `a 'b' "c" $HOME; exit`],
    logFile: join(directory, 'log'),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 1_000,
  });
  await child.ended;
  expect(await readFile(child.logFile, 'utf8')).toBe(`${child.pid} a 'b' "c" $HOME; exit\n`);
});

test('waiting ends with the log of what ended first', async () => {
  const child = await start('echo "no such file: x"; exit 1');
  await expect(waitUntilReady(child, async () => false)).rejects.toMatchObject({
    code: 'GH_CHILD_ENDED',
    message: expect.stringContaining('no such file: x') as string,
    publicMessage: expect.not.stringContaining('no such file') as string,
  });
});

test('waiting ends when it takes too long', async () => {
  const child = await start('sleep 60');
  await expect(waitUntilReady(child, async () => false, { timeoutMs: 150 })).rejects.toMatchObject({
    code: 'GH_CHILD_NOT_READY',
  });
  await child.stop();
});
