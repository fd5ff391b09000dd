/** Where clients reach a gate, as `status` says it. Pure. */
import type { GatehouseConfig } from '../config/config.ts';
import type { HttpListenerConfig, HttpRouteConfig } from '../config/http-config.ts';
import { formatAddress, isLoopbackHost } from '../config/units.ts';
import type { RunEndpoints } from './run-file.ts';

/** The first listener of each kind: for PostgreSQL with the first database that may be asked for. */
export function clientEndpoints(config: GatehouseConfig): Pick<RunEndpoints, 'postgres' | 'http' | 'mcp'> {
  const [listener] = config.listeners;
  const upstream = config.upstreams.find(({ name }) => name === listener?.upstream);
  const http = httpEndpoint(config, 'http');
  const mcp = httpEndpoint(config, 'mcp');
  return {
    ...(listener === undefined
      ? {}
      : { postgres: `postgres://${formatAddress(listener.address)}/${upstream?.databases?.[0] ?? ''}` }),
    ...(http === undefined ? {} : { http: http.base }),
    ...(mcp === undefined ? {} : { mcp: mcp.base + mcp.prefix }),
  };
}

/** The first route to an upstream of that protocol. */
function httpEndpoint(
  config: GatehouseConfig,
  protocol: 'http' | 'mcp',
): { readonly base: string; readonly prefix: string } | undefined {
  const names = new Set(
    config.httpUpstreams.filter((each) => each.protocol === protocol).map(({ name }) => name),
  );
  for (const listener of config.httpListeners) {
    const route = listener.routes.find(({ upstream }) => names.has(upstream));
    if (route !== undefined) {
      return { base: baseUrl(listener, route), prefix: route.prefix === '/' ? '' : route.prefix };
    }
  }
  return undefined;
}

/** A certificate for loopback names `localhost`; a route for one host is reached by that name. */
function baseUrl({ address, tls }: HttpListenerConfig, { host }: HttpRouteConfig): string {
  const byAddress = isLoopbackHost(address.host) ? `localhost:${address.port}` : formatAddress(address);
  const authority = host.includes('*') ? byAddress : `${host}:${address.port}`;
  return `${tls === undefined ? 'http' : 'https'}://${authority}`;
}
