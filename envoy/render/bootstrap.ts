/**
 * A complete Envoy configuration from gatehouse.yaml. Static and stock: nothing in it needs a control plane or an
 * extension beyond Envoy 1.40's own. Pure: the same configuration gives the same text.
 */
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import { socketAddress } from './address.ts';
import type { EnvoyBlock, EnvoyValue } from './block.ts';
import { extension, formatBlock, keysRemarked, remarked, seconds } from './block.ts';
import { egressListener, hasEgress } from './egress-listener.ts';
import { httpListener } from './http-listener.ts';
import { httpUpstreamCluster } from './http-upstreams.ts';
import { ENVOY_LIMITS } from './limits.ts';
import { postgresGateListener, postgresTunnelCluster } from './postgres-gate.ts';
import { postgresListener } from './postgres-listener.ts';
import { serviceCluster } from './service-cluster.ts';
import { anchorCluster, serviceListener, upstreamClusters } from './upstream-clusters.ts';

/** The version that everything here was measured with. */
export const ENVOY_VERSION = '1.40.0';

/** Envoy's bootstrap (`envoy.config.bootstrap.v3.Bootstrap`) as a plain object in protobuf's JSON form. */
export type EnvoyBootstrap = EnvoyBlock;

export interface RenderOptions {
  /** `node.id`; default `gatehouse`. */
  readonly nodeId?: string;
  /** Where Envoy's host has the files of its secrets; default: each beside its certificate. */
  readonly secretDirectory?: string;
}

/** The bootstrap for a configuration that `loadConfig` made. */
export function renderEnvoy(config: GatehouseConfig, options: RenderOptions = {}): EnvoyBootstrap {
  const hasPostgres = config.listeners.length > 0;
  return keysRemarked(
    {
      admin: 'For operators on this host. Only what reads is offered: nothing here stops or changes Envoy.',
      bootstrap_extensions: 'Lets a listener be reached from inside Envoy: the tunnel ends at one.',
      layered_runtime:
        'Ends ext_proc streams without a reset. Without it Node drops a connection about every thousand streams (measured).',
      grpc_async_client_manager_config:
        'Keeps the gRPC client of each worker thread for good. By default it is dropped 50 s after the last new stream, and the graceful end of a stream older than that then crashes Envoy 1.40.0 (measured).',
      overload_manager:
        'Bounds for connections and memory: at the limit new clients wait or are refused, live sessions go on.',
    },
    {
      node: { id: options.nodeId ?? 'gatehouse', cluster: 'gatehouse' },
      admin: {
        address: socketAddress(config.envoy.adminAddress),
        ignore_global_conn_limit: true,
        allow_paths: adminPaths(),
      },
      bootstrap_extensions: [
        extension(
          'envoy.bootstrap.internal_listener',
          'envoy.extensions.bootstrap.internal_listener.v3.InternalListener',
          { buffer_size_kb: 64 },
        ),
      ],
      layered_runtime: {
        layers: [
          {
            name: 'gatehouse',
            static_layer: {
              'envoy.reloadable_features.ext_proc_graceful_grpc_close': true,
              ...(config.httpListeners.length > 0 ? httpRuntime() : {}),
            },
          },
        ],
      },
      grpc_async_client_manager_config: {
        max_cached_entry_idle_duration: seconds(ENVOY_LIMITS.grpcClientIdleMs),
      },
      overload_manager: overloadManager(config),
      static_resources: {
        listeners: [
          ...config.listeners.map((listener) => postgresListener(listener, config)),
          ...(hasPostgres ? [postgresGateListener(config.listeners)] : []),
          ...config.httpListeners.map((listener) => httpListener(listener, config, options)),
          ...config.upstreams.map((upstream) => serviceListener(upstream, config)),
          ...(hasEgress(config)
            ? config.httpUpstreams.map((upstream) => egressListener(upstream, config))
            : []),
        ],
        clusters: [
          serviceCluster(config, options),
          ...(hasPostgres ? [postgresTunnelCluster(config)] : []),
          ...config.upstreams.flatMap((upstream) => upstreamClusters(upstream, config)),
          ...(config.upstreams.length > 0 ? [anchorCluster(config)] : []),
          ...config.httpUpstreams.map((upstream) => httpUpstreamCluster(upstream, config)),
        ],
      },
    },
  );
}

/** The bootstrap as YAML, with what each block is for as comments. */
export function formatEnvoy(bootstrap: EnvoyBootstrap): string {
  return formatBlock(
    bootstrap,
    `Gatehouse in Envoy ${ENVOY_VERSION}. Rendered from gatehouse.yaml by \`gatehouse envoy render\`: change that file, not this one.`,
  );
}

/** Off by default in 1.40.0. */
export const STRICT_CHUNKS = 'envoy.reloadable_features.strict_chunk_parsing';

function httpRuntime(): EnvoyBlock {
  return keysRemarked(
    {
      [STRICT_CHUNKS]:
        'A chunk that ends elsewhere than it says is refused, where two servers could read two bodies.',
      'overload.premature_reset_total_stream_count':
        'A client that resets so many requests, more than half of all, loses its connection (CVE-2023-44487).',
    },
    {
      [STRICT_CHUNKS]: true,
      'overload.premature_reset_total_stream_count': ENVOY_LIMITS.http2ResetsMax,
    },
  );
}

/** What an operator and `gatehouse doctor` read. /quitquitquit, /drain_listeners, /logging and the like are not offered. */
const ADMIN_PATHS = [
  'ready',
  'server_info',
  'clusters',
  'listeners',
  'certs',
  'memory',
  'stats',
  'stats/prometheus',
  'config_dump',
  'runtime',
];
const adminPaths = (): readonly EnvoyValue[] => [
  { safe_regex: { regex: `/(${ADMIN_PATHS.join('|')})(\\?.*)?` } },
];

function overloadManager({ envoy }: GatehouseConfig): EnvoyBlock {
  const heap = 'envoy.resource_monitors.fixed_heap';
  const action = (name: string, threshold: number): EnvoyBlock => ({
    name: `envoy.overload_actions.${name}`,
    triggers: [{ name: heap, threshold: { value: threshold } }],
  });
  return {
    refresh_interval: '0.25s',
    resource_monitors: [
      extension(heap, 'envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig', {
        max_heap_size_bytes: envoy.heapBytesMax,
      }),
      extension(
        'envoy.resource_monitors.global_downstream_max_connections',
        'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
        { max_active_downstream_connections: envoy.connectionsMax },
      ),
    ],
    actions: [
      remarked(
        'Memory is given back at 90 %, and at 95 % no new client is accepted.',
        action('shrink_heap', 0.9),
      ),
      action('stop_accepting_connections', 0.95),
    ],
  };
}
