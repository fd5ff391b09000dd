/**
 * The service's own way to HTTP upstreams, for what people approve while its client is told of the waiting: that it is
 * there, leads to its server alone, and that nobody else of this host may take it.
 */
import { hasEgress } from '../../../envoy/render/egress-listener.ts';
import { serverCluster } from '../../../envoy/render/names.ts';
import type { GatehouseConfig } from '../../config/config.ts';
import { egressSocket } from '../../config/socket-paths.ts';
import type { Check } from './check.ts';
import { failure, ok } from './check.ts';
import type { EnvoyTree, JsonObject } from './envoy-tree.ts';
import {
  addressText,
  at,
  clustersOf,
  connectionManagers,
  object,
  routeConfig,
  routesOf,
} from './envoy-tree.ts';

const ID = 'envoy.egress';
const AGAIN = 'render the configuration again and restart Envoy';

/** Where these are; any other listener that leads to a server is a way around the gate. */
export const egressAddresses = (config: GatehouseConfig): readonly string[] =>
  hasEgress(config)
    ? config.httpUpstreams.map(({ name }) => egressSocket(config.service.socketDirectory, name))
    : [];

export function egressWays(tree: EnvoyTree, config: GatehouseConfig): readonly Check[] {
  if (!hasEgress(config)) return [];
  return config.httpUpstreams.map(({ name }) => {
    const subject = `upstream ${name}`;
    const path = egressSocket(config.service.socketDirectory, name);
    const sight = tree.listeners.find((each) => addressText(each['address']) === path);
    if (sight === undefined)
      return failure(
        ID,
        subject,
        'Envoy does not take the requests that are approved while their client is told of the waiting',
        AGAIN,
      );
    const mode = Number(at(sight['address'], 'pipe', 'mode') ?? Number.NaN);
    if (mode !== 0o600)
      return failure(
        ID,
        subject,
        `others than the service may reach the server by ${path}`,
        `set the mode of this pipe to ${0o600} (0600)`,
      );
    const led = new Set(connectionManagers(sight).flatMap((manager) => clustersLedTo(manager, tree)));
    return led.size === 1 && led.has(serverCluster(name))
      ? ok(ID, subject, "approved requests go out by a socket of the service's alone")
      : failure(ID, subject, `${path} leads elsewhere than to its server`, AGAIN);
  });
}

const clustersLedTo = (manager: JsonObject, tree: EnvoyTree): readonly string[] =>
  routesOf(routeConfig(manager, tree) ?? {}).flatMap(({ route }) => clustersOf(object(route['route'])));
