/**
 * What Slack sends is signed with the signing secret of its app: `X-Slack-Signature` is `v0=` and the HMAC-SHA-256, in hex,
 * of `v0:timestamp:body` (Slack's "Verifying requests from Slack"). Stale requests are refused, so that one that was
 * overheard is of no use later.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

import { revealSecret, type Secret } from '../../domain/secret.ts';

export const SLACK_TOLERANCE_MS = 5 * 60_000;

export type VerifiedSlack =
  | {
      readonly kind: 'verified';
      /** Differs between any two requests. */
      readonly signature: string;
    }
  | {
      readonly kind: 'refused';
      readonly code: 'GH_SLACK_UNSIGNED' | 'GH_SLACK_STALE' | 'GH_SLACK_SIGNATURE';
    };

export function verifySlack(
  secret: Secret<string>,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  body: Uint8Array,
  nowMs: number,
): VerifiedSlack {
  const timestamp = headers['x-slack-request-timestamp'];
  const signature = headers['x-slack-signature'];
  if (typeof timestamp !== 'string' || typeof signature !== 'string') return refused('GH_SLACK_UNSIGNED');
  if (!/^[0-9]{1,12}$/.test(timestamp) || !/^v0=[0-9a-f]{64}$/.test(signature))
    return refused('GH_SLACK_UNSIGNED');
  if (Math.abs(nowMs - Number(timestamp) * 1_000) > SLACK_TOLERANCE_MS) return refused('GH_SLACK_STALE');
  const wanted = slackSignature(secret, timestamp, body);
  return timingSafeEqual(Buffer.from(signature), Buffer.from(wanted))
    ? { kind: 'verified', signature }
    : refused('GH_SLACK_SIGNATURE');
}

/** `v0=…` */
export const slackSignature = (secret: Secret<string>, timestamp: string, body: Uint8Array): string =>
  `v0=${createHmac('sha256', revealSecret(secret)).update(`v0:${timestamp}:`).update(body).digest('hex')}`;

const refused = (code: (VerifiedSlack & { kind: 'refused' })['code']): VerifiedSlack => ({
  kind: 'refused',
  code,
});
