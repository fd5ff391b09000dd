/**
 * An Envoy configuration that may be anyone's, read without believing in its shape: whatever is not there is empty.
 * Owns the walk from listeners to filters to routes; judges nothing.
 */
import { formatAddress } from '../../config/units.ts';

export type Json = unknown;
export interface JsonObject {
  readonly [key: string]: Json;
}

export const object = (value: Json): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
export const array = (value: Json): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];
export const text = (value: Json): string => (typeof value === 'string' ? value : '');
/** The value at a path of keys. */
export const at = (value: Json, ...path: readonly string[]): Json =>
  path.reduce<Json>((each, key) => object(each)[key], value);

/** Milliseconds of a protobuf duration in JSON (`1.5s`); undefined where there is none. */
export function durationMs(value: Json): number | undefined {
  const match = /^(\d+(?:\.\d+)?)s$/.exec(text(value));
  return match === null ? undefined : Number(match[1]) * 1_000;
}

/** The configuration of an extension, where its type's last name is `type`. */
export function configOf(extension: Json, type: string): JsonObject | undefined {
  const config = object(at(extension, 'typed_config'));
  return text(config['@type']).endsWith(`.${type}`) ? config : undefined;
}

/** What Envoy is configured with, from a bootstrap file or gathered from /config_dump. */
export interface EnvoyTree {
  readonly admin: JsonObject;
  readonly runtimeLayers: readonly Json[];
  /** How long an unused gRPC client is kept; undefined: Envoy's own choice. Milliseconds. */
  readonly grpcClientIdleMs: number | undefined;
  readonly listeners: readonly JsonObject[];
  readonly clusters: readonly JsonObject[];
  /** Route configurations that come over RDS, by name. */
  readonly routeConfigs: ReadonlyMap<string, JsonObject>;
}

/** A tree of a bootstrap file's content. */
export function treeOfBootstrap(bootstrap: Json): EnvoyTree {
  return {
    admin: object(at(bootstrap, 'admin')),
    runtimeLayers: array(at(bootstrap, 'layered_runtime', 'layers')),
    grpcClientIdleMs: durationMs(
      at(bootstrap, 'grpc_async_client_manager_config', 'max_cached_entry_idle_duration'),
    ),
    listeners: array(at(bootstrap, 'static_resources', 'listeners')).map(object),
    clusters: array(at(bootstrap, 'static_resources', 'clusters')).map(object),
    routeConfigs: new Map(),
  };
}

/** A tree of what /config_dump answered: the bootstrap, and everything that came later over xDS. */
export function treeOfConfigDump(dump: Json): EnvoyTree {
  const parts = array(at(dump, 'configs'));
  const part = (type: string): Json => parts.find((each) => text(at(each, '@type')).endsWith(`.${type}`));
  const base = treeOfBootstrap(at(part('BootstrapConfigDump'), 'bootstrap'));
  const listeners = array(at(part('ListenersConfigDump'), 'dynamic_listeners')).map((each) =>
    object(at(each, 'active_state', 'listener')),
  );
  const clusters = array(at(part('ClustersConfigDump'), 'dynamic_active_clusters')).map((each) =>
    object(at(each, 'cluster')),
  );
  const routes = array(at(part('RoutesConfigDump'), 'dynamic_route_configs')).map((each) =>
    object(at(each, 'route_config')),
  );
  return {
    ...base,
    listeners: [...base.listeners, ...listeners],
    clusters: [...base.clusters, ...clusters],
    routeConfigs: new Map(routes.map((each) => [text(each['name']), each])),
  };
}

/** Every network filter of a listener. */
function networkFilters(listener: JsonObject): readonly JsonObject[] {
  const chains = [...array(listener['filter_chains']), listener['default_filter_chain']];
  return chains.flatMap((chain) => array(at(chain, 'filters')).map(object));
}

/** The connection managers of a listener. */
export const connectionManagers = (listener: JsonObject): readonly JsonObject[] =>
  networkFilters(listener).flatMap((filter) => list(configOf(filter, 'HttpConnectionManager')));

/** The TCP proxies of a listener. */
export const tcpProxies = (listener: JsonObject): readonly JsonObject[] =>
  networkFilters(listener).flatMap((filter) => list(configOf(filter, 'TcpProxy')));

/** The ext_proc filters of a connection manager. */
export const extProcs = (manager: JsonObject): readonly JsonObject[] =>
  array(manager['http_filters']).flatMap((filter) => list(configOf(filter, 'ExternalProcessor')));

/** A filter of a connection manager, in its place. */
export interface HttpFilter {
  /** By which routes speak of it. */
  readonly name: string;
  /** The last name of its type. */
  readonly type: string;
  readonly config: JsonObject;
  /** Whether routes have to switch it on. */
  readonly disabled: boolean;
}

export const httpFiltersOf = (manager: JsonObject): readonly HttpFilter[] =>
  array(manager['http_filters']).map((each) => {
    const config = object(at(each, 'typed_config'));
    return {
      name: text(at(each, 'name')),
      type: text(config['@type']).split('.').at(-1) ?? '',
      config,
      disabled: at(each, 'disabled') === true,
    };
  });

/** Whether a connection manager is the inner end of the tunnels; any other has HTTP of clients. */
export const isTunnelEnd = (manager: JsonObject): boolean =>
  array(manager['upgrade_configs']).some(
    (each) => text(at(each, 'upgrade_type')).toUpperCase() === 'CONNECT',
  );

/** What a route says of a filter: the most specific place counts. Undefined where none speaks of it. */
export function routeSettings(
  { route, virtualHost }: RouteSight,
  config: JsonObject,
  filter: string,
): JsonObject | undefined {
  const found = [route, virtualHost, config]
    .map((place) => at(place, 'typed_per_filter_config', filter))
    .find((each) => each !== undefined);
  if (found === undefined) return undefined;
  return text(at(found, '@type')).endsWith('.FilterConfig')
    ? { ...object(at(found, 'config')), ...(at(found, 'disabled') === true ? { disabled: true } : {}) }
    : object(found);
}

/** The clusters that a route leads to; none where it answers by itself. */
export const clustersOf = (action: Json): readonly string[] =>
  [
    text(at(action, 'cluster')),
    ...array(at(action, 'weighted_clusters', 'clusters')).map((each) => text(at(each, 'name'))),
  ].filter((each) => each !== '');

/** The endpoints of a cluster, through aggregates. */
export function reachable(
  name: string,
  tree: EnvoyTree,
  seen: ReadonlySet<string> = new Set(),
): readonly string[] {
  const cluster: JsonObject | undefined = tree.clusters.find((each) => each['name'] === name);
  if (cluster === undefined || seen.has(name)) return [];
  const members = array(at(configOf(cluster['cluster_type'], 'ClusterConfig'), 'clusters')).map(text);
  return [
    ...endpointsOf(cluster),
    ...members.flatMap((member) => reachable(member, tree, new Set([...seen, name]))),
  ];
}

/** `host:port` with loopback's name as its number, so that addresses can be compared. */
export const normal = (address: string): string => address.replace(/^localhost:/, '127.0.0.1:');

const list = (config: JsonObject | undefined): readonly JsonObject[] =>
  config === undefined ? [] : [config];

/** The route configuration of a connection manager; undefined where it is not to be seen. */
export function routeConfig(manager: JsonObject, tree: EnvoyTree): JsonObject | undefined {
  if (manager['route_config'] !== undefined) return object(manager['route_config']);
  return tree.routeConfigs.get(text(at(manager, 'rds', 'route_config_name')));
}

export interface RouteSight {
  /** `orders` or `orders/3`: the virtual host and the route in it. */
  readonly name: string;
  readonly route: JsonObject;
  readonly virtualHost: JsonObject;
}

export const routesOf = (config: JsonObject): readonly RouteSight[] =>
  array(config['virtual_hosts'])
    .map(object)
    .flatMap((virtualHost) =>
      array(virtualHost['routes']).map((route, index) => ({
        name: index === 0 ? text(virtualHost['name']) : `${text(virtualHost['name'])}/${index}`,
        route: object(route),
        virtualHost,
      })),
    );

/** `host:port` or the path of every endpoint of a cluster. */
export const endpointsOf = (cluster: JsonObject): readonly string[] =>
  array(at(cluster, 'load_assignment', 'endpoints'))
    .flatMap((group) => array(at(group, 'lb_endpoints')))
    .map((each) => addressText(at(each, 'endpoint', 'address')));

/** An address as `host:port`, or a pipe's path; empty for what is neither. */
export function addressText(address: Json): string {
  const socket = object(at(address, 'socket_address'));
  if (socket['address'] !== undefined)
    return formatAddress({ host: text(socket['address']), port: Number(socket['port_value']) });
  return text(at(address, 'pipe', 'path'));
}

/** The HTTP options of a cluster's upstream connections. */
export const httpOptions = (cluster: JsonObject): JsonObject =>
  object(
    at(cluster, 'typed_extension_protocol_options', 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'),
  );
