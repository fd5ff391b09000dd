/** A message of a client's as something that is held: it has not gone on. */
import type { ApprovalDesk } from '../../approvals/approval-desk.ts';
import type { HeldAction } from '../../approvals/held-action.ts';
import type { RecordedApproval } from '../decider.ts';
import type { Refusals } from '../frontend/refusals.ts';
import type { SessionWalk } from '../session-walk.ts';
import { heldActionOf } from './held-action-of.ts';
import type { HeldThing } from './held-thing.ts';
import { onlyRollsBack, ROLLS_BACK, termsOf, verdictOf, type JudgedText } from './judged-text.ts';
import { ownDefinitions } from './own-definitions.ts';
import { refusedOutright } from './refused-outright.ts';

/** How the walk of its protocol goes on with it. */
export interface StatementWays {
  readonly deny: (judged: JudgedText) => void;
  readonly forward: (judged: JudgedText, approval: RecordedApproval | undefined) => Promise<void> | void;
  /** It runs so that its commit can be held; undefined where that cannot be. */
  readonly run: ((judged: JudgedText) => Promise<void> | void) | undefined;
}

export function heldStatement(
  walk: SessionWalk,
  refusals: Refusals,
  judged: JudgedText,
  { deny, forward, run }: StatementWays,
): HeldThing {
  // It is judged where the server owes nothing.
  const rollsBack = onlyRollsBack(judged, walk.context.transaction);
  const verdict = verdictOf(judged);
  return {
    verdict: verdict === 'hold' && rollsBack ? 'allow' : verdict,
    terms: termsOf(judged),
    refusedOutright: (terms, mode) => refusedOutright(judged, terms, mode, walk),
    action: (under) => heldActionOf(walk, judged, under),
    granted: async ({ terms, eventId }, action) => {
      const { approvals } = walk.gate;
      if (terms.grant === undefined || approvals === undefined) return undefined;
      if (!walk.context.settings.certain || ownDefinitions(judged, walk.own).length > 0) return undefined;
      const granted = await grantedBy(approvals, action, undefined);
      if (granted !== undefined) return { ...granted, eventId };
      return run !== undefined && (await approvals.grantedForRows(action)) ? 'when-run' : undefined;
    },
    run: () => run?.(judged),
    deny: () => deny(judged),
    refuse: (refusal, outcome, approval) => refusals.held(judged, refusal, outcome, approval),
    forward: (approval, action) =>
      forward(
        action === undefined ? judged : digested(judged, action),
        verdict === 'hold' && rollsBack ? ROLLS_BACK : approval,
      ),
  };
}

/** What the record of an action says that a standing grant lets through. */
export async function grantedBy(
  desk: ApprovalDesk,
  action: HeldAction,
  rows: number | undefined,
): Promise<RecordedApproval | undefined> {
  const granted = await desk.granted(action, rows);
  if (granted === undefined) return undefined;
  const { id, approvalId, reviewers } = granted.grant;
  const approvedBy = reviewers.map(({ subject }) => subject).join(' ');
  return { eventId: undefined, approvalId, details: { grant: id, approved_by: approvedBy } };
}

/** Its records carry the digest that was approved: of the whole text. */
const digested = (judged: JudgedText, { actionDigest }: HeldAction): JudgedText => ({
  ...judged,
  judgements: judged.judgements.map((judgement) => ({ ...judgement, digest: actionDigest })),
});
