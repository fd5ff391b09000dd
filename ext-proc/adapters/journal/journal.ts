/**
 * The journal of one worker process: what must be on disk before a byte is released (I1, I8).
 *
 * Records appended until `flush`, or else until the event loop's turn has read its sockets, form a batch, which is
 * written with one write and shares one promise. With `written`, it resolves then: the records survive the process.
 * With `fsynced`, when fdatasync has returned: they survive the machine; batches are written on while a sync
 * runs, and the next sync covers all of them. A batch that cannot be written whole is cut back and rejected with
 * GH_JOURNAL_UNAVAILABLE; the next one tries again.
 */
import { fdatasync, mkdirSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import type { AuditJournal, Receipt, RecordKey } from '../../domain/audit-event.ts';
import { encodeRecord, microseconds } from '../../domain/audit-line.ts';
import type { Clock } from '../../domain/clock.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { asEventId, asSessionId } from '../../domain/ids.ts';
import { type AppendBatch, createAppendBatch, refusal } from './append-batch.ts';
import { createShipBudget, type ShipBudget } from './budget.ts';
import { chainId, workerDirectory } from './layout.ts';
import type { Log } from '../../domain/log.ts';
import { OpenActions } from './open-actions.ts';
import { currentOwner } from './owner.ts';
import { closedMembers, recoverWorker, syncDirectory, unknownEnd } from './recover.ts';
import { encodeHeader } from './segment-header.ts';
import { createSegmentWriter, syncAndClose, type WriterMark } from './segment-writer.ts';

/** Text waiting for the disk, in UTF-16 units; more is rejected. */
const WAITING_CHARS_MAX = 64 * 1_048_576;
/** One record's text, in UTF-16 units; a longer one is rejected. */
const RECORD_CHARS_MAX = 4 * 1_048_576;
export interface JournalOptions {
  /** The directory of all workers' journals; this worker's is `<directory>/<worker>`. */
  readonly directory: string;
  readonly worker: string;
  readonly durability: 'written' | 'fsynced';
  /** A segment is followed by the next once it has this many bytes. */
  readonly segmentBytes: number;
  /** Bytes of this worker's that ClickHouse does not have yet; at this many, records are refused. */
  readonly bytesMax: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface JournalStats {
  readonly chain: string;
  readonly records: number;
  readonly batches: number;
  readonly bytes: number;
  readonly syncs: number;
  /** Records refused. */
  readonly rejected: number;
  /** At most this many bytes are not in ClickHouse yet: as of a second ago, and what was written since. */
  readonly unshippedBytesAtMost: number;
  /** Actions decided and not ended. */
  readonly openActions: number;
  /** Why records are refused now; undefined while they are not. */
  readonly failing: string | undefined;
}

export interface Journal extends AuditJournal {
  /** Writes what was appended so far, now: at the end of a batch of messages, whose records it makes one write of. */
  flush(): void;
  /** Writes what waits and the closing line. Later appends are rejected. */
  close(): Promise<void>;
  stats(): JournalStats;
}

function unavailable(why: string, cause?: unknown): GatehouseError {
  return new GatehouseError(
    'GH_JOURNAL_UNAVAILABLE',
    'the action cannot be recorded now, so it was not run; try again later or tell the operator of the gate',
    { message: `the audit journal cannot take records: ${why}`, cause },
  );
}

/**
 * Opens the journal of a worker: recovers what dead processes of the same name left, then begins a chain of its own.
 * @throws GatehouseError GH_JOURNAL_UNAVAILABLE where the directory cannot be written.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { durability, segmentBytes, bytesMax, clock, log } = options;
  const workerDir = workerDirectory(options.directory, options.worker);
  const chain = chainId(clock.nowMs(), randomBytes(8).toString('hex'));
  const owner = currentOwner();
  const open = new OpenActions();
  const retired: number[] = [];
  const writer = createSegmentWriter({
    workerDir,
    chain,
    retire: (fd) => (durability === 'written' ? syncAndClose(fd) : retired.push(fd)),
  });

  let batch: AppendBatch | undefined;
  let closing: Promise<void> | undefined;
  let closed = false;
  let failing: string | undefined;
  let flushDue = false;
  let waitingChars = 0;
  const counts = { records: 0, batches: 0, bytes: 0, syncs: 0, rejected: 0 };

  // fsynced only: batches written and not yet known to be on disk, and the place up to which everything is.
  let unsynced: AppendBatch[] = [];
  let syncing: AppendBatch[] = [];
  let syncedMark: WriterMark = { segment: 0, bytes: 0, point: { seq: -1, hash: '' } };
  let idle: (() => void) | undefined;

  let previous: { readonly chain: string; readonly seq: number; readonly hash: string } | undefined;
  let budget: ShipBudget;
  try {
    mkdirSync(workerDir, { recursive: true, mode: 0o700 });
    for (const found of recoverWorker(workerDir, clock, log)) {
      if (found.last !== undefined) previous = { chain: found.chain, ...found.last };
    }
    budget = createShipBudget(workerDir, bytesMax, clock);
    roll();
    syncDirectory(workerDir);
    syncDirectory(options.directory);
    syncedMark = writer.mark();
  } catch (error) {
    writer.close();
    throw unavailable(`its directory ${workerDir} cannot be used; check space and permissions`, error);
  }

  function roll(): void {
    writer.roll((prev, segment) => {
      // Records that are written but not yet acknowledged come before this header in the chain, so they count.
      const at = open.with([...syncing, ...unsynced].flatMap((waiting) => waiting.heads));
      return encodeHeader({
        version: 1,
        worker: options.worker,
        chain,
        segment,
        timeUs: microseconds(clock.nowMs()),
        prev,
        previous,
        owner,
        open: at,
      });
    });
  }

  function budgetUsedUp(): GatehouseError {
    return unavailable(
      `${bytesMax} bytes wait for ClickHouse (audit.journal.bytesMax); check that ClickHouse can be reached`,
    );
  }

  function fail(error: GatehouseError): void {
    if (failing === undefined)
      log.error({ err: error, chain }, 'the audit journal refuses records: actions are denied');
    failing = error.message;
  }

  function refuse(refused: AppendBatch, error: GatehouseError): void {
    counts.rejected += refused.heads.length;
    waitingChars -= refused.chars;
    fail(error);
    refused.refuse(error);
  }

  function acknowledge(done: AppendBatch): void {
    for (const [eventId, sessionId] of open.apply(done.heads)) {
      const members = unknownEnd(eventId, sessionId, clock.nowMs(), 'GH_ACTION_GIVEN_UP');
      const head = {
        type: 'ended',
        event_id: asEventId(eventId),
        session_id: asSessionId(sessionId),
      } as const;
      // Where it cannot be written the action stays open in ClickHouse too, with the same outcome.
      appendEncoded(head, members).catch(() => {});
    }
    counts.records += done.heads.length;
    counts.batches++;
    waitingChars -= done.chars;
    done.acknowledge();
  }

  function flush(): void {
    const due = batch;
    batch = undefined;
    if (due === undefined) return;
    try {
      if (!budget.allowsAny()) throw budgetUsedUp();
      if (writer.fd === undefined || writer.segmentBytes >= segmentBytes) roll();
      const bytes = writer.write(due.members);
      counts.bytes += bytes;
      budget.add(bytes);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      refuse(
        due,
        error instanceof GatehouseError
          ? error
          : unavailable(`${code ?? 'error'} at writing; free space on its disk`, error),
      );
      return;
    }
    // Ends of running actions are taken longer than new actions: that is no recovery yet.
    if (failing !== undefined && budget.allowsDecided()) {
      log.info({ chain }, 'the audit journal takes records again');
      failing = undefined;
    }
    if (durability === 'written') {
      acknowledge(due);
    } else {
      unsynced.push(due);
      sync();
    }
  }

  function sync(): void {
    if (syncing.length > 0) return;
    if (unsynced.length === 0) {
      idle?.();
      return;
    }
    syncing = unsynced;
    unsynced = [];
    const mark = writer.mark();
    const finished = retired.splice(0);
    const current = writer.fd as number;
    const rolled = mark.segment !== syncedMark.segment;
    syncAll([...finished, current], (error) => {
      counts.syncs++;
      const group = syncing;
      if (error === undefined && rolled) {
        try {
          syncDirectory(workerDir);
        } catch (cause) {
          error = cause;
        }
      }
      for (const fd of finished) syncAndClose(fd);
      if (error !== undefined) return failSync(error, group);
      syncing = [];
      syncedMark = mark;
      for (const done of group) acknowledge(done);
      sync();
    });
  }

  /** After a failed fdatasync the kernel may have dropped the pages: everything since the last good one is taken back. */
  function failSync(cause: unknown, group: readonly AppendBatch[]): void {
    const lost = [...group, ...unsynced];
    syncing = [];
    unsynced = [];
    writer.rewind(syncedMark);
    const error = unavailable('fdatasync failed; check its disk', cause);
    for (const refused of lost) refuse(refused, error);
    for (const fd of retired.splice(0)) syncAndClose(fd);
    idle?.();
  }

  function appendEncoded(head: RecordKey, members: string): Promise<Receipt> {
    if (closed) return refusal(unavailable('it is closed, the worker is stopping'));
    if (members.length > RECORD_CHARS_MAX || waitingChars + members.length > WAITING_CHARS_MAX) {
      counts.rejected++;
      return refusal(
        unavailable(
          members.length > RECORD_CHARS_MAX ? 'the record is too long' : 'too much waits for its disk',
        ),
      );
    }
    if (head.type === 'decided' && !budget.allowsDecided()) {
      counts.rejected++;
      const error = budgetUsedUp();
      fail(error);
      return refusal(error);
    }
    if (batch === undefined) {
      batch = createAppendBatch();
      // Whoever works off a batch of messages flushes behind it; what is appended elsewhere waits for the turn's end.
      if (!flushDue) {
        flushDue = true;
        setImmediate(() => {
          flushDue = false;
          flush();
        });
      }
    }
    batch.members.push(members);
    batch.heads.push(head);
    batch.chars += members.length;
    waitingChars += members.length;
    return batch.promise;
  }

  async function finish(): Promise<void> {
    flush();
    if (syncing.length > 0 || unsynced.length > 0) {
      await new Promise<void>((resolve) => {
        idle = resolve;
      });
    }
    try {
      const nowMs = clock.nowMs();
      // What still runs now is cut off by the end of the process; nobody comes back to this chain to say so.
      const ends = open
        .with([])
        .map(([eventId, sessionId]) => unknownEnd(eventId, sessionId, nowMs, 'GH_WORKER_STOPPED'));
      if (writer.fd !== undefined) writer.write([...ends, closedMembers(microseconds(nowMs), 'close')]);
    } catch (error) {
      log.warn({ err: error, chain }, 'the journal could not be closed in form; the next start does it');
    }
    if (writer.fd !== undefined) {
      await new Promise<void>((resolve) => fdatasync(writer.fd as number, () => resolve()));
    }
    writer.close();
    for (const fd of retired.splice(0)) syncAndClose(fd);
  }

  return {
    append(record) {
      let members: string;
      try {
        members = encodeRecord(record);
      } catch (cause) {
        counts.rejected++;
        return refusal(unavailable('the record cannot be written as JSON', cause));
      }
      return appendEncoded(record, members);
    },
    appendEncoded,
    flush,
    close() {
      closed = true;
      closing ??= finish();
      return closing;
    },
    stats() {
      return {
        chain,
        ...counts,
        unshippedBytesAtMost: budget.unshippedBytesAtMost(),
        openActions: open.size,
        failing,
      };
    },
  };
}

function syncAll(fds: readonly number[], done: (error: unknown) => void): void {
  const [fd, ...others] = fds;
  if (fd === undefined) return done(undefined);
  fdatasync(fd, (error) => (error === null ? syncAll(others, done) : done(error)));
}
