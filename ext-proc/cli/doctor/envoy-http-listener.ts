/**
 * An HTTP listener of gatehouse.yaml in an Envoy configuration: that it is there, asks the service on every route as the
 * route's inspection says, and leaves a client no way to be read in two ways.
 */
import { EXT_AUTHZ_FILTER, EXT_PROC_FILTER, REQUEST_ATTRIBUTES } from '../../../envoy/render/http-filters.ts';
import { routeName, SERVICE_CLUSTER } from '../../../envoy/render/names.ts';
import type { GatehouseConfig } from '../../config/config.ts';
import type { HttpListenerConfig, HttpRouteConfig } from '../../config/http-config.ts';
import { formatAddress } from '../../config/units.ts';
import type { Check } from './check.ts';
import { failure, ok, warning } from './check.ts';
import { serviceOf } from './envoy-ext-proc.ts';
import { httpHardening } from './envoy-http-hardening.ts';
import type { EnvoyTree, HttpFilter, JsonObject, RouteSight } from './envoy-tree.ts';
import {
  addressText,
  array,
  at,
  clustersOf,
  configOf,
  connectionManagers,
  httpFiltersOf,
  normal,
  reachable,
  routeConfig,
  routeSettings,
  routesOf,
  text,
} from './envoy-tree.ts';

const ID = 'envoy.http_listener';
const AGAIN = 'render the configuration again and restart Envoy';

export function httpListenerSettings(
  listener: HttpListenerConfig,
  tree: EnvoyTree,
  config: GatehouseConfig,
): readonly Check[] {
  const subject = `listener ${listener.name}`;
  const address = normal(formatAddress(listener.address));
  const sight = tree.listeners.find((each) => normal(addressText(each['address'])) === address);
  if (sight === undefined) return [failure(ID, subject, `Envoy does not listen on ${address}`, AGAIN)];
  const managers = connectionManagers(sight);
  if (managers.length === 0)
    return [failure(ID, subject, `${address} does not speak HTTP: it does not lead into the gate`, AGAIN)];
  return [
    ...transport(subject, listener, sight),
    ...managers.flatMap((manager) => {
      const filters = filterChecks(subject, httpFiltersOf(manager));
      const routes = routeChecks(subject, listener, manager, tree, config);
      const hardening = httpHardening(subject, manager, tree);
      return [
        ...(filters.length > 0
          ? filters
          : [ok(ID, subject, `${address} leads into the gate, and nowhere else without it`)]),
        ...(routes.length > 0
          ? routes
          : [ok('envoy.http_routes', subject, 'every route asks the service as its inspection says')]),
        ...(hardening.length > 0
          ? hardening
          : [ok('envoy.http_hardening', subject, 'requests are read in one way alone')]),
      ];
    }),
  ];
}

function transport(subject: string, { tls }: HttpListenerConfig, sight: JsonObject): readonly Check[] {
  const chains = [...array(sight['filter_chains']), sight['default_filter_chain']].filter(
    (each) => each !== undefined,
  );
  const plain = chains.filter(
    (each) => configOf(at(each, 'transport_socket'), 'DownstreamTlsContext') === undefined,
  );
  if (tls === undefined || plain.length === 0) return [];
  return [failure(ID, subject, 'it takes tokens without TLS, and TLS is configured', AGAIN)];
}

/** The two filters, their service, and what stands behind them. */
function filterChecks(subject: string, filters: readonly HttpFilter[]): readonly Check[] {
  const checks: Check[] = [];
  const wrong = (detail: string, next: string): void => void checks.push(failure(ID, subject, detail, next));
  const proc = filters.find(({ name }) => name === EXT_PROC_FILTER);
  const authz = filters.find(({ name }) => name === EXT_AUTHZ_FILTER);
  if (proc?.type !== 'ExternalProcessor')
    wrong(`there is no filter ${EXT_PROC_FILTER}: bodies do not pass through the gate`, AGAIN);
  if (authz?.type !== 'ExtAuthz')
    wrong(`there is no filter ${EXT_AUTHZ_FILTER}: routes of inspection authz are not decided`, AGAIN);
  for (const { name, config, disabled } of [proc, authz].filter((each) => each !== undefined)) {
    if (disabled) wrong(`${name} is disabled where a route says nothing`, 'remove disabled');
    if (serviceOf(config) !== SERVICE_CLUSTER)
      wrong(`${name} asks ${serviceOf(config) || 'nobody'} in place of ${SERVICE_CLUSTER}`, AGAIN);
    if (config['failure_mode_allow'] === true)
      wrong(
        `${name} has failure_mode_allow: without the service everything passes`,
        'set failure_mode_allow: false',
      );
    if (config['filter_enabled'] !== undefined || config['filter_enabled_metadata'] !== undefined)
      wrong(`${name} is asked now and then only (filter_enabled)`, 'remove it');
  }
  const missing = REQUEST_ATTRIBUTES.filter(
    (each) => !array(proc?.config['request_attributes']).includes(each),
  );
  if (proc !== undefined && missing.length > 0)
    wrong(`the service is not told ${missing.join(', ')}`, 'add them to request_attributes of ext_proc');
  const first = filters.findIndex(({ name }) => name === EXT_PROC_FILTER || name === EXT_AUTHZ_FILTER);
  const behind = filters
    .slice(first + 1)
    .filter(({ name, type }) => name !== EXT_PROC_FILTER && name !== EXT_AUTHZ_FILTER && type !== 'Router');
  for (const { name } of first < 0 ? [] : behind)
    checks.push(
      warning(
        ID,
        subject,
        `${name} stands behind the gate: it can change a request that was decided`,
        'put it before ext_proc, or make sure that it changes nothing',
      ),
    );
  return checks;
}

/** Each configured route, by the name that the service knows it by. */
function routeChecks(
  subject: string,
  listener: HttpListenerConfig,
  manager: JsonObject,
  tree: EnvoyTree,
  config: GatehouseConfig,
): readonly Check[] {
  const id = 'envoy.http_routes';
  const routes = routeConfig(manager, tree);
  if (routes === undefined)
    return [
      warning(
        id,
        subject,
        'its routes come from elsewhere and cannot be seen here',
        'run the doctor against the running Envoy',
      ),
    ];
  const sights = routesOf(routes);
  const known = new Map(listener.routes.map((route) => [routeName(listener.name, route.name), route]));
  const strange = sights
    .filter(({ route }) => !known.has(text(route['name'])))
    .map(({ route, name }) =>
      warning(
        id,
        `${subject}, route ${text(route['name']) || name}`,
        'the service knows no such route and refuses its requests',
        'name it in listeners[].routes, or remove it',
      ),
    );
  const own = [...known].flatMap(([name, route]) => {
    const found = sights.filter((each) => text(each.route['name']) === name);
    const at = `${subject}, route ${name}`;
    if (found.length === 0) return [failure(id, at, 'Envoy does not have it', AGAIN)];
    return found.flatMap((sight) => [
      ...levelCheck(id, at, name, route, sight, routes, httpFiltersOf(manager)),
      ...leadsTo(id, at, route, sight, tree, config),
    ]);
  });
  return [...own, ...strange];
}

function levelCheck(
  id: string,
  subject: string,
  name: string,
  { inspection }: HttpRouteConfig,
  sight: RouteSight,
  routes: JsonObject,
  filters: readonly HttpFilter[],
): readonly Check[] {
  // What Envoy answers itself (the discovery document) is the service's to replace, whatever the route's level.
  const wanted = sight.route['direct_response'] === undefined ? inspection : 'full';
  const found = levelOf(sight, routes, filters);
  if (found !== wanted)
    return [
      failure(
        id,
        subject,
        `its inspection is ${wanted} in gatehouse.yaml, and ${found} in Envoy`,
        'correct typed_per_filter_config as gatehouse envoy render does',
      ),
    ];
  if (wanted !== 'authz') return [];
  const told = text(
    at(routeSettings(sight, routes, EXT_AUTHZ_FILTER), 'check_settings', 'context_extensions', 'route'),
  );
  // A running Envoy keeps it to itself.
  if (told === name || told === '[redacted]') return [];
  return [
    failure(
      id,
      subject,
      `ext_authz tells the service another route (${told || 'none'})`,
      `set context_extensions: { route: ${name} }`,
    ),
  ];
}

/** What a route does in fact, in the words of gatehouse.yaml where it has one. */
function levelOf(sight: RouteSight, routes: JsonObject, filters: readonly HttpFilter[]): string {
  const proc = filters.find(({ name }) => name === EXT_PROC_FILTER);
  const authz = filters.find(({ name }) => name === EXT_AUTHZ_FILTER);
  const ofProc = routeSettings(sight, routes, EXT_PROC_FILTER);
  const ofAuthz = routeSettings(sight, routes, EXT_AUTHZ_FILTER);
  const asksProc = proc !== undefined && ofProc?.['disabled'] !== true;
  const asksAuthz = authz !== undefined && ofAuthz?.['disabled'] !== true;
  if (!asksProc) return asksAuthz ? 'authz' : 'none: nobody is asked';
  if (at(ofProc, 'overrides', 'failure_mode_allow') === true) return 'open where the service is away';
  if (at(ofProc, 'overrides', 'grpc_service') !== undefined) return "another service's";
  const mode = at(ofProc, 'overrides', 'processing_mode') ?? at(proc.config, 'processing_mode');
  const bodies = ['request_body_mode', 'response_body_mode'].map((key) => text(at(mode, key)) || 'NONE');
  const heads = ['request_header_mode', 'response_header_mode'].map((key) => text(at(mode, key)));
  const level = bodies.every((each) => each === 'FULL_DUPLEX_STREAMED')
    ? 'full'
    : bodies.every((each) => each === 'NONE')
      ? 'headers'
      : `of bodies in mode ${[...new Set(bodies)].join(' and ')}`;
  if (heads.includes('SKIP')) return 'without the headers';
  return asksAuthz ? `${level}, and ext_authz besides` : level;
}

/** That a route has no other servers than its upstream's. */
function leadsTo(
  id: string,
  subject: string,
  { upstream }: HttpRouteConfig,
  { route }: RouteSight,
  tree: EnvoyTree,
  { httpUpstreams }: GatehouseConfig,
): readonly Check[] {
  if (route['route'] === undefined) return [];
  const server = httpUpstreams.find(({ name }) => name === upstream);
  const wanted = server === undefined ? '' : normal(formatAddress(server.address));
  const led = clustersOf(route['route'])
    .flatMap((each) => reachable(each, tree))
    .map(normal);
  if (led.length > 0 && led.every((each) => each === wanted)) return [];
  return [
    failure(
      id,
      subject,
      `it leads to ${led.join(', ') || 'nothing that can be seen'}, and ${upstream} is ${wanted}`,
      AGAIN,
    ),
  ];
}
