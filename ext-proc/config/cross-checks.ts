/**
 * What needs more than one key to judge: references, uniqueness, loopback rules, colliding ports. Pure; every
 * finding names the key to change and what would be right.
 */
import { approvalsFindings } from './approvals-checks.ts';
import { httpFindings } from './http-checks.ts';
import { maskingFindings } from './masking-checks.ts';
import type { KeyPath } from './problem.ts';
import { noSuch } from './problem.ts';
import type { RawConfig } from './schema.ts';
import type { Address } from './units.ts';
import { addressesCollide, formatAddress, httpsOrLoopback, isLoopbackHost, parseAddress } from './units.ts';
import { isIP } from 'node:net';
import { dirname } from 'node:path';

export interface Finding {
  readonly path: KeyPath;
  readonly message: string;
}

/** Everything that is wrong between keys, in the file's order as far as that goes. */
export function crossChecks(config: RawConfig): readonly Finding[] {
  return [
    ...serviceFindings(config),
    ...listenerFindings(config),
    ...upstreamFindings(config),
    ...httpFindings(config),
    ...issuerFindings(config),
    ...maskingFindings(config),
    ...auditFindings(config),
    ...approvalsFindings(config),
    ...uniqueNames(['listeners'], config.listeners),
    ...uniqueNames(['upstreams'], config.upstreams),
    ...uniqueNames(['approvals', 'notifications'], config.approvals?.notifications ?? []),
    ...collidingAddresses(config),
  ];
}

const host = (text: string): string => (parseAddress(text) as Address).host;
const port = (text: string): number => (parseAddress(text) as Address).port;
const loopback = (text: string): boolean => isLoopbackHost(host(text));

function* serviceFindings({ service, envoy, upstreams }: RawConfig): Iterable<Finding> {
  if (!loopback(service.metricsAddress)) {
    yield {
      path: ['service', 'metricsAddress'],
      message: 'must be on loopback (127.0.0.1, ::1 or localhost)',
    };
  }
  if (!loopback(envoy.adminAddress)) {
    yield {
      path: ['envoy', 'adminAddress'],
      message:
        "must be on loopback: whoever reaches Envoy's admin interface can stop it and read its configuration",
    };
  }
  if (service.remote === undefined) {
    if (envoy.serviceTls !== undefined) {
      yield {
        path: ['envoy', 'serviceTls'],
        message: 'has a meaning only with service.remote; remove it or set service.remote',
      };
    }
    for (const [index, upstream] of upstreams.entries()) {
      if (upstream.protocol !== 'postgres' || upstream.serviceAddress === undefined) continue;
      yield {
        path: ['upstreams', index, 'serviceAddress'],
        message: 'has a meaning only with service.remote; without it this connection is a unix socket',
      };
    }
    return;
  }
  if (envoy.serviceTls === undefined) {
    yield {
      path: ['envoy'],
      message: 'needs serviceTls, because service.remote is set: Envoy proves itself to the service with it',
    };
  }
  if (
    envoy.serviceTls !== undefined &&
    dirname(envoy.serviceTls.certificate.file) !== dirname(envoy.serviceTls.key.file)
  ) {
    yield {
      path: ['envoy', 'serviceTls', 'key'],
      message:
        'must be in the directory of the certificate: Envoy watches that one, and takes a new pair together',
    };
  }
  if (service.workers === 'auto') {
    yield {
      path: ['service', 'workers'],
      message: "must be a number when service.remote is set: Envoy's host does not know the service's cores",
    };
  }
  for (const [index, upstream] of upstreams.entries()) {
    if (upstream.protocol !== 'postgres' || upstream.serviceAddress !== undefined) continue;
    yield {
      path: ['upstreams', index],
      message: 'needs serviceAddress when service.remote is set: a unix socket does not reach another host',
    };
  }
}

function* listenerFindings({ listeners, upstreams }: RawConfig): Iterable<Finding> {
  for (const [index, listener] of listeners.entries()) {
    const path = ['listeners', index] as const;
    if (listener.protocol === 'postgres') yield* postgresListenerFindings(path, listener, upstreams);
    if (isIP(host(listener.address)) === 0 && host(listener.address) !== 'localhost') {
      yield {
        path: [...path, 'address'],
        message: "must have an IP address of Envoy's host, or localhost: Envoy does not listen on names",
      };
    }
    if (port(listener.address) === 0)
      yield { path: [...path, 'address'], message: 'must have a port from 1 to 65535' };
    if (listener.tls === undefined && listener.plaintext === undefined) {
      yield { path, message: 'needs tls (certificate and key), or plaintext: loopback-development' };
    }
    if (listener.plaintext !== undefined && !loopback(listener.address)) {
      yield {
        path: [...path, 'plaintext'],
        message: "is for a loopback address alone: a token without TLS is anyone's who listens on the way",
      };
    }
  }
}

type PostgresListener = Extract<RawConfig['listeners'][number], { protocol: 'postgres' }>;

function* postgresListenerFindings(
  path: KeyPath,
  listener: PostgresListener,
  upstreams: RawConfig['upstreams'],
): Iterable<Finding> {
  const names = upstreams.map((upstream) => upstream.name);
  const upstream = upstreams.find((each) => each.name === listener.upstream);
  if (upstream === undefined) {
    yield {
      path: [...path, 'upstream'],
      message: noSuch('upstream has this name', listener.upstream, names),
    };
  } else if (upstream.protocol !== 'postgres') {
    yield {
      path: [...path, 'protocol'],
      message: `must be http, with routes: its upstream is of protocol ${upstream.protocol}`,
    };
  }
  if (listener.limits.unauthenticatedPerSource > listener.limits.unauthenticatedMax) {
    yield {
      path: [...path, 'limits', 'unauthenticatedPerSource'],
      message: `must not be above unauthenticatedMax (${listener.limits.unauthenticatedMax})`,
    };
  }
}

function* upstreamFindings({ upstreams }: RawConfig): Iterable<Finding> {
  for (const [index, upstream] of upstreams.entries()) {
    const path = ['upstreams', index] as const;
    if (port(upstream.address) === 0)
      yield { path: [...path, 'address'], message: 'must have a port from 1 to 65535' };
    yield* unreachableCredentials(path, upstream.credentials);
    if (upstream.protocol !== 'postgres') continue;
    if (upstream.tls.mode !== 'verify-full') {
      for (const key of ['ca', 'serverName'] as const) {
        if (upstream.tls[key] === undefined) continue;
        yield {
          path: [...path, 'tls', key],
          message: `has no effect with mode ${upstream.tls.mode}, which verifies nothing; set mode: verify-full or remove it`,
        };
      }
    }
    if (
      upstream.catalogue?.database !== undefined &&
      upstream.databases?.includes(upstream.catalogue.database) === false
    ) {
      yield { path: [...path, 'catalogue', 'database'], message: 'must be one of databases' };
    }
  }
}

/** The first match is used: a group that an earlier entry has, or anything after "*", would never be. */
function* unreachableCredentials(
  path: KeyPath,
  credentials: readonly { readonly groups: readonly string[] }[],
): Iterable<Finding> {
  const seen = new Set<string>();
  for (const [index, { groups }] of credentials.entries()) {
    if (seen.has('*') || groups.every((group) => seen.has(group))) {
      yield {
        path: [...path, 'credentials', index, 'groups'],
        message: 'is never used: an entry before it has the same groups or "*"',
      };
    }
    for (const group of groups) seen.add(group);
  }
}

function* issuerFindings({ issuers }: RawConfig): Iterable<Finding> {
  const seen = new Set<string>();
  for (const [index, issuer] of issuers.entries()) {
    for (const key of ['issuer', 'jwksUri'] as const) {
      const value = issuer[key];
      if (value === undefined || httpsOrLoopback(value)) continue;
      yield { path: ['issuers', index, key], message: 'must be an https URL; http is for loopback alone' };
    }
    if (seen.has(issuer.issuer)) {
      yield { path: ['issuers', index, 'issuer'], message: 'is configured twice: an issuer may appear once' };
    }
    seen.add(issuer.issuer);
  }
}

function* auditFindings({ audit }: RawConfig): Iterable<Finding> {
  const { url, user, password, cluster } = audit.clickhouse;
  const path = ['audit', 'clickhouse'] as const;
  if (url === undefined) {
    for (const [key, value] of Object.entries({ user, password, cluster })) {
      if (value !== undefined)
        yield { path: [...path, key], message: 'needs url: the embedded ClickHouse has its own' };
    }
  } else if (!httpsOrLoopback(url)) {
    yield { path: [...path, 'url'], message: 'must be an https URL; http is for loopback alone' };
  }
}

function* uniqueNames(
  path: readonly string[],
  items: readonly { readonly name: string }[],
): Iterable<Finding> {
  const seen = new Map<string, number>();
  for (const [index, { name }] of items.entries()) {
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    else
      yield {
        path: [...path, index, 'name'],
        message: `must be unique; ${path.join('.')}[${first}] has the same name`,
      };
  }
}

/** Two listening sockets of one host at one address. */
function* collidingAddresses(config: RawConfig): Iterable<Finding> {
  const claims: { path: KeyPath; key: string; address: Address }[] = [];
  const claim = (path: KeyPath, key: string, text: string): void => {
    claims.push({ path, key, address: parseAddress(text) as Address });
  };
  claim(['service', 'metricsAddress'], 'service.metricsAddress', config.service.metricsAddress);
  claim(['envoy', 'adminAddress'], 'envoy.adminAddress', config.envoy.adminAddress);
  const reviewers = config.approvals?.console;
  if (reviewers !== undefined) {
    claim(['approvals', 'console', 'address'], 'approvals.console.address', reviewers.address);
  }
  for (const [index, listener] of config.listeners.entries()) {
    claim(['listeners', index, 'address'], `listeners[${index}].address`, listener.address);
  }
  for (const [index, upstream] of config.upstreams.entries()) {
    const address = upstream.protocol === 'postgres' ? upstream.serviceAddress : undefined;
    if (address !== undefined)
      claim(['upstreams', index, 'serviceAddress'], `upstreams[${index}].serviceAddress`, address);
  }
  for (const [index, { path, address }] of claims.entries()) {
    const earlier = claims.slice(0, index).find((each) => addressesCollide(each.address, address));
    if (earlier === undefined) continue;
    yield {
      path,
      message: `collides with ${earlier.key}, which listens on ${formatAddress(earlier.address)} already`,
    };
  }
}
