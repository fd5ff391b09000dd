/**
 * An HTTP listener of gatehouse.yaml in an Envoy configuration: that it is there, asks the service on every route as the
 * route's inspection says, and leaves a client no way to be read in two ways.
 */
import { EXT_AUTHZ_FILTER, EXT_PROC_FILTER, REQUEST_ATTRIBUTES } from '../../../envoy/render/http-filters.ts';
import { SERVICE_CLUSTER } from '../../../envoy/render/names.ts';
import type { GatehouseConfig } from '../../config/config.ts';
import type { HttpListenerConfig } from '../../config/http-config.ts';
import { formatAddress } from '../../config/units.ts';
import type { Check } from './check.ts';
import { failure, ok, warning } from './check.ts';
import { serviceOf } from './envoy-ext-proc.ts';
import { httpHardening } from './envoy-http-hardening.ts';
import { pathLogs } from './envoy-surface.ts';
import { routeChecks } from './envoy-http-inspection.ts';
import type { EnvoyTree, HttpFilter, JsonObject } from './envoy-tree.ts';
import { addressText, array, at, configOf, connectionManagers, httpFiltersOf, normal } from './envoy-tree.ts';

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
        ...pathLogs(subject, manager),
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
