/** The servers behind HTTP routes. TLS towards them is Envoy's. */
import { isIP } from 'node:net';
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import type { HttpUpstreamConfig } from '../../ext-proc/config/http-config.ts';
import { circuitBreakers, discovery, endpoints, socketAddress, tcpKeepalive } from './address.ts';
import type { EnvoyBlock } from './block.ts';
import { extension, keysRemarked, remarked, seconds, typed } from './block.ts';
import { ENVOY_LIMITS } from './limits.ts';
import { serverCluster } from './names.ts';

export function httpUpstreamCluster(upstream: HttpUpstreamConfig, config: GatehouseConfig): EnvoyBlock {
  const name = serverCluster(upstream.name);
  return remarked(`The server of ${upstream.name}.`, {
    name,
    ...discovery(upstream.address, 'one server'),
    connect_timeout: seconds(ENVOY_LIMITS.upstreamConnectMs),
    per_connection_buffer_limit_bytes: ENVOY_LIMITS.bufferBytes,
    upstream_connection_options: { tcp_keepalive: tcpKeepalive() },
    circuit_breakers: circuitBreakers(config.envoy.connectionsMax),
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': typed(
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        keysRemarked(
          {
            common_http_protocol_options:
              'Shorter than servers keep theirs: nothing is sent twice, so no request may meet a connection that is being closed.',
          },
          {
            common_http_protocol_options: { idle_timeout: seconds(ENVOY_LIMITS.httpUpstreamIdleMs) },
            explicit_http_config: { http_protocol_options: {} },
          },
        ),
      ),
    },
    load_assignment: endpoints(name, [socketAddress(upstream.address)]),
    ...(upstream.tls === undefined ? {} : { transport_socket: verifiedTls(upstream.tls) }),
  });
}

function verifiedTls({ ca, serverName }: NonNullable<HttpUpstreamConfig['tls']>): EnvoyBlock {
  const isName = isIP(serverName) === 0;
  return extension(
    'envoy.transport_sockets.tls',
    'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
    {
      ...(isName ? { sni: serverName } : {}),
      common_tls_context: {
        alpn_protocols: ['http/1.1'],
        tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
        validation_context: {
          trusted_ca: { filename: ca.file },
          match_typed_subject_alt_names: [
            { san_type: isName ? 'DNS' : 'IP_ADDRESS', matcher: { exact: serverName } },
          ],
        },
      },
    },
  );
}
