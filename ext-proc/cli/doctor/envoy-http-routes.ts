/**
 * Routes that lead to HTTP upstreams of the gate, wherever they stand: that nothing on them sends a request twice, and
 * nothing cuts a long answer off. What a request does on its second arrival nobody but its server knows, so that here not
 * even a connection that failed is tried again.
 */
import type { GatehouseConfig } from '../../config/config.ts';
import { formatAddress } from '../../config/units.ts';
import { ENVOY_LIMITS } from '../../../envoy/render/limits.ts';
import type { Check } from './check.ts';
import { failure, warning } from './check.ts';
import type { Gate } from './envoy-ext-proc.ts';
import type { EnvoyTree, JsonObject, RouteSight } from './envoy-tree.ts';
import {
  at,
  clustersOf,
  connectionManagers,
  durationMs,
  httpOptions,
  normal,
  object,
  reachable,
  routeConfig,
  routesOf,
  text,
} from './envoy-tree.ts';

/** By what a place sends a request again, or sends it to another: its key, and what that does. */
const REPEATING: readonly (readonly [string, string])[] = [
  ['retry_policy', 'is retried'],
  ['retry_policy_typed_config', 'is retried'],
  ['hedge_policy', 'is sent again before its answer'],
  ['request_mirror_policies', 'is mirrored'],
  ['internal_redirect_policy', 'is sent again where the server redirects'],
  ['internal_redirect_action', 'is sent again where the server redirects'],
];

/** Retries, mirrors, hedges and redirects on every route to an HTTP upstream, of whatever listener. */
export function httpRepeats(tree: EnvoyTree, config: GatehouseConfig): readonly Check[] {
  const servers = new Set(config.httpUpstreams.map(({ address }) => normal(formatAddress(address))));
  return tree.listeners.flatMap((listener) =>
    connectionManagers(listener).flatMap((manager) => {
      const routes = routeConfig(manager, tree);
      if (routes === undefined) return [];
      return routesOf(routes)
        .filter(({ route }) =>
          clustersOf(route['route'])
            .flatMap((name) => reachable(name, tree))
            .some((endpoint) => servers.has(normal(endpoint))),
        )
        .flatMap((sight) => repeatsOf(text(listener['name']), sight, routes, tree));
    }),
  );
}

function repeatsOf(
  listener: string,
  { name, route, virtualHost }: RouteSight,
  routes: JsonObject,
  tree: EnvoyTree,
): readonly Check[] {
  const action = object(route['route']);
  const clusters = clustersOf(action).map((each) => tree.clusters.find((one) => one['name'] === each) ?? {});
  const places = [action, virtualHost, routes, ...clusters.map(httpOptions)];
  return REPEATING.filter(([key]) => places.some((place) => isSet(place[key]))).map(([key, does]) =>
    failure(
      'envoy.retries',
      `${listener}, route ${text(route['name']) || name}`,
      `a request that writes could run twice: it ${does} (${key})`,
      `remove ${key}`,
    ),
  );
}

const isSet = (value: unknown): boolean =>
  value !== undefined &&
  value !== 'PASS_THROUGH_INTERNAL_REDIRECT' &&
  !(Array.isArray(value) && value.length === 0);

/** What ends a request that streams or waits. Of the gate's own connection managers with clients' HTTP. */
export function httpTimeouts({ listener, manager }: Gate, tree: EnvoyTree): readonly Check[] {
  const id = 'envoy.timeouts';
  const routes = routeConfig(manager, tree);
  const checks: Check[] = [];
  if ((durationMs(manager['request_timeout']) ?? 0) !== 0) {
    checks.push(
      failure(id, listener, 'request_timeout ends a request that is long', 'set request_timeout: 0s'),
    );
  }
  for (const { name, route } of routes === undefined ? [] : routesOf(routes)) {
    if (route['route'] === undefined) continue;
    const action = object(route['route']);
    const subject = `${listener}, route ${text(route['name']) || name}`;
    if (durationMs(action['timeout']) !== 0) {
      const after = action['timeout'] === undefined ? '15 seconds, the default' : text(action['timeout']);
      checks.push(
        failure(id, subject, `timeout ends an answer that streams after ${after}`, 'set timeout: 0s'),
      );
    }
    const idle = durationMs(action['idle_timeout'] ?? manager['stream_idle_timeout']) ?? 300_000;
    if (idle !== 0 && idle < ENVOY_LIMITS.httpStreamIdleMs) {
      checks.push(
        warning(
          id,
          subject,
          `a stream of events that is silent for ${idle / 1_000} s ends`,
          `set idle_timeout: ${ENVOY_LIMITS.httpStreamIdleMs / 1_000}s`,
        ),
      );
    }
  }
  if (at(manager, 'common_http_protocol_options', 'max_stream_duration') !== undefined) {
    checks.push(failure(id, listener, 'max_stream_duration ends answers that stream', 'remove it'));
  }
  return checks;
}
