/**
 * What identity costs a connect: verifying a token for the first time and again, and the shared state's part of a
 * session's life (count in, block check, session, cancel key, count out, end), alone and while other processes write.
 * Prints microseconds; `node bench/identity.ts`.
 */
import { fork } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteState } from '../ext-proc/adapters/sqlite-state.ts';
import { createTokenVerifier } from '../ext-proc/adapters/oidc/token-verifier.ts';
import { asSessionId } from '../ext-proc/domain/ids.ts';
import { Secret } from '../ext-proc/domain/secret.ts';
import { mintToken, startDevIssuer } from '../ext-proc/embedded/dev-issuer.ts';

const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
const quiet = (): void => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: console.error };
const SESSIONS = 5_000;
const OTHERS = 3;

/** Calls `work` and returns how long each call took, in microseconds. */
async function timed(count: number, work: (index: number) => unknown): Promise<number[]> {
  const took: number[] = [];
  for (let index = 0; index < count; index++) {
    const started = performance.now();
    const result = work(index);
    if (result instanceof Promise) await result;
    took.push((performance.now() - started) * 1_000);
    // The event loop turns between two connects, as it does in a worker.
    if (index % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return took;
}

function print(name: string, took: readonly number[]): void {
  const sorted = took.toSorted((one, other) => one - other);
  const at = (share: number): string =>
    (sorted[Math.floor((sorted.length - 1) * share)] as number).toFixed(1);
  console.log(`${name.padEnd(44)} p50 ${at(0.5)} µs  p99 ${at(0.99)} µs  max ${at(1)} µs`);
}

function lifeOfSessions(file: string, worker: string): (index: number) => void {
  const limits = { unauthenticatedPerSource: 1_000, unauthenticatedMax: 10_000 };
  const state = openSqliteState({ file, worker, clock, log, listeners: [{ name: 'orders', limits }] });
  const live: string[] = [];
  return (index) => {
    const sessionId = asSessionId(`${worker}-${index}`);
    if (!state.enterUnauthenticated('orders', '10.0.0.1:1')) throw new Error('counted out');
    if (state.isBlocked({ subject: 'agent:a', onBehalfOf: 'alice@example.com' })) throw new Error('blocked');
    state.leaveUnauthenticated('orders', '10.0.0.1:1');
    state.sessionStarted({
      sessionId,
      worker,
      principalSubject: 'agent:a',
      onBehalfOf: 'alice@example.com',
      upstream: 'orders',
      database: 'app',
      clientAddress: '10.0.0.1:1',
      startedAtMs: Date.now(),
    });
    const target = { upstream: 'orders', sessionId, processId: 1, secretKey: randomBytes(4) };
    state.putCancelKey(randomInt(1, 2 ** 31), randomBytes(32), target);
    live.push(sessionId);
    if (live.length > 500) state.sessionEnded(asSessionId(live.shift() as string));
  };
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  const file = join(directory, 'state.db');
  try {
    await tokens(join(directory, 'issuer'));
    print('shared state, one process', await timed(SESSIONS, lifeOfSessions(file, 'main')));
    const others = Array.from({ length: OTHERS }, (_, index) =>
      fork(import.meta.filename, [file, `other-${index}`]),
    );
    await Promise.all(others.map((other) => once(other, 'message')));
    print(
      `shared state, ${OTHERS} more at 200 connects/s each`,
      await timed(SESSIONS, lifeOfSessions(file, 'again')),
    );
    for (const other of others) other.kill();
    await Promise.all(others.map((other) => once(other, 'exit')));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function tokens(directory: string): Promise<void> {
  const running = await startDevIssuer({ directory, port: 0, listeners: [] });
  const { issuer } = running;
  const settings = { issuer, audience: 'gatehouse', algorithms: ['ES256'], clockToleranceMs: 5_000 };
  const verifier = createTokenVerifier({ issuers: [settings], clock, log });
  const minted: Secret<string>[] = [];
  for (let index = 0; index < 1_000; index++) {
    const groups = ['developers', `group-${index}`];
    minted.push(
      new Secret(
        await mintToken({
          directory,
          issuer,
          audience: 'gatehouse',
          subject: 'agent:a',
          groups,
          ttlMs: 900_000,
          clock,
        }),
      ),
    );
  }
  const verify = async (index: number): Promise<void> => {
    const verdict = await verifier.verify(minted[index] as Secret<string>);
    if (!verdict.ok) throw new Error(verdict.code);
  };
  print('token, first time', (await timed(1_000, verify)).slice(100));
  print('token, seen before', await timed(1_000, verify));
  verifier.close();
  await running.stop();
}

const [, , sharedFile, worker] = process.argv;
if (sharedFile === undefined) {
  await main();
} else {
  const connect = lifeOfSessions(sharedFile, worker as string);
  let index = 0;
  setInterval(() => connect(index++), 5);
  process.send?.('ready');
}
