/** What is sent over every way, and how: one by one at a fixed rate, as much as goes, streams of events, and huge bodies. */
import { setTimeout as sleep } from 'node:timers/promises';
import { processorUs, residentBytes } from '../support/process-usage.ts';
import { spread } from '../support/report.ts';
import { ClientConnection, type Answer } from './client-connection.ts';
import { EVENT_WRITTEN_AT, ORDERS, rows } from './payloads.ts';
import type { Way } from './ways.ts';

export interface Requests {
  readonly get: Numbered;
  readonly post: Numbered;
  readonly events: Buffer;
  readonly large: (bytes: number) => Buffer;
  /** Without its end: framing and body follow. */
  readonly sink: string;
}

/**
 * A request that differs each time in the digits of a number: no decision and no answer of an earlier one fits. A
 * connection needs its own, since it is written over where it lies.
 */
export interface Numbered {
  readonly bytes: Buffer;
  /** Where its digits stand. */
  readonly at: number;
}

const NUMBER_DIGITS = 6;
const NUMBER = '0'.repeat(NUMBER_DIGITS);
let numbered = 0;

/** The next of its kind. What was sent of the one before must have been answered. */
const another = ({ bytes, at }: Numbered): Buffer => {
  numbered = (numbered + 1) % 10 ** NUMBER_DIGITS;
  bytes.write(String(numbered).padStart(NUMBER_DIGITS, '0'), at, 'latin1');
  return bytes;
};
const own = ({ bytes, at }: Numbered): Numbered => ({ bytes: Buffer.from(bytes), at });
const numberedIn = (bytes: Buffer): Numbered => ({ bytes, at: bytes.lastIndexOf(NUMBER) });

const EVENTS_A_STREAM = 6;
const EVENT_EVERY_MS = 10;
const MEMORY_EVERY_MS = 50;

export function requests(token: string): Requests {
  const head = (line: string, more = ''): string =>
    `${line} HTTP/1.1\r\nhost: api.example\r\nauthorization: Bearer ${token}\r\naccept: */*\r\nuser-agent: bench\r\n${more}`;
  const get = (target: string): Buffer => Buffer.from(`${head(`GET ${target}`)}\r\n`);
  const json = 'content-type: application/json\r\n';
  const order = Buffer.concat([ORDERS.subarray(0, -1), Buffer.from(`,"batch":"${NUMBER}"}`)]);
  return {
    get: numberedIn(get(`/people/${NUMBER}`)),
    post: numberedIn(
      Buffer.concat([
        Buffer.from(`${head('POST /orders', `${json}content-length: ${order.length}\r\n`)}\r\n`),
        order,
      ]),
    ),
    events: get(`/events?count=${EVENTS_A_STREAM}&everyMs=${EVENT_EVERY_MS}`),
    large: (bytes) => get(`/large?bytes=${bytes}`),
    sink: head('POST /sink', json),
  };
}

export type Samples = Record<string, number[]>;

export const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

/** One request at a time over each way in turn, each at its moment: what a request takes where nobody waits. */
export async function latencies(
  ways: readonly Way[],
  request: Numbered,
  options: { readonly count: number; readonly everyMs: number },
): Promise<Samples> {
  const connections = await Promise.all(ways.map(({ port }) => ClientConnection.open(port)));
  const samples: Samples = Object.fromEntries(ways.map(({ name }) => [name, []]));
  let next = performance.now();
  for (let index = 0; index < options.count; index++) {
    for (let turn = 0; turn < ways.length; turn++) {
      // Who comes after whom changes from one turn to the next.
      const at = (turn + index) % ways.length;
      next += options.everyMs;
      const waitMs = next - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      else next = performance.now();
      const answer = good(await (connections[at] as ClientConnection).exchange(another(request)));
      samples[(ways[at] as Way).name]?.push(answer.totalMs);
    }
  }
  for (const connection of connections) connection.close();
  return samples;
}

export interface Throughput {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time a request. */
  readonly envoyUs: number;
  readonly serviceUs: number;
  readonly generatorUs: number;
}

/** As many requests as so many connections get through, each sending its next when the last is answered. */
export async function throughput(
  way: Way,
  request: Numbered,
  options: { readonly connections: number; readonly seconds: number },
): Promise<Throughput> {
  const connections = await Promise.all(
    Array.from({ length: options.connections }, () => ClientConnection.open(way.port)),
  );
  const { envoy, service } = way.pids();
  const generator = [process.pid];
  const before = { envoy: processorUs(envoy), service: processorUs(service), own: processorUs(generator) };
  const started = performance.now();
  const until = started + options.seconds * 1_000;
  const times: number[] = [];
  await Promise.all(
    connections.map(async (connection) => {
      const its = own(request);
      while (performance.now() < until) times.push(good(await connection.exchange(another(its))).totalMs);
      connection.close();
    }),
  );
  const seconds = (performance.now() - started) / 1_000;
  return {
    perSecond: times.length / seconds,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    envoyUs: (processorUs(envoy) - before.envoy) / times.length,
    serviceUs: (processorUs(service) - before.service) / times.length,
    generatorUs: (processorUs(generator) - before.own) / times.length,
  };
}

export interface EventTimes {
  /** From the request to the first byte of the first event, by way. */
  readonly first: Samples;
  /** From the server's writing of a later event to its first byte at the client. */
  readonly later: Samples;
}

/** Streams of events over each way in turn, each on a connection of its own. */
export async function eventTimes(
  ways: readonly Way[],
  request: Buffer,
  streams: number,
): Promise<EventTimes> {
  const none = (): Samples => Object.fromEntries(ways.map(({ name }) => [name, []]));
  const times = { first: none(), later: none() };
  for (let index = 0; index < streams; index++) {
    for (const way of turned(ways, index)) {
      const connection = await ClientConnection.open(way.port);
      const started = performance.now();
      let isFirst = true;
      const answer = await connection.exchange(request, (chunk) => {
        const now = process.hrtime.bigint();
        const writtenAt = EVENT_WRITTEN_AT.exec(chunk.toString('latin1'))?.[1];
        if (writtenAt === undefined) return;
        if (isFirst) times.first[way.name]?.push(performance.now() - started);
        else times.later[way.name]?.push(Number(now - fromBase36(writtenAt)) / 1e6);
        isFirst = false;
      });
      good(answer);
      connection.close();
    }
  }
  return times;
}

export type LargeDirection = 'to the server' | 'to the client';

export interface LargeBody {
  readonly seconds: number;
  /** Of the process that grew most, in MiB, and which one it is. */
  readonly growthMiB: number;
  readonly grew: 'Envoy' | 'service';
}

/** A JSON body of so many bytes in one direction, and by how much a process of the way grew meanwhile. */
export async function largeBody(
  way: Way,
  sent: Requests,
  direction: LargeDirection,
  bytes: number,
): Promise<LargeBody> {
  const { envoy, service } = way.pids();
  const before = new Map([...envoy, ...service].map((pid) => [pid, residentBytes([pid])]));
  let most = 0;
  let grew: LargeBody['grew'] = 'Envoy';
  const look = setInterval(() => {
    for (const [pid, resident] of before) {
      const growth = residentBytes([pid]) - resident;
      if (growth <= most) continue;
      most = growth;
      grew = envoy.includes(pid) ? 'Envoy' : 'service';
    }
  }, MEMORY_EVERY_MS);
  const connection = await ClientConnection.open(way.port);
  const started = performance.now();
  try {
    const answer =
      direction === 'to the server'
        ? await connection.upload(sent.sink, rows(bytes))
        : await connection.exchange(sent.large(bytes));
    good(answer);
    if (direction === 'to the client' && answer.bodyBytes < bytes * 0.8)
      throw new Error(`only ${answer.bodyBytes} bytes came`);
  } finally {
    clearInterval(look);
    connection.close();
  }
  return { seconds: (performance.now() - started) / 1_000, growthMiB: most / 1_048_576, grew };
}

export function turned<T>(all: readonly T[], by: number): readonly T[] {
  const start = by % all.length;
  return [...all.slice(start), ...all.slice(0, start)];
}

export const median = (values: readonly number[]): number => spread(values).median;

/** Anything else than success would be measured for what it is not. */
function good(answer: Answer): Answer {
  if (answer.status !== 200) throw new Error(`an answer with status ${answer.status}`);
  return answer;
}

const fromBase36 = (text: string): bigint =>
  [...text].reduce((value, digit) => value * 36n + BigInt(Number.parseInt(digit, 36)), 0n);
