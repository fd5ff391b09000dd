/**
 * What there is to ship: every chain of every worker, and how many bytes of each segment are settled. A writer that
 * runs out of space cuts a half-written batch back within microseconds, so bytes that are still there a moment later
 * were written whole.
 */
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { byChain, listSegments, listWorkers, type SegmentFile, workerDirectory } from './layout.ts';

const SETTLE_MS = 20;

export interface ChainFiles {
  readonly worker: string;
  readonly workerDir: string;
  readonly chain: string;
  /** In order. Where one follows, the one before is complete. */
  readonly segments: readonly SegmentFile[];
  /** Settled bytes by segment, of those from the position on. */
  readonly settled: ReadonlyMap<number, number>;
  /** Settled bytes behind the position. */
  readonly unread: number;
}

export interface Position {
  readonly segment: number;
  readonly offset: number;
}

async function sizes(
  segments: readonly SegmentFile[],
  from: Position | undefined,
): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  for (const { segment, path } of segments) {
    if (from !== undefined && segment < from.segment) continue;
    found.set(segment, (await stat(path).catch(() => undefined))?.size ?? 0);
  }
  return found;
}

const aMoment = (): Promise<void> => sleep(SETTLE_MS);

/** `settle` passes the moment. @throws the file system's error. */
export async function surveyJournal(
  directory: string,
  position: (worker: string, chain: string) => Promise<Position | undefined>,
  settle: () => Promise<void> = aMoment,
): Promise<ChainFiles[]> {
  const found: {
    worker: string;
    workerDir: string;
    chain: string;
    segments: SegmentFile[];
    from: Position | undefined;
    first: Map<number, number>;
  }[] = [];
  let waiting = false;
  for (const worker of await listWorkers(directory)) {
    const workerDir = workerDirectory(directory, worker);
    for (const [chain, segments] of byChain(await listSegments(workerDir))) {
      const from = await position(worker, chain);
      const first = await sizes(segments, from);
      waiting ||= [...first].some(([segment, size]) => size > (from?.segment === segment ? from.offset : 0));
      found.push({ worker, workerDir, chain, segments, from, first });
    }
  }
  if (waiting) await settle();
  const chains: ChainFiles[] = [];
  for (const { from, first, ...chain } of found) {
    const second = waiting ? await sizes(chain.segments, from) : first;
    const settled = new Map<number, number>();
    let unread = 0;
    for (const [segment, size] of first) {
      const bytes = Math.min(size, second.get(segment) ?? 0);
      settled.set(segment, bytes);
      unread += Math.max(0, bytes - (from?.segment === segment ? from.offset : 0));
    }
    chains.push({ ...chain, settled, unread });
  }
  return chains;
}
