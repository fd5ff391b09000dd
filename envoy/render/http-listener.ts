/**
 * Where HTTP clients connect: TLS and HTTP are Envoy's own here, hardened as for an edge, and every request goes to the
 * service before it goes on.
 * Source: Envoy's "Configuring Envoy as an edge proxy".
 */
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import type { HttpListenerConfig } from '../../ext-proc/config/http-config.ts';
import { accessLog } from './access-log.ts';
import type { EnvoyBlock } from './block.ts';
import { CLIENT_LISTENER_REMARKS, clientListenerBlock } from './client-listener.ts';
import { extension, keysRemarked, remarked, seconds } from './block.ts';
import { httpFilters } from './http-filters.ts';
import { httpRoutes } from './http-routes.ts';
import { ENVOY_LIMITS } from './limits.ts';
import { localReplies } from './local-replies.ts';
import type { RenderOptions } from './bootstrap.ts';
import { clientListener, listenerSecret } from './names.ts';
import { fromSds, listenerSecretDirectory } from './watched-secrets.ts';

export function httpListener(
  listener: HttpListenerConfig,
  config: GatehouseConfig,
  options: RenderOptions,
): EnvoyBlock {
  const upstreams = new Set(listener.routes.map(({ upstream }) => upstream));
  return remarked(
    `HTTP clients, for ${[...upstreams].join(', ')}.`,
    keysRemarked(
      {
        ...CLIENT_LISTENER_REMARKS,
        listener_filters_timeout: 'A client that says nothing is closed.',
      },
      {
        ...clientListenerBlock(listener),
        filter_chains: [
          {
            transport_socket_connect_timeout: seconds(ENVOY_LIMITS.requestHeadersMs),
            ...(listener.tls === undefined
              ? {}
              : { transport_socket: clientTls(listener.name, listener.tls, options) }),
            filters: [connectionManager(listener, config)],
          },
        ],
      },
    ),
  );
}

function clientTls(
  name: string,
  tls: NonNullable<HttpListenerConfig['tls']>,
  { secretDirectory }: RenderOptions,
): EnvoyBlock {
  const certificate = fromSds(listenerSecret(name), listenerSecretDirectory(tls, secretDirectory));
  return extension(
    'envoy.transport_sockets.tls',
    'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
    {
      common_tls_context: {
        alpn_protocols: ['h2', 'http/1.1'],
        tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
        tls_certificate_sds_secret_configs: remarked(
          'Certificate and key are read again when they are renewed; connections stay.',
          [certificate],
        ),
      },
    },
  );
}

/** What a client may not say: it is Envoy that knows whom a request is from, and how it is carried. */
export const NOT_FROM_CLIENTS: readonly EnvoyBlock[] = [
  { prefix: 'x-envoy-' },
  { prefix: 'x-gatehouse-' },
  { prefix: 'x-forwarded-' },
  { exact: 'forwarded' },
  { exact: 'x-real-ip' },
];

/** The address of nobody. With an empty list Envoy takes loopback and the private networks (measured). */
const NO_ADDRESS: EnvoyBlock = { address_prefix: '0.0.0.0', prefix_len: 32 };

function connectionManager(listener: HttpListenerConfig, config: GatehouseConfig): EnvoyBlock {
  return extension(
    'envoy.filters.network.http_connection_manager',
    'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    keysRemarked(
      {
        use_remote_address: 'The client is who connects, whatever it says of itself in X-Forwarded-For.',
        internal_address_config:
          "No address is trusted more than another: Envoy's own headers mean nothing here.",
        early_header_mutation_extensions:
          "Headers that steer Envoy (retries, time limits), speak for the gate, or say for whom and by what way a request comes are taken off a client's request.",
        normalize_path: 'What policy sees is the path that is forwarded.',
        path_with_escaped_slashes_action: 'A slash that one server decodes and another does not is refused.',
        stream_idle_timeout: 'A request may wait for a human, and a stream of events may be silent for long.',
        http2_protocol_options:
          'WebSocket over HTTP/2 comes as CONNECT (RFC 8441); any other CONNECT has no route.',
        http_protocol_options: 'Framing that two servers could read in two ways is refused.',
        upgrade_configs: 'WebSocket, frame by frame through the service.',
        local_reply_config: "What Envoy itself answers has the form of the gate's denials (RFC 9457).",
      },
      {
        stat_prefix: clientListener(listener.name),
        codec_type: 'AUTO',
        server_header_transformation: 'PASS_THROUGH',
        use_remote_address: true,
        internal_address_config: { unix_sockets: false, cidr_ranges: [NO_ADDRESS] },
        early_header_mutation_extensions: [
          extension(
            'envoy.http.early_header_mutation.header_mutation',
            'envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation',
            {
              mutations: NOT_FROM_CLIENTS.map((key_matcher) => ({ remove_on_match: { key_matcher } })),
            },
          ),
        ],
        normalize_path: true,
        merge_slashes: true,
        path_with_escaped_slashes_action: 'REJECT_REQUEST',
        common_http_protocol_options: {
          idle_timeout: seconds(ENVOY_LIMITS.httpIdleMs),
          max_headers_count: ENVOY_LIMITS.requestHeadersMax,
          headers_with_underscores_action: 'REJECT_REQUEST',
        },
        max_request_headers_kb: ENVOY_LIMITS.requestHeadersKb,
        request_headers_timeout: seconds(ENVOY_LIMITS.requestHeadersMs),
        request_timeout: '0s',
        stream_idle_timeout: seconds(ENVOY_LIMITS.httpStreamIdleMs),
        http_protocol_options: { accept_http_10: false, allow_chunked_length: false },
        http2_protocol_options: {
          max_concurrent_streams: ENVOY_LIMITS.httpStreamsPerConnection,
          initial_stream_window_size: ENVOY_LIMITS.bufferBytes,
          initial_connection_window_size: ENVOY_LIMITS.httpConnectionWindowBytes,
          allow_connect: true,
        },
        upgrade_configs: [{ upgrade_type: 'websocket' }],
        local_reply_config: localReplies(),
        access_log: [accessLog(config, listener.name, 'http')],
        route_config: httpRoutes(listener, config),
        http_filters: httpFilters(),
      },
    ),
  );
}
