/**
 * Result rows and COPY data to be masked, in chunks of 64 KiB as they come from a socket, through the framer that every
 * row passes anyway and the masker with the gate's own detectors and styles.
 */
import { LIMITS } from '../../ext-proc/domain/limits.ts';
import { Secret } from '../../ext-proc/domain/secret.ts';
import { createMasker } from '../../ext-proc/masking/masker.ts';
import { createScanner } from '../../ext-proc/masking/scanner.ts';
import { encodeDataRow } from '../../ext-proc/protocols/postgres/backend-encoders.ts';
import { MessageFramer } from '../../ext-proc/protocols/postgres/framer.ts';
import { BACKEND, BACKEND_TYPES } from '../../ext-proc/protocols/postgres/message-types.ts';
import type { CopyFormat } from '../../ext-proc/protocols/postgres/rows/copy-format.ts';
import { CopyMasker } from '../../ext-proc/protocols/postgres/rows/copy-masker.ts';
import { DataRowMasker } from '../../ext-proc/protocols/postgres/rows/data-row-masker.ts';
import {
  type ColumnTreatment,
  type MaskPlan,
  planRows,
} from '../../ext-proc/protocols/postgres/rows/mask-plan.ts';
import type { StyleName } from '../../ext-proc/masking/styles/style.ts';

const CHUNK_BYTES = 65_536;
const CHUNKS = 16;

const masker = createMasker({ scanner: createScanner(), key: new Secret(Buffer.alloc(32, 1)) });
const context = {
  masker,
  lookup: () => undefined,
  style: { isoDates: true, postgresIntervals: true },
};

const [INT4, TEXT, NUMERIC, TIMESTAMP, INT8] = [23, 25, 1700, 1114, 20];
const TYPES = [INT4, TEXT, TEXT, NUMERIC, TIMESTAMP];
const NAMES = ['Ann Archer', 'Bob Baker', 'Carol Cook', 'Dan Dyer', 'Eve Eliot', 'Finn Fletcher'];
const NOTES = [
  'prefers to be written to in the evening',
  'moved house in spring; the old address is void',
  'two open orders, one of them late',
  'asked about the invoice of last month',
];

/** id, name, note, amount, time: about 100 bytes as a DataRow. */
function values(index: number): string[] {
  const two = (value: number): string => String(value).padStart(2, '0');
  return [
    String(index),
    NAMES[index % NAMES.length] as string,
    NOTES[index % NOTES.length] as string,
    `${(index * 37) % 10_000}.${two(index % 100)}`,
    `2024-${two((index % 12) + 1)}-${two((index % 28) + 1)} 12:${two(index % 60)}:00`,
  ];
}

/** Whole messages cut into chunks, as they come from a socket. */
function chunksOf(message: (index: number) => Buffer): Buffer[] {
  const messages: Buffer[] = [];
  let bytes = 0;
  for (let index = 0; bytes < CHUNKS * CHUNK_BYTES; index++) {
    const next = message(index);
    messages.push(next);
    bytes += next.length;
  }
  const stream = Buffer.concat(messages);
  const chunks: Buffer[] = [];
  for (let at = 0; at < stream.length; at += CHUNK_BYTES)
    chunks.push(Buffer.from(stream.subarray(at, at + CHUNK_BYTES)));
  return chunks;
}

const copyMessage = (line: string): Buffer => {
  const payload = Buffer.from(line);
  const wire = Buffer.alloc(5 + payload.length, BACKEND.CopyData);
  wire.writeUInt32BE(4 + payload.length, 1);
  payload.copy(wire, 5);
  return wire;
};

const SCAN: ColumnTreatment = { kind: 'scan', label: 'c' };
const PASS: ColumnTreatment = { kind: 'pass' };
const mark = (style: StyleName): ColumnTreatment => ({
  kind: 'mask',
  label: 'people.name',
  mark: { kind: 'payment_card', style },
});

function plan(
  treatments: readonly ColumnTreatment[],
  types = TYPES,
  format: 'text' | 'binary' = 'text',
): MaskPlan {
  const columns = types.map((typeOid) => ({ typeOid, typeModifier: -1, format }));
  const planned = planRows(context, columns, treatments);
  if (!planned.ok) throw new Error(planned.code);
  return planned.plan;
}

export interface RowSubject {
  readonly name: string;
  readonly chunks: readonly Buffer[];
  /** What takes a run of the framer's, made anew for each walk over the chunks. */
  readonly take: () => (bytes: Buffer, emit: (bytes: Buffer) => void) => unknown;
  readonly target?: number;
  /** The subject that only frames the same bytes. */
  readonly floor: string;
}

const textRows = chunksOf((index) => encodeDataRow(values(index).map((value) => Buffer.from(value))));
/** One row in a hundred has something to be found. */
const rowsWithFindings = chunksOf((index) => {
  const row = values(index);
  if (index % 100 === 0) row[2] = 'write to ann.archer@example.com or pay with 4111 1111 1111 1111';
  return encodeDataRow(row.map((value) => Buffer.from(value)));
});
const everyRowFinds = chunksOf((index) => {
  const row = values(index);
  row[1] = `user${index}@example.com`;
  return encodeDataRow(row.map((value) => Buffer.from(value)));
});
const binaryRows = chunksOf((index) => {
  const id = Buffer.alloc(8);
  id.writeBigInt64BE(BigInt(index) * 1_000_003n);
  return encodeDataRow([
    id,
    ...values(index)
      .slice(1, 3)
      .map((value) => Buffer.from(value)),
  ]);
});
const csvField = (value: string): string => (value.includes(',') ? `"${value}"` : value);
const textCopy = chunksOf((index) => copyMessage(`${values(index).join('\t')}\n`));
const csvCopy = chunksOf((index) => copyMessage(`${values(index).map(csvField).join(',')}\n`));
const TEXT_FORMAT: CopyFormat = { kind: 'text', delimiter: 9, nullText: '\\N', header: false };
const CSV_FORMAT: CopyFormat = {
  kind: 'csv',
  delimiter: 44,
  quote: 34,
  escape: 34,
  nullText: '',
  header: false,
};

const rows =
  (rowPlan: MaskPlan): RowSubject['take'] =>
  () => {
    const subject = new DataRowMasker(rowPlan);
    return (bytes, emit) => subject.push(bytes, emit);
  };
const copy =
  (rowPlan: MaskPlan, format: CopyFormat): RowSubject['take'] =>
  () => {
    const subject = new CopyMasker(rowPlan, format);
    return (bytes, emit) => subject.push(bytes, emit);
  };
const through: RowSubject['take'] = () => (bytes, emit) => emit(bytes);

const oneMarked = (style: StyleName): ColumnTreatment[] => [PASS, mark(style), PASS, PASS, PASS];
const allScanned = [SCAN, SCAN, SCAN, SCAN, SCAN];
const markedAndScanned = [SCAN, mark('full'), SCAN, SCAN, SCAN];
const ROW_FLOOR = 'the framer alone, rows of 100 B';
const COPY_FLOOR = 'the framer alone, COPY';
export const ROW_SUBJECTS: readonly RowSubject[] = [
  { name: ROW_FLOOR, chunks: textRows, floor: ROW_FLOOR, take: through },
  {
    name: 'rows, one of five marked (full)',
    chunks: textRows,
    floor: ROW_FLOOR,
    take: rows(plan(oneMarked('full'))),
    target: 25,
  },
  {
    name: 'rows, one of five marked (partial)',
    chunks: textRows,
    floor: ROW_FLOOR,
    take: rows(plan(oneMarked('partial'))),
  },
  {
    name: 'rows, one of five marked (hash)',
    chunks: textRows,
    floor: ROW_FLOOR,
    take: rows(plan(oneMarked('hash'))),
    target: 25,
  },
  {
    name: 'rows, all scanned, nothing found',
    chunks: textRows,
    floor: ROW_FLOOR,
    take: rows(plan(allScanned)),
    target: 25,
  },
  {
    name: 'rows, one marked and four scanned',
    chunks: textRows,
    floor: ROW_FLOOR,
    take: rows(plan(markedAndScanned)),
    target: 25,
  },
  {
    name: 'rows, all scanned, 1 % found',
    chunks: rowsWithFindings,
    floor: ROW_FLOOR,
    take: rows(plan(allScanned)),
  },
  {
    name: 'rows, all scanned, all found',
    chunks: everyRowFinds,
    floor: ROW_FLOOR,
    take: rows(plan(allScanned)),
  },
  {
    name: 'rows in binary, int8 and text scanned',
    chunks: binaryRows,
    floor: ROW_FLOOR,
    take: rows(plan([SCAN, SCAN, SCAN], [INT8, TEXT, TEXT], 'binary')),
  },
  { name: COPY_FLOOR, chunks: textCopy, floor: COPY_FLOOR, take: through },
  {
    name: 'COPY text, one of five marked',
    chunks: textCopy,
    floor: COPY_FLOOR,
    take: copy(plan(oneMarked('full')), TEXT_FORMAT),
    target: 25,
  },
  {
    name: 'COPY text, all scanned',
    chunks: textCopy,
    floor: COPY_FLOOR,
    take: copy(plan(allScanned), TEXT_FORMAT),
    target: 25,
  },
  {
    name: 'COPY text, one marked, four scanned',
    chunks: textCopy,
    floor: COPY_FLOOR,
    take: copy(plan(markedAndScanned), TEXT_FORMAT),
    target: 25,
  },
  {
    name: 'COPY CSV, one marked, four scanned',
    chunks: csvCopy,
    floor: COPY_FLOOR,
    take: copy(plan(markedAndScanned), CSV_FORMAT),
    target: 25,
  },
];

/** One walk over all chunks; says how many bytes they are. */
export function walkRows({ name, chunks, take }: RowSubject): number {
  const framer = new MessageFramer({
    streamed: new Set([BACKEND.DataRow, BACKEND.CopyData]),
    knownTypes: BACKEND_TYPES,
    bytesMax: () => LIMITS.backendControlMessageBytesMax,
  });
  const push = take();
  let bytesIn = 0;
  let bytesOut = 0;
  const emit = (bytes: Buffer): void => {
    bytesOut += bytes.length;
  };
  for (const chunk of chunks) {
    bytesIn += chunk.length;
    framer.push(chunk);
    for (let step = framer.next(); step.kind !== 'need-more'; step = framer.next()) {
      if (step.kind !== 'run') throw new Error(`the bench measures nothing: ${step.kind}`);
      const refused = push(step.bytes, emit);
      if (refused !== undefined) throw new Error(`the bench measures nothing of ${name}: ${String(refused)}`);
    }
  }
  if (bytesOut < bytesIn / 2) throw new Error('the bench measures nothing: bytes are missing');
  return bytesIn;
}
