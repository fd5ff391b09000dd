/**
 * Where a journal's files are and what they are called. Owns names and listing; reads no contents.
 *
 *     <directory>/<worker>/<chain>.<segment>.jsonl     lines, append-only; <segment> has six digits, from 000001
 *     <directory>/<worker>/shipped.json                how far ClickHouse has it (checkpoint.ts)
 *
 * A chain is one run of a worker process: a process never writes into a file of another's. Its id begins with its
 * start time, so names sort by age.
 */
import { readdir } from 'node:fs/promises';
import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { GatehouseError } from '../../domain/errors.ts';

const WORKER = /^[A-Za-z0-9_-]{1,64}$/;
const SEGMENT = /^([0-9]{17}-[0-9a-f]{16})\.([0-9]{6,9})\.jsonl$/;

const UNFINISHED = '.new';

export interface SegmentFile {
  readonly chain: string;
  /** From 1. */
  readonly segment: number;
  readonly path: string;
}

/** The directory of one worker. @throws GatehouseError GH_JOURNAL_WORKER_NAME for a name unfit for a path. */
export function workerDirectory(directory: string, worker: string): string {
  if (!WORKER.test(worker)) {
    throw new GatehouseError(
      'GH_JOURNAL_WORKER_NAME',
      'a worker is named with letters, digits, _ and - (at most 64)',
    );
  }
  return join(directory, worker);
}

/** A chain's id from its start (milliseconds since the epoch) and eight random bytes as hex. */
export function chainId(startedAtMs: number, random: string): string {
  return new Date(startedAtMs).toISOString().replace(/\D/g, '').padStart(17, '0').slice(0, 17) + '-' + random;
}

export function segmentPath(workerDir: string, chain: string, segment: number): string {
  return join(workerDir, `${chain}.${String(segment).padStart(6, '0')}.jsonl`);
}

function segmentsOf(workerDir: string, names: readonly string[]): SegmentFile[] {
  const found: SegmentFile[] = [];
  for (const name of names) {
    const match = SEGMENT.exec(name);
    if (match !== null) {
      found.push({ chain: match[1] as string, segment: Number(match[2]), path: join(workerDir, name) });
    }
  }
  return found.sort((a, b) => (a.chain < b.chain ? -1 : a.chain > b.chain ? 1 : a.segment - b.segment));
}

const absent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** All segments of a worker, by chain (oldest first) and number. None where the directory does not exist. */
export function listSegmentsSync(workerDir: string): SegmentFile[] {
  try {
    return segmentsOf(workerDir, readdirSync(workerDir));
  } catch (error) {
    if (absent(error)) return [];
    throw error;
  }
}

/** What a segment is called until its first line is whole. */
export const unfinishedPath = (path: string): string => path + UNFINISHED;

/** Names of segments whose first line was never finished. */
export function listUnfinished(workerDir: string): string[] {
  return readdirSync(workerDir).filter((name) => name.endsWith(UNFINISHED));
}

/** As `listSegmentsSync`, without blocking. */
export async function listSegments(workerDir: string): Promise<SegmentFile[]> {
  try {
    return segmentsOf(workerDir, await readdir(workerDir));
  } catch (error) {
    if (absent(error)) return [];
    throw error;
  }
}

const workersOf = (entries: readonly Dirent[]): string[] =>
  entries
    .filter((entry) => entry.isDirectory() && WORKER.test(entry.name))
    .map((entry) => entry.name)
    .sort();

/** The names of all workers that ever wrote here, running or not. */
export async function listWorkers(directory: string): Promise<string[]> {
  try {
    return workersOf(await readdir(directory, { withFileTypes: true }));
  } catch (error) {
    if (absent(error)) return [];
    throw error;
  }
}

/** As `listWorkers`, blocking. */
export function listWorkersSync(directory: string): string[] {
  try {
    return workersOf(readdirSync(directory, { withFileTypes: true }));
  } catch (error) {
    if (absent(error)) return [];
    throw error;
  }
}

/** Segments grouped by chain, in order. */
export function byChain(segments: readonly SegmentFile[]): Map<string, SegmentFile[]> {
  const chains = new Map<string, SegmentFile[]>();
  for (const segment of segments) {
    const list = chains.get(segment.chain);
    if (list === undefined) chains.set(segment.chain, [segment]);
    else list.push(segment);
  }
  return chains;
}
