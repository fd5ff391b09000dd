/** Why something is not asked for, or not let through. */
import type { ApprovalId } from '../../domain/approvals/approval-request.ts';
import { GatehouseError } from '../../domain/errors.ts';

export interface ApprovalRefusal {
  readonly kind: 'refused';
  readonly code: string;
  readonly publicMessage: string;
}

export const refusal = (code: string, publicMessage: string): ApprovalRefusal => ({
  kind: 'refused',
  code,
  publicMessage,
});

/** What is thrown where the store has what no worker has sealed. */
export const forged = (id: ApprovalId): GatehouseError =>
  new GatehouseError('GH_APPROVAL_SEAL', 'The approval is not one that the gate made.', {
    message: `approval ${id}: it is not in the store, or its seal does not fit: somebody wrote to the store, or the key was changed`,
  });
