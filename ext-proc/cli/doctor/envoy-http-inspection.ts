/**
 * The routes of an HTTP listener in an Envoy configuration: that each is there, asks the service as its inspection says, and
 * leads to its upstream alone. Judged by what a route does in fact, whatever place says so.
 */
import { EXT_AUTHZ_FILTER, EXT_PROC_FILTER } from '../../../envoy/render/http-filters.ts';
import { approvalStatusRoute, routeName } from '../../../envoy/render/names.ts';
import { BODY_AWAITED } from '../../edge/ext-authz-messages.ts';
import type { GatehouseConfig } from '../../config/config.ts';
import type { HttpListenerConfig, HttpRouteConfig } from '../../config/http-config.ts';
import { formatAddress } from '../../config/units.ts';
import type { Check } from './check.ts';
import { failure, warning } from './check.ts';
import type { EnvoyTree, HttpFilter, JsonObject, RouteSight } from './envoy-tree.ts';
import {
  at,
  clustersOf,
  httpFiltersOf,
  normal,
  reachable,
  routeConfig,
  routeSettings,
  routesOf,
  text,
} from './envoy-tree.ts';

const AGAIN = 'render the configuration again and restart Envoy';

/** Each configured route, by the name that the service knows it by. */
export function routeChecks(
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
  const approvals = approvalStatusRoute(listener.name);
  const strange = sights
    .filter(({ route }) => !known.has(text(route['name'])) && text(route['name']) !== approvals)
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
  const ofApprovals = config.approvals === undefined ? [] : approvalsCheck(id, subject, approvals, sights);
  return [...own, ...ofApprovals, ...strange];
}

/** Where clients ask for the state of an approval: the service answers, and no server. */
function approvalsCheck(
  id: string,
  subject: string,
  name: string,
  sights: readonly RouteSight[],
): readonly Check[] {
  const found = sights.filter((each) => text(each.route['name']) === name);
  const at = `${subject}, route ${name}`;
  if (found.length === 0) return [failure(id, at, 'Envoy does not have it', AGAIN)];
  return found.some(({ route }) => route['direct_response'] === undefined)
    ? [failure(id, at, 'it leads elsewhere than to the service', AGAIN)]
    : [];
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
  const settings = at(routeSettings(sight, routes, EXT_AUTHZ_FILTER), 'check_settings');
  const told = (key: string): string => text(at(settings, 'context_extensions', key));
  // A running Envoy keeps it to itself.
  const isTold = (key: string, value: string): boolean => [value, '[redacted]'].includes(told(key));
  if (!isTold('route', name))
    return [
      failure(
        id,
        subject,
        `ext_authz tells the service another route (${told('route') || 'none'})`,
        `set context_extensions: { route: ${name} }`,
      ),
    ];
  const [key, value] = BODY_AWAITED;
  if (isTold(key, value) && Number(at(settings, 'with_request_body', 'max_request_bytes')) > 0) return [];
  return [
    failure(
      id,
      subject,
      'ext_authz does not wait for the first byte of a body, or does not say so: one without a length is misjudged',
      'correct typed_per_filter_config as gatehouse envoy render does',
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
