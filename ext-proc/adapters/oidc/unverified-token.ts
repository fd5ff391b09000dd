/**
 * A compact JWS (RFC 7515 section 7.1) read without being believed: enough to choose the issuer and to refuse what
 * no issuer should send. Everything here is under the client's control until the signature has been verified, so
 * nothing of it may be logged or answered.
 */
import { parseStrictJson } from './strict-json.ts';
import { refuseToken, type TokenRefusal } from './token-refusal.ts';

/** A token with the groups of a large directory is some 8 KiB. */
export const TOKEN_BYTES_MAX = 16_384;
const KID_LENGTH_MAX = 256;
const ISSUER_LENGTH_MAX = 2_048;

/**
 * Headers by which a token would bring its own key, or ask for processing that the gate does not do
 * (RFC 7515 sections 4.1.2 to 4.1.6 and 4.1.11, RFC 7797). They are refused rather than ignored: no honest issuer of
 * access tokens sends them, and a probe should be seen as one.
 */
const HEADERS_REFUSED = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64', 'zip'] as const;

export interface UnverifiedToken {
  readonly ok: true;
  readonly algorithm: string;
  readonly keyId: string | undefined;
  /** The header's `typ` in lower case without `application/`. */
  readonly type: 'at+jwt' | 'jwt';
  readonly issuer: string;
}

/** Reads header and `iss`, or refuses with GH_TOKEN_TOO_LONG, GH_TOKEN_MALFORMED, GH_TOKEN_HEADER or GH_TOKEN_TYPE. */
export function readUnverifiedToken(token: string): UnverifiedToken | TokenRefusal {
  if (token.length > TOKEN_BYTES_MAX) return refuseToken('GH_TOKEN_TOO_LONG');
  const parts = token.split('.', 4);
  if (parts.length !== 3) return refuseToken('GH_TOKEN_MALFORMED');
  const header = readPart(parts[0]);
  const claims = readPart(parts[1]);
  // An empty signature is an unsecured token: well formed, and refused for its algorithm.
  if (header === undefined || claims === undefined || !/^[A-Za-z0-9_-]*$/.test(parts[2] ?? '')) {
    return refuseToken('GH_TOKEN_MALFORMED');
  }

  const { alg, kid, typ } = header;
  if (typeof alg !== 'string' || alg.length > 32) return refuseToken('GH_TOKEN_MALFORMED');
  if (HEADERS_REFUSED.some((name) => Object.hasOwn(header, name))) return refuseToken('GH_TOKEN_HEADER');
  if (kid !== undefined && !isKeyId(kid)) return refuseToken('GH_TOKEN_HEADER');
  const type = tokenType(typ);
  if (type === undefined) return refuseToken('GH_TOKEN_TYPE');
  const issuer = claims.iss;
  if (typeof issuer !== 'string' || issuer.length > ISSUER_LENGTH_MAX) return refuseToken('GH_TOKEN_ISSUER');
  return { ok: true, algorithm: alg, keyId: kid, type, issuer };
}

/** RFC 9068 section 2.1, or the `JWT` of issuers older than it; a token that does not say what it is, is refused. */
function tokenType(typ: unknown): UnverifiedToken['type'] | undefined {
  if (typeof typ !== 'string') return undefined;
  const type = typ.toLowerCase().replace(/^application\//, '');
  return type === 'at+jwt' || type === 'jwt' ? type : undefined;
}

function isKeyId(kid: unknown): kid is string {
  return typeof kid === 'string' && kid !== '' && kid.length <= KID_LENGTH_MAX && !/[^\x20-\x7e]/.test(kid);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** One base64url part as a JSON object; undefined for anything else. */
function readPart(part: string | undefined): Readonly<Record<string, unknown>> | undefined {
  // Buffer's decoder skips what is not base64url; a token with such characters is not one.
  if (part === undefined || !/^[A-Za-z0-9_-]+$/.test(part) || part.length % 4 === 1) return undefined;
  try {
    const value = parseStrictJson(decoder.decode(Buffer.from(part, 'base64url')));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
