/**
 * Headers in which a client says on whose behalf the server is to act, or who it is: a server that trusts the gate's
 * credential takes them at their word, and policy does not see them. They are no part of a request from its arrival on:
 * not of what is sealed and shown, and not of what goes on. Credentials, which the gate replaces, are request-changes.ts's.
 */
import type { HeaderFields } from '../../protocols/http/header-fields.ts';

/** By which a server acts as somebody else, for whoever may ask for it. */
const ACTS_AS = [
  // Kubernetes (Impersonate-User, -Group, -Uid, -Extra-…), and its aggregated API servers (X-Remote-User, …).
  'impersonate-*',
  'x-impersonate-*',
  'x-remote-*',
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

/** The fields without those; the same list where there are none. */
export function withoutWithheld(fields: HeaderFields, more: ReadonlySet<string>): HeaderFields {
  return fields.some(([name]) => isWithheld(name, more))
    ? fields.filter(([name]) => !isWithheld(name, more))
    : fields;
}
