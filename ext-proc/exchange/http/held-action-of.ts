/** A request that policy holds, as the approval desk takes it. Everything in its view is masked (I3). */
import { hash } from 'node:crypto';
import { asSessionId } from '../../domain/ids.ts';
import type { Decision } from '../../domain/decision.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { HoldMode, HoldTerms } from '../../domain/approvals/hold-terms.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { HeldAction } from '../approvals/held-action.ts';
import { toolMeaning } from '../mcp/known-tools.ts';
import type { Masker } from '../../masking/masker.ts';
import { fieldValue } from '../../protocols/http/header-fields.ts';
import type { DecidableRequest, DescribedRequest } from './dialect.ts';
import type { HttpEvent } from './http-event.ts';
import type { HttpGate } from './http-gate.ts';
import type { HttpObligations } from './obligations.ts';

export interface HeldSource {
  readonly gate: HttpGate;
  readonly event: HttpEvent;
  readonly request: DecidableRequest;
  readonly described: Pick<DescribedRequest, 'kind' | 'held' | 'tool' | 'cancelKey'>;
  readonly decision: Decision;
  readonly obligations: HttpObligations;
  readonly terms: HoldTerms;
  readonly mode: HoldMode;
  /** Of the token. */
  readonly expiresAtMs: number;
}

export type HeldActionResult =
  | { readonly ok: true; readonly action: HeldAction }
  | { readonly ok: false; readonly code: string; readonly publicMessage: string };

export function heldActionOf(source: HeldSource): HeldActionResult {
  const { gate, event, request, described, decision, obligations, terms, mode, expiresAtMs } = source;
  const { held, kind } = described;
  const { route, principal, clientAddress } = request;
  const { masker } = gate.masking;
  if (!held.whole || hidesPlaces(request.head.path, masker)) return UNSEEN;
  const cookies = obligations.revealedHeaders.has('set-cookie');
  let payload: string;
  try {
    payload = held.payload({ masker, marks: obligations.recordMarks }, cookies);
  } catch (error) {
    if (error instanceof GatehouseError) return UNSEEN;
    throw error;
  }
  const masked = (text: string): string => masker.maskRecordText(text);
  // Whoever's the cookie is, the server takes the request for theirs.
  const hidesCookie = cookies && fieldValue(request.head.fields, 'cookie') !== undefined;
  return {
    ok: true,
    action: {
      eventId: event.eventId,
      sessionId: request.head.websocket ? event.sessionId : asSessionId(''),
      cancelKey: described.cancelKey,
      principal,
      clientAddress,
      upstream: route.upstream.name,
      protocol: route.upstream.protocol,
      rule: decision.rule,
      reason: masked(decision.reason),
      bundleHash: decision.bundleHash,
      // What waits on a stream waits no longer than Envoy keeps it.
      terms:
        mode === 'wait' ? { ...terms, deadlineMs: Math.min(terms.deadlineMs, LIMITS.httpHoldMsMax) } : terms,
      mode,
      actionDigest: held.digest(cookies),
      // A server that declares its tool anew after it was approved has another one called.
      meaningDigest: kind === 'mcp.tool' ? toolMeaning(gate, route.upstream.name, described.tool) : '',
      similarKey: keptKey(`${held.similarKey(cookies)} on ${request.head.host} by ${route.name}`, masked),
      inTransaction: false,
      tokenExpiresAtMs: expiresAtMs,
      view: {
        kind,
        words: masked(held.words),
        payload,
        language: held.language,
        parameters: [],
        partly: hidesCookie,
        facts: held.facts.map(([name, value]) => [name, masked(value)] as const),
        warnings: [
          ...(obligations.requestMarks.empty
            ? []
            : ['Policy masks or removes fields of this on its way to the server.']),
          ...(hidesCookie ? ['It goes on with a cookie of the client, which is not shown.'] : []),
        ],
      },
    },
  };
}

/** A mask that reaches over a slash: what stands for the path would name another place than the one that is asked for. */
const hidesPlaces = (path: string, masker: Masker): boolean =>
  masker.maskRecordText(path).split('/').length !== path.split('/').length;

/** Of two that are masked alike a grant for the one is none for the other. */
function keptKey(key: string, masked: (text: string) => string): string {
  const shown = masked(key);
  return shown === key ? key : `${shown} ${hash('sha256', key, 'hex')}`;
}

const UNSEEN: HeldActionResult = {
  ok: false,
  code: 'GH_APPROVAL_UNSEEN',
  publicMessage:
    'This needs approval, and a reviewer could not see all of what would run; send JSON or a form of at most 512 KiB, or no body.',
};
