/**
 * The routes of an HTTP listener, and how each hands its requests to the service. Nothing here sends a request twice:
 * there are no retries, no mirrors and no redirects.
 */
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import type {
  HttpInspection,
  HttpListenerConfig,
  HttpRouteConfig,
  HttpUpstreamConfig,
} from '../../ext-proc/config/http-config.ts';
import { formatAddress } from '../../ext-proc/config/units.ts';
import { APPROVAL_STATUS_PREFIX } from '../../ext-proc/protocols/http/approval-path.ts';
import { BODY_AWAITED } from '../../ext-proc/edge/ext-authz-messages.ts';
import type { EnvoyBlock } from './block.ts';
import { keysRemarked, remarked, seconds, typed } from './block.ts';
import { EXT_AUTHZ_FILTER, EXT_PROC_FILTER } from './http-filters.ts';
import { ENVOY_LIMITS } from './limits.ts';
import { approvalStatusRoute, clientListener, routeName, serverCluster } from './names.ts';

export function httpRoutes(listener: HttpListenerConfig, config: GatehouseConfig): EnvoyBlock {
  const upstreams = new Map(config.httpUpstreams.map((upstream) => [upstream.name, upstream]));
  return {
    name: clientListener(listener.name),
    validate_clusters: true,
    ignore_port_in_host_matching: true,
    virtual_hosts: hosts(listener.routes).map((host) => ({
      name: host === '*' ? 'any' : host,
      domains: [host],
      routes: [
        ...(config.approvals === undefined ? [] : [approvalStatus(listener)]),
        ...listener.routes
          // Envoy asks one virtual host alone: one for a name has the routes of any host too, in the file's order.
          .filter((route) => fitsHost(route.host, host))
          .flatMap((route) => routesOf(listener, route, upstreams.get(route.upstream) as HttpUpstreamConfig)),
      ],
    })),
  };
}

const hosts = (routes: readonly HttpRouteConfig[]): readonly string[] => [
  ...new Set(routes.map(({ host }) => host)),
];

/** Whether every name that `host` stands for is one of `pattern`. */
function fitsHost(pattern: string, host: string): boolean {
  if (pattern === '*' || pattern === host) return true;
  return pattern.startsWith('*.') && host.endsWith(pattern.slice(1));
}

function routesOf(
  listener: HttpListenerConfig,
  route: HttpRouteConfig,
  upstream: HttpUpstreamConfig,
): readonly EnvoyBlock[] {
  const whole = upstream.protocol === 'mcp' ? discovery(listener, route) : [];
  const match = route.prefix === '/' ? { prefix: '/' } : { path_separated_prefix: route.prefix };
  return [...whole, leading(listener, route, upstream, match)];
}

/** Where a client asks what has become of an action of its own that people must approve: the service answers. */
function approvalStatus(listener: HttpListenerConfig): EnvoyBlock {
  return remarked('What has become of an action that waits for approval. The service answers it.', {
    name: approvalStatusRoute(listener.name),
    match: { prefix: APPROVAL_STATUS_PREFIX },
    direct_response: { status: 404 },
    typed_per_filter_config: inspection('full'),
  });
}

/** Where MCP clients look for the authorization server of this resource (RFC 9728 section 3.1): the service answers. */
function discovery(listener: HttpListenerConfig, route: HttpRouteConfig): readonly EnvoyBlock[] {
  const path = `/.well-known/oauth-protected-resource${route.prefix === '/' ? '' : route.prefix}`;
  return [
    remarked('The document by which MCP clients find the issuer of tokens. The service answers it.', {
      name: routeName(listener.name, route.name),
      match: { path },
      direct_response: { status: 404 },
      typed_per_filter_config: inspection('full'),
    }),
  ];
}

function leading(
  listener: HttpListenerConfig,
  route: HttpRouteConfig,
  upstream: HttpUpstreamConfig,
  match: EnvoyBlock,
): EnvoyBlock {
  return remarked(`${upstream.name}, inspection ${route.inspection}.`, {
    name: routeName(listener.name, route.name),
    match,
    route: keysRemarked(
      {
        timeout: 'Answers may stream for as long as they like.',
        host_rewrite_literal:
          'The server sees its own name, not what the client chose; that is in X-Forwarded-Host.',
      },
      {
        cluster: serverCluster(upstream.name),
        timeout: '0s',
        idle_timeout: seconds(ENVOY_LIMITS.httpStreamIdleMs),
        host_rewrite_literal: ownHost(upstream),
        append_x_forwarded_host: true,
      },
    ),
    typed_per_filter_config: inspection(route.inspection, routeName(listener.name, route.name)),
  });
}

/** As a client of the server's would call it. */
export function ownHost({ tls, address }: HttpUpstreamConfig): string {
  const port = tls === undefined ? 80 : 443;
  const host = tls?.serverName ?? address.host;
  return formatAddress({ host, port: address.port }).replace(new RegExp(`:${port}$`), '');
}

function inspection(level: HttpInspection, name = ''): EnvoyBlock {
  const procPerRoute = 'envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute';
  const authzPerRoute = 'envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute';
  switch (level) {
    case 'full':
      return { [EXT_AUTHZ_FILTER]: typed(authzPerRoute, { disabled: true }) };
    case 'headers':
      return {
        [EXT_AUTHZ_FILTER]: typed(authzPerRoute, { disabled: true }),
        [EXT_PROC_FILTER]: typed(procPerRoute, {
          overrides: {
            processing_mode: {
              request_header_mode: 'SEND',
              response_header_mode: 'SEND',
              request_body_mode: 'NONE',
              response_body_mode: 'NONE',
              request_trailer_mode: 'SKIP',
              response_trailer_mode: 'SKIP',
            },
          },
        }),
      };
    case 'authz':
      return {
        [EXT_PROC_FILTER]: typed(procPerRoute, { disabled: true }),
        [EXT_AUTHZ_FILTER]: typed(authzPerRoute, {
          check_settings: keysRemarked(
            {
              with_request_body:
                'Over HTTP/2 a body needs no length: Envoy waits for its first byte, and so the service knows that there is one.',
            },
            {
              context_extensions: { route: name, [BODY_AWAITED[0]]: BODY_AWAITED[1] },
              with_request_body: { max_request_bytes: 1, allow_partial_message: true, pack_as_bytes: true },
            },
          ),
        }),
      };
  }
}
