/**
 * The way from Envoy to the service: gRPC over one unix socket a worker, or over TCP with mutual TLS where the
 * service is on another host.
 */
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import { workerSocket } from '../../ext-proc/config/socket-paths.ts';
import {
  circuitBreakers,
  endpoints,
  discovery,
  pipeAddress,
  socketAddress,
  tcpKeepalive,
} from './address.ts';
import type { EnvoyBlock } from './block.ts';
import { extension, keysRemarked, remarked, seconds, typed } from './block.ts';
import { ENVOY_LIMITS } from './limits.ts';
import { SERVICE_CA_SECRET, SERVICE_CERTIFICATE_SECRET, SERVICE_CLUSTER } from './names.ts';
import type { RenderOptions } from './bootstrap.ts';
import { fromSds, serviceSecretDirectory } from './watched-secrets.ts';

export function serviceCluster(config: GatehouseConfig, options: RenderOptions): EnvoyBlock {
  const { remote, workers, socketDirectory } = config.service;
  const numbers = Array.from({ length: workers }, (_, worker) => worker);
  const addresses =
    remote === undefined
      ? numbers.map((worker) => pipeAddress(workerSocket(socketDirectory, worker)))
      : numbers.map((worker) =>
          socketAddress({ host: remote.address.host, port: remote.address.port + worker }),
        );
  return remarked(
    'The service: an endpoint for each of its workers. Any worker may serve any session.',
    keysRemarked(
      {
        load_balancing_policy: 'Sessions are long: the next one goes to the worker that has the fewest.',
        common_lb_config: 'With no healthy worker the answer is no, never a guess.',
        health_checks:
          'A worker that drains or is gone gets no new session; live sessions stay where they are.',
        circuit_breakers: 'Every live session holds a request for as long as it lives.',
      },
      {
        name: SERVICE_CLUSTER,
        ...(remote === undefined ? { type: 'STATIC' } : discovery(remote.address, 'every address')),
        connect_timeout: seconds(ENVOY_LIMITS.localConnectMs),
        load_balancing_policy: {
          policies: [
            {
              typed_extension_config: extension(
                'envoy.load_balancing_policies.least_request',
                'envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest',
                { selection_method: 'FULL_SCAN' },
              ),
            },
          ],
        },
        common_lb_config: { healthy_panic_threshold: { value: 0 } },
        circuit_breakers: circuitBreakers(config.envoy.connectionsMax),
        health_checks: [
          {
            timeout: seconds(ENVOY_LIMITS.healthTimeoutMs),
            interval: seconds(ENVOY_LIMITS.healthIntervalMs),
            no_traffic_interval: seconds(ENVOY_LIMITS.healthIntervalMs),
            unhealthy_threshold: 2,
            healthy_threshold: 1,
            grpc_health_check: {},
          },
        ],
        ...(remote === undefined ? {} : { upstream_connection_options: { tcp_keepalive: tcpKeepalive() } }),
        typed_extension_protocol_options: {
          'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': typed(
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
            { explicit_http_config: { http2_protocol_options: serviceHttp2() } },
          ),
        },
        load_assignment: endpoints(SERVICE_CLUSTER, addresses),
        ...(remote === undefined ? {} : { transport_socket: mutualTls(config, options) }),
      },
    ),
  );
}

function serviceHttp2(): EnvoyBlock {
  return keysRemarked(
    {
      connection_keepalive:
        'A frozen worker never answers, and ext_proc has no timer here: its streams are ended by this.',
      initial_stream_window_size:
        "The connection's window holds the windows of all its streams, so that stalled sessions never stop the others.",
    },
    {
      connection_keepalive: {
        interval: seconds(ENVOY_LIMITS.keepaliveIntervalMs),
        timeout: seconds(ENVOY_LIMITS.keepaliveTimeoutMs),
      },
      max_concurrent_streams: ENVOY_LIMITS.streamsPerWorkerConnection,
      initial_stream_window_size: ENVOY_LIMITS.bufferBytes,
      initial_connection_window_size: ENVOY_LIMITS.bufferBytes * ENVOY_LIMITS.streamsPerWorkerConnection,
    },
  );
}

/** Envoy proves itself to the service, and takes nobody for the service who cannot prove its name. */
function mutualTls({ envoy }: GatehouseConfig, { secretDirectory }: RenderOptions): EnvoyBlock {
  const tls = envoy.serviceTls;
  if (tls === undefined) throw new Error('a remote service needs envoy.serviceTls; loadConfig checks it');
  const directory = serviceSecretDirectory(tls, secretDirectory);
  return remarked(
    "Mutual TLS: Envoy shows its certificate, and the service's must carry this name. Both sides' files may be renewed under a running Envoy: it watches them.",
    extension('envoy.transport_sockets.tls', 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
      sni: tls.serverName,
      common_tls_context: {
        alpn_protocols: ['h2'],
        tls_params: { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' },
        tls_certificate_sds_secret_configs: [fromSds(SERVICE_CERTIFICATE_SECRET, directory)],
        combined_validation_context: {
          default_validation_context: {
            match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: tls.serverName } }],
          },
          validation_context_sds_secret_config: fromSds(SERVICE_CA_SECRET, directory),
        },
      },
    }),
  );
}
