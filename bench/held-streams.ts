/**
 * What a held statement costs on its way: sessions through a real Envoy and one worker to a real PostgreSQL, all idle at
 * first, then all held at once, then approved through the store. Every session has run a statement before, and some were
 * held before, so that what is made once is not counted. Writes `bench/results/held-streams.json`.
 * `npm run bench:held-streams [-- --streams 1000 --decisions 300 --snapshots <folder>]`
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { ApprovalId } from '../ext-proc/domain/approvals/approval-request.ts';
import { BACKEND } from '../ext-proc/protocols/postgres/message-types.ts';
import { held, startHeldPostgres, type HeldPostgres } from '../test/support/held-postgres.ts';
import { fieldsOf, only, tagsOf } from '../test/support/wire-answers.ts';
import { say, type WirePeer } from '../test/support/wire-peer.ts';
import { percentile } from './approvals/wake-up.ts';
import type { ProbeAnswer, ProbeQuestion } from './held-streams/memory-probe.ts';
import { residentBytes } from './support/process-usage.ts';
import { atLeast, atMost, table, targetTable, writeResults } from './support/report.ts';

const { values: options } = parseArgs({
  options: {
    streams: { type: 'string', default: '1000' },
    decisions: { type: 'string', default: '300' },
    /** Snapshots of the worker's heap go there; figures of such a run are no good. */
    snapshots: { type: 'string' },
  },
});
const streams = Number(options.streams);
const decisions = Math.min(Number(options.decisions), streams);
const progress = (text: string): void => void process.stderr.write(`${text}\n`);

const AT_ONCE = 16;
const WARM_UP = Math.min(50, streams);
/** Holds made and ended before, a few at a time: what a worker needs to work them off is there then, and they are not. */
const WARM_UP_HOLDS = 600;
const UPDATE = "UPDATE people SET name = 'held' WHERE id = 1";
const SETTLE_MS = 3_000;

interface Memory {
  readonly heap: number;
  readonly worker: number;
  readonly envoy: number;
}

interface HeldStream {
  readonly peer: WirePeer;
  readonly id: ApprovalId;
}

progress('starting the server and the gate');
const side = await start();
try {
  await report();
} finally {
  await side.stop();
}

async function start(): Promise<HeldPostgres> {
  process.env['NODE_OPTIONS'] =
    `--import ${pathToFileURL(join(import.meta.dirname, 'held-streams/memory-probe.ts')).href}`;
  try {
    return await startHeldPostgres([held(['UPDATE'], { deadline_s: 900 })], {
      // The server's own spare ones, and the catalogue's.
      settings: { max_connections: String(streams + 50) },
      gate: {
        processes: true,
        listenerYaml: '    limits: { unauthenticatedPerSource: 256, unauthenticatedMax: 256 }',
      },
      extraYaml: `  pendingPerPrincipal: ${streams}\n  pendingMax: ${streams}`,
    });
  } finally {
    delete process.env['NODE_OPTIONS'];
  }
}

async function memory(name: string): Promise<Memory> {
  await sleep(SETTLE_MS);
  const [worker] = side.gate.processes;
  if (worker === undefined) throw new Error('no worker');
  const question: ProbeQuestion = {
    kind: 'bench.memory',
    snapshot: options.snapshots === undefined ? undefined : join(options.snapshots, `${name}.heapsnapshot`),
  };
  worker.send(question);
  for (;;) {
    const [answer] = (await once(worker, 'message')) as [ProbeAnswer];
    if (answer.kind !== 'bench.memory') continue;
    return {
      heap: answer.heapBytes,
      worker: answer.residentBytes,
      envoy: residentBytes([side.gate.envoy.pid]),
    };
  }
}

/** So many of them at a time. */
async function each<Item, Made>(
  items: readonly Item[],
  make: (item: Item) => Promise<Made>,
): Promise<Made[]> {
  const made: Made[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE)
    made.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(make))));
  return made;
}

async function hold(peer: WirePeer): Promise<HeldStream> {
  peer.send(say.query(UPDATE));
  const [notice] = only(await peer.until(BACKEND.NoticeResponse), BACKEND.NoticeResponse);
  const id = /request ([0-9a-f-]{36})/.exec(fieldsOf(notice).get('M') ?? '')?.[1];
  if (id === undefined) throw new Error('it is not held');
  return { peer, id: id as ApprovalId };
}

/** Milliseconds from before the decision to the end of the statement's answer, at the client. */
async function release({ peer, id }: HeldStream): Promise<number> {
  const answered = peer.ready();
  const from = performance.now();
  const complete = answered.then((messages) => {
    if (tagsOf(messages)[0] !== 'UPDATE 1') throw new Error('it was not released');
    return performance.now() - from;
  });
  await side.reviewer.decide(id);
  return complete;
}

async function report(): Promise<void> {
  const admin = await side.direct();
  await admin.query('create table people (id int primary key, name text)');
  await admin.query("insert into people values (1, 'name 1')");
  await admin.close();
  const token = await side.gate.token();
  const open = async (): Promise<WirePeer> => {
    const peer = await side.gated({ token });
    await peer.query('SELECT name FROM people WHERE id = 1');
    return peer;
  };
  const peers = await each(Array.from({ length: WARM_UP }), open);
  await each([...Array(AT_ONCE).keys()], async (index) => {
    for (let held_ = 0; held_ < WARM_UP_HOLDS / AT_ONCE; held_++)
      await release(await hold(peers[index] as WirePeer));
  });
  const few = await memory('few');
  progress(`opening ${streams} sessions`);
  peers.push(...(await each(Array.from({ length: streams - peers.length }), open)));
  const idle = await memory('idle');
  progress('holding all of them');
  const holdFrom = performance.now();
  const first = await each(peers.slice(0, peers.length >> 1), hold);
  let holdMs = performance.now() - holdFrom;
  const half = await memory('half');
  const secondFrom = performance.now();
  const waiting = [...first, ...(await each(peers.slice(peers.length >> 1), hold))];
  holdMs += performance.now() - secondFrom;
  const holding = await memory('held');
  const states = await each(waiting, ({ id }) => side.reviewer.state(id));
  const pending = states.filter((state) => state === 'pending').length;
  progress(`${pending} are held; approving ${decisions} one by one, then the others at once`);
  const wakeUpMs: number[] = [];
  for (const stream of waiting.slice(0, decisions)) {
    // At any moment of whatever happens at intervals.
    await sleep(Math.random() * 40);
    wakeUpMs.push(await release(stream));
  }
  wakeUpMs.sort((one, other) => one - other);
  const burstFrom = performance.now();
  await each(waiting.slice(decisions), release);
  const burstMs = performance.now() - burstFrom;
  const after = await memory('after');

  const perStream = (from: Memory, to: Memory, count: number) => ({
    heapKb: (to.heap - from.heap) / 1_024 / count,
    workerKb: (to.worker - from.worker) / 1_024 / count,
    envoyKb: (to.envoy - from.envoy) / 1_024 / count,
  });
  const ofIdle = perStream(few, idle, streams - WARM_UP);
  const ofHold = perStream(idle, holding, streams);
  // What working them off takes from the system, and keeps, is there by then.
  const ofLater = perStream(half, holding, waiting.length - first.length);
  const left = perStream(idle, after, streams);
  const row = (name: string, figures: typeof ofIdle) => [
    name,
    figures.heapKb,
    figures.workerKb,
    figures.envoyKb,
  ];
  console.log(
    table(
      ['each, kB', 'worker heap', 'worker resident', 'Envoy resident'],
      [
        row('an idle session', ofIdle),
        row('a hold adds', ofHold),
        row('each of the second half', ofLater),
        row('left after it', left),
      ],
    ),
  );
  const p = (share: number): number => percentile(wakeUpMs, share);
  console.log(
    `\n${table(
      ['held', 'asked for in, ms', 'p50 ms', 'p99 ms', 'max ms', 'the others, at once, ms'],
      [[pending, holdMs, p(0.5), p(0.99), p(1), burstMs]],
    )}`,
  );
  const targets = [
    // Between two halves of the same work V8's own comings and goings weigh least.
    atMost('each of the second half adds, worker heap, kB', ofLater.heapKb, 8),
    atMost('a hold adds, worker resident, kB', ofHold.workerKb, 8),
    atMost('each of the second half adds, worker resident, kB', ofLater.workerKb, 8),
    atMost('a hold adds, Envoy resident, kB', ofHold.envoyKb, 8),
    atLeast(`${streams} held at once`, pending, streams),
    atMost('decision to the end of the answer, p99, ms', p(0.99), 250),
  ];
  console.log(`\n${targetTable(targets)}`);
  const figures = {
    ofIdle,
    ofHold,
    ofLater,
    left,
    pending,
    holdMs,
    p50Ms: p(0.5),
    p99Ms: p(0.99),
    maxMs: p(1),
    burstMs,
  };
  if (options.snapshots === undefined) writeResults('held-streams', { targets, rounds: [figures] });
  for (const peer of peers) peer.abort();
}
