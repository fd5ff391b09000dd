/**
 * Approvals in one SQLite file, for the processes of one machine. The store's clock is the machine's. Whatever is
 * promised here across processes is one transaction of SQLite's, of which there is one at a time.
 */
import type { ApprovalId } from '../../../domain/approvals/approval-request.ts';
import type { ApprovalStore } from '../../../domain/approvals/approval-store.ts';
import type { Clock } from '../../../domain/clock.ts';
import type { Log } from '../../../domain/log.ts';
import { ChangeListeners } from '../change-listeners.ts';
import { Sweeps } from '../sweeps.ts';
import { ApprovalRows } from './approvals.ts';
import { ChangeReader } from './change-reader.ts';
import { openApprovalsDatabase } from './database.ts';
import { GrantRows } from './grants.ts';
import { NotificationRows } from './notifications.ts';
import { Statements } from './statements.ts';
import { Transactions } from './transactions.ts';

/** A change is noticed by other processes within this, and what one look costs (some µs). */
const POLL_MS = 25;

export interface SqliteStoreOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Throws GH_APPROVALS_FILE or GH_APPROVALS_VERSION. */
export function openSqliteStore({ file, clock, log }: SqliteStoreOptions): ApprovalStore {
  const db = openApprovalsDatabase(file);
  const transactions = new Transactions(db, file);
  const sql = new Statements(db);
  const approvals = new ApprovalRows(sql);
  const grants = new GrantRows(sql);
  const notifications = new NotificationRows(sql);
  const changes = new ChangeReader(db);
  const listeners = new ChangeListeners(log);
  let poll: NodeJS.Timeout | undefined;

  const nowMs = (): number => Math.floor(clock.nowMs());
  const sweeps = new Sweeps(clock, () =>
    transactions.write(() => {
      approvals.prune(nowMs());
      grants.prune(nowMs());
      changes.prune();
    }),
  );

  function announce(own: boolean): void {
    if (!db.isOpen || listeners.size === 0) return;
    try {
      listeners.announce(changes.refresh(own));
    } catch (error) {
      // The next look finds it; a file that cannot be read at all is an error of whatever is asked next.
      log.warn({ error: String(error) }, 'changes of approvals could not be read');
    }
  }

  /** One transaction; those that listen here hear of it on a turn of their own. */
  async function write<T>(work: () => T): Promise<T> {
    const result = await transactions.write(work);
    setImmediate(announce, true);
    return result;
  }

  function changed<T>(id: ApprovalId, result: T, isChange: boolean): T {
    if (isChange) changes.add(id);
    return result;
  }

  return {
    nowMs,
    open: (approval, limits) =>
      write(() => {
        const opened = approvals.open(approval, limits, nowMs());
        if (opened.kind === 'opened') notifications.add(approval.id, approval.notify, 'requested', nowMs());
        if (opened.kind !== 'too-many') changes.add(opened.kind === 'joined' ? opened.id : approval.id);
        return opened;
      }),
    get: (id) => transactions.read(() => approvals.get(id)),
    findForAction: (principal, actionDigest) =>
      transactions.read(() => approvals.findForAction(principal, actionDigest, nowMs())),
    list: (filter) => transactions.read(() => approvals.list(filter)),
    decide: (id, reviewer, decision, judge) =>
      write(() => {
        const decided = approvals.decide(id, reviewer, decision, judge, nowMs());
        return changed(id, decided, decided.kind === 'decided');
      }),
    release: (id, eventId) =>
      write(() => {
        const released = approvals.release(id, eventId, nowMs());
        return changed(id, released, released);
      }),
    cancel: (id, why) =>
      write(() => {
        const cancelled = approvals.cancel(id, why, nowMs());
        return changed(id, cancelled, cancelled);
      }),
    cancelSession: (sessionId, why) =>
      write(() => {
        const ids = approvals.cancelSession(sessionId, why, nowMs());
        for (const id of ids) changes.add(id);
        return ids;
      }),
    keepAlive: (ids) => write(() => approvals.keepAlive(ids, nowMs())),
    sweep: () =>
      sweeps.run(async (leasesCount) => {
        // Mostly nothing has ended, and asking that writes nothing.
        if ((await transactions.read(() => approvals.ended(nowMs(), leasesCount))).length === 0) return [];
        return write(() => {
          const ids = approvals.ended(nowMs(), leasesCount);
          for (const id of ids) changes.add(id);
          return approvals.end(ids, nowMs());
        });
      }),
    onChange(listener) {
      if (listeners.size === 0) changes.start();
      poll ??= setInterval(announce, POLL_MS, false).unref();
      const stop = listeners.add(listener);
      return () => {
        stop();
        if (listeners.size > 0) return;
        clearInterval(poll);
        poll = undefined;
      };
    },
    putGrant: (grant) => write(() => grants.put(grant)),
    grantsFor: (principal, upstream) => transactions.read(() => grants.for(principal, upstream, nowMs())),
    listGrants: (page) => transactions.read(() => grants.list(page, nowMs())),
    getGrant: (id) => transactions.read(() => grants.get(id)),
    useGrant: (id) => write(() => grants.use(id, nowMs())),
    revokeGrant: (id, by) => write(() => grants.revoke(id, by, nowMs())),
    notifyDecided: (id, channels) => write(() => notifications.add(id, channels, 'decided', nowMs())),
    async takeNotifications(limit, leaseMs) {
      if (!(await transactions.read(() => notifications.areDue(nowMs())))) return [];
      return write(() => notifications.take(limit, leaseMs, nowMs()));
    },
    settleNotification: (due, outcome) => write(() => notifications.settle(due, outcome, nowMs())),
    close() {
      clearInterval(poll);
      listeners.clear();
      if (db.isOpen) db.close();
      return Promise.resolve();
    },
  };
}
