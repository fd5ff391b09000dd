/**
 * How many streams have not shown a token, over all workers: a row a listener, source and worker. A worker's own
 * numbers are in its memory and written as they are, so that a repeated write does no harm and a count never drifts.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { WorkerRow } from './worker-row.ts';

export interface UnauthenticatedLimits {
  readonly unauthenticatedPerSource: number;
  readonly unauthenticatedMax: number;
}

/** The source under which all sources of a listener are counted. */
const ALL = '';

export class UnauthenticatedCounts {
  readonly #worker: WorkerRow;
  readonly #limits: ReadonlyMap<string, UnauthenticatedLimits>;
  readonly #sum: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #own = new Map<string, Map<string, number>>();

  constructor(db: DatabaseSync, worker: WorkerRow, limits: ReadonlyMap<string, UnauthenticatedLimits>) {
    this.#worker = worker;
    this.#limits = limits;
    this.#sum = db.prepare(
      'SELECT coalesce(sum(streams), 0) AS streams FROM unauthenticated WHERE listener = ? AND source = ?',
    );
    this.#put = db.prepare(
      'INSERT OR REPLACE INTO unauthenticated (listener, source, worker_id, streams) VALUES (?, ?, ?, ?)',
    );
    this.#delete = db.prepare(
      'DELETE FROM unauthenticated WHERE listener = ? AND source = ? AND worker_id = ?',
    );
  }

  /** Inside a transaction: whether one more fits. A listener without limits takes none. */
  fits(listener: string, source: string): boolean {
    const limits = this.#limits.get(listener);
    return (
      limits !== undefined &&
      this.#total(listener, ALL) < limits.unauthenticatedMax &&
      this.#total(listener, source) < limits.unauthenticatedPerSource
    );
  }

  /** Changes this worker's number in memory; false where there is nothing to take away. */
  add(listener: string, source: string, change: 1 | -1): boolean {
    let sources = this.#own.get(listener);
    if (sources === undefined) this.#own.set(listener, (sources = new Map()));
    if (change === -1 && !sources.has(source)) return false;
    for (const key of [source, ALL]) {
      const streams = (sources.get(key) ?? 0) + change;
      if (streams === 0) sources.delete(key);
      else sources.set(key, streams);
    }
    return true;
  }

  /** Inside a transaction: this worker's numbers of the source and of the listener. */
  write(listener: string, source: string): void {
    for (const key of [source, ALL]) {
      const streams = this.#own.get(listener)?.get(key);
      if (streams === undefined) this.#delete.run(listener, key, this.#worker.id);
      else this.#put.run(listener, key, this.#worker.id, streams);
    }
  }

  /** Inside a transaction: everything, for a worker whose rows were lost. */
  writeAll(): void {
    for (const [listener, sources] of this.#own)
      for (const source of sources.keys()) this.write(listener, source);
  }

  #total(listener: string, source: string): number {
    return Number(this.#sum.get(listener, source)?.streams);
  }
}
