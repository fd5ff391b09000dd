import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import {
  claimRun,
  liveRun,
  processIdentity,
  readRun,
  runFile,
  runningProcess,
  stillRuns,
} from './run-file.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gh-run-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('a claim names this process, takes changes and goes when it is released', async () => {
  const claim = await claimRun(directory, 'own', '/x/gatehouse.yaml');
  expect(await liveRun(directory)).toMatchObject({
    mode: 'own',
    ready: false,
    process: { pid: process.pid },
  });
  await claim.update({ ready: true, endpoints: { clickhouse: 'http://127.0.0.1:1' } });
  expect(await readRun(directory)).toMatchObject({ ready: true, configFile: '/x/gatehouse.yaml' });
  await claim.release();
  expect(await readRun(directory)).toBeUndefined();
});

test('of many claims at once one succeeds', async () => {
  const claims = await Promise.allSettled(
    Array.from({ length: 20 }, () => claimRun(directory, 'own', '/x/gatehouse.yaml')),
  );
  expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const claim of claims) {
    if (claim.status === 'rejected') expect(claim.reason).toMatchObject({ code: 'GH_ALREADY_RUNNING' });
  }
});

test('what a dead process left is taken over, by one of many', async () => {
  const dead = spawn('/bin/true');
  const left = runningProcess('gatehouse', dead.pid as number);
  await once(dead, 'exit');
  await writeFile(
    runFile(directory),
    JSON.stringify({ mode: 'own', process: left, children: [], endpoints: {} }),
  );
  expect(await liveRun(directory)).toBeUndefined();
  const claims = await Promise.allSettled(
    Array.from({ length: 20 }, () => claimRun(directory, 'own', '/x/gatehouse.yaml')),
  );
  expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await liveRun(directory)).toMatchObject({ process: { pid: process.pid } });
});

test('a later process with the same number is not taken for the earlier one', () => {
  const here = runningProcess('test', process.pid);
  expect(stillRuns(here)).toBe(true);
  const [boot, ticks] = here.identity.split(':') as [string, string];
  expect(stillRuns({ ...here, identity: `${boot}:${Number(ticks) - 1}` })).toBe(false);
  expect(stillRuns({ ...here, identity: `another-boot:${ticks}` })).toBe(false);
});

test('a file that is not whole is as good as none', async () => {
  await writeFile(runFile(directory), '{"mode":');
  expect(await readRun(directory)).toBeUndefined();
  await claimRun(directory, 'own', '/x/gatehouse.yaml');
  expect(JSON.parse(await readFile(runFile(directory), 'utf8'))).toMatchObject({ mode: 'own' });
});

test('there is no identity where no process is', () => {
  expect(processIdentity(2 ** 30)).toBeUndefined();
});
