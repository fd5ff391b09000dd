/**
 * A reviewer's login at the configured issuer: authorization code (OpenID Connect Core 1.0 section 3.1) with PKCE (RFC
 * 7636), state and nonce. Refuses an ID token whose signature, issuer, audience, nonce or time does not fit, and one that
 * an agent acts with (RFC 8693 section 4.1): whoever reviews is a person.
 */
import { jwtVerify, type JWTPayload } from 'jose';
import * as oauth from 'oauth4webapi';
import type { LoginAttempt, ReviewerLogin } from '../../domain/approvals/reviewer-login.ts';
import type { Reviewer } from '../../domain/approvals/review-decision.ts';
import type { Clock } from '../../domain/clock.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import { revealSecret, type Secret } from '../../domain/secret.ts';
import { claimAt, isName, readAccounts, readGroups, readPerson, SUBJECT_LENGTH_MAX } from './claims.ts';
import { fetchIssuerDocument, issuerUrl } from './issuer-document.ts';
import { IssuerKeys, KEY_TIMES } from './issuer-keys.ts';

export interface ReviewerLoginOptions {
  readonly issuer: string;
  readonly algorithms: readonly string[];
  readonly jwksUri: string | undefined;
  readonly clockToleranceMs: number;
  readonly claims: { readonly groups: string; readonly person: string | undefined };
  readonly clientId: string;
  /** Undefined: a public client. */
  readonly clientSecret: (() => Promise<Secret<string>>) | undefined;
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  readonly clock: Clock;
  readonly log: Log;
}

const TIMEOUT_MS = 10_000;
const METADATA_FRESH_MS = 300_000;

type Metadata = oauth.AuthorizationServer;
type Claims = Readonly<Record<string, unknown>>;

export function createReviewerLogin(options: ReviewerLoginOptions): ReviewerLogin & { close(): void } {
  const { clock, log, issuer, clientId, redirectUri } = options;
  const closing = new AbortController();
  const keys = new IssuerKeys({
    issuer,
    jwksUri: options.jwksUri,
    times: KEY_TIMES,
    clock,
    log,
    signal: closing.signal,
  });
  const client: oauth.Client = { client_id: clientId };
  let known: { readonly metadata: Metadata; readonly readAtMs: number } | undefined;

  async function metadata(): Promise<Metadata> {
    if (known !== undefined && clock.monotonicMs() - known.readAtMs < METADATA_FRESH_MS)
      return known.metadata;
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const document = await fetchIssuerDocument(address, {
      timeoutMs: TIMEOUT_MS,
      signal: closing.signal,
    }).catch(issuerFailed);
    if (document['issuer'] !== issuer) return issuerFailed(new Error('it names another issuer'));
    for (const name of ['authorization_endpoint', 'token_endpoint'] as const) {
      const endpoint = document[name];
      if (typeof endpoint !== 'string') return issuerFailed(new Error(`it has no ${name}`));
      try {
        issuerUrl(endpoint);
      } catch (error) {
        return issuerFailed(error);
      }
    }
    // What is accepted is the configuration's to say, not the issuer's.
    const accepted = { ...document, id_token_signing_alg_values_supported: [...options.algorithms] };
    known = { metadata: accepted as unknown as Metadata, readAtMs: clock.monotonicMs() };
    return known.metadata;
  }

  function issuerFailed(cause: unknown): never {
    throw new GatehouseError('GH_LOGIN_ISSUER', 'The issuer cannot be asked now. Try again in a moment.', {
      message: `login at ${issuer}: ${reasonOf(cause)}`,
      cause,
    });
  }

  const requestOptions = () => ({
    signal: () => AbortSignal.any([closing.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    // The configuration lets an issuer be http on loopback alone.
    [oauth.allowInsecureRequests]: issuer.startsWith('http:'),
  });

  async function tokens(
    server: Metadata,
    answer: URLSearchParams,
    attempt: LoginAttempt,
  ): Promise<oauth.TokenEndpointResponse> {
    let checked: URLSearchParams;
    try {
      checked = oauth.validateAuthResponse(server, client, answer, attempt.state);
    } catch (cause) {
      if (cause instanceof oauth.AuthorizationResponseError) {
        throw new GatehouseError('GH_LOGIN_REFUSED', 'The issuer did not let you in.', {
          message: `login at ${issuer} refused: ${cause.error}`,
          cause,
        });
      }
      throw new GatehouseError('GH_LOGIN_ATTEMPT', 'This login is of another attempt. Start again.', {
        message: `login at ${issuer}: ${reasonOf(cause)}`,
        cause,
      });
    }
    const authentication =
      options.clientSecret === undefined
        ? oauth.None()
        : oauth.ClientSecretBasic(revealSecret(await options.clientSecret()));
    try {
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication,
        checked,
        redirectUri,
        attempt.codeVerifier,
        requestOptions(),
      );
      return await oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: attempt.nonce,
        requireIdToken: true,
      });
    } catch (cause) {
      if (cause instanceof oauth.ResponseBodyError) {
        throw new GatehouseError('GH_LOGIN_ATTEMPT', 'This login is too old, or was used. Start again.', {
          message: `login at ${issuer}: the token endpoint said ${cause.error}`,
          cause,
        });
      }
      if (cause instanceof oauth.OperationProcessingError) return tokenFailed(cause);
      return issuerFailed(cause);
    }
  }

  /** oauth4webapi has checked the claims; the signature is checked here, and the claims once more with it. */
  async function verified(idToken: string, nonce: string): Promise<JWTPayload> {
    const set = await keys.current();
    if (set === undefined) return issuerFailed(new Error('its keys cannot be had'));
    const verify = async (resolve: typeof set.resolve): Promise<JWTPayload> =>
      (
        await jwtVerify(idToken, resolve, {
          issuer,
          audience: clientId,
          algorithms: [...options.algorithms],
          requiredClaims: ['exp', 'iat', 'sub', 'nonce'],
          currentDate: new Date(clock.nowMs()),
          clockTolerance: options.clockToleranceMs / 1_000,
        })
      ).payload;
    let payload: JWTPayload;
    try {
      payload = await verify(set.resolve).catch(async (error: unknown) => {
        if ((error as { code?: unknown }).code !== 'ERR_JWKS_NO_MATCHING_KEY') throw error;
        const renewed = await keys.afterUnknownKey(set);
        if (typeof renewed === 'string') throw error;
        return verify(renewed.resolve);
      });
    } catch (cause) {
      return tokenFailed(cause);
    }
    if (payload['nonce'] !== nonce) return tokenFailed(new Error('its nonce is another'));
    // Section 3.1.3.7: a token for several audiences names the one that it was issued to.
    if (payload['azp'] !== undefined && payload['azp'] !== clientId)
      return tokenFailed(new Error('it was issued to another client'));
    return payload;
  }

  function tokenFailed(cause: unknown): never {
    throw new GatehouseError('GH_LOGIN_TOKEN', 'What the issuer answered does not prove who you are.', {
      message: `login at ${issuer}: the ID token was refused: ${reasonOf(cause)}`,
      cause,
    });
  }

  /**
   * What the ID token leaves out, where the issuer says it at its userinfo endpoint (section 5.3). An issuer that offers one
   * and does not answer there ends the login, unless the ID token says who the person is
   * (docs/decisions/0097-userinfo-that-fails.md).
   */
  async function withUserInfo(server: Metadata, claims: Claims, accessToken: string): Promise<Claims> {
    const { groups, person } = options.claims;
    const wanted = [groups, person].filter((each) => each !== undefined);
    const isComplete = wanted.every((path) => claimAt(claims, path) !== undefined);
    // Without any name of the account, four eyes would have `sub` alone to go by.
    if (isComplete && readAccounts(claims).length > 0) return claims;
    if (server.userinfo_endpoint === undefined) return claims;
    try {
      const response = await oauth.userInfoRequest(server, client, accessToken, requestOptions());
      const said = await oauth.processUserInfoResponse(server, client, claims['sub'] as string, response);
      return { ...said, ...claims };
    } catch (cause) {
      const isOfAnother = (cause as { code?: unknown }).code === oauth.JSON_ATTRIBUTE_COMPARISON;
      const isKnown = isComplete && person !== undefined && !isOfAnother;
      if (!isKnown) return issuerFailed(new Error(`userinfo: ${reasonOf(cause)}`, { cause }));
      log.warn(
        { err: cause, issuer },
        'userinfo could not be had; the reviewer is known by the ID token alone',
      );
      return claims;
    }
  }

  function reviewerFrom(claims: Claims): Reviewer {
    const { sub } = claims;
    // An actor's token is an agent's, whoever it acts for; `may_act` only says that one might.
    if (Object.hasOwn(claims, 'act')) {
      throw new GatehouseError('GH_LOGIN_AGENT', 'This login is an agent’s: only people review.', {
        message: `login at ${issuer}: the token has an actor`,
      });
    }
    const groups = readGroups(claims, options.claims.groups);
    const person = readPerson(claims, options.claims.person);
    if (!isName(sub, SUBJECT_LENGTH_MAX) || groups === undefined || person === 'malformed')
      return tokenFailed(new Error('a claim is not in form'));
    const name = claims['name'];
    return {
      subject: sub,
      issuer,
      groups,
      name: isName(name, SUBJECT_LENGTH_MAX) ? name : sub,
      accounts: readAccounts(claims),
      person: person?.name,
    };
  }

  return {
    newAttempt: () => ({
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      codeVerifier: oauth.generateRandomCodeVerifier(),
    }),
    async authorizationUrl(attempt, again) {
      const server = await metadata();
      const url = new URL(server.authorization_endpoint as string);
      const parameters = {
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: options.scopes.join(' '),
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(attempt.codeVerifier),
        code_challenge_method: 'S256',
        ...(again ? { prompt: 'login' } : {}),
      };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return url.href;
    },
    async reviewerOf(answer, attempt) {
      const server = await metadata();
      const got = await tokens(server, answer, attempt);
      const claims = await verified(got.id_token as string, attempt.nonce);
      return reviewerFrom(await withUserInfo(server, claims, got.access_token));
    },
    close: () => closing.abort(),
  };
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : 'failed');
