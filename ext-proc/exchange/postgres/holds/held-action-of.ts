/** A judged text as the approval desk takes it: bound to its bytes, to the session, and to what its names mean now. */
import type { HoldMode, HoldTerms } from '../../../domain/approvals/hold-terms.ts';
import type { EventId } from '../../../domain/ids.ts';
import type { HeldAction } from '../../approvals/held-action.ts';
import type { SessionWalk } from '../session-walk.ts';
import { digestText, meaningDigest, similarKey, usedRelations } from './held-meaning.ts';
import { heldOf, type JudgedText } from './judged-text.ts';
import { ownDefinitions } from './own-definitions.ts';
import { shownAction } from './shown-action.ts';

export interface HeldActionOptions {
  readonly terms: HoldTerms;
  readonly mode: HoldMode;
  readonly eventId: EventId;
}

/** Nothing is owed by the server. Rejects where the catalogue cannot be read now. */
export async function heldActionOf(
  walk: SessionWalk,
  judged: JudgedText,
  { terms, mode, eventId }: HeldActionOptions,
): Promise<HeldAction> {
  const { gate, context, decider } = walk;
  const { identity } = context;
  const { kind, parameterTypes, bind } = judged;
  const held = heldOf(judged);
  const [first] = held.length > 0 ? held : judged.judgements;
  const fingerprint = await gate.meanings.fingerprint(
    identity.upstreamName,
    identity.database,
    usedRelations(judged),
  );
  const own = ownDefinitions(judged, walk.own);
  // Amid a pipeline what ran before may keep locks too.
  const inTransaction = context.transaction !== 'idle' || walk.unsynced;
  return {
    eventId,
    sessionId: identity.sessionId,
    principal: identity.principal,
    clientAddress: identity.clientAddress,
    upstream: identity.upstreamName,
    protocol: 'postgres',
    rule: [...new Set(held.map(({ decision }) => decision.rule))].join(', '),
    reason: gate.masking.masker.maskRecordText(first?.decision.reason ?? ''),
    bundleHash: first?.decision.bundleHash ?? '',
    terms,
    mode,
    actionDigest: decider.digestOf({ kind, text: digestText(judged), parameterTypes, bind }),
    meaningDigest: meaningDigest(judged, context, { fingerprint, own }),
    similarKey: similarKey(judged, context),
    inTransaction,
    tokenExpiresAtMs: undefined,
    view: shownAction(judged, {
      context,
      decider,
      masker: gate.masking.masker,
      lookup: gate.masking.types(identity.upstreamName, identity.database),
      inTransaction,
      own,
    }),
  };
}
