/**
 * A process that uses a store: `store-processes.test.ts` forks several. Its argument is the store's configuration, and by
 * how much its clock is wrong. It does one order after the other and answers each.
 */
import type { ApprovalsStoreConfig } from '../../ext-proc/config/approvals-config.ts';
import type { ApprovalId } from '../../ext-proc/domain/approvals/approval-request.ts';
import type { OpenLimits } from '../../ext-proc/domain/approvals/approval-store.ts';
import { asEventId } from '../../ext-proc/domain/ids.ts';
import { decisionOf, newApproval, openStore, shiftedClock } from './stores.ts';

export interface ProcessSettings {
  readonly config: ApprovalsStoreConfig;
  readonly clockShiftMs: number;
}

/** `atMs` is when all begin at once, by the machine's clock. */
export type Order =
  | {
      readonly kind: 'open';
      readonly principal: string;
      readonly count: number;
      readonly limits: OpenLimits;
      readonly atMs: number;
    }
  | { readonly kind: 'release'; readonly ids: readonly ApprovalId[]; readonly atMs: number }
  /** Each is approved by as many decisions as are needed. */
  | {
      readonly kind: 'decide';
      readonly ids: readonly ApprovalId[];
      readonly reviewer: string;
      readonly needed: number;
      readonly atMs: number;
    }
  /** By a new reviewer each time, until it is killed; each that resolved is told. */
  | { readonly kind: 'decide-on'; readonly ids: readonly ApprovalId[]; readonly reviewer: string }
  /** Until `stop`; each that was swept is told. */
  | { readonly kind: 'sweep' }
  /** Until `stop`; each that was taken is told. */
  | { readonly kind: 'take' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'now' }
  | { readonly kind: 'listen' };

export type Said =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'acknowledged'; readonly id: ApprovalId; readonly text: string }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'changed'; readonly ids: readonly ApprovalId[] };

const { config, clockShiftMs } = JSON.parse(process.argv[2] as string) as ProcessSettings;
const store = await openStore({ config, stop: () => Promise.resolve() }, shiftedClock(clockShiftMs));
const say = (said: Said): void => void process.send?.(said);

let stopped = false;

async function doIt(order: Order): Promise<unknown> {
  switch (order.kind) {
    case 'open': {
      await begin(order.atMs);
      const kinds: string[] = [];
      for (let index = 0; index < order.count; index++)
        kinds.push((await store.open(newApproval(store, { principal: order.principal }), order.limits)).kind);
      return kinds;
    }
    case 'release': {
      await begin(order.atMs);
      const won: boolean[] = [];
      for (const id of order.ids) won.push(await store.release(id, asEventId(`event of ${process.pid}`)));
      return won;
    }
    case 'decide': {
      await begin(order.atMs);
      const decided: unknown[] = [];
      for (const id of order.ids) {
        decided.push(
          await store.decide(id, order.reviewer, decisionOf(order.reviewer), ({ length }) =>
            length < order.needed ? 'pending' : 'approved',
          ),
        );
      }
      return decided;
    }
    case 'decide-on':
      for (let round = 0; ; round++) {
        for (const id of order.ids) {
          const text = `${order.reviewer} ${round}`;
          try {
            const { kind } = await store.decide(id, text, decisionOf(text), () => 'pending');
            if (kind === 'decided') say({ kind: 'acknowledged', id, text });
          } catch (error) {
            say({ kind: 'refused', code: (error as { code: string }).code });
            await pause(20);
          }
        }
      }
    case 'sweep': {
      while (!stopped) {
        for (const { id } of await store.sweep()) say({ kind: 'acknowledged', id, text: 'swept' });
        await pause(1);
      }
      return true;
    }
    case 'take': {
      const taken: string[] = [];
      while (!stopped) {
        for (const { id, channel } of await store.takeNotifications(3, 60_000)) {
          taken.push(`${id} ${channel}`);
          say({ kind: 'acknowledged', id, text: channel });
        }
        await pause(1);
      }
      return taken;
    }
    case 'stop':
      throw new Error('is no order of its own');
    case 'now':
      return store.nowMs();
    case 'listen':
      store.onChange((ids) => say({ kind: 'changed', ids }));
      return true;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function begin(atMs: number): Promise<void> {
  await pause(atMs - Date.now() - 5);
  // To the millisecond, on each processor there is.
  while (Date.now() < atMs);
}

process.on('message', (order: Order) => {
  stopped = order.kind === 'stop';
  if (stopped) return;
  doIt(order).then(
    (answer) => say({ kind: 'answer', answer }),
    (error: unknown) =>
      say({ kind: 'answer', answer: { failed: String(error), code: (error as { code?: string }).code } }),
  );
});
process.on('disconnect', () => process.exit(0));
say({ kind: 'ready' });
