/**
 * Standard Webhooks 1.0.0 (standardwebhooks.com), symmetric signatures: HMAC-SHA-256 over `id.timestamp.body` with a secret
 * of 24 to 64 bytes that is written `whsec_` and base64. Both ways: what the gate sends, and what comes from outside.
 *
 * Several secrets at once are for a change of them: what is sent carries a signature of each, and what comes may be signed
 * with any. Bytes are signed as they are; nothing is parsed before its signature fits.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

import { GatehouseError } from '../../domain/errors.ts';
import { revealSecret, Secret } from '../../domain/secret.ts';

export const WEBHOOK_TOLERANCE_MS = 5 * 60_000;

const PREFIX = 'whsec_';
const SECRET_BYTES_MIN = 24;
const SECRET_BYTES_MAX = 64;
const SECRETS_MAX = 4;
/** As many signatures are looked at; a sender in the middle of a change of secrets has two. */
const SIGNATURES_MAX = 8;

export type WebhookSecret = Secret<Uint8Array>;

/** One or several secrets, separated by blanks or lines. Throws GH_WEBHOOK_SECRET, which never quotes one. */
export function readWebhookSecrets(text: string): readonly WebhookSecret[] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0 || words.length > SECRETS_MAX) throw malformed(`there are ${words.length} secrets`);
  return words.map((word) => {
    const encoded = word.startsWith(PREFIX) ? word.slice(PREFIX.length) : '';
    const bytes = Buffer.from(encoded, 'base64');
    if (encoded === '' || bytes.toString('base64').replace(/=+$/, '') !== encoded.replace(/=+$/, '')) {
      throw malformed('one is not whsec_ and base64');
    }
    if (bytes.length < SECRET_BYTES_MIN || bytes.length > SECRET_BYTES_MAX) {
      throw malformed(`one has ${bytes.length} bytes`);
    }
    return new Secret<Uint8Array>(bytes);
  });
}

const malformed = (what: string): GatehouseError =>
  new GatehouseError('GH_WEBHOOK_SECRET', 'The secret of a webhook is not in form.', {
    message: `a webhook's secret: ${what}; it is whsec_ and the base64 of ${SECRET_BYTES_MIN} to ${SECRET_BYTES_MAX} random bytes, at most ${SECRETS_MAX} of them: echo "whsec_$(openssl rand -base64 32)"`,
  });

export interface WebhookHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/** `id` holds no full stop; the same for every attempt. `nowMs` is of the attempt. */
export function signWebhook(
  secrets: readonly WebhookSecret[],
  id: string,
  nowMs: number,
  body: string,
): WebhookHeaders {
  const timestamp = String(Math.floor(nowMs / 1_000));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets
      .map((secret) => `v1,${macOf(secret, id, timestamp, Buffer.from(body, 'utf8')).toString('base64')}`)
      .join(' '),
  };
}

export type VerifiedWebhook =
  | { readonly kind: 'verified'; readonly id: string }
  | {
      readonly kind: 'refused';
      readonly code: 'GH_WEBHOOK_UNSIGNED' | 'GH_WEBHOOK_STALE' | 'GH_WEBHOOK_SIGNATURE';
    };

/** Whether somebody with one of the secrets has sent this lately. Of a header that comes twice none is taken. */
export function verifyWebhook(
  secrets: readonly WebhookSecret[],
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  body: Uint8Array,
  nowMs: number,
): VerifiedWebhook {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string')
    return refused('GH_WEBHOOK_UNSIGNED');
  if (!/^[A-Za-z0-9_-]{1,256}$/.test(id) || !/^[0-9]{1,12}$/.test(timestamp))
    return refused('GH_WEBHOOK_UNSIGNED');
  if (Math.abs(nowMs - Number(timestamp) * 1_000) > WEBHOOK_TOLERANCE_MS) return refused('GH_WEBHOOK_STALE');
  const given = signatures.split(' ', SIGNATURES_MAX).flatMap((each) => {
    const [version, signature] = each.split(',');
    return version === 'v1' && signature !== undefined ? [Buffer.from(signature, 'base64')] : [];
  });
  // Every secret with every signature, whichever fits: how long it takes says nothing.
  let fits = false;
  for (const secret of secrets) {
    const wanted = macOf(secret, id, timestamp, body);
    for (const each of given) if (each.length === wanted.length && timingSafeEqual(each, wanted)) fits = true;
  }
  return fits ? { kind: 'verified', id } : refused('GH_WEBHOOK_SIGNATURE');
}

const refused = (code: (VerifiedWebhook & { kind: 'refused' })['code']): VerifiedWebhook => ({
  kind: 'refused',
  code,
});

const macOf = (secret: WebhookSecret, id: string, timestamp: string, body: Uint8Array): Buffer =>
  createHmac('sha256', revealSecret(secret)).update(`${id}.${timestamp}.`).update(body).digest();
