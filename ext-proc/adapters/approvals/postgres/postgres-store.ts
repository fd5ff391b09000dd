/** Approvals in PostgreSQL, for the workers and consoles of a fleet. The store's clock is the server's. */
import type { ApprovalStore } from '../../../domain/approvals/approval-store.ts';
import type { Clock } from '../../../domain/clock.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import { ChangeListeners } from '../change-listeners.ts';
import { Sweeps } from '../sweeps.ts';
import * as approvals from './approvals.ts';
import { ChangeFeed } from './change-feed.ts';
import * as grants from './grants.ts';
import { insertNotifications, settleNotification, takeNotifications } from './notifications.ts';
import { ApprovalsServer, type ServerOptions } from './server.ts';

export interface PostgresStoreOptions extends ServerOptions {
  readonly clock: Clock;
}

/**
 * Resolves after one attempt to reach the server, whatever came of it: what needs no approval goes on without it.
 * Rejects with GH_APPROVALS_VERSION.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<ApprovalStore> {
  const { clock, log } = options;
  const server = new ApprovalsServer(options);
  const listeners = new ChangeListeners(log);
  const feed = new ChangeFeed({ server, listeners, clock, log });
  const { run } = server;

  const sweeps = new Sweeps(clock, async () => {
    await approvals.prune(run);
    await grants.pruneGrants(run);
  });

  try {
    await server.prepared();
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'GH_APPROVALS_VERSION') {
      await server.close();
      throw error;
    }
  }
  await feed.start();

  return {
    nowMs: () => feed.nowMs(),
    open: (approval, limits) => approvals.open(server, approval, limits),
    get: (id) => approvals.get(run, id),
    findForAction: (principal, actionDigest) => approvals.findForAction(run, principal, actionDigest),
    list: (filter) => approvals.list(run, filter),
    decide: (id, reviewer, decision, judge) =>
      server.write((within) => approvals.decide(within, id, reviewer, decision, judge)),
    release: (id, eventId) => approvals.release(run, id, eventId),
    cancel: (id, why) => approvals.cancel(run, id, why),
    cancelSession: (sessionId, why) => approvals.cancelSession(run, sessionId, why),
    keepAlive: (ids) => approvals.keepAlive(run, ids),
    sweep: () => sweeps.run((leasesCount) => approvals.sweep(run, leasesCount)),
    onChange: (listener) => listeners.add(listener),
    putGrant: (grant) => grants.putGrant(run, grant),
    grantsFor: (principal, upstream) => grants.grantsFor(run, principal, upstream),
    listGrants: (page) => grants.listGrants(run, page),
    getGrant: (id) => grants.getGrant(run, id),
    useGrant: (id) => grants.useGrant(run, id),
    revokeGrant: (id, by) => grants.revokeGrant(run, id, by),
    notifyDecided: (id, channels) => insertNotifications(run, id, channels, 'decided'),
    takeNotifications: (limit, leaseMs) => takeNotifications(run, limit, leaseMs),
    settleNotification: (due, outcome) => settleNotification(run, due, outcome),
    async close() {
      listeners.clear();
      await feed.stop();
      await server.close();
    },
  };
}
