/** How many streams of each principal wait for people on this worker: one principal may not fill it. */
import { LIMITS } from '../../domain/limits.ts';
import type { ApprovalDesk } from '../approvals/approval-desk.ts';

const waitingOf = new WeakMap<ApprovalDesk, Map<string, number>>();

/** `key`: as `principalKey` has it. */
export const mayWait = (desk: ApprovalDesk, key: string): boolean =>
  (waitingOf.get(desk)?.get(key) ?? 0) < LIMITS.httpHeldPerPrincipalMax;

export async function whileWaiting<T>(desk: ApprovalDesk, key: string, wait: () => Promise<T>): Promise<T> {
  const waiting = waitingOf.get(desk) ?? new Map<string, number>();
  waitingOf.set(desk, waiting);
  waiting.set(key, (waiting.get(key) ?? 0) + 1);
  try {
    return await wait();
  } finally {
    const left = (waiting.get(key) ?? 1) - 1;
    if (left === 0) waiting.delete(key);
    else waiting.set(key, left);
  }
}
