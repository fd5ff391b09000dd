/** Waiting for something we started to answer, with a limit, and saying where to look when it does not. */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { GatehouseError } from '../domain/errors.ts';
import type { Child } from './child.ts';

const LOG_TAIL_CHARACTERS = 2_000;
const LOOPBACK = '127.0.0.1';

/**
 * Asks `probe` every `everyMs` until it says true. Rejects with `GH_CHILD_ENDED` when the process ends first and with
 * `GH_CHILD_NOT_READY` after `timeoutMs`; both carry the end of its log.
 */
export async function waitUntilReady(
  child: Pick<Child, 'name' | 'logFile' | 'hasEnded' | 'ended'>,
  probe: () => Promise<boolean>,
  { timeoutMs = 30_000, everyMs = 50 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (child.hasEnded())
      throw await failure(child, 'GH_CHILD_ENDED', `ended while starting: ${await child.ended}`);
    if (await probe().catch(() => false)) return;
    if (performance.now() > deadline) {
      throw await failure(child, 'GH_CHILD_NOT_READY', `did not become ready in ${timeoutMs / 1000} s`);
    }
    await delay(everyMs);
  }
}

async function failure(
  child: Pick<Child, 'name' | 'logFile'>,
  code: string,
  what: string,
): Promise<GatehouseError> {
  const log = await readFile(child.logFile, 'utf8').catch(() => '');
  const text = `${child.name} ${what}. Its log: ${child.logFile}`;
  return new GatehouseError(code, text, { message: `${text}\n${log.slice(-LOG_TAIL_CHARACTERS)}` });
}

/** Whether a TCP port of a loopback address can be listened on now. */
export function portIsFree(port: number, host = LOOPBACK): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Below those that Linux gives to connections (net.ipv4.ip_local_port_range, from 32768): one of them may be taken by any
 * connection before the program that it was meant for listens on it, and a machine full of tests makes many.
 */
const FREE_PORTS = { from: 20_000, count: 12_000 } as const;
const TRIES_MAX = 200;

/**
 * A port that was free a moment ago, for a program that cannot choose one by itself: nobody else who asks so is given it
 * for half a minute. Rejects with GH_NO_FREE_PORT.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const port = FREE_PORTS.from + randomInt(FREE_PORTS.count);
    if ((await reserve(port)) && (await portIsFree(port))) return port;
  }
  throw new GatehouseError(
    'GH_NO_FREE_PORT',
    `No free port was found on ${LOOPBACK}; end what listens on so many.`,
  );
}

const RESERVED_MS = 30_000;

/**
 * Takes the UDP port of the same number, which nothing here listens on: so it is told to every process of the machine that the
 * number is somebody's, and forgotten when this one ends. False where somebody has it.
 */
function reserve(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').unref();
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: LOOPBACK, exclusive: true }, () => {
      setTimeout(() => socket.close(), RESERVED_MS).unref();
      resolve(true);
    });
  });
}
