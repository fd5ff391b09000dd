/**
 * Access tokens to identities, as RFC 9068 section 4 and RFC 8725 ask: the issuer is chosen by exact match, its
 * algorithm allow-list and published keys verify the signature, then audience, times and claims. The procedure is
 * read from top to bottom in `verify`. Never throws and never fails open.
 */
import { jwtVerify } from 'jose';
import type { Clock } from '../../domain/clock.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import type { TokenVerdict, TokenVerifier } from '../../domain/ports.ts';
import { revealSecret, type Secret } from '../../domain/secret.ts';
import { identityFromClaims } from './claims.ts';
import { IssuerKeys, KEY_TIMES, type KeySet, type KeyTimes } from './issuer-keys.ts';
import { refuseToken, type TokenRefusal, type TokenRefusalCode } from './token-refusal.ts';
import { readUnverifiedToken, type UnverifiedToken } from './unverified-token.ts';
import { VerifiedTokens } from './verified-tokens.ts';

export interface IssuerSettings {
  /** Compared with `iss` byte by byte. */
  readonly issuer: string;
  /** One of these must be in `aud`. */
  readonly audience: string | readonly string[];
  readonly algorithms: readonly string[];
  /** Where the keys are; by discovery from `issuer` where undefined. */
  readonly jwksUri?: string | undefined;
  readonly claims?:
    { readonly groups?: string | undefined; readonly person?: string | undefined } | undefined;
  readonly clockToleranceMs: number;
  /** The longest `exp` − `iat` accepted; any where undefined. */
  readonly tokenLifetimeMaxMs?: number | undefined;
  /** How old keys may be while the issuer cannot be reached; one hour where undefined. */
  readonly jwksStaleMaxMs?: number | undefined;
}

export interface TokenVerifierOptions {
  readonly issuers: readonly IssuerSettings[];
  readonly clock: Clock;
  readonly log: Log;
  readonly keyTimes?: Partial<KeyTimes>;
}

/** Signatures that only the issuer can make. HS* would let everyone who can verify also sign. */
const ALGORITHMS_KNOWN: ReadonlySet<string> = new Set(
  'ES256 ES384 ES512 RS256 RS384 RS512 PS256 PS384 PS512 EdDSA Ed25519'.split(' '),
);

interface Issuer {
  readonly settings: IssuerSettings;
  readonly keys: IssuerKeys;
}

/**
 * Throws GH_ISSUER_CONFIGURATION or GH_ISSUER_ADDRESS where the settings cannot be right. Nothing is fetched before
 * the first token. `close` aborts fetches under way; tokens are refused after it.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier & { close(): void } {
  const { clock, log } = options;
  const closing = new AbortController();
  const issuers = new Map<string, Issuer>();
  for (const settings of options.issuers) {
    checkSettings(settings, issuers);
    const times = {
      ...KEY_TIMES,
      staleMaxMs: settings.jwksStaleMaxMs ?? KEY_TIMES.staleMaxMs,
      ...options.keyTimes,
    };
    const { issuer, jwksUri } = settings;
    const keys = new IssuerKeys({ issuer, jwksUri, times, clock, log, signal: closing.signal });
    issuers.set(issuer, { settings, keys });
  }
  const verified = new VerifiedTokens();

  async function verify(token: string): Promise<TokenVerdict> {
    const digest = VerifiedTokens.digest(token);
    const seen = seenBefore(digest);
    if (seen !== undefined) return seen;

    const unverified = readUnverifiedToken(token);
    if (!unverified.ok) return unverified;
    const issuer = issuers.get(unverified.issuer);
    if (issuer === undefined) return refuseToken('GH_TOKEN_ISSUER');
    if (!issuer.settings.algorithms.includes(unverified.algorithm)) return refuseToken('GH_TOKEN_ALGORITHM');

    const keys = await issuer.keys.current();
    if (keys === undefined) return refuseToken('GH_ISSUER_UNREACHABLE');
    let used = keys;
    let verdict = await verifyWith(keys, token, unverified, issuer.settings);
    if (!verdict.ok && verdict.code === 'GH_TOKEN_KEY') {
      const renewed = await issuer.keys.afterUnknownKey(keys);
      if (renewed === 'unchanged') return verdict;
      if (renewed === 'unreachable') return refuseToken('GH_ISSUER_UNREACHABLE');
      used = renewed;
      verdict = await verifyWith(renewed, token, unverified, issuer.settings);
    }
    if (verdict.ok)
      verified.put(digest, { identity: verdict.identity, issuer: unverified.issuer, keys: used });
    return verdict;
  }

  /** The verdict on a token verified before; undefined where it must be verified (again). */
  function seenBefore(digest: string): TokenVerdict | undefined {
    const entry = verified.get(digest);
    if (entry === undefined) return undefined;
    const issuer = issuers.get(entry.issuer);
    if (issuer === undefined || issuer.keys.fresh() !== entry.keys) return undefined;
    if (entry.identity.expiresAtMs + issuer.settings.clockToleranceMs <= clock.nowMs()) {
      verified.forget(digest);
      return refuseToken('GH_TOKEN_EXPIRED');
    }
    return { ok: true, identity: entry.identity };
  }

  async function verifyWith(
    keys: KeySet,
    token: string,
    unverified: UnverifiedToken,
    settings: IssuerSettings,
  ): Promise<TokenVerdict | TokenRefusal> {
    const nowMs = clock.nowMs();
    try {
      const { payload } = await jwtVerify(token, keys.resolve, {
        issuer: settings.issuer,
        audience: typeof settings.audience === 'string' ? settings.audience : [...settings.audience],
        algorithms: [...settings.algorithms],
        requiredClaims: ['exp', 'sub'],
        currentDate: new Date(nowMs),
        clockTolerance: settings.clockToleranceMs / 1_000,
      });
      return identityFromClaims(payload, {
        issuer: settings.issuer,
        groupsClaim: settings.claims?.groups ?? 'groups',
        personClaim: settings.claims?.person,
        type: unverified.type,
        nowMs,
        clockToleranceMs: settings.clockToleranceMs,
        lifetimeMaxMs: settings.tokenLifetimeMaxMs,
      });
    } catch (error) {
      const code = refusalCode(error);
      if (code === 'GH_TOKEN_UNVERIFIED')
        log.error({ issuer: settings.issuer, error: String(error) }, 'token verification failed');
      return refuseToken(code);
    }
  }

  return {
    verify: (token: Secret<string>) => {
      if (closing.signal.aborted) return Promise.resolve(refuseToken('GH_ISSUER_UNREACHABLE'));
      return verify(revealSecret(token)).catch((error: unknown) => {
        log.error({ error: String(error) }, 'token verification failed');
        return refuseToken('GH_TOKEN_UNVERIFIED');
      });
    },
    close: () => {
      closing.abort();
      verified.clear();
    },
  };
}

/** jose's own stable codes to the gate's. */
function refusalCode(error: unknown): TokenRefusalCode {
  const { code, claim, reason } = error as { code?: unknown; claim?: unknown; reason?: unknown };
  switch (code) {
    case 'ERR_JWT_EXPIRED':
      return 'GH_TOKEN_EXPIRED';
    case 'ERR_JWT_CLAIM_VALIDATION_FAILED':
      if (claim === 'aud') return 'GH_TOKEN_AUDIENCE';
      if (claim === 'iss') return 'GH_TOKEN_ISSUER';
      return claim === 'nbf' && reason === 'check_failed' ? 'GH_TOKEN_NOT_YET_VALID' : 'GH_TOKEN_CLAIMS';
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return 'GH_TOKEN_SIGNATURE';
    case 'ERR_JOSE_ALG_NOT_ALLOWED':
    case 'ERR_JOSE_NOT_SUPPORTED':
      return 'GH_TOKEN_ALGORITHM';
    case 'ERR_JWKS_NO_MATCHING_KEY':
    case 'ERR_JWKS_MULTIPLE_MATCHING_KEYS':
      return 'GH_TOKEN_KEY';
    case 'ERR_JWS_INVALID':
    case 'ERR_JWT_INVALID':
      return 'GH_TOKEN_MALFORMED';
    default:
      return 'GH_TOKEN_UNVERIFIED';
  }
}

function checkSettings(settings: IssuerSettings, known: ReadonlyMap<string, Issuer>): void {
  const wrong = (why: string): never => {
    throw new GatehouseError('GH_ISSUER_CONFIGURATION', "The gate's issuer is configured wrongly.", {
      message: `issuer ${JSON.stringify(settings.issuer)}: ${why}`,
    });
  };
  if (known.has(settings.issuer)) wrong('is configured twice');
  if (settings.audience.length === 0) wrong('has no audience');
  if (settings.algorithms.length === 0) wrong('has no algorithm');
  const refused = settings.algorithms.find((algorithm) => !ALGORITHMS_KNOWN.has(algorithm));
  if (refused !== undefined) {
    wrong(
      `algorithm ${JSON.stringify(refused)} is not accepted; use one of ${[...ALGORITHMS_KNOWN].join(', ')}`,
    );
  }
}
