/** Whether a standing grant covers an action. */
import type { StandingGrant } from '../../domain/approvals/standing-grant.ts';
import type { HeldAction } from './held-action.ts';

/** `rows`: what it changes, where that is known. */
export const isWithin = ({ rowsMax }: StandingGrant, rows: number | undefined): boolean =>
  rowsMax === undefined || (rows !== undefined && rows <= rowsMax);

/** Policy may have stopped letting grants be given since, and may have changed altogether: then it is asked for anew. */
export const covers = (grant: StandingGrant, action: HeldAction, principal: string): boolean =>
  action.terms.grant !== undefined &&
  grant.principalKey === principal &&
  grant.upstream === action.upstream &&
  grant.protocol === action.protocol &&
  grant.rule === action.rule &&
  grant.bundleHash === action.bundleHash &&
  grant.meaningDigest === action.meaningDigest &&
  (grant.scope === 'nothing'
    ? grant.actionDigest === action.actionDigest
    : action.similarKey !== '' && grant.similarKey === action.similarKey);
