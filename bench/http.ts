/**
 * What the gate costs on HTTP: Envoy alone, an ext_proc echo (on @grpc/grpc-js, and bare on the gate's own gRPC server),
 * ext_authz with OPA over the same policy sources (a Go server over the opa library, which verifies the token of each
 * request and writes a decision log), and the gate with full work: token, policy, masks and journal. Side by side in one
 * run, requests that differ each time, an Envoy for each way of the same binary and configuration, TLS off on all. At the low rate one request is on its way
 * at a time, over each way in turn; throughput has a turn each in every round. The gate's journal is not shipped meanwhile.
 * The load comes from this process, over plain sockets; its own share of a request's processor time is printed.
 * Run: npm run bench:http [-- --rounds 5 --seconds 3 --only latency,throughput,events,memory,masking]
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { buildOpaAuthz } from './http/opa-authz.ts';
import {
  eventTimes,
  largeBody,
  latencies,
  median,
  percentile,
  requests,
  throughput,
  turned,
  type LargeDirection,
  type Samples,
} from './http/load.ts';
import { startHttpWays, type Way, type WayName } from './http/ways.ts';
import {
  atLeast,
  atMost,
  spread,
  table,
  targetTable,
  writeResults,
  type TargetResult,
} from './support/report.ts';

const USAGE = `npm run bench:http [-- --rounds N --seconds N --only latency,throughput,events,memory,masking --ways envoy,echo,bare,opa,gate --kinds get,post]

  --rounds   how often everything is measured; the table has the least, the median and the most (default 5)
  --seconds  of throughput for each way and kind of request, in a round (default 3)
  --warm-up  seconds of load for each way and kind beforehand (default 15: V8 has optimised the hot paths by then)
  --only     which parts to run (default: all)
  --ways     which ways to compare (default: all; targets need envoy, echo, opa and gate)
  --kinds    which kinds of request (default: both)

Needs Go on the PATH for the OPA stand-in; without it that way is left out, and so are its targets.`;
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    'warm-up': { type: 'string', default: '15' },
    only: { type: 'string', default: 'latency,throughput,events,memory,masking' },
    ways: { type: 'string', default: 'envoy,echo,bare,opa,gate' },
    kinds: { type: 'string', default: 'get,post' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
const phases = new Set(options.only.split(','));
const progress = (text: string): void => void process.stderr.write(`${text}\n`);

/** V8 has optimised a worker's hot path after some 15 s of this; fewer measure the compiler. */
const WARM_UP_SECONDS = Number(options['warm-up']);
const CONNECTIONS = 16;
/** Requests of each way in a round, and the time between any two: the fixed low rate. */
const KINDS = (
  [
    { kind: 'get', shown: 'GET 1 kB', count: 300, everyMs: 5 },
    { kind: 'post', shown: 'POST 64 kB', count: 150, everyMs: 20 },
  ] as const
).filter(({ kind }) => options.kinds.split(',').includes(kind));
const STREAMS = 30;
const LARGE_BYTES = 1_000_000_000;
const LARGE_WARM_UP_BYTES = 100_000_000;
const SETTLE_MS = 3_000;

type Figures = Record<string, Record<string, number>>;

const built = await buildOpaAuthz();
if ('missing' in built) progress(`without the OPA stand-in: ${built.missing}`);
const wanted = (options.ways.split(',') as WayName[]).filter((name) => name !== 'opa' || 'binary' in built);
progress('starting the server and the ways to it');
const stack = await startHttpWays({
  only: wanted,
  ...('binary' in built ? { opaBinary: built.binary } : {}),
});
const { ways } = stack;
const sent = requests(stack.token);
const allRounds: Figures[] = [];
/** Every time of the low rate, over all rounds: a round alone is too short for a p99. */
const pooled: Record<string, Samples> = {};
const targets: TargetResult[] = [];
const figures: Record<string, unknown> = {};
try {
  if (['latency', 'throughput', 'events'].some((phase) => phases.has(phase))) await warmUp();
  for (let round = 1; round <= rounds; round++) {
    const measured: Figures = {};
    if (phases.has('latency')) await lowRate(measured, round);
    if (phases.has('throughput')) await mostThatGoes(measured, round);
    if (phases.has('events')) await events(measured, round);
    allRounds.push(measured);
  }
  if (phases.has('memory')) await memory();
} finally {
  await stack.stop();
}
if (phases.has('masking')) await masking();
report();

/** Nobody is measured cold: optimised code and filled caches are what a gate runs on after its first minute. */
async function warmUp(): Promise<void> {
  progress(`warming up, ${WARM_UP_SECONDS} s for each way and kind of request`);
  for (const way of ways) {
    for (const { kind } of KINDS)
      await throughput(way, sent[kind], { connections: CONNECTIONS, seconds: WARM_UP_SECONDS });
  }
}

async function lowRate(measured: Figures, round: number): Promise<void> {
  for (const { kind, shown, count, everyMs } of KINDS) {
    const samples = await latencies(turned(ways, round), sent[kind], { count, everyMs });
    const p50: Record<string, number> = (measured[`${shown} p50 ms`] = {});
    const p99: Record<string, number> = (measured[`${shown} p99 ms`] = {});
    const all = (pooled[shown] ??= {});
    for (const { name } of ways) {
      const times = samples[name] ?? [];
      p50[name] = percentile(times, 0.5);
      p99[name] = percentile(times, 0.99);
      (all[name] ??= []).push(...times);
    }
    told(round, `${shown} p50`, p50, 'ms', 2);
  }
}

async function mostThatGoes(measured: Figures, round: number): Promise<void> {
  for (const { kind, shown } of KINDS) {
    const perSecond: Record<string, number> = (measured[`${shown} requests/s`] = {});
    const p50: Record<string, number> = (measured[`${shown} under load p50 ms`] = {});
    const envoy: Record<string, number> = (measured[`${shown} Envoy us/request`] = {});
    const service: Record<string, number> = (measured[`${shown} service us/request`] = {});
    const generator: Record<string, number> = (measured[`${shown} generator us/request`] = {});
    for (const way of turned(ways, round)) {
      const run = await throughput(way, sent[kind], { connections: CONNECTIONS, seconds });
      perSecond[way.name] = run.perSecond;
      p50[way.name] = run.p50Ms;
      envoy[way.name] = run.envoyUs;
      generator[way.name] = run.generatorUs;
      if (way.pids().service.length > 0) service[way.name] = run.serviceUs;
    }
    told(round, shown, perSecond, 'requests/s', 0);
  }
}

async function events(measured: Figures, round: number): Promise<void> {
  const times = await eventTimes(turned(ways, round), sent.events, STREAMS);
  const first: Record<string, number> = (measured['first event p50 ms'] = {});
  const later: Record<string, number> = (measured['later event p50 ms'] = {});
  for (const { name } of ways) {
    first[name] = median(times.first[name] ?? []);
    later[name] = median(times.later[name] ?? []);
  }
  told(round, 'first event', first, 'ms', 2);
}

/** Bodies of 1 GB through the gate and the echo, in both directions. */
async function memory(): Promise<void> {
  const large: Record<string, Record<string, unknown>> = {};
  for (const name of ['gate', 'echo'] as const) {
    const way = ways.find((candidate) => candidate.name === name);
    if (way === undefined) continue;
    for (const direction of ['to the server', 'to the client'] as const satisfies LargeDirection[]) {
      // Machine code, and the heap that a stream of this size settles on, come with the first that passes a worker; at
      // once, one goes to each.
      await Promise.all(way.pids().service.map(() => largeBody(way, sent, direction, LARGE_WARM_UP_BYTES)));
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const body = await largeBody(way, sent, direction, LARGE_BYTES);
      (large[name] ??= {})[direction] = body;
      progress(
        `1 GB ${direction} through ${name}: ${(LARGE_BYTES / 1e6 / body.seconds).toFixed(0)} MB/s, no process grew by more than ${body.growthMiB.toFixed(1)} MiB (${body.grew})`,
      );
      if (name === 'gate')
        targets.push(atMost(`1 GB ${direction}: growth of any process, MiB`, body.growthMiB, 64));
    }
  }
  figures['memory'] = large;
}

/** The bench of bodies alone, with nothing else running; what it says of JSON stands in this table too. */
async function masking(): Promise<void> {
  progress('masking of bodies, in a process of its own');
  const file = join(import.meta.dirname, 'http-bodies.ts');
  await promisify(execFile)(process.execPath, [file, '--rounds', String(rounds)]);
  const results = await readFile(join(import.meta.dirname, 'results/http-bodies.json'), 'utf8');
  targets.push(...(JSON.parse(results) as { targets: readonly TargetResult[] }).targets);
}

function report(): void {
  const rows = Object.keys(allRounds[0] ?? {}).flatMap((figure) =>
    ways.flatMap(({ name }) => {
      const values = allRounds.map((round) => round[figure]?.[name]).filter((value) => value !== undefined);
      if (values.length === 0) return [];
      const { min, median: middle, max } = spread(values);
      return [[`${figure}: ${name}`, min, middle, max]];
    }),
  );
  console.log(table(['figure', 'min', 'median', 'max'], rows));
  if (phases.has('latency')) addedTargets();
  if (phases.has('throughput')) throughputTargets();
  if (phases.has('events')) {
    for (const figure of ['first event', 'later event'])
      ratioTarget(`${figure}: p50 of the echo's`, `${figure} p50 ms`, 1.5);
  }
  console.log(`\n${targetTable(targets)}`);
  writeResults('http', { targets, rounds: allRounds, figures });
}

/** What the gate and the stand-in add to Envoy alone, within a round, where neighbours share the machine's mood. */
function addedTargets(): void {
  const beside: [string, number][] = [];
  for (const { shown } of KINDS) {
    const all = pooled[shown] ?? {};
    const of = (name: WayName, share: number): number => percentile(all[name] ?? [], share);
    const added = (round: Figures, name: WayName): number =>
      (round[`${shown} p50 ms`]?.[name] ?? Number.NaN) - (round[`${shown} p50 ms`]?.['envoy'] ?? Number.NaN);
    for (const { name } of ways) {
      if (name !== 'envoy')
        beside.push([
          `${shown}: ${name} adds at p50, ms`,
          spread(allRounds.map((round) => added(round, name))).median,
        ]);
      beside.push([`${shown}: ${name} p99 of all rounds, ms`, of(name, 0.99)]);
    }
    if (!hasAll('envoy', 'opa', 'gate')) continue;
    const ratio = spread(allRounds.map((round) => added(round, 'gate') / added(round, 'opa'))).median;
    targets.push(atMost(`${shown}: added at p50, of what OPA adds`, ratio, 1.5));
    targets.push(atMost(`${shown}: p99, of the p99 with OPA`, of('gate', 0.99) / of('opa', 0.99), 2));
  }
  figures['lowRate'] = Object.fromEntries(beside);
  console.log(`\n${table(['low rate', 'value'], beside)}`);
}

function throughputTargets(): void {
  if (!hasAll('echo', 'gate')) return;
  for (const { shown } of KINDS) {
    targets.push(
      atLeast(`${shown}: requests/s of the echo's`, ratioOf(`${shown} requests/s`, 'gate', 'echo'), 0.7),
    );
  }
}

function ratioTarget(name: string, figure: string, goal: number): void {
  if (hasAll('echo', 'gate')) targets.push(atMost(name, ratioOf(figure, 'gate', 'echo'), goal));
}

function ratioOf(figure: string, name: WayName, base: WayName): number {
  return spread(
    allRounds.map((round) => (round[figure]?.[name] ?? Number.NaN) / (round[figure]?.[base] ?? Number.NaN)),
  ).median;
}

function hasAll(...names: readonly WayName[]): boolean {
  return names.every((name) => ways.some((way: Way) => way.name === name));
}

function told(round: number, what: string, row: Record<string, number>, unit: string, digits: number): void {
  progress(
    `round ${round}/${rounds} ${what}: ${Object.entries(row)
      .map(([name, value]) => `${name} ${value.toFixed(digits)}`)
      .join(', ')} ${unit}`,
  );
}
