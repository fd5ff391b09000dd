/**
 * A store whose denials stay what they are for whoever has seen them: a process remembers each until it could not be used
 * any more, whatever the store says of it later. Seals cannot: a decision that was taken out of the store leaves no trace.
 */
import type { ApprovalStore, StoredApproval } from '../../domain/approvals/approval-store.ts';
import type { ApprovalSeals } from '../../domain/approvals/seals.ts';
import type { Log } from '../../domain/log.ts';
import { readStatus } from './approval-status.ts';
import { RememberedApprovals } from './remembered-approvals.ts';

export interface KeptDenialsOptions {
  readonly seals: ApprovalSeals;
  readonly log: Log;
}

export function keepDenials(store: ApprovalStore, { seals, log }: KeptDenialsOptions): ApprovalStore {
  const denied = new RememberedApprovals(() => store.nowMs());
  const contradicted = new RememberedApprovals(() => store.nowMs());

  /** Of what is not the gate's nothing is remembered: it would push out what is. */
  function learn(stored: StoredApproval): void {
    if (denied.has(stored.id) || (stored.state !== 'denied' && stored.decisions.length === 0)) return;
    const status = readStatus(seals, stored);
    if (status?.state === 'denied') denied.add(stored.id, status.request.useByMs);
  }

  function corrected(stored: StoredApproval): StoredApproval {
    const untilMs = denied.untilMs(stored.id);
    if (untilMs === undefined || (stored.state !== 'pending' && stored.state !== 'approved')) return stored;
    if (!contradicted.has(stored.id)) {
      contradicted.add(stored.id, untilMs);
      log.error(
        { approval: stored.id, state: stored.state },
        'a request that was denied is said not to be: somebody wrote to the approvals store',
      );
    }
    return { ...stored, state: 'denied' };
  }

  function seen(stored: StoredApproval | undefined): StoredApproval | undefined {
    if (stored === undefined) return undefined;
    learn(stored);
    return corrected(stored);
  }

  return {
    ...store,
    get: async (id) => seen(await store.get(id)),
    findForAction: async (principal, actionDigest) =>
      seen(await store.findForAction(principal, actionDigest)),
    list: async (filter) => (await store.list(filter)).map(corrected),
    async decide(id, reviewer, decision, judge) {
      // Read before it is decided: from then on it is denied, whatever becomes of the row.
      const stored = seen(await store.get(id));
      if (denied.has(id)) return { kind: 'closed', state: 'denied' };
      const decided = await store.decide(id, reviewer, decision, judge);
      if (decided.kind === 'decided' && decided.state === 'denied' && stored !== undefined) {
        const request = seals.openRequest(stored.request);
        if (request?.id === id) denied.add(id, request.useByMs);
      }
      return decided;
    },
    release: async (id, eventId) => !denied.has(id) && (await store.release(id, eventId)),
  };
}
