/**
 * The real servers, and the anchor that answers for one that is down. Envoy speaks plain TCP to a server here: the
 * TLS of PostgreSQL is inside it, made and verified by the service.
 */
import type { GatehouseConfig, UpstreamConfig } from '../../ext-proc/config/config.ts';
import { anchorSocket, catalogueSocket } from '../../ext-proc/config/socket-paths.ts';
import { accessLog } from './access-log.ts';
import {
  circuitBreakers,
  endpoints,
  discovery,
  pipeAddress,
  socketAddress,
  tcpKeepalive,
  unsentBytesMax,
} from './address.ts';
import type { EnvoyBlock } from './block.ts';
import { extension, keysRemarked, remarked, seconds } from './block.ts';
import { ENVOY_LIMITS } from './limits.ts';
import { ANCHOR_CLUSTER, serverCluster, serviceListenerName, upstreamCluster } from './names.ts';

export function upstreamClusters(upstream: UpstreamConfig, config: GatehouseConfig): readonly EnvoyBlock[] {
  const name = serverCluster(upstream.name);
  return [
    remarked(
      `The server of ${upstream.name}. TLS towards it is the service's, inside the bytes.`,
      keysRemarked(
        {
          upstream_bind_config:
            'TCP_NOTSENT_LOWAT: what the server does not read waits in the client, not here in the kernel.',
        },
        {
          name,
          ...discovery(upstream.address, 'one server'),
          connect_timeout: seconds(ENVOY_LIMITS.upstreamConnectMs),
          per_connection_buffer_limit_bytes: ENVOY_LIMITS.bufferBytes,
          upstream_connection_options: { tcp_keepalive: tcpKeepalive() },
          upstream_bind_config: { socket_options: [unsentBytesMax()] },
          circuit_breakers: circuitBreakers(config.envoy.connectionsMax),
          load_assignment: endpoints(name, [socketAddress(upstream.address)]),
        },
      ),
    ),
    remarked(`${upstream.name} as the gate dials it: the server first, then the anchor.`, {
      name: upstreamCluster(upstream.name),
      connect_timeout: seconds(ENVOY_LIMITS.upstreamConnectMs),
      lb_policy: 'CLUSTER_PROVIDED',
      cluster_type: extension(
        'envoy.clusters.aggregate',
        'envoy.extensions.clusters.aggregate.v3.ClusterConfig',
        {
          clusters: [name, ANCHOR_CLUSTER],
        },
      ),
    }),
  ];
}

export function anchorCluster(config: GatehouseConfig): EnvoyBlock {
  const { remote, socketDirectory } = config.service;
  const address =
    remote === undefined ? pipeAddress(anchorSocket(socketDirectory)) : socketAddress(remote.anchorAddress);
  return remarked(
    "The gate's own endpoint for a server that is down: the client then gets a proper FATAL 08006, inside its TLS.",
    {
      name: ANCHOR_CLUSTER,
      ...(remote === undefined ? { type: 'STATIC' } : discovery(remote.anchorAddress, 'one server')),
      connect_timeout: seconds(ENVOY_LIMITS.localConnectMs),
      per_connection_buffer_limit_bytes: ENVOY_LIMITS.bufferBytes,
      circuit_breakers: circuitBreakers(config.envoy.connectionsMax),
      load_assignment: endpoints(ANCHOR_CLUSTER, [address]),
    },
  );
}

/** The service's own connection to a server: for its catalogue, and for the cancels that clients ask for. */
export function serviceListener(upstream: UpstreamConfig, config: GatehouseConfig): EnvoyBlock {
  const name = serviceListenerName(upstream.name);
  const { serviceAddress } = upstream;
  return remarked(
    `The service's own connection to ${upstream.name}, for the catalogue and for cancels. Nobody else may reach it.`,
    keysRemarked(
      { per_connection_buffer_limit_bytes: "Backpressure, as on the clients' listeners." },
      {
        name,
        address:
          serviceAddress === undefined
            ? pipeAddress(catalogueSocket(config.service.socketDirectory, upstream.name), 0o600)
            : socketAddress(serviceAddress),
        traffic_direction: 'OUTBOUND',
        per_connection_buffer_limit_bytes: ENVOY_LIMITS.bufferBytes,
        access_log: [accessLog(config, name)],
        filter_chains: [
          {
            filters: [
              extension(
                'envoy.filters.network.tcp_proxy',
                'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
                {
                  stat_prefix: name,
                  cluster: serverCluster(upstream.name),
                  idle_timeout: '0s',
                },
              ),
            ],
          },
        ],
      },
    ),
  );
}
