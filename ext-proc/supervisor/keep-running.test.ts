import { setTimeout as sleep } from 'node:timers/promises';

import { expect, test } from 'vitest';

import type { Log } from '../domain/log.ts';
import { keepRunning, type Stoppable } from './keep-running.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A program that ends when told to. */
function program(pid: number): Stoppable & { readonly end: (how: string) => void } {
  let end: (how: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  return { pid, ended, end: (how) => end(how), stop: async () => end('stopped') };
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!holds() && performance.now() < deadline) await sleep(5);
  expect(holds()).toBe(true);
}

test('starts a program again when it ends, and not after it was stopped', async () => {
  const started: ReturnType<typeof program>[] = [];
  const start = async () => {
    const next = program(started.length + 1);
    started.push(next);
    return next;
  };
  const kept = await keepRunning('it', start, silent);
  started[0]!.end('SIGKILL');
  await until(() => kept.current()?.pid === 2);
  await kept.stop();
  await sleep(250);
  expect(started).toHaveLength(2);
});

test('keeps trying when it cannot be started again', async () => {
  let attempts = 0;
  const first = program(1);
  const kept = await keepRunning(
    'it',
    async () => {
      attempts += 1;
      if (attempts === 1) return first;
      if (attempts < 4) throw new Error('not yet');
      return program(attempts);
    },
    silent,
  );
  first.end('exit code 1');
  await until(() => kept.current()?.pid === 4);
  await kept.stop();
});

test('the first start is not tried again', async () => {
  let attempts = 0;
  const start = async (): Promise<Stoppable> => {
    attempts += 1;
    throw new Error('no');
  };
  await expect(keepRunning('it', start, silent)).rejects.toThrow('no');
  expect(attempts).toBe(1);
});

test('a stop while it is being started again stops what comes', async () => {
  let stopped = false;
  const first = program(1);
  let attempts = 0;
  const kept = await keepRunning<Stoppable>(
    'it',
    async () => {
      attempts += 1;
      if (attempts === 1) return first;
      await sleep(100);
      const late = program(2);
      return {
        ...late,
        stop: async () => {
          stopped = true;
          await late.stop();
        },
      };
    },
    silent,
  );
  first.end('SIGKILL');
  await until(() => attempts === 2);
  await kept.stop();
  expect(stopped).toBe(true);
});
