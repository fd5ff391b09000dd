/** What of HTTP listeners and upstreams needs more than one key to judge. Pure; a part of cross-checks.ts. */
import { dirname } from 'node:path';
import type { Finding } from './cross-checks.ts';
import { noSuch } from './problem.ts';
import type { RawConfig } from './schema.ts';
import { httpsOrLoopback } from './units.ts';

/** Headers that are the gate's or Envoy's: a credential cannot stand in one. */
const RESERVED_HEADERS =
  /^(host|connection|content-length|content-type|transfer-encoding|te|trailer|upgrade|keep-alive|proxy-.*|x-envoy-.*|x-gatehouse-.*|x-forwarded-.*)$/i;

/** Without these the gate does not know who asks, or what. */
const NEEDED_HEADERS =
  /^(authorization|accept|accept-.*|content-.*|cookie|expect|if-.*|last-event-id|mcp-.*|origin|prefer|range|sec-websocket-.*)$/i;

export function* httpFindings(config: RawConfig): Iterable<Finding> {
  yield* routeFindings(config);
  yield* upstreamFindings(config);
}

function* routeFindings({ listeners, upstreams }: RawConfig): Iterable<Finding> {
  const names = upstreams.map(({ name }) => name);
  for (const [index, listener] of listeners.entries()) {
    if (listener.protocol !== 'http') continue;
    const { tls } = listener;
    if (tls !== undefined && dirname(tls.certificate.file) !== dirname(tls.key.file)) {
      yield {
        path: ['listeners', index, 'tls', 'key'],
        message:
          'must be in the directory of the certificate: Envoy watches that one, and takes a new pair together',
      };
    }
    const seen = new Map<string, number>();
    const earlier: { readonly host: string; readonly prefix: string }[] = [];
    for (const [at, route] of listener.routes.entries()) {
      const path = ['listeners', index, 'routes', at] as const;
      const upstream = upstreams.find(({ name }) => name === route.upstream);
      if (upstream === undefined) {
        yield {
          path: [...path, 'upstream'],
          message: noSuch('upstream has this name', route.upstream, names),
        };
      } else if (upstream.protocol === 'postgres') {
        yield { path: [...path, 'upstream'], message: 'must be an upstream of protocol http or mcp' };
      } else if (upstream.protocol === 'mcp' && route.inspection !== 'full') {
        yield {
          path: [...path, 'inspection'],
          message: 'must be full: what an MCP client asks for is in the body',
        };
      }
      const first = seen.get(route.name);
      if (first === undefined) seen.set(route.name, at);
      else yield { path: [...path, 'name'], message: `must be unique; routes[${first}] has the same name` };
      const prefix = route.prefix.replace(/\/$/, '');
      if (earlier.some((each) => each.host === route.host && covers(each.prefix, prefix))) {
        yield {
          path,
          message: 'is never used: a route before it has the same host, and its prefix covers this one',
        };
      }
      earlier.push({ host: route.host, prefix });
    }
  }
}

const covers = (prefix: string, other: string): boolean => other === prefix || other.startsWith(`${prefix}/`);

function* upstreamFindings({ upstreams }: RawConfig): Iterable<Finding> {
  for (const [index, upstream] of upstreams.entries()) {
    if (upstream.protocol === 'postgres') continue;
    const path = ['upstreams', index] as const;
    const { mode, ca, serverName } = upstream.tls;
    if (mode === 'verify-full' && ca === undefined) {
      yield {
        path: [...path, 'tls'],
        message:
          'needs ca with mode verify-full: Envoy trusts no CA by itself; on Debian /etc/ssl/certs/ca-certificates.crt has the public ones',
      };
    }
    if (mode === 'disable' && (ca ?? serverName) !== undefined) {
      yield {
        path: [...path, 'tls', 'mode'],
        message: 'is disable, which verifies nothing; set verify-full, or remove ca and serverName',
      };
    }
    if (upstream.protocol === 'mcp' && upstream.templates.length > 0) {
      yield {
        path: [...path, 'templates'],
        message: 'is for protocol http; an MCP action is named by its method and tool',
      };
    }
    for (const [at, header] of upstream.withheldHeaders.entries()) {
      if (RESERVED_HEADERS.test(header) || NEEDED_HEADERS.test(header)) {
        yield {
          path: [...path, 'withheldHeaders', at],
          message: 'must be a header that is not of HTTP or of the gate itself',
        };
      }
    }
    for (const [at, { header, oauth, basic }] of upstream.credentials.entries()) {
      if (header !== undefined && RESERVED_HEADERS.test(header.name)) {
        yield {
          path: [...path, 'credentials', at, 'header', 'name'],
          message: 'must be a header that is not of HTTP or of the gate itself',
        };
      }
      if (basic?.user.includes(':') === true) {
        yield {
          path: [...path, 'credentials', at, 'basic', 'user'],
          message: 'must have no colon (RFC 7617 section 2)',
        };
      }
      if (oauth !== undefined && !httpsOrLoopback(oauth.tokenUrl)) {
        yield {
          path: [...path, 'credentials', at, 'oauth', 'tokenUrl'],
          message: 'must be an https URL; http is for loopback alone',
        };
      }
    }
  }
}
