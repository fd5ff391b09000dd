/** How a store says that it cannot be used: one code, whatever it is made of. */
import { GatehouseError } from '../../domain/errors.ts';

/** `where` names the store for operators; never a password. */
export function unavailable(where: string, cause: unknown): GatehouseError {
  if (cause instanceof GatehouseError && cause.code.startsWith('GH_APPROVAL')) return cause;
  return new GatehouseError(
    'GH_APPROVALS_UNAVAILABLE',
    'The gate cannot use its approvals store now. Try again in a moment.',
    { message: `${where}: ${cause instanceof Error ? cause.message : 'failed'}`, cause },
  );
}
