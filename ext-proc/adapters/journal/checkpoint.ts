/**
 * How far ClickHouse has a worker's journal: `<worker>/shipped.json`, replaced whole, durably. The shipping loop writes
 * it; the worker reads it to learn how much of its disk budget is free again, the verifier to learn what may be gone.
 */
import { open, readFile, rename } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** An action that is decided and not ended at the checkpoint: where its line is, and whether a row of it was shipped. */
export interface OpenAction {
  readonly eventId: string;
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
  readonly shipped: boolean;
  /** Whether its line fitted the chain when it was first read. */
  readonly intact: boolean;
}

export interface ChainCheckpoint {
  /** Everything before this place is in ClickHouse. */
  readonly segment: number;
  readonly offset: number;
  /** The last line before it. */
  readonly seq: number;
  readonly hash: string;
  /** Its closing line was shipped: nothing follows, and once its segments are deleted nothing is left of it. */
  readonly closed: boolean;
  /** Segments with a line that does not fit the chain: kept for ever. */
  readonly broken: readonly number[];
  readonly open: readonly OpenAction[];
}

export interface Checkpoint {
  readonly version: 1;
  readonly chains: Readonly<Record<string, ChainCheckpoint>>;
}

export const NO_CHECKPOINT: Checkpoint = { version: 1, chains: {} };

const path = (workerDir: string): string => join(workerDir, 'shipped.json');

function parse(text: string): Checkpoint {
  const value = JSON.parse(text) as Checkpoint;
  if (value.version !== 1 || typeof value.chains !== 'object')
    throw new Error('not a checkpoint of version 1');
  return value;
}

/** The checkpoint; NO_CHECKPOINT where there is none or it cannot be read: shipping then begins anew, which doubles nothing. */
export async function readCheckpoint(workerDir: string): Promise<Checkpoint> {
  try {
    return parse(await readFile(path(workerDir), 'utf8'));
  } catch {
    return NO_CHECKPOINT;
  }
}

/** As `readCheckpoint`, blocking. */
export function readCheckpointSync(workerDir: string): Checkpoint {
  try {
    return parse(readFileSync(path(workerDir), 'utf8'));
  } catch {
    return NO_CHECKPOINT;
  }
}

/** Writes it durably: a temporary file, fsync, rename, fsync of the directory. @throws the file system's error. */
export async function writeCheckpoint(workerDir: string, checkpoint: Checkpoint): Promise<void> {
  const temporary = path(workerDir) + '.new';
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(checkpoint));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path(workerDir));
  const directory = await open(dirname(path(workerDir)), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
