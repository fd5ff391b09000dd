/**
 * Where HTTP clients connect: TLS and HTTP are Envoy's own here, hardened as for an edge, and every request goes to the
 * service before it goes on.
 * Source: Envoy's "Configuring Envoy as an edge proxy".
 */
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import type { HttpListenerConfig } from '../../ext-proc/config/http-config.ts';
import { accessLog } from './access-log.ts';
import { socketAddress, tcpKeepalive } from './address.ts';
import type { EnvoyBlock } from './block.ts';
import { extension, keysRemarked, remarked, seconds } from './block.ts';
import { httpFilters } from './http-filters.ts';
import { httpRoutes } from './http-routes.ts';
import { ENVOY_LIMITS } from './limits.ts';
import { clientListener } from './names.ts';

export function httpListener(listener: HttpListenerConfig, config: GatehouseConfig): EnvoyBlock {
  const upstreams = new Set(listener.routes.map(({ upstream }) => upstream));
  return remarked(
    `HTTP clients, for ${[...upstreams].join(', ')}.`,
    keysRemarked(
      {
        per_connection_buffer_limit_bytes:
          'Backpressure reaches the sender early, and a reader that stalls holds little memory.',
        enable_reuse_port:
          'Nobody else can listen on this port at the same time, by mistake or to be taken for the gate.',
        listener_filters_timeout: 'A client that says nothing is closed.',
      },
      {
        name: clientListener(listener.name),
        address: socketAddress(listener.address),
        traffic_direction: 'INBOUND',
        enable_reuse_port: false,
        connection_balance_config: { exact_balance: {} },
        per_connection_buffer_limit_bytes: ENVOY_LIMITS.bufferBytes,
        tcp_keepalive: tcpKeepalive(),
        listener_filters_timeout: seconds(ENVOY_LIMITS.silentClientMs),
        continue_on_listener_filters_timeout: false,
        listener_filters: [
          extension(
            'envoy.filters.listener.tls_inspector',
            'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector',
          ),
        ],
        filter_chains: [
          {
            transport_socket_connect_timeout: seconds(ENVOY_LIMITS.requestHeadersMs),
            ...(listener.tls === undefined ? {} : { transport_socket: clientTls(listener.tls) }),
            filters: [connectionManager(listener, config)],
          },
        ],
      },
    ),
  );
}

function clientTls({ certificate, key }: NonNullable<HttpListenerConfig['tls']>): EnvoyBlock {
  return extension(
    'envoy.transport_sockets.tls',
    'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
    {
      common_tls_context: {
        alpn_protocols: ['h2', 'http/1.1'],
        tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
        tls_certificates: [
          { certificate_chain: { filename: certificate.file }, private_key: { filename: key.file } },
        ],
      },
    },
  );
}

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
          "Headers that steer Envoy (retries, time limits) or speak for the gate are taken off a client's request.",
        normalize_path: 'What policy sees is the path that is forwarded.',
        path_with_escaped_slashes_action: 'A slash that one server decodes and another does not is refused.',
        stream_idle_timeout: 'A request may wait for a human, and a stream of events may be silent for long.',
        http_protocol_options: 'Framing that two servers could read in two ways is refused.',
        upgrade_configs: 'WebSocket, frame by frame through the service.',
        local_reply_config: "What Envoy itself answers has the form of the gate's denials (RFC 9457).",
      },
      {
        stat_prefix: clientListener(listener.name),
        codec_type: 'AUTO',
        server_header_transformation: 'PASS_THROUGH',
        use_remote_address: true,
        internal_address_config: { unix_sockets: false },
        early_header_mutation_extensions: [
          extension(
            'envoy.http.early_header_mutation.header_mutation',
            'envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation',
            {
              mutations: ['x-envoy-', 'x-gatehouse-'].map((prefix) => ({
                remove_on_match: { key_matcher: { prefix } },
              })),
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

/**
 * What Envoy answers by itself is told by its flags: all but UAEX, which is on denials of the service's own, whose bodies
 * stay. The detail is Envoy's word for what went wrong (`no_healthy_upstream` …), never a client's text.
 */
const OWN_REPLIES = [
  ...[
    'LH',
    'UH',
    'UT',
    'LR',
    'UR',
    'UF',
    'UC',
    'UO',
    'NR',
    'DI',
    'FI',
    'RL',
    'RLSE',
    'DC',
    'URX',
    'SI',
    'IH',
  ],
  ...['DPE', 'UMSDR', 'RFCF', 'NFCF', 'DT', 'UPE', 'NC', 'OM', 'DF', 'DO'],
];

function localReplies(): EnvoyBlock {
  return {
    mappers: [
      {
        filter: { response_flag_filter: { flags: OWN_REPLIES } },
        body_format_override: {
          json_format: {
            type: 'urn:gatehouse:error:GH_HTTP_ENVOY',
            title: 'The gate could not carry this request.',
            status: '%RESPONSE_CODE%',
            code: 'GH_HTTP_ENVOY',
            detail: '%RESPONSE_CODE_DETAILS%',
          },
          content_type: 'application/problem+json',
        },
      },
    ],
  };
}
