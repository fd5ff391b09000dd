/**
 * Verified claims to a principal. Called only with claims whose signature, issuer, audience and times have been
 * checked. RFC 7519 section 4.1, RFC 8693 section 4.1 (`act`), RFC 7800 (`cnf`), RFC 9068 (access tokens).
 */
import type { VerifiedIdentity } from '../../domain/principal.ts';
import { refuseToken, type TokenRefusal } from './token-refusal.ts';

export const SUBJECT_LENGTH_MAX = 512;
const GROUPS_MAX = 1_024;
const GROUP_LENGTH_MAX = 256;
const ACTOR_DEPTH_MAX = 8;
/** 9999-12-31: anything later is a mistake or an attempt at an eternal session. */
const NUMERIC_DATE_MAX = 253_402_300_799;
/** Names of the account that mean its person too; an ID token says them in the scopes `email` and `profile`. */
const ACCOUNT_CLAIMS = ['email', 'preferred_username', 'upn'] as const;

/** Claims that only an ID token carries (OpenID Connect Core sections 2 and 3.3.2.11) or only a logout token does. */
const FOREIGN_CLAIMS = ['at_hash', 'c_hash', 's_hash', 'nonce', 'events'] as const;
/** Keycloak puts the kind of token into a claim: its access tokens say `Bearer`. */
const FOREIGN_TYPES: ReadonlySet<string> = new Set(['id', 'refresh', 'offline', 'logout', 'dpop']);

export interface ClaimRules {
  readonly issuer: string;
  /** Name of a claim, or a path into nested ones such as `realm_access.roles`. */
  readonly groupsClaim: string;
  /** As `groupsClaim`, of the claim that names the person; undefined where none does. */
  readonly personClaim?: string | undefined;
  /** The header's `typ`: an `at+jwt` has said that it is an access token. */
  readonly type: 'at+jwt' | 'jwt';
  readonly nowMs: number;
  readonly clockToleranceMs: number;
  readonly lifetimeMaxMs: number | undefined;
}

type Claims = Readonly<Record<string, unknown>>;

export function identityFromClaims(
  claims: Claims,
  rules: ClaimRules,
): { readonly ok: true; readonly identity: VerifiedIdentity } | TokenRefusal {
  if (rules.type !== 'at+jwt' && FOREIGN_CLAIMS.some((name) => Object.hasOwn(claims, name))) {
    return refuseToken('GH_TOKEN_TYPE');
  }
  if (typeof claims.typ === 'string' && FOREIGN_TYPES.has(claims.typ.toLowerCase()))
    return refuseToken('GH_TOKEN_TYPE');
  // RFC 8705 section 3.1, RFC 9449 section 7.1: who accepts a bound token must check its binding.
  if (Object.hasOwn(claims, 'cnf')) return refuseToken('GH_TOKEN_BOUND');

  const { exp, iat, sub, jti } = claims;
  if (!isDate(exp) || (iat !== undefined && !isDate(iat)) || !isName(sub, SUBJECT_LENGTH_MAX)) {
    return refuseToken('GH_TOKEN_CLAIMS');
  }
  if (jti !== undefined && !isName(jti, SUBJECT_LENGTH_MAX)) return refuseToken('GH_TOKEN_CLAIMS');
  if (iat !== undefined) {
    if (iat > exp) return refuseToken('GH_TOKEN_CLAIMS');
    if (iat * 1_000 > rules.nowMs + rules.clockToleranceMs) return refuseToken('GH_TOKEN_NOT_YET_VALID');
  }
  if (rules.lifetimeMaxMs !== undefined) {
    if (iat === undefined) return refuseToken('GH_TOKEN_CLAIMS');
    if ((exp - iat) * 1_000 > rules.lifetimeMaxMs) return refuseToken('GH_TOKEN_LIFETIME');
  }

  const actor = currentActor(claims, rules.issuer);
  const groups = readGroups(claims, rules.groupsClaim);
  const person = readPerson(claims, rules.personClaim);
  const accounts = readAccounts(claims);
  if (actor === 'malformed' || groups === undefined || person === 'malformed')
    return refuseToken('GH_TOKEN_CLAIMS');
  return {
    ok: true,
    identity: {
      principal: {
        subject: actor?.subject ?? sub,
        onBehalfOf: actor === undefined ? undefined : sub,
        issuer: rules.issuer,
        groups,
        ...(person === undefined ? {} : { person: person.name }),
        ...(accounts.length === 0 ? {} : { accounts }),
      },
      expiresAtMs: exp * 1_000,
      tokenId: jti,
    },
  };
}

/**
 * The party that acts now: the outermost `act`. The nested ones tell of earlier actors and must not decide anything
 * (RFC 8693 section 4.1), but a chain that is not well formed makes the whole token suspect. An actor of another
 * issuer is refused: a principal names one issuer, and the same `sub` there may be someone else.
 */
function currentActor(
  claims: Claims,
  issuer: string,
): { readonly subject: string } | undefined | 'malformed' {
  if (!Object.hasOwn(claims, 'act')) return undefined;
  let actor: unknown = claims.act;
  let subject: string | undefined;
  for (let depth = 0; depth < ACTOR_DEPTH_MAX; depth++) {
    if (typeof actor !== 'object' || actor === null || Array.isArray(actor)) return 'malformed';
    const { sub, iss } = actor as Claims;
    if (!isName(sub, SUBJECT_LENGTH_MAX)) return 'malformed';
    if (subject === undefined) {
      if (iss !== undefined && iss !== issuer) return 'malformed';
      subject = sub;
    }
    if (!Object.hasOwn(actor, 'act')) return { subject };
    actor = (actor as Claims).act;
  }
  return 'malformed';
}

/** Absent is a person of whom nothing is known. */
export function readPerson(
  claims: Claims,
  path: string | undefined,
): { readonly name: string } | undefined | 'malformed' {
  const value = path === undefined ? undefined : claimAt(claims, path);
  if (value === undefined) return undefined;
  const name = typeof value === 'number' ? String(value) : value;
  return isName(name, SUBJECT_LENGTH_MAX) ? { name } : 'malformed';
}

/**
 * What else the issuer calls the account of `sub`, each once; what is no name is left out. They are compared so that nobody
 * decides for themselves, where `sub` is another for each client (OpenID Connect Core section 8.1), and give no right.
 */
export function readAccounts(claims: Claims): readonly string[] {
  const names = ACCOUNT_CLAIMS.map((claim) => claimOf(claims, claim)).filter((each) =>
    isName(each, SUBJECT_LENGTH_MAX),
  );
  return [...new Set(names)];
}

const claimOf = (claims: Claims, name: string): unknown =>
  Object.hasOwn(claims, name) ? claims[name] : undefined;

/** Absent is no groups; anything but a bounded list of names is undefined. */
export function readGroups(claims: Claims, path: string): readonly string[] | undefined {
  const value = claimAt(claims, path);
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > GROUPS_MAX) return undefined;
  return value.every((group) => isName(group, GROUP_LENGTH_MAX))
    ? [...new Set(value as string[])]
    : undefined;
}

/** A claim whose whole name is `path` wins, since names such as `https://example.com/groups` have dots of their own. */
export function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Claims)[name];
  }
  return value;
}

function isDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= NUMERIC_DATE_MAX;
}

/** Text fit for a record and a policy: bounded, not empty, without control characters or lone surrogates. */
export function isName(value: unknown, lengthMax: number): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= lengthMax &&
    // oxlint-disable-next-line no-control-regex
    !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(value) &&
    value.isWellFormed()
  );
}
