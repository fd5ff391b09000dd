/**
 * The gate itself: the tunnel's far end inside Envoy, where ext_proc hands every byte of both directions to the
 * service, and only what the service returns goes on to the server.
 */
import type { GatehouseConfig, ListenerConfig } from '../../ext-proc/config/config.ts';
import { circuitBreakers, endpoints } from './address.ts';
import type { EnvoyBlock } from './block.ts';
import { extension, keysRemarked, remarked, seconds, typed } from './block.ts';
import { ENVOY_LIMITS } from './limits.ts';
import { POSTGRES_GATE, SERVICE_CLUSTER, tunnelAuthority, upstreamCluster } from './names.ts';

/**
 * One HTTP/2 connection a session: with shared ones two readers that stall freeze every other session, and with
 * HTTP/1.1 an answer that follows the client's FIN is lost (both measured).
 */
const tunnelHttp2 = (): EnvoyBlock => ({
  max_concurrent_streams: 1,
  initial_stream_window_size: ENVOY_LIMITS.bufferBytes,
  initial_connection_window_size: ENVOY_LIMITS.bufferBytes,
});

/** From the clients' listeners into the internal listener. */
export function postgresTunnelCluster(config: GatehouseConfig): EnvoyBlock {
  return remarked("The way from the clients' listeners into the gate, inside Envoy.", {
    name: POSTGRES_GATE,
    type: 'STATIC',
    connect_timeout: seconds(ENVOY_LIMITS.localConnectMs),
    per_connection_buffer_limit_bytes: ENVOY_LIMITS.bufferBytes,
    circuit_breakers: circuitBreakers(config.envoy.connectionsMax),
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': typed(
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        {
          explicit_http_config: {
            http2_protocol_options: remarked(
              'One connection a session, with small windows: sessions cannot freeze each other, and half-closes arrive.',
              tunnelHttp2(),
            ),
          },
        },
      ),
    },
    load_assignment: endpoints(POSTGRES_GATE, [
      { envoy_internal_address: { server_listener_name: POSTGRES_GATE } },
    ]),
  });
}

/** The internal listener. */
export function postgresGateListener(listeners: readonly ListenerConfig[]): EnvoyBlock {
  return remarked(
    'The gate for PostgreSQL: the tunnels of all listeners end here, and ext_proc sees every byte.',
    {
      name: POSTGRES_GATE,
      internal_listener: {},
      per_connection_buffer_limit_bytes: ENVOY_LIMITS.bufferBytes,
      filter_chains: [{ filters: [connectionManager(listeners)] }],
    },
  );
}

function connectionManager(listeners: readonly ListenerConfig[]): EnvoyBlock {
  return extension(
    'envoy.filters.network.http_connection_manager',
    'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    keysRemarked(
      {
        stream_idle_timeout:
          'A held statement or an idle session may be silent for long; the service keeps the deadlines.',
        upgrade_configs: 'Tunnels only.',
      },
      {
        stat_prefix: POSTGRES_GATE,
        codec_type: 'HTTP2',
        http2_protocol_options: tunnelHttp2(),
        stream_idle_timeout: '0s',
        request_timeout: '0s',
        generate_request_id: false,
        server_header_transformation: 'PASS_THROUGH',
        upgrade_configs: [{ upgrade_type: 'CONNECT' }],
        route_config: {
          name: POSTGRES_GATE,
          validate_clusters: true,
          virtual_hosts: listeners.map(virtualHost),
        },
        http_filters: [
          extProc(),
          extension('envoy.filters.http.router', 'envoy.extensions.filters.http.router.v3.Router', {
            suppress_envoy_headers: true,
          }),
        ],
      },
    ),
  );
}

function virtualHost(listener: ListenerConfig): EnvoyBlock {
  return {
    name: listener.name,
    domains: [tunnelAuthority(listener.name)],
    routes: [
      {
        match: { connect_matcher: {} },
        route: keysRemarked(
          {
            upgrade_configs: 'Unwrap the tunnel: the server gets the bytes of the body as its TCP stream.',
            retry_policy:
              'Not a retry of anything sent: when the server cannot be reached, no byte has gone to it, and the anchor (priority 1) takes its place so that the client gets a proper error.',
          },
          {
            cluster: upstreamCluster(listener.upstream),
            timeout: '0s',
            idle_timeout: '0s',
            upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }],
            retry_policy: {
              retry_on: 'connect-failure',
              num_retries: 1,
              retry_priority: extension(
                'envoy.retry_priorities.previous_priorities',
                'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig',
                { update_frequency: 1 },
              ),
            },
          },
        ),
      },
    ],
  };
}

function extProc(): EnvoyBlock {
  return extension(
    'envoy.filters.http.ext_proc',
    'envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor',
    keysRemarked(
      {
        failure_mode_allow: 'Fail closed: without the service nothing passes.',
        processing_mode: "Both bodies are the service's: what it does not return does not go on.",
        mutation_rules: "The service has no business with a tunnel's headers.",
      },
      {
        stat_prefix: 'postgres',
        grpc_service: { envoy_grpc: { cluster_name: SERVICE_CLUSTER } },
        failure_mode_allow: false,
        status_on_error: { code: 'ServiceUnavailable' },
        processing_mode: {
          request_header_mode: 'SEND',
          response_header_mode: 'SEND',
          request_body_mode: 'FULL_DUPLEX_STREAMED',
          response_body_mode: 'FULL_DUPLEX_STREAMED',
          request_trailer_mode: 'SEND',
          response_trailer_mode: 'SEND',
        },
        allow_mode_override: false,
        route_cache_action: 'RETAIN',
        mutation_rules: { disallow_all: true, disallow_is_error: true },
      },
    ),
  );
}
