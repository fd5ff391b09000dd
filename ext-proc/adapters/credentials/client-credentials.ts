/**
 * A token of an upstream's authorization server by OAuth client credentials (RFC 6749 section 4.4), kept until it nears its
 * end. One request at a time; a failure is not tried again at once, whatever number of agents ask.
 */
import * as oauth from 'oauth4webapi';
import type { Clock } from '../../domain/clock.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import { revealSecret, Secret } from '../../domain/secret.ts';

/** Where the server does not say how long a token is good. */
const LIFETIME_DEFAULT_MS = 60_000;
/** Renewed so long before its end, or after nine tenths of a short life. */
const RENEW_BEFORE_MS = 60_000;
const RETRY_MS = 1_000;
const TIMEOUT_MS = 10_000;

export interface ClientCredentials {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: () => Promise<Secret<string>>;
  readonly scope: string | undefined;
}

export interface TokenReader {
  /** Rejects with GH_CREDENTIAL_UNAVAILABLE; its message names the token endpoint and never a value. */
  read(): Promise<Secret<string>>;
  /** The upstream has refused the token: the next `read` gets another, once a second at most. */
  forget(): void;
}

export function clientCredentialsToken(
  credentials: ClientCredentials,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): TokenReader {
  let token: Promise<Secret<string>> | undefined;
  /** The last that was given, until its end or until it is refused. */
  let good: { readonly value: Secret<string>; readonly endsAtMs: number } | undefined;
  let startedAtMs = 0;
  let renewAtMs = 0;
  const renew = (): Promise<Secret<string>> => {
    startedAtMs = clock.monotonicMs();
    renewAtMs = Infinity;
    const asked = requestToken(credentials).then(
      ({ value, lifetimeMs }) => {
        const nowMs = clock.monotonicMs();
        renewAtMs = nowMs + Math.max(lifetimeMs - RENEW_BEFORE_MS, lifetimeMs * 0.9);
        good = { value, endsAtMs: nowMs + lifetimeMs };
        return value;
      },
      (cause: unknown) => {
        renewAtMs = clock.monotonicMs() + RETRY_MS;
        const message = `${credentials.tokenUrl} gave no token for client ${credentials.clientId}: ${reasonOf(cause)}`;
        log.warn({ error: message }, 'client credentials failed');
        // It is for this that a token is renewed before its end.
        if (good !== undefined && clock.monotonicMs() < good.endsAtMs) return good.value;
        throw new GatehouseError('GH_CREDENTIAL_UNAVAILABLE', "the gate's credential cannot be had", {
          message,
        });
      },
    );
    return asked;
  };
  return {
    read() {
      if (token === undefined || clock.monotonicMs() >= renewAtMs) token = renew();
      return token;
    },
    forget() {
      good = undefined;
      renewAtMs = Math.min(renewAtMs, startedAtMs + RETRY_MS);
    },
  };
}

async function requestToken(
  credentials: ClientCredentials,
): Promise<{ value: Secret<string>; lifetimeMs: number }> {
  const { tokenUrl, clientId, clientSecret, scope } = credentials;
  const server: oauth.AuthorizationServer = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl };
  const client: oauth.Client = { client_id: clientId };
  const response = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    oauth.ClientSecretBasic(revealSecret(await clientSecret())),
    scope === undefined ? {} : { scope },
    {
      // The configuration lets http through for loopback alone.
      [oauth.allowInsecureRequests]: tokenUrl.startsWith('http:'),
      signal: () => AbortSignal.timeout(TIMEOUT_MS),
    },
  );
  const { access_token: value, expires_in: seconds } = await oauth.processClientCredentialsResponse(
    server,
    client,
    response,
  );
  return {
    value: new Secret(value),
    lifetimeMs: seconds === undefined ? LIFETIME_DEFAULT_MS : seconds * 1_000,
  };
}

/** OAuth's own word for it, or the kind of failure: never the server's text, which may repeat what it was sent. */
function reasonOf(error: unknown): string {
  if (error instanceof oauth.ResponseBodyError) return `it answered ${error.error}`;
  if (error instanceof GatehouseError) return error.message;
  return error instanceof Error ? error.name : 'it failed';
}
