/**
 * The loop that brings the journals of all workers to ClickHouse and frees their disk. Run by the supervisor, once.
 *
 * Each round reads what is new in every chain, up to a batch, inserts it, and only then writes the checkpoints: if
 * anything dies in between, the same lines are read again and ClickHouse keeps one row an action. While ClickHouse is
 * away the loop holds one batch and tries again with growing pauses; the journal holds the rest.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnchorRow, AuditSink, SinkBatch } from '../../domain/audit-sink.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import { type ChainReader, createChainReader, READ_BYTES } from './chain-reader.ts';
import { type ChainCheckpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { workerDirectory } from './layout.ts';
import { recoverJournal } from './recover.ts';
import { deleteShipped } from './retention.ts';
import { RowBatch } from './row-batch.ts';
import { type ChainFiles, surveyJournal } from './survey.ts';

/** A batch is sent once it holds this much, whatever its rows. */
const BATCH_BYTES_MAX = 4 * 1_048_576;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 10_000;
const RETENTION_EVERY_MS = 5_000;

export interface ShippingOptions {
  /** The directory of all workers' journals. */
  readonly directory: string;
  readonly sink: AuditSink;
  /** A round starts at most this long after the one before, and at once while there is more than a batch. */
  readonly flushIntervalMs: number;
  readonly batchRows: number;
  /** Shipped segments are kept this long after their last write. Default one hour. */
  readonly retentionMs?: number;
  /** Shipped segments beyond this many bytes are deleted before that, oldest first. Default 1 GiB. */
  readonly retentionBytesMax?: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after every round and every failed insert. */
  readonly onProgress?: (stats: ShippingStats) => void;
}

export interface ShippingStats {
  readonly rowsShipped: number;
  readonly batches: number;
  /** Inserts that failed. */
  readonly retries: number;
  /** Bytes in the journal that ClickHouse lacks, as of the last round. */
  readonly unshippedBytes: number;
  /** Age of the oldest record that ClickHouse may lack; 0 when it had all in the last round. */
  readonly lagMs: number;
  /** Actions decided and not ended, in all chains. */
  readonly openActions: number;
  readonly brokenLines: number;
  readonly segmentsDeleted: number;
  /** Why the last insert or round failed; undefined once one succeeds. */
  readonly failing: string | undefined;
}

export interface Shipping {
  /** Ships what is there, for at most `timeoutMs` (default 5 s), then ends. */
  stop(timeoutMs?: number): Promise<void>;
  stats(): ShippingStats;
}

interface Worker {
  readonly dir: string;
  readonly readers: Map<string, ChainReader>;
  /** As it is on disk. */
  chains: Record<string, ChainCheckpoint>;
}

/**
 * Starts shipping. To be called before workers are started: it closes first, at once, what dead ones left open. Never
 * throws, then or later: failures are logged, counted and tried again.
 */
export function startShipping(options: ShippingOptions): Shipping {
  const { directory, sink, flushIntervalMs, batchRows, clock, log } = options;
  try {
    recoverJournal(directory, clock, log);
  } catch (error) {
    log.error({ err: error }, 'the audit journal could not be recovered');
  }
  const workers = new Map<string, Worker>();
  const wake = new AbortController();
  const batch = new RowBatch(batchRows, BATCH_BYTES_MAX);
  // Chains are read one after another: one buffer does for all.
  const scratch = Buffer.allocUnsafeSlow(READ_BYTES);
  const run = randomBytes(8).toString('hex');
  const counts = {
    rowsShipped: 0,
    batches: 0,
    retries: 0,
    unshippedBytes: 0,
    openActions: 0,
    brokenLines: 0,
    segmentsDeleted: 0,
  };
  let stopping = false;
  let stopAtMs = Infinity;
  let failing: string | undefined;
  let unreadable: string | undefined;
  let behind = false;
  let caughtUpAtMs = clock.monotonicMs();
  let retentionAtMs = -Infinity;

  const stats = (): ShippingStats => ({
    ...counts,
    lagMs: behind ? clock.monotonicMs() - caughtUpAtMs : 0,
    failing: failing ?? unreadable,
  });
  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal: wake.signal }).catch(() => {});

  async function workerOf(name: string): Promise<Worker> {
    let worker = workers.get(name);
    if (worker === undefined) {
      const dir = workerDirectory(directory, name);
      worker = { dir, readers: new Map(), chains: { ...(await readCheckpoint(dir)).chains } };
      workers.set(name, worker);
    }
    return worker;
  }

  async function readerOf(files: ChainFiles): Promise<ChainReader> {
    const worker = await workerOf(files.worker);
    let reader = worker.readers.get(files.chain);
    if (reader === undefined) {
      const origin = { worker: files.worker, chain: files.chain };
      reader = createChainReader(origin, worker.dir, worker.chains[files.chain], scratch, (fields) => {
        counts.brokenLines++;
        log.error(fields, 'a line of the audit journal does not fit its chain: run `gatehouse audit verify`');
      });
      worker.readers.set(files.chain, reader);
    }
    return reader;
  }

  /**
   * A chain that cannot be read holds up no other: it is read again from its checkpoint in the next round. Rows of it
   * that are in the batch already are then sent twice, and kept once.
   */
  async function reading<T>(
    files: ChainFiles,
    read: (reader: ChainReader) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await read(await readerOf(files));
    } catch (error) {
      const { worker, chain } = files;
      unreadable = `chain ${chain} of ${worker}: ${error instanceof Error ? error.message : String(error)}`;
      log.error(
        { err: error, worker, chain },
        'a chain of the audit journal could not be read for shipping; trying again',
      );
      const readers = workers.get(worker)?.readers;
      await readers
        ?.get(chain)
        ?.close()
        .catch(() => {});
      readers?.delete(chain);
      return undefined;
    }
  }

  /** Reads chains in turns until the batch is full or nothing is left. True where something is left. */
  async function fill(chains: readonly ChainFiles[]): Promise<boolean> {
    let active = chains.filter((files) => files.unread > 0);
    while (active.length > 0) {
      const next: ChainFiles[] = [];
      for (const files of active) {
        if (batch.full) return true;
        const more = await reading(files, (reader) => reader.read(files.segments, files.settled, batch));
        if (more === true) next.push(files);
      }
      active = next;
    }
    for (const files of chains) await reading(files, (reader) => reader.flushOpen(batch, stopping));
    return batch.full;
  }

  function newAnchors(chains: readonly ChainFiles[]): AnchorRow[] {
    const anchors: AnchorRow[] = [];
    for (const { worker, chain } of chains) {
      const position = workers.get(worker)?.readers.get(chain)?.position;
      const stored = workers.get(worker)?.chains[chain];
      if (position === undefined || position.point.seq < 0 || position.point.seq === stored?.seq) continue;
      anchors.push({ worker, chain, segment: position.segment, ...position.point });
    }
    return anchors;
  }

  /** Bytes behind the checkpoints. */
  async function unshipped(): Promise<number> {
    const chains = await surveyJournal(
      directory,
      async (worker, chain) => (await workerOf(worker)).chains[chain],
    );
    return chains.reduce((sum, files) => sum + files.unread, 0);
  }

  async function insert(filled: SinkBatch): Promise<boolean> {
    for (let waitMs = RETRY_FIRST_MS; ; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
      try {
        await sink.insert(filled);
        if (failing !== undefined) log.info({}, 'ClickHouse takes audit rows again');
        failing = undefined;
        return true;
      } catch (error) {
        counts.retries++;
        if (failing === undefined)
          log.warn({ err: error }, 'ClickHouse does not take audit rows; the journal keeps them');
        failing = error instanceof Error ? error.message : String(error);
        counts.unshippedBytes = await unshipped().catch(() => counts.unshippedBytes);
        options.onProgress?.(stats());
        if (stopping) return false;
        await pause(waitMs / 2 + Math.random() * (waitMs / 2));
      }
    }
  }

  async function commit(chains: readonly ChainFiles[]): Promise<void> {
    for (const name of new Set(chains.map((files) => files.worker))) {
      const worker = workers.get(name) as Worker;
      const updated = { ...worker.chains };
      for (const [chain, reader] of worker.readers) if (reader.changed) updated[chain] = reader.checkpoint();
      if (![...worker.readers.values()].some((reader) => reader.changed)) continue;
      await writeCheckpoint(worker.dir, { version: 1, chains: updated });
      worker.chains = updated;
      for (const reader of worker.readers.values()) reader.committed();
    }
  }

  async function free(chains: readonly ChainFiles[]): Promise<void> {
    retentionAtMs = clock.monotonicMs();
    const finished = chains.flatMap((files) => {
      const reader = workers.get(files.worker)?.readers.get(files.chain);
      return reader?.finished(files.segments) ?? [];
    });
    const deleted = await deleteShipped(finished, {
      nowMs: clock.nowMs(),
      retentionMs: options.retentionMs ?? 3_600_000,
      retentionBytesMax: options.retentionBytesMax ?? 1_073_741_824,
    });
    counts.segmentsDeleted += deleted.size;
    for (const files of chains) {
      if (!files.segments.every((segment) => deleted.has(segment.path))) continue;
      const worker = workers.get(files.worker) as Worker;
      await worker.readers.get(files.chain)?.close();
      worker.readers.delete(files.chain);
      const { [files.chain]: gone, ...kept } = worker.chains;
      if (gone === undefined) continue;
      await writeCheckpoint(worker.dir, { version: 1, chains: kept });
      worker.chains = kept;
    }
  }

  /** Ships everything that there is when it begins, batch by batch. */
  async function round(): Promise<void> {
    const startedAtMs = clock.monotonicMs();
    unreadable = undefined;
    const chains = await surveyJournal(
      directory,
      async (worker, chain) => (await workerOf(worker)).chains[chain],
    );
    counts.unshippedBytes = chains.reduce((sum, files) => sum + files.unread, 0);
    behind ||= counts.unshippedBytes > 0;
    for (let more = true; more;) {
      batch.reset();
      more = await fill(chains);
      const { rows, lines } = batch;
      const anchors = newAnchors(chains);
      if (rows > 0 || anchors.length > 0) {
        if (!(await insert({ lines, rows, anchors, token: `${run}-${counts.batches}` }))) return forget();
        counts.batches++;
        counts.rowsShipped += rows;
      }
      await commit(chains);
      counts.openActions = openActions();
      if (more) options.onProgress?.(stats());
      if (stopping && clock.monotonicMs() >= stopAtMs) return;
    }
    if (unreadable === undefined) {
      behind = false;
      caughtUpAtMs = startedAtMs;
      counts.unshippedBytes = 0;
    }
    if (clock.monotonicMs() - retentionAtMs >= RETENTION_EVERY_MS) await free(chains);
  }

  function openActions(): number {
    let open = 0;
    for (const worker of workers.values())
      for (const reader of worker.readers.values()) open += reader.openActions;
    return open;
  }

  /** What was read and not committed is forgotten; the next round begins at the checkpoints. */
  async function forget(): Promise<void> {
    for (const worker of workers.values())
      for (const reader of worker.readers.values()) await reader.close().catch(() => {});
    workers.clear();
  }

  async function loop(): Promise<void> {
    for (let last = false; !last;) {
      last = stopping;
      try {
        await round();
      } catch (error) {
        log.error({ err: error }, 'the audit journal could not be read for shipping; trying again');
        failing = error instanceof Error ? error.message : String(error);
        await forget();
      }
      options.onProgress?.(stats());
      if (!last) await pause(flushIntervalMs);
    }
    await forget();
  }

  const done = loop();
  return {
    async stop(timeoutMs = 5_000) {
      if (!stopping) {
        stopping = true;
        stopAtMs = clock.monotonicMs() + timeoutMs;
        wake.abort();
      }
      await Promise.race([done, sleep(timeoutMs, undefined, { ref: false })]);
    },
    stats,
  };
}
