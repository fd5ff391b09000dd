/** Approvals out of the store, their seals checked before anything of them is shown or decided. */
import type { ApprovalId } from '../domain/approvals/approval-request.ts';
import type { StoredApproval } from '../domain/approvals/approval-store.ts';
import { readStatus, type ApprovalStatus } from '../exchange/approvals/approval-status.ts';
import type { ConsoleDependencies } from './dependencies.ts';
import { ConsoleProblem } from './problem.ts';

export interface CheckedApproval {
  readonly stored: StoredApproval;
  readonly status: ApprovalStatus;
}

/** Undefined where there is none. Throws GH_APPROVAL_SEAL where it is there and not the gate's. */
export async function checkedApproval(
  { store, seals, log }: Pick<ConsoleDependencies, 'store' | 'seals' | 'log'>,
  id: ApprovalId,
): Promise<CheckedApproval | undefined> {
  const stored = await store.get(id);
  if (stored === undefined) return undefined;
  const status = readStatus(seals, stored);
  if (status !== undefined) return { stored, status };
  log.error(
    { approval: id },
    'the seal of an approval does not fit: somebody wrote to the store, or the key is another',
  );
  throw new ConsoleProblem(
    409,
    'GH_APPROVAL_SEAL',
    'This request is not one that the gate made, so it is neither shown nor decided. Tell the operators of the gate.',
  );
}

export const unknownApproval = (): ConsoleProblem =>
  new ConsoleProblem(404, 'GH_REVIEW_UNKNOWN', 'There is no such request that you may see.');
