/** The HTTP listeners and upstreams of the file as values. Pure; a part of resolve.ts. */
import type { FileReference, SecretSource } from './config.ts';
import type { HttpCredentialConfig, HttpListenerConfig, HttpUpstreamConfig } from './http-config.ts';
import type { RawConfig } from './schema.ts';
import type { Address } from './units.ts';

type RawListener = Extract<RawConfig['listeners'][number], { protocol: 'http' }>;
type RawUpstream = Extract<RawConfig['upstreams'][number], { protocol: 'http' | 'mcp' }>;
type RawCredential = RawUpstream['credentials'][number];

/** How resolve.ts reads addresses, files and secrets. */
export interface Readers {
  readonly address: (text: string) => Address;
  readonly reference: (file: FileReference) => FileReference;
  readonly secret: (source: NonNullable<RawCredential['bearer']>) => SecretSource;
}

export function resolveHttpListener(raw: RawListener, { address, reference }: Readers): HttpListenerConfig {
  return {
    name: raw.name,
    protocol: 'http',
    address: address(raw.address),
    tls:
      raw.tls === undefined
        ? undefined
        : { certificate: reference(raw.tls.certificate), key: reference(raw.tls.key) },
    plaintextAllowed: raw.plaintext !== undefined,
    routes: raw.routes.map(({ name, host, prefix, upstream, inspection }) => ({
      name,
      host,
      prefix: prefix === '/' ? prefix : prefix.replace(/\/$/, ''),
      upstream,
      inspection,
    })),
  };
}

export function resolveHttpUpstream(raw: RawUpstream, readers: Readers): HttpUpstreamConfig {
  const { address, reference } = readers;
  const { mode, ca, serverName } = raw.tls;
  return {
    name: raw.name,
    protocol: raw.protocol,
    address: address(raw.address),
    // http-checks.ts: verify-full has a CA.
    tls:
      mode === 'disable' || ca === undefined
        ? undefined
        : { ca: reference(ca), serverName: serverName ?? address(raw.address).host },
    labels: raw.labels,
    reportOnly: raw.reportOnly,
    templates: raw.templates,
    withheldHeaders: raw.withheldHeaders.map((each) => each.toLowerCase()),
    credentials: raw.credentials.map((entry) => resolveCredential(entry, readers)),
  };
}

/** The schema has checked that there is exactly one. */
function resolveCredential(raw: RawCredential, { secret }: Readers): HttpCredentialConfig {
  const { groups, bearer, basic, header, oauth } = raw;
  if (bearer !== undefined) return { groups, kind: 'bearer', token: secret(bearer) };
  if (basic !== undefined)
    return { groups, kind: 'basic', user: basic.user, password: secret(basic.password) };
  if (header !== undefined)
    return { groups, kind: 'header', name: header.name.toLowerCase(), value: secret(header.value) };
  if (oauth !== undefined) {
    const { tokenUrl, clientId, clientSecret, scope } = oauth;
    return { groups, kind: 'oauth', tokenUrl, clientId, clientSecret: secret(clientSecret), scope };
  }
  return { groups, kind: 'none' };
}
