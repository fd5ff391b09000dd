/**
 * The journal of one worker process: what must be on disk before a byte is released (I1, I8).
 *
 * Records appended in one turn of the event loop form a batch, which is written with one write when the turn has read
 * its sockets (`setImmediate`), and shares one promise. With `written`, it resolves then: the records survive the
 * process. With `fsynced`, when fdatasync has returned: they survive the machine; batches are written on while a sync
 * runs, and the next sync covers all of them. A batch that cannot be written whole is cut back and rejected with
 * GH_JOURNAL_UNAVAILABLE; the next one tries again.
 */
import { fdatasync, mkdirSync, statSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import type { AuditJournal, AuditRecord, Receipt } from '../../domain/audit-event.ts';
import { encodeRecord, microseconds } from '../../domain/audit-line.ts';
import type { Clock } from '../../domain/clock.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { asEventId, asSessionId } from '../../domain/ids.ts';
import { readCheckpointSync } from './checkpoint.ts';
import { chainId, listSegmentsSync, workerDirectory } from './layout.ts';
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
/** New actions are refused at this share of the budget; the rest is kept for the ends of those that run. */
const DECIDED_SHARE = 0.95;
/** How often the space that shipping has freed is looked up while the budget is used up. */
const BUDGET_CHECK_MS = 250;
/** The same for `stats`. */
const STATS_CHECK_MS = 1_000;

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
  /** As `append`, for a record whose members were encoded before with `encodeRecord`. */
  appendEncoded(head: RecordHead, members: string): Promise<Receipt>;
  /** Writes what waits and the closing line. Later appends are rejected. */
  close(): Promise<void>;
  stats(): JournalStats;
}

const RECEIPT = Object.freeze({}) as Receipt;

/** What the journal needs of a record whose members are encoded already. */
export type RecordHead = Pick<AuditRecord, 'type' | 'event_id' | 'session_id'> & {
  readonly outcome?: AuditRecord['outcome'];
};

interface Batch {
  readonly members: string[];
  readonly heads: RecordHead[];
  chars: number;
  readonly promise: Promise<Receipt>;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
}

function newBatch(): Batch {
  const { promise, resolve, reject } = Promise.withResolvers<Receipt>();
  // Whoever appended sees the rejection; who does not look must not bring the process down.
  promise.catch(() => {});
  return { members: [], heads: [], chars: 0, promise, resolve, reject };
}

function refusal(error: GatehouseError): Promise<Receipt> {
  const refused = Promise.reject<Receipt>(error);
  refused.catch(() => {});
  return refused;
}

function unavailable(why: string, cause?: unknown): GatehouseError {
  return new GatehouseError(
    'GH_JOURNAL_UNAVAILABLE',
    'the action cannot be recorded now, so it was not run; try again later or tell the operator of the gate',
    { message: `the audit journal cannot take records: ${why}`, cause },
  );
}

/** Bytes of the worker's segments behind its checkpoint. */
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

  let batch: Batch | undefined;
  let closing: Promise<void> | undefined;
  let closed = false;
  let failing: string | undefined;
  let budgetCheckedAtMs = -Infinity;
  let waitingChars = 0;
  const counts = { records: 0, batches: 0, bytes: 0, syncs: 0, rejected: 0 };

  // fsynced only: batches written and not yet known to be on disk, and the place up to which everything is.
  let unsynced: Batch[] = [];
  let syncing: Batch[] = [];
  let syncedMark: WriterMark = { segment: 0, bytes: 0, point: { seq: -1, hash: '' } };
  let idle: (() => void) | undefined;

  let previous: { readonly chain: string; readonly seq: number; readonly hash: string } | undefined;
  let unshippedBytes = 0;
  try {
    mkdirSync(workerDir, { recursive: true, mode: 0o700 });
    for (const found of recoverWorker(workerDir, clock, log)) {
      if (found.last !== undefined) previous = { chain: found.chain, ...found.last };
    }
    unshippedBytes = bytesToShip(workerDir);
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

  /** What is written is added as it goes; what was shipped is looked up, at most once in a while. */
  function lookUpUnshipped(atMostEveryMs: number): void {
    const now = clock.monotonicMs();
    if (now - budgetCheckedAtMs < atMostEveryMs) return;
    budgetCheckedAtMs = now;
    try {
      unshippedBytes = bytesToShip(workerDir);
    } catch {
      // What was known stands; it is never less than what waits.
    }
  }

  function withinBudget(bytes: number): boolean {
    if (unshippedBytes < bytes) return true;
    lookUpUnshipped(BUDGET_CHECK_MS);
    return unshippedBytes < bytes;
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

  function refuse(refused: Batch, error: GatehouseError): void {
    counts.rejected += refused.heads.length;
    waitingChars -= refused.chars;
    fail(error);
    refused.reject(error);
  }

  function acknowledge(done: Batch): void {
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
    done.resolve(RECEIPT);
  }

  function flush(): void {
    const due = batch;
    batch = undefined;
    if (due === undefined) return;
    try {
      if (!withinBudget(bytesMax)) throw budgetUsedUp();
      if (writer.fd === undefined || writer.segmentBytes >= segmentBytes) roll();
      const bytes = writer.write(due.members);
      counts.bytes += bytes;
      unshippedBytes += bytes;
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
    if (failing !== undefined) log.info({ chain }, 'the audit journal takes records again');
    failing = undefined;
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
  function failSync(cause: unknown, group: readonly Batch[]): void {
    const lost = [...group, ...unsynced];
    syncing = [];
    unsynced = [];
    writer.rewind(syncedMark);
    const error = unavailable('fdatasync failed; check its disk', cause);
    for (const refused of lost) refuse(refused, error);
    for (const fd of retired.splice(0)) syncAndClose(fd);
    idle?.();
  }

  function appendEncoded(head: RecordHead, members: string): Promise<Receipt> {
    if (closed) return refusal(unavailable('it is closed, the worker is stopping'));
    if (members.length > RECORD_CHARS_MAX || waitingChars + members.length > WAITING_CHARS_MAX) {
      counts.rejected++;
      return refusal(
        unavailable(
          members.length > RECORD_CHARS_MAX ? 'the record is too long' : 'too much waits for its disk',
        ),
      );
    }
    if (head.type === 'decided' && !withinBudget(bytesMax * DECIDED_SHARE)) {
      counts.rejected++;
      const error = budgetUsedUp();
      fail(error);
      return refusal(error);
    }
    if (batch === undefined) {
      batch = newBatch();
      setImmediate(flush);
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
    close() {
      closed = true;
      closing ??= finish();
      return closing;
    },
    stats() {
      if (!closed) lookUpUnshipped(STATS_CHECK_MS);
      return { chain, ...counts, unshippedBytesAtMost: unshippedBytes, openActions: open.size, failing };
    },
  };
}

function syncAll(fds: readonly number[], done: (error: unknown) => void): void {
  const [fd, ...others] = fds;
  if (fd === undefined) return done(undefined);
  fdatasync(fd, (error) => (error === null ? syncAll(others, done) : done(error)));
}
