/**
 * Whether every configured listener leads through the gate, and nothing else in the same Envoy leads around it.
 */
import { SERVICE_CLUSTER } from '../../../envoy/render/names.ts';
import type { GatehouseConfig, ListenerConfig } from '../../config/config.ts';
import { catalogueSocket } from '../../config/socket-paths.ts';
import { formatAddress } from '../../config/units.ts';
import type { Check } from './check.ts';
import { failure, ok, warning } from './check.ts';
import { egressAddresses } from './egress-way.ts';
import { serviceOf } from './envoy-ext-proc.ts';
import type { EnvoyTree, JsonObject, RouteSight } from './envoy-tree.ts';
import {
  addressText,
  array,
  at,
  clustersOf,
  configOf,
  connectionManagers,
  durationMs,
  extProcs,
  httpFiltersOf,
  isTunnelEnd,
  normal,
  object,
  reachable,
  routeConfig,
  routeSettings,
  routesOf,
  tcpProxies,
  text,
} from './envoy-tree.ts';

export function gateWay(tree: EnvoyTree, config: GatehouseConfig): readonly Check[] {
  return [...config.listeners.flatMap((listener) => wayOf(listener, tree)), ...waysAround(tree, config)];
}

/** One configured listener: that it is there, tells the service its name, and closes silent clients. */
function wayOf(listener: ListenerConfig, tree: EnvoyTree): readonly Check[] {
  const id = 'envoy.listener';
  const subject = `listener ${listener.name}`;
  const address = normal(formatAddress(listener.address));
  const sight = tree.listeners.find((each) => normal(addressText(each['address'])) === address);
  if (sight === undefined) {
    return [
      failure(
        id,
        subject,
        `Envoy does not listen on ${address}`,
        'render the configuration again and restart Envoy',
      ),
    ];
  }
  const tunnel = tcpProxies(sight)
    .map((proxy) => object(proxy['tunneling_config']))
    .find((each) => each['hostname'] !== undefined);
  const named = array(tunnel?.['headers_to_add']).some(
    (each) =>
      at(each, 'header', 'key') === 'x-gatehouse-listener' && at(each, 'header', 'value') === listener.name,
  );
  if (!named) {
    return [
      failure(
        id,
        subject,
        `${address} is no tunnel into the gate under this name`,
        'render the configuration again and restart Envoy',
      ),
    ];
  }
  const checks: Check[] = [];
  const timeout = durationMs(sight['listener_filters_timeout']);
  const inspects = array(sight['listener_filters']).some(
    (each) => configOf(each, 'TlsInspector') !== undefined,
  );
  if (!inspects || timeout === 0 || sight['continue_on_listener_filters_timeout'] === true) {
    checks.push(
      warning(
        id,
        subject,
        'a client that says nothing takes a connection of the database',
        'add tls_inspector, and listener_filters_timeout: 4s',
      ),
    );
  }
  return checks.length > 0 ? checks : [ok(id, subject, `${address} leads into the gate`)];
}

/** Listeners that lead to a gated server and not through the gate, but for the service's own connections. */
function waysAround(tree: EnvoyTree, config: GatehouseConfig): readonly Check[] {
  const own = new Set([
    ...config.upstreams.map(({ name, serviceAddress }) =>
      serviceAddress === undefined
        ? catalogueSocket(config.service.socketDirectory, name)
        : formatAddress(serviceAddress),
    ),
    ...egressAddresses(config),
  ]);
  const servers = new Map(
    [...config.upstreams, ...config.httpUpstreams].map(({ name, address }) => [
      normal(formatAddress(address)),
      name,
    ]),
  );
  return tree.listeners.flatMap((listener) => {
    const address = addressText(listener['address']);
    if (own.has(address)) return [];
    const led = new Set(ungatedClusters(listener, tree).flatMap((cluster) => reachable(cluster, tree)));
    return [...led].flatMap((endpoint) => {
      const upstream = servers.get(normal(endpoint));
      if (upstream === undefined) return [];
      const detail = `${address} leads to the server of ${upstream} around the gate`;
      return [
        failure(
          'envoy.bypass',
          text(listener['name']),
          detail,
          'remove this listener, or let it lead through the gate',
        ),
      ];
    });
  });
}

/** The clusters that a listener leads to without the service being asked. */
function ungatedClusters(listener: JsonObject, tree: EnvoyTree): readonly string[] {
  const proxied = tcpProxies(listener).filter((proxy) => proxy['tunneling_config'] === undefined);
  const routed = connectionManagers(listener).flatMap((manager) => {
    const routes = routeConfig(manager, tree) ?? {};
    return (
      routesOf(routes)
        // What a tunnel's routes say of ext_proc is a finding of its own (envoy-ext-proc.ts).
        .filter((sight) =>
          isTunnelEnd(manager) ? extProcs(manager).length === 0 : !isAsked(manager, sight, routes),
        )
        .map(({ route }) => object(route['route']))
    );
  });
  return [...proxied, ...routed].flatMap(clustersOf);
}

/** Whether a route asks the service, with bodies or without. */
function isAsked(manager: JsonObject, sight: RouteSight, routes: JsonObject): boolean {
  return httpFiltersOf(manager).some(({ name, type, disabled, config }) => {
    const isOurs =
      type === 'ExternalProcessor' || (type === 'ExtAuthz' && serviceOf(config) === SERVICE_CLUSTER);
    if (!isOurs) return false;
    const settings = routeSettings(sight, routes, name);
    return settings === undefined ? !disabled : settings['disabled'] !== true;
  });
}
