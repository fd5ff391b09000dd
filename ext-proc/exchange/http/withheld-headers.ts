/**
 * Headers in which a client says on whose behalf the server is to act, or who it is: a server that trusts the gate's
 * credential takes them at their word, and policy does not see them. Who asks to act as another is refused: without the
 * header the request would run with all the rights of the gate's credential, and its client may have asked for fewer. Who it
 * is said to be is no part of a request from its arrival on: not of what is sealed and shown, and not of what goes on.
 * Credentials, which the gate replaces, are request-changes.ts's.
 */
import type { HeaderFields } from '../../protocols/http/header-fields.ts';

/** By which a server acts as somebody else, for whoever may ask for it. */
const ACTS_AS = [
  // Kubernetes.
  'impersonate-user',
  'impersonate-group',
  'impersonate-uid',
  'impersonate-extra-*',
  'impersonate-*',
  'x-impersonate-*',
  // GitLab, Redmine, Discourse, Box, Dropbox, Zendesk, Dynamics 365, Elasticsearch, OpenSearch, Trino, Hasura.
  'sudo',
  'x-redmine-switch-user',
  'api-username',
  'as-user',
  'dropbox-api-select-*',
  'x-on-behalf-of',
  'mscrmcallerid',
  'callerobjectid',
  'es-security-runas-user',
  'es-secondary-authorization',
  'opendistro_security_impersonate_as',
  'x-trino-user',
  'x-presto-user',
  'x-hasura-role',
  'x-hasura-user-id',
  'x-hasura-*',
];

/** By which what logs people in before a server says who it is. */
const IS_SAID_TO_BE = [
  // Google Cloud (IAP, API Gateway, App Engine), AWS load balancers, Azure App Service and gateways.
  'x-goog-authenticated-user-*',
  'x-goog-iap-*',
  'x-serverless-authorization',
  'x-apigateway-api-userinfo',
  'x-endpoint-api-userinfo',
  'x-appengine-*',
  'x-amzn-oidc-*',
  'x-amzn-mtls-*',
  'x-ms-client-principal',
  'x-ms-client-principal-*',
  'x-ms-token-*',
  'x-arr-clientcert',
  // Cloudflare Access, Tailscale, Pomerium, Authentik, Authelia, oauth2-proxy, Vouch, Kong, Grafana's and Apache's.
  'cf-access-*',
  'tailscale-user-*',
  'x-pomerium-*',
  'x-authentik-*',
  'remote-*',
  'x-auth-request-*',
  // And what stands before Kubernetes' aggregated API servers (X-Remote-User, -Group, -Extra-…).
  'x-remote-*',
  'x-vouch-*',
  'x-consumer-*',
  'x-anonymous-consumer',
  'x-credential-identifier',
  'x-authenticated-*',
  'x-userinfo',
  'x-id-token',
  'x-jwt-*',
  'x-webauth-*',
  'x-proxy-user',
  'x-auth-couchdb-*',
  // Of certificates (RFC 9440), and as nginx, HAProxy and Apache are told to name them.
  'client-cert',
  'client-cert-chain',
  'x-client-cert',
  'x-client-cert-*',
  'x-client-dn',
  'x-client-verify',
  'ssl-client-*',
  'x-ssl-*',
];

const all = [...ACTS_AS, ...IS_SAID_TO_BE];
const NAMES: ReadonlySet<string> = new Set(all.filter((each) => !each.endsWith('*')));
const PREFIXES = new RegExp(
  `^(?:${all.flatMap((each) => (each.endsWith('*') ? [each.slice(0, -1)] : [])).join('|')})`,
);

/** Whether a header never goes on; `more` are those that the upstream's configuration names. Lower case. */
export const isWithheld = (name: string, more: ReadonlySet<string>): boolean =>
  PREFIXES.test(name) || NAMES.has(name) || more.has(name);

export type KeptFields =
  | { readonly ok: true; readonly fields: HeaderFields }
  /** `actsAs`: the header that asks to act as somebody else, as far as it is known: the rest of its name is the client's. */
  | { readonly ok: false; readonly actsAs: string };

/**
 * The fields without those; the same list where there are none. Of `credentials`, which the gate replaces, and of `more`,
 * which whoever runs it wants taken off, nothing is asked.
 */
export function keptFields(
  fields: HeaderFields,
  credentials: readonly string[],
  more: ReadonlySet<string>,
): KeptFields {
  if (!fields.some((field) => isWithheld(field[0], more))) return { ok: true, fields };
  const withheld = fields.filter(([name]) => isWithheld(name, more));
  for (const [name] of withheld) {
    const actsAs = more.has(name) || credentials.includes(name) ? undefined : askedBy(name);
    if (actsAs !== undefined) return { ok: false, actsAs };
  }
  return { ok: true, fields: fields.filter(([name]) => !isWithheld(name, more)) };
}

const askedBy = (name: string): string | undefined =>
  ACTS_AS.find((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each))?.replace(
    '*',
    '…',
  );
