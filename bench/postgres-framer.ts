/**
 * What the PostgreSQL codec costs on its own: framing of result rows, and a client's messages from bytes to fields.
 * Prints the minimum, median and maximum of the rounds; writes bench/results/postgres-framer.json.
 * Run: node bench/postgres-framer.ts
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { LIMITS } from '../ext-proc/domain/limits.ts';
import {
  encodeCommandComplete,
  encodeDataRow,
  encodeReadyForQuery,
  encodeRowDescription,
} from '../ext-proc/protocols/postgres/backend-encoders.ts';
import {
  decodeBind,
  decodeEmpty,
  decodeExecute,
  decodeParse,
  decodeQuery,
} from '../ext-proc/protocols/postgres/frontend.ts';
import {
  encodeBind,
  encodeExecute,
  encodeParse,
  encodeQuery,
  encodeSync,
} from '../ext-proc/protocols/postgres/frontend-encoders.ts';
import { MessageFramer } from '../ext-proc/protocols/postgres/framer.ts';
import {
  BACKEND,
  BACKEND_TYPES,
  FRONTEND,
  FRONTEND_TYPES,
} from '../ext-proc/protocols/postgres/message-types.ts';

const ROUNDS = 7;
const ROUND_MS = 150;
const BYTES_OF_MB = 1_000_000;

interface Measurement {
  readonly name: string;
  readonly unit: 'MB/s' | 'ns';
  /** Does the work `count` times and says how many bytes or messages that was. */
  readonly work: (count: number) => number;
  readonly target?: number;
}

/** What the framer was to give out and did not would be measured as speed. */
function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(`the bench measures nothing: ${what}`);
}

function framing(name: string, rowBytes: number, chunkBytes: number, target?: number): Measurement {
  const row = encodeDataRow([Buffer.alloc(rowBytes - 11, 0x78)]);
  const chunks: Buffer[] = [];
  const stream = Buffer.concat(Array.from({ length: Math.ceil((16 * chunkBytes) / row.length) }, () => row));
  for (let at = 0; at < stream.length; at += chunkBytes)
    chunks.push(Buffer.from(stream.subarray(at, at + chunkBytes)));
  const framer = new MessageFramer({
    streamed: new Set([BACKEND.DataRow]),
    knownTypes: BACKEND_TYPES,
    bytesMax: () => LIMITS.backendControlMessageBytesMax,
  });
  return {
    name,
    unit: 'MB/s',
    ...(target === undefined ? {} : { target }),
    work: (count) => {
      let bytes = 0;
      for (let turn = 0; turn < count; turn++) {
        for (const chunk of chunks) {
          framer.push(chunk);
          for (let step = framer.next(); step.kind !== 'need-more'; step = framer.next()) {
            if (step.kind === 'run') bytes += step.bytes.length;
            else check(false, step.kind);
          }
        }
      }
      check(bytes === count * stream.length, 'bytes are missing');
      return bytes;
    },
  };
}

/** A chunk of whole messages, framed and counted; ns a chunk. */
function chunk(name: string, types: ReadonlySet<number>, bytes: Buffer, messages: number): Measurement {
  const framer = new MessageFramer({
    streamed: new Set([BACKEND.DataRow]),
    knownTypes: types,
    bytesMax: () => LIMITS.decidedMessageBytesMax,
  });
  return {
    name,
    unit: 'ns',
    work: (count) => {
      let seen = 0;
      for (let turn = 0; turn < count; turn++) {
        framer.push(bytes);
        for (let step = framer.next(); step.kind !== 'need-more'; step = framer.next()) seen++;
      }
      check(seen === count * messages, 'messages are missing');
      return count;
    },
  };
}

function decoding(name: string, wires: readonly Buffer[], target?: number): Measurement {
  const decoders = new Map<number, (wire: Buffer) => { readonly ok: boolean }>([
    [FRONTEND.Query, decodeQuery],
    [FRONTEND.Parse, decodeParse],
    [FRONTEND.Bind, decodeBind],
    [FRONTEND.Execute, decodeExecute],
    [FRONTEND.Sync, decodeEmpty],
  ]);
  const work = wires.map(
    (wire) => [decoders.get(wire[0] as number) as (wire: Buffer) => { ok: boolean }, wire] as const,
  );
  return {
    name,
    unit: 'ns',
    ...(target === undefined ? {} : { target }),
    work: (count) => {
      let read = 0;
      for (let turn = 0; turn < count; turn++) for (const [decode, wire] of work) if (decode(wire).ok) read++;
      check(read === count * work.length, 'a message does not decode');
      return count;
    },
  };
}

const QUERY = 'SELECT abalance FROM pgbench_accounts WHERE aid = 123456;';
const column = {
  name: 'abalance',
  tableOid: 16_400,
  attributeNumber: 3,
  typeOid: 23,
  typeSize: 4,
  typeModifier: -1,
};
const bind = encodeBind({
  portal: '',
  statement: 'P0_1',
  parameterFormats: [],
  values: [Buffer.from('123456')],
  resultFormats: [],
});
const MEASUREMENTS: readonly Measurement[] = [
  framing('frame DataRow of 100 B, chunks of 64 KiB', 100, 65_536, 1000),
  framing('frame DataRow of 1 kB, chunks of 64 KiB', 1000, 65_536, 1000),
  framing('frame DataRow of 30 B, chunks of 16 KiB', 30, 16_384),
  framing('frame DataRow of 100 B, chunks of 1 kB', 100, 1000),
  decoding('decode Query of 57 B', [encodeQuery(QUERY)], 1000),
  decoding(
    'decode Query of 57 B with a character beyond ASCII',
    [encodeQuery(QUERY.replace(';', ' -- é'))],
    1000,
  ),
  decoding('decode Bind, Execute and Sync', [bind, encodeExecute(''), encodeSync()], 1000),
  decoding('decode Parse of 57 B', [encodeParse({ statement: '', text: QUERY, parameterTypes: [] })]),
  decoding('decode Query of 10 kB', [encodeQuery('SELECT 1 -- ' + 'x'.repeat(10_000))]),
  chunk(
    'frame Bind, Execute and Sync in one chunk',
    FRONTEND_TYPES,
    Buffer.concat([bind, encodeExecute(''), encodeSync()]),
    3,
  ),
  chunk(
    'frame the answer to SELECT of one row',
    BACKEND_TYPES,
    Buffer.concat([
      encodeRowDescription([{ ...column, format: 'text' }]),
      encodeDataRow([Buffer.from('0')]),
      encodeCommandComplete('SELECT 1'),
      encodeReadyForQuery('I'),
    ]),
    4,
  ),
];

/** MB/s or ns of one round of at least ROUND_MS. */
function round({ work, unit }: Measurement): number {
  let amount = 0;
  let count = 1;
  const start = process.hrtime.bigint();
  let elapsedNs = 0;
  while (elapsedNs < ROUND_MS * 1e6) {
    amount += work(count);
    elapsedNs = Number(process.hrtime.bigint() - start);
    count = Math.min(count * 2, 10_000);
  }
  return unit === 'MB/s' ? amount / BYTES_OF_MB / (elapsedNs / 1e9) : elapsedNs / amount;
}

const rounds: Record<string, number>[] = [];
for (const measurement of MEASUREMENTS) round(measurement);
for (let index = 0; index < ROUNDS; index++) {
  rounds.push(Object.fromEntries(MEASUREMENTS.map((measurement) => [measurement.name, round(measurement)])));
}

const shown = (value: number): string => (value < 100 ? value.toFixed(1) : value.toFixed(0)).padStart(8);
console.log(`${'what'.padEnd(56)} unit      min   median      max   target`);
const targets = MEASUREMENTS.map(({ name, unit, target }) => {
  const values = rounds.map((values) => values[name] as number).sort((left, right) => left - right);
  const [min, median, max] = [values[0], values[ROUNDS >> 1], values[ROUNDS - 1]] as [number, number, number];
  const met = target === undefined ? undefined : unit === 'MB/s' ? median >= target : median <= target;
  const goal =
    target === undefined ? '' : `${unit === 'MB/s' ? '>=' : '<='} ${target} ${met ? 'met' : 'MISSED'}`;
  console.log(`${name.padEnd(56)} ${unit.padEnd(5)}${shown(min)} ${shown(median)} ${shown(max)}   ${goal}`);
  return { name: `${name} (${unit})`, value: median, target: target ?? null, met: met ?? null };
});

const results = new URL('results/', import.meta.url);
mkdirSync(results, { recursive: true });
writeFileSync(
  new URL('postgres-framer.json', results),
  JSON.stringify(
    {
      targets: targets.filter(({ target }) => target !== null),
      figures: targets.filter(({ target }) => target === null).map(({ name, value }) => ({ name, value })),
      rounds,
      machine: {
        cpu: cpus()[0]?.model ?? 'unknown',
        cores: cpus().length,
        memoryBytes: totalmem(),
        node: process.version,
      },
    },
    null,
    2,
  ) + '\n',
);
