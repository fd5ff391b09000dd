/**
 * Addresses and endpoints in Envoy's form.
 */
import { isIP } from 'node:net';
import type { Address } from '../../ext-proc/config/units.ts';
import type { EnvoyBlock } from './block.ts';
import { extension } from './block.ts';
import { ENVOY_LIMITS } from './limits.ts';

/** `localhost` is 127.0.0.1 here: Envoy listens on and dials static addresses by number. */
export const socketAddress = ({ host, port }: Address): EnvoyBlock => ({
  socket_address: { address: host === 'localhost' ? '127.0.0.1' : host, port_value: port },
});

/** Whether an address needs DNS. */
const isNamed = ({ host }: Address): boolean => isIP(host) === 0 && host !== 'localhost';

export const pipeAddress = (path: string, mode?: number): EnvoyBlock => ({
  pipe: mode === undefined ? { path } : { path, mode },
});

/**
 * How a cluster finds its endpoints: by number, or by DNS, asked again when an answer's time is up. `one` takes a name
 * with several addresses for one server, as PostgreSQL clients do; else every address is an endpoint.
 */
export const discovery = (address: Address, one: 'one server' | 'every address'): EnvoyBlock =>
  isNamed(address)
    ? {
        cluster_type: extension('envoy.cluster.dns', 'envoy.extensions.clusters.dns.v3.DnsCluster', {
          respect_dns_ttl: true,
          dns_lookup_family: 'ALL',
          ...(one === 'one server' ? { all_addresses_in_single_endpoint: true } : {}),
        }),
      }
    : { type: 'STATIC' };

/** The endpoints of a cluster, of one priority. */
export const endpoints = (cluster: string, addresses: readonly EnvoyBlock[]): EnvoyBlock => ({
  cluster_name: cluster,
  endpoints: [{ lb_endpoints: addresses.map((address) => ({ endpoint: { address } })) }],
});

/** Notices a peer that vanished: sessions have no idle timeout. */
export const tcpKeepalive = (): EnvoyBlock => ({
  keepalive_probes: ENVOY_LIMITS.tcpKeepaliveProbes,
  keepalive_time: ENVOY_LIMITS.tcpKeepaliveIdleS,
  keepalive_interval: ENVOY_LIMITS.tcpKeepaliveIntervalS,
});

/** TCP_NOTSENT_LOWAT, in Linux's numbers: what a server does not read waits in its client, not in the kernel. */
export const unsentBytesMax = (): EnvoyBlock => ({
  level: 6,
  name: 25,
  int_value: ENVOY_LIMITS.bufferBytes,
  state: 'STATE_PREBIND',
});

/**
 * Envoy's defaults allow 1,024 connections and requests to a cluster, and every live session holds one for as long
 * as it lives. The one limit on sessions is the listeners'.
 */
export const circuitBreakers = (sessionsMax: number): EnvoyBlock => ({
  thresholds: [
    {
      max_connections: sessionsMax,
      max_pending_requests: sessionsMax,
      max_requests: sessionsMax,
      max_retries: sessionsMax,
    },
  ],
});
