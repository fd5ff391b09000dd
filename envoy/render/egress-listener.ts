/**
 * The service's own requests to HTTP servers: what people have approved while its client was told of the waiting goes out
 * here, since the client's own stream is answered by then. A socket of the service's alone, and no service is asked again.
 */
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import type { HttpUpstreamConfig } from '../../ext-proc/config/http-config.ts';
import { egressSocket } from '../../ext-proc/config/socket-paths.ts';
import { accessLog } from './access-log.ts';
import { pipeAddress } from './address.ts';
import type { EnvoyBlock } from './block.ts';
import { extension, keysRemarked, remarked, seconds } from './block.ts';
import { ownHost } from './http-routes.ts';
import { ENVOY_LIMITS } from './limits.ts';
import { localReplies } from './local-replies.ts';
import { egressListenerName, serverCluster } from './names.ts';

/** Whether there are any: where approvals are, and the service is on Envoy's host. */
export const hasEgress = ({ approvals, service }: GatehouseConfig): boolean =>
  approvals !== undefined && service.remote === undefined;

export function egressListener(upstream: HttpUpstreamConfig, config: GatehouseConfig): EnvoyBlock {
  const name = egressListenerName(upstream.name);
  return remarked(
    `The service's own requests to ${upstream.name}, once people have approved them. Nobody else may reach it.`,
    {
      name,
      address: pipeAddress(egressSocket(config.service.socketDirectory, upstream.name), 0o600),
      traffic_direction: 'OUTBOUND',
      per_connection_buffer_limit_bytes: ENVOY_LIMITS.bufferBytes,
      filter_chains: [{ filters: [connectionManager(name, upstream, config)] }],
    },
  );
}

function connectionManager(name: string, upstream: HttpUpstreamConfig, config: GatehouseConfig): EnvoyBlock {
  return extension(
    'envoy.filters.network.http_connection_manager',
    'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    keysRemarked(
      {
        skip_xff_append:
          "Where the request comes from, and its id, are the client's stream's: they stay as they are.",
      },
      {
        stat_prefix: name,
        codec_type: 'HTTP1',
        server_header_transformation: 'PASS_THROUGH',
        skip_xff_append: true,
        generate_request_id: false,
        preserve_external_request_id: true,
        normalize_path: false,
        max_request_headers_kb: ENVOY_LIMITS.requestHeadersKb,
        common_http_protocol_options: {
          idle_timeout: seconds(ENVOY_LIMITS.httpIdleMs),
          max_headers_count: ENVOY_LIMITS.egressHeadersMax,
        },
        request_timeout: '0s',
        stream_idle_timeout: seconds(ENVOY_LIMITS.httpStreamIdleMs),
        local_reply_config: localReplies(),
        access_log: [accessLog(config, name, 'http')],
        route_config: {
          name,
          validate_clusters: true,
          virtual_hosts: [
            {
              name: 'any',
              domains: ['*'],
              routes: [
                {
                  name,
                  match: { prefix: '/' },
                  route: {
                    cluster: serverCluster(upstream.name),
                    timeout: '0s',
                    idle_timeout: seconds(ENVOY_LIMITS.httpStreamIdleMs),
                    host_rewrite_literal: ownHost(upstream),
                    append_x_forwarded_host: true,
                  },
                },
              ],
            },
          ],
        },
        http_filters: [
          extension('envoy.filters.http.router', 'envoy.extensions.filters.http.router.v3.Router', {
            suppress_envoy_headers: true,
          }),
        ],
      },
    ),
  );
}
