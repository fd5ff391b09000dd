/**
 * How much of a worker's journal ClickHouse lacks, against how much it may. What is written is added as it goes; what
 * was shipped is looked up on disk, at most once in a while: the shipping loop runs in another process.
 */
import { statSync } from 'node:fs';
import type { Clock } from '../../domain/clock.ts';
import { readCheckpointSync } from './checkpoint.ts';
import { listSegmentsSync } from './layout.ts';

/** New actions are refused at this share of the budget; the rest is kept for the ends of those that run. */
const DECIDED_SHARE = 0.95;
/** How often the disk is looked at while the budget is used up. */
const CHECK_MS = 250;
/** The same where someone only wants to know. */
const TELL_MS = 1_000;

export interface ShipBudget {
  /** Bytes were written. */
  add(bytes: number): void;
  allowsDecided(): boolean;
  allowsAny(): boolean;
  /** Bytes that ClickHouse lacks at most: as of a second ago, and what was written since. */
  unshippedBytesAtMost(): number;
}

/** Bytes of a worker's segments behind its checkpoint. */
function bytesToShip(workerDir: string): number {
  const { chains } = readCheckpointSync(workerDir);
  let unshipped = 0;
  for (const { chain, segment, path } of listSegmentsSync(workerDir)) {
    const shipped = chains[chain];
    if (shipped !== undefined && segment < shipped.segment) continue;
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    unshipped += shipped?.segment === segment ? Math.max(0, size - shipped.offset) : size;
  }
  return unshipped;
}

/** @throws the file system's error where the directory cannot be read now; later failures leave what was known. */
export function createShipBudget(workerDir: string, bytesMax: number, clock: Clock): ShipBudget {
  let unshipped = bytesToShip(workerDir);
  let lookedAtMs = clock.monotonicMs();

  function look(atMostEveryMs: number): void {
    const now = clock.monotonicMs();
    if (now - lookedAtMs < atMostEveryMs) return;
    lookedAtMs = now;
    try {
      unshipped = bytesToShip(workerDir);
    } catch {
      // What was known stands; it is never less than what waits.
    }
  }

  function allows(bytes: number): boolean {
    if (unshipped < bytes) return true;
    look(CHECK_MS);
    return unshipped < bytes;
  }

  return {
    add(bytes) {
      unshipped += bytes;
    },
    allowsDecided: () => allows(bytesMax * DECIDED_SHARE),
    allowsAny: () => allows(bytesMax),
    unshippedBytesAtMost() {
      look(TELL_MS);
      return unshipped;
    },
  };
}
