/**
 * The OpenID provider of development: authorization code with PKCE for the console, access tokens as JWTs
 * (RFC 9068) for the gate's audience, people from `people.ts`. Owns its configuration and nothing else.
 */
import { Provider, type ClientMetadata, type Configuration } from 'oidc-provider';
import { CONSOLE_CLIENT_ID } from './console-client.ts';
import type { SessionStore } from './session-store.ts';
import { PEOPLE, type Person } from './people.ts';
import type { SigningKey } from './signing-keys.ts';

/** Names the gate between provider and grant; its tokens carry the audience itself. */
const GATE_RESOURCE = 'urn:gatehouse:gate';

export interface DevProviderOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: readonly SigningKey[];
  readonly cookieKeys: readonly string[];
  readonly store: SessionStore;
  /** Where the console is; undefined where there is none. */
  readonly consoleUrl: string | undefined;
}

export function createDevProvider({
  issuer,
  audience,
  keys,
  cookieKeys,
  store,
  consoleUrl,
}: DevProviderOptions): Provider {
  const configuration: Configuration = {
    adapter: (kind: string) => store.adapter(kind),
    jwks: { keys: [...keys] as NonNullable<Configuration['jwks']>['keys'] },
    cookies: { keys: [...cookieKeys] },
    clients: consoleUrl === undefined ? [] : [consoleClient(consoleUrl)],
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    responseTypes: ['code'],
    pkce: { required: () => true },
    scopes: ['openid'],
    claims: { openid: ['sub', 'name', 'email', 'groups'] },
    conformIdTokenClaims: false,
    findAccount: (_ctx, id) => {
      const person = personOf(id);
      if (person === undefined) return undefined;
      return { accountId: id, claims: () => ({ sub: id, ...claimsOf(person) }) };
    },
    extraTokenClaims: (_ctx, token) => {
      const person = 'accountId' in token ? personOf(token.accountId) : undefined;
      return person === undefined ? undefined : { groups: [...person.groups] };
    },
    interactions: { url: (_ctx, interaction) => `/login/${interaction.uid}` },
    // There is nobody to ask for consent: whoever logs in here lends the console what it asks for.
    loadExistingGrant: async (ctx) => {
      const { client, session, provider } = ctx.oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid');
      grant.addResourceScope(GATE_RESOURCE, '');
      await grant.save();
      return grant;
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => GATE_RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: '',
          audience,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 900,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    ttl: {
      AccessToken: 900,
      AuthorizationCode: 60,
      IdToken: 900,
      Interaction: 600,
      Session: 28_800,
      Grant: 28_800,
    },
  };
  return new Provider(issuer, configuration);
}

const consoleClient = (consoleUrl: string): ClientMetadata => ({
  client_id: CONSOLE_CLIENT_ID,
  client_name: 'Gatehouse console',
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code'],
  response_types: ['code'],
  redirect_uris: [`${consoleUrl}/login/callback`],
  id_token_signed_response_alg: 'ES256',
});

const personOf = (email: string): Person | undefined => PEOPLE.find((person) => person.email === email);
const claimsOf = ({ name, email, groups }: Person) => ({ name, email, groups: [...groups] });
