/**
 * The ext_proc filter of an Envoy configuration, its overrides, and the cluster of the service: that they fail closed,
 * carry every byte, and notice a worker that is gone.
 */
import type { Check } from './check.ts';
import { failure, warning } from './check.ts';
import type { EnvoyTree, JsonObject } from './envoy-tree.ts';
import { array, at, durationMs, httpOptions, object, routeConfig, routesOf, text } from './envoy-tree.ts';

/** A connection manager with ext_proc in it: what the promises are about. */
export interface Gate {
  readonly listener: string;
  readonly manager: JsonObject;
  readonly filters: readonly JsonObject[];
}

/** The cluster that a filter hands its streams to. */
export const serviceOf = (filter: JsonObject): string =>
  text(at(filter, 'grpc_service', 'envoy_grpc', 'cluster_name'));

export const GRACEFUL_CLOSE = 'envoy.reloadable_features.ext_proc_graceful_grpc_close';
/** A frozen worker must be noticed before people do. */
const KEEPALIVE_MS_MAX = 10_000;
/** No session is this old. */
const CLIENT_IDLE_MS_MIN = 365 * 86_400_000;
/** Envoy's defaults; every live session holds one. */
const REQUESTS_DEFAULT = 1_024;

const FAIL_CLOSED = 'envoy.fail_closed';

export function failClosed({ listener, filters }: Gate): readonly Check[] {
  const id = FAIL_CLOSED;
  const checks: Check[] = [];
  for (const filter of filters) {
    if (filter['failure_mode_allow'] === true) {
      checks.push(
        failure(
          id,
          listener,
          'failure_mode_allow is true: without the service everything passes',
          'set failure_mode_allow: false',
        ),
      );
    }
    if (filter['observability_mode'] === true) {
      checks.push(
        failure(
          id,
          listener,
          'observability_mode is true: the service only watches',
          'remove observability_mode',
        ),
      );
    }
    if (filter['allow_mode_override'] === true) {
      checks.push(
        failure(
          id,
          listener,
          'allow_mode_override is true: an answer can switch the gate off',
          'set allow_mode_override: false',
        ),
      );
    }
  }
  return checks;
}

/** What routes of a tunnel say of ext_proc otherwise: nothing there may. */
export function routeOverrides({ listener, manager }: Gate, tree: EnvoyTree): readonly Check[] {
  const id = FAIL_CLOSED;
  const checks: Check[] = [];
  for (const { name, overrides } of overridesOf(manager, tree)) {
    const subject = `${listener}, route ${name}`;
    if (at(overrides, 'disabled') === true) {
      checks.push(
        failure(
          id,
          subject,
          'ext_proc is disabled: its traffic goes around the gate',
          'remove the per-route override',
        ),
      );
    }
    if (at(overrides, 'overrides', 'failure_mode_allow') === true) {
      checks.push(
        failure(
          id,
          subject,
          'failure_mode_allow is true: without the service everything passes',
          'remove the per-route override',
        ),
      );
    }
    if (at(overrides, 'overrides', 'processing_mode') !== undefined) {
      checks.push(
        failure(
          id,
          subject,
          "the processing mode is another than the gate's",
          'remove the per-route override',
        ),
      );
    }
  }
  return checks;
}

/** ext_proc's own overrides of routes, virtual hosts and the whole. */
function overridesOf(
  manager: JsonObject,
  tree: EnvoyTree,
): readonly { name: string; overrides: JsonObject }[] {
  const config = routeConfig(manager, tree);
  if (config === undefined) return [];
  const places = [
    { name: '(all)', place: config },
    ...array(config['virtual_hosts']).map((host) => ({ name: text(at(host, 'name')), place: object(host) })),
    ...routesOf(config).map(({ name, route }) => ({ name, place: route })),
  ];
  return places.flatMap(({ name, place }) =>
    Object.values(object(place['typed_per_filter_config']))
      .map((value) =>
        text(at(value, '@type')).endsWith('.FilterConfig')
          ? { ...object(at(value, 'config')), disabled: at(value, 'disabled') }
          : object(value),
      )
      .filter(
        (value) => text(at(value, '@type')).endsWith('.ExtProcPerRoute') || at(value, 'disabled') === true,
      )
      .map((overrides) => ({ name, overrides })),
  );
}

export function processingMode({ listener, filters }: Gate): readonly Check[] {
  const wanted = {
    request_body_mode: 'FULL_DUPLEX_STREAMED',
    response_body_mode: 'FULL_DUPLEX_STREAMED',
    request_trailer_mode: 'SEND',
    response_trailer_mode: 'SEND',
  };
  return filters.flatMap((filter) =>
    Object.entries(wanted).flatMap(([key, value]) => {
      const mode = text(at(filter, 'processing_mode', key)) || 'not set';
      if (mode === value) return [];
      return [failure('envoy.processing_mode', listener, `${key} is ${mode}`, `set ${key}: ${value}`)];
    }),
  );
}

export function gracefulClose(tree: EnvoyTree): readonly Check[] {
  const values = tree.runtimeLayers.flatMap((layer) => {
    const layerValues = object(at(layer, 'static_layer'));
    return layerValues[GRACEFUL_CLOSE] === undefined ? [] : [layerValues[GRACEFUL_CLOSE]];
  });
  if (String(values.at(-1)) === 'true') return [];
  return [
    failure(
      'envoy.graceful_close',
      '',
      "ext_proc streams end with a reset, and the service's connections drop about every thousand sessions",
      `set ${GRACEFUL_CLOSE}: true in layered_runtime`,
    ),
  ];
}

/**
 * Envoy drops a gRPC client that no new stream has used for 50 s, and a stream that then ends gracefully takes Envoy
 * down with it (docs/decisions/0020-keep-envoys-grpc-client.md).
 */
export function keptClient(tree: EnvoyTree): readonly Check[] {
  if ((tree.grpcClientIdleMs ?? 0) >= CLIENT_IDLE_MS_MIN) return [];
  return [
    failure(
      'envoy.grpc_client',
      '',
      'the end of a session that is older than 50 s crashes Envoy: its gRPC client is not kept',
      'set grpc_async_client_manager_config: { max_cached_entry_idle_duration: 315360000s } in the bootstrap',
    ),
  ];
}

export function serviceClusters(gates: readonly Gate[], tree: EnvoyTree): readonly Check[] {
  const names = new Set(gates.flatMap(({ filters }) => filters.map((filter) => serviceOf(filter))));
  return [...names].flatMap((name) => {
    const id = 'envoy.service_cluster';
    const cluster = tree.clusters.find((each) => each['name'] === name);
    if (cluster === undefined)
      return [
        failure(
          id,
          name,
          'ext_proc names a cluster that is not configured',
          'compare with the output of: gatehouse envoy render',
        ),
      ];
    const checks: Check[] = [];
    const http2 = at(httpOptions(cluster), 'explicit_http_config', 'http2_protocol_options');
    const interval = durationMs(at(http2, 'connection_keepalive', 'interval'));
    const timeout = durationMs(at(http2, 'connection_keepalive', 'timeout'));
    if (interval === undefined || timeout === undefined || interval + timeout > KEEPALIVE_MS_MAX) {
      checks.push(
        failure(
          id,
          name,
          'a frozen worker would hang its sessions for ever: there is no keepalive of at most 10 s',
          'set connection_keepalive: { interval: 1s, timeout: 5s } in its http2_protocol_options',
        ),
      );
    }
    const requests = Math.min(
      ...array(at(cluster, 'circuit_breakers', 'thresholds')).map((each) =>
        Number(at(each, 'max_requests') ?? REQUESTS_DEFAULT),
      ),
      Number.POSITIVE_INFINITY,
    );
    if (!Number.isFinite(requests) || requests <= REQUESTS_DEFAULT) {
      checks.push(
        warning(
          id,
          name,
          `only ${REQUESTS_DEFAULT} sessions fit: a live session holds a request`,
          'raise max_requests in circuit_breakers',
        ),
      );
    }
    if (array(cluster['health_checks']).length === 0) {
      checks.push(
        warning(id, name, 'workers that drain or are gone still get sessions', 'add a gRPC health check'),
      );
    }
    return checks;
  });
}
