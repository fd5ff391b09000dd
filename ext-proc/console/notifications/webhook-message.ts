/** A request as a webhook tells it (docs/webhooks.md): names of this form are relied upon outside, and stay. */
import type { ToldRequest } from './told-request.ts';

export type ToldAbout = 'requested' | 'decided';

/** The same for every attempt. Without a full stop, as the specification asks. */
export const webhookId = (told: Pick<ToldRequest, 'id'>, about: ToldAbout): string => `${told.id}_${about}`;

export function webhookMessage(told: ToldRequest, about: ToldAbout, nowMs: number): string {
  return JSON.stringify({
    type: `approval.${about}`,
    timestamp: new Date(nowMs).toISOString(),
    data: {
      approvalId: told.id,
      state: told.state,
      words: told.words,
      kind: told.kind,
      language: told.language,
      payload: told.payload ?? null,
      parameters: told.parameters,
      facts: told.facts,
      warnings: told.warnings,
      flagged: told.flagged,
      rule: told.rule,
      reason: told.reason,
      text: told.text,
      requester: { subject: told.requester, onBehalfOf: told.requesterFor ?? null },
      upstream: told.upstream,
      mode: told.mode,
      stage: told.stage,
      decideBy: new Date(told.decideByMs).toISOString(),
      link: told.link,
      actionDigest: told.actionDigest,
      agreed: told.agreed,
      needed: told.needed,
      decisions: told.decidedBy,
    },
  });
}
