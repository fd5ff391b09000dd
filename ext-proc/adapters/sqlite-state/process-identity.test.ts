import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { ownIdentity, stillRuns, type ProcessIdentity } from './process-identity.ts';

const own = ownIdentity();
const NOW = 1_000_000;
let child: ChildProcess | undefined;
afterEach(async () => {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
});

/** As `/proc` shows it, whatever its state. */
function identityOf(pid: number): ProcessIdentity {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return { ...own, pid, startedTicks: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] as string };
}
const runs = (other: ProcessIdentity, heartbeatMs = 0): boolean => stillRuns(other, own, heartbeatMs, NOW);

describe('a process', () => {
  it('runs while it runs, whatever its name, and no longer once it has ended', async () => {
    child = spawn('/bin/sleep', ['60'], { argv0: 'a) Z 1 (b' });
    const identity = identityOf(child.pid as number);
    expect(runs(identity)).toBe(true);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    expect(runs(identity)).toBe(false);
  });

  it('runs while it is frozen', async () => {
    child = spawn('/bin/sleep', ['60']);
    child.kill('SIGSTOP');
    await expect.poll(() => readFileSync(`/proc/${child?.pid}/stat`, 'latin1')).toMatch(/\) T /);
    expect(runs(identityOf(child.pid as number))).toBe(true);
  });

  it('that has ended but was not waited for runs no longer', async () => {
    // The shell becomes a program that never waits, so what it started stays a zombie.
    child = spawn('/bin/sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const identity = identityOf(Number(line.toString()));
    expect(runs(identity)).toBe(true);
    await expect.poll(() => readFileSync(`/proc/${identity.pid}/stat`, 'latin1')).toMatch(/\) Z /);
    expect(runs(identity)).toBe(false);
  });

  it('is another one where its pid was used again or the machine has started anew', () => {
    expect(runs(own)).toBe(true);
    expect(runs({ ...own, startedTicks: '1' })).toBe(false);
    expect(runs({ ...own, bootId: 'another' })).toBe(false);
  });

  it('in another pid namespace runs for as long as it is heard of', () => {
    const container = { ...own, pidNamespace: 'pid:[1]', startedTicks: '1' };
    expect(runs(container, NOW - 19_999)).toBe(true);
    expect(runs(container, NOW - 20_000)).toBe(false);
  });
});
