/**
 * The seals of approvals: HMAC-SHA-256 (RFC 2104) with a key that workers and the console share and nobody else reads.
 * A seal covers the whole stored text, and its purpose and what it is bound to, each length-prefixed: no text of one
 * purpose passes for another's, and no decision for one of another request.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

import { canonicalForm } from '../canonical.ts';
import { revealSecret, type Secret } from '../secret.ts';
import type { ApprovalRequest } from './approval-request.ts';
import type { ReviewDecision } from './review-decision.ts';
import type { StandingGrant } from './standing-grant.ts';

/** A text and the proof that it comes from a worker or the console. */
export interface Sealed {
  readonly text: string;
  /** 64 hex digits. */
  readonly seal: string;
}

type Purpose = 'approval-request/1' | 'review-decision/1' | 'standing-grant/1' | 'request-state/1';

export interface ApprovalSeals {
  sealRequest(request: ApprovalRequest): Sealed;
  /** Undefined where the seal does not fit: it is then nobody's. */
  openRequest(sealed: Sealed): ApprovalRequest | undefined;
  /** A decision belongs to one request, by that one's seal. */
  sealDecision(decision: ReviewDecision, request: Sealed): Sealed;
  openDecision(sealed: Sealed, request: Sealed): ReviewDecision | undefined;
  sealGrant(grant: StandingGrant): Sealed;
  openGrant(sealed: Sealed): StandingGrant | undefined;
  /** For what a client carries and brings back (MCP's `requestState`), bound to its principal. */
  sealState(state: string, principalKey: string): string;
  /** The state; undefined where it is not one that was given to this principal. */
  openState(carried: string, principalKey: string): string | undefined;
}

export const APPROVAL_KEY_BYTES_MIN = 32;
const SEAL_BYTES = 32;
const SEAL = /^[0-9a-f]{64}$/;

/** `key` is used through HKDF (RFC 5869), so that one key may serve other purposes of the gate's too. */
export function createApprovalSeals(key: Secret<Uint8Array>): ApprovalSeals {
  const derived = Buffer.from(hkdfSync('sha256', revealSecret(key), '', 'gatehouse approvals 1', SEAL_BYTES));
  const sealOf = (purpose: Purpose, text: string, bound: string): string =>
    createHmac('sha256', derived)
      .update(
        canonicalForm(purpose, [
          ['bound', bound],
          ['text', text],
        ]),
      )
      .digest('hex');
  const fits = (purpose: Purpose, { text, seal }: Sealed, bound: string): boolean => {
    // Reading hex stops at what is none, and would take a seal with anything behind it.
    if (!SEAL.test(seal)) return false;
    return timingSafeEqual(Buffer.from(seal, 'hex'), Buffer.from(sealOf(purpose, text, bound), 'hex'));
  };
  const seal = (purpose: Purpose, value: unknown, bound: string): Sealed => {
    const text = JSON.stringify(value);
    return { text, seal: sealOf(purpose, text, bound) };
  };
  const open = <T>(purpose: Purpose, sealed: Sealed, bound: string): T | undefined =>
    fits(purpose, sealed, bound) ? (JSON.parse(sealed.text) as T) : undefined;
  return {
    sealRequest: (request) => seal('approval-request/1', request, ''),
    openRequest: (sealed) => open('approval-request/1', sealed, ''),
    sealDecision: (decision, request) => seal('review-decision/1', decision, request.seal),
    openDecision: (sealed, request) => open('review-decision/1', sealed, request.seal),
    sealGrant: (grant) => seal('standing-grant/1', grant, ''),
    openGrant: (sealed) => open('standing-grant/1', sealed, ''),
    sealState: (state, principalKey) =>
      `${Buffer.from(state, 'utf8').toString('base64url')}.${sealOf('request-state/1', state, principalKey)}`,
    openState(carried, principalKey) {
      const dot = carried.lastIndexOf('.');
      if (dot < 0) return undefined;
      const text = Buffer.from(carried.slice(0, dot), 'base64url').toString('utf8');
      return fits('request-state/1', { text, seal: carried.slice(dot + 1) }, principalKey) ? text : undefined;
    },
  };
}
