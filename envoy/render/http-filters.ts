/**
 * The two ways in which a request reaches the service: ext_proc with the bodies, and ext_authz with the headers alone.
 * Each route says which of them is its own (http-routes.ts); a route that says nothing has both.
 */
import type { EnvoyBlock } from './block.ts';
import { extension, keysRemarked, seconds } from './block.ts';
import { ENVOY_LIMITS } from './limits.ts';
import { SERVICE_CLUSTER } from './names.ts';

export const EXT_PROC_FILTER = 'envoy.filters.http.ext_proc';
export const EXT_AUTHZ_FILTER = 'envoy.filters.http.ext_authz';

/** What the service learns of a request beside its bytes: it cannot do without any of them. */
export const REQUEST_ATTRIBUTES = ['xds.route_name', 'source.address', 'request.protocol', 'request.scheme'];

export const httpFilters = (): readonly EnvoyBlock[] => [
  extProc(),
  extAuthz(),
  extension('envoy.filters.http.router', 'envoy.extensions.filters.http.router.v3.Router', {
    suppress_envoy_headers: true,
  }),
];

function extProc(): EnvoyBlock {
  return extension(
    EXT_PROC_FILTER,
    'envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor',
    keysRemarked(
      {
        failure_mode_allow: 'Fail closed: without the service nothing passes.',
        processing_mode: "Both bodies are the service's: what it does not return does not go on.",
        request_attributes:
          'What the service learns of the request beside its bytes. No client can set these.',
        message_timeout:
          'For routes whose bodies are left alone; with bodies there is no timer, and the service keeps the deadlines.',
        route_cache_action: 'The route was chosen before the service was asked, and stays.',
        mutation_rules:
          "The service sets the upstream's credential and takes the agent's off; where a request goes it cannot change.",
      },
      {
        stat_prefix: 'http',
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
        request_attributes: REQUEST_ATTRIBUTES,
        message_timeout: seconds(ENVOY_LIMITS.decisionMs),
        allow_content_length_header: true,
        allow_mode_override: false,
        route_cache_action: 'RETAIN',
        mutation_rules: { allow_envoy: true, disallow_is_error: true },
      },
    ),
  );
}

function extAuthz(): EnvoyBlock {
  return extension(
    EXT_AUTHZ_FILTER,
    'envoy.extensions.filters.http.ext_authz.v3.ExtAuthz',
    keysRemarked(
      { failure_mode_allow: 'Fail closed: without the service nothing passes.' },
      {
        stat_prefix: 'http',
        transport_api_version: 'V3',
        grpc_service: {
          envoy_grpc: { cluster_name: SERVICE_CLUSTER },
          timeout: seconds(ENVOY_LIMITS.decisionMs),
        },
        failure_mode_allow: false,
        status_on_error: { code: 'ServiceUnavailable' },
        clear_route_cache: false,
      },
    ),
  );
}
