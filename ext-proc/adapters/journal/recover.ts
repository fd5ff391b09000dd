/**
 * What is done for chains whose process died without closing them: a torn last line (never acknowledged) is cut off,
 * every action without an end gets `ended` with outcome `unknown`, and the chain is closed. A line that is whole but
 * does not fit the chain is left as it is: that is evidence, not damage to repair.
 *
 * It must run where nobody else recovers the same worker's directory: in that worker before it writes, or in the
 * supervisor before it starts workers.
 */
import {
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { asEventId, asSessionId } from '../../domain/ids.ts';
import { type ChainPoint, lineBody, lineHash, openLine, sealLine } from '../../domain/audit-chain.ts';
import { encodeRecord, lineHead, microseconds } from '../../domain/audit-line.ts';
import type { Clock } from '../../domain/clock.ts';
import {
  byChain,
  listSegmentsSync,
  listUnfinished,
  listWorkersSync,
  type SegmentFile,
  workerDirectory,
} from './layout.ts';
import type { Log } from '../../domain/log.ts';
import { ownerIsAlive } from './owner.ts';
import { decodeHeader } from './segment-header.ts';

export interface RecoveredChain {
  readonly chain: string;
  /** `live`: its process still runs, nothing was touched. `closed`: it was closed already. */
  readonly state: 'live' | 'closed' | 'recovered' | 'unreadable';
  /** Its last line. */
  readonly last: ChainPoint | undefined;
  readonly tornBytes: number;
  readonly endedUnknown: number;
}

interface SegmentScan {
  readonly wholeBytes: number;
  readonly totalBytes: number;
  readonly last: ChainPoint | undefined;
  readonly ownerAlive: boolean;
  readonly readable: boolean;
  readonly open: Map<string, string>;
}

/** Closes what a chain's last line leaves open. `members` of the closing line. */
export function closedMembers(timeUs: number, reason: 'close' | 'recovered'): string {
  return `"type":"closed","time":${timeUs},"reason":"${reason}"`;
}

function scan(path: string): SegmentScan {
  const bytes = readFileSync(path);
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1;
  const open = new Map<string, string>();
  let last: ChainPoint | undefined;
  let ownerAlive = false;
  let readable = false;
  let start = 0;
  while (start < wholeBytes) {
    const end = bytes.indexOf(0x0a, start);
    const line = bytes.toString('utf8', start, end);
    const first = start === 0;
    start = end + 1;
    const opened = openLine(line);
    if (opened !== undefined) last = { seq: opened.seq, hash: opened.hash };
    const head = lineHead(line);
    if (first) {
      const header = decodeHeader(line);
      readable = header !== undefined;
      if (header !== undefined) {
        ownerAlive = ownerIsAlive(header.owner);
        for (const [eventId, sessionId] of header.open) open.set(eventId, sessionId);
      }
    } else if (head?.type === 'decided' && head.outcome === undefined) {
      open.set(head.eventId, head.sessionId);
    } else if (head?.type === 'ended') {
      open.delete(head.eventId);
    }
  }
  return { wholeBytes, totalBytes: bytes.length, last, ownerAlive, readable, open };
}

/** An `ended` record, as members of a line, for an action whose end nobody knows. */
export function unknownEnd(eventId: string, sessionId: string, nowMs: number, code: string): string {
  return encodeRecord({
    type: 'ended',
    time: nowMs,
    event_id: asEventId(eventId),
    session_id: asSessionId(sessionId),
    outcome: 'unknown',
    error_code: code,
    duration_ms: 0,
    rows: 0,
    bytes_in: 0,
    bytes_out: 0,
    masks: {},
  });
}

/** The last line of a chain that was closed in form; most chains are, and their segments need not be read whole. */
function closedAt(path: string): ChainPoint | undefined {
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size;
    const tail = Buffer.alloc(Math.min(size, 512));
    readSync(file, tail, 0, tail.length, size - tail.length);
    if (tail.at(-1) !== 0x0a) return undefined;
    const line = tail.toString('utf8', tail.lastIndexOf(0x0a, -2) + 1, tail.length - 1);
    const opened = openLine(line);
    return opened !== undefined && lineHead(line)?.type === 'closed' ? opened : undefined;
  } finally {
    closeSync(file);
  }
}

function close(path: string, found: SegmentScan, last: ChainPoint, nowMs: number): ChainPoint {
  let point = last;
  let text = '';
  const add = (members: string): void => {
    const body = lineBody(point.seq + 1, members);
    const hash = lineHash(point.hash, body);
    point = { seq: point.seq + 1, hash };
    text += sealLine(body, hash);
  };
  for (const [eventId, sessionId] of found.open) {
    add(unknownEnd(eventId, sessionId, nowMs, 'GH_WORKER_DIED'));
  }
  add(closedMembers(microseconds(nowMs), 'recovered'));
  const file = openSync(path, 'r+');
  try {
    ftruncateSync(file, found.wholeBytes);
    const bytes = Buffer.from(text);
    let written = 0;
    while (written < bytes.length) {
      written += writeSync(file, bytes, written, bytes.length - written, found.wholeBytes + written);
    }
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
  return point;
}

function recoverChain(chain: string, segments: readonly SegmentFile[], nowMs: number): RecoveredChain {
  const remaining = [...segments];
  let tornBytes = 0;
  for (;;) {
    const segment = remaining.at(-1);
    if (segment === undefined)
      return { chain, state: 'recovered', last: undefined, tornBytes, endedUnknown: 0 };
    const closed = closedAt(segment.path);
    if (closed !== undefined) {
      return {
        chain,
        state: 'closed',
        last: { seq: closed.seq, hash: closed.hash },
        tornBytes,
        endedUnknown: 0,
      };
    }
    const found = scan(segment.path);
    if (found.wholeBytes === 0) {
      // A segment whose first line was never finished holds nothing acknowledged. Its owner may be at it just now
      // where an earlier segment says that it lives.
      const before = remaining.at(-2);
      if (before !== undefined && scan(before.path).ownerAlive) {
        return { chain, state: 'live', last: undefined, tornBytes: 0, endedUnknown: 0 };
      }
      tornBytes += found.totalBytes;
      unlinkSync(segment.path);
      remaining.pop();
      continue;
    }
    const base = { chain, last: found.last, tornBytes, endedUnknown: 0 };
    if (found.ownerAlive) return { ...base, state: 'live' };
    if (!found.readable || found.last === undefined) return { ...base, state: 'unreadable' };
    tornBytes += found.totalBytes - found.wholeBytes;
    const last = close(segment.path, found, found.last, nowMs);
    return { chain, state: 'recovered', last, tornBytes, endedUnknown: found.open.size };
  }
}

/**
 * Recovers every dead chain of one worker's directory. Reads only each chain's last segment. Chains come back oldest
 * first. @throws the file system's error.
 */
export function recoverWorker(workerDir: string, clock: Clock, log: Log): RecoveredChain[] {
  const results: RecoveredChain[] = [];
  for (const [chain, segments] of byChain(listSegmentsSync(workerDir))) {
    const result = recoverChain(chain, segments, clock.nowMs());
    if (result.state === 'recovered') {
      log.warn(
        { chain, torn_bytes: result.tornBytes, ended_unknown: result.endedUnknown },
        'a chain of the journal was left open by a process that died; it is closed now',
      );
    } else if (result.state === 'unreadable') {
      log.error({ chain }, 'a chain of the journal has no readable header; run `gatehouse audit verify`');
    }
    results.push(result);
  }
  for (const name of listUnfinished(workerDir)) {
    const chain = name.slice(0, name.indexOf('.'));
    if (!results.some((result) => result.chain === chain && result.state === 'live')) {
      if (clock.nowMs() - statSync(join(workerDir, name)).mtimeMs > 60_000) unlinkSync(join(workerDir, name));
    }
  }
  if (results.some((result) => result.state === 'recovered')) syncDirectory(workerDir);
  return results;
}

/**
 * Recovers all workers' directories, also of workers that will not come back. For the supervisor, before it starts
 * workers. What fails is logged, and its worker tries again.
 * @throws the file system's error where the directory itself cannot be read.
 */
export function recoverJournal(directory: string, clock: Clock, log: Log): void {
  for (const worker of listWorkersSync(directory)) {
    try {
      recoverWorker(workerDirectory(directory, worker), clock, log);
    } catch (error) {
      log.error({ err: error, worker }, 'the audit journal of a worker could not be recovered');
    }
  }
}

/** Makes created, removed and renamed names of a directory durable. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
