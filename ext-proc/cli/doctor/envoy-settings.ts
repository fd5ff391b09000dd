/**
 * Whether an Envoy configuration keeps the promises that the gate needs of it. Pure: the configuration may be a file
 * or what a running Envoy says it has. Only what is wrong is named; a promise that holds is one line.
 */
import { SERVICE_CLUSTER } from '../../../envoy/render/names.ts';
import type { GatehouseConfig } from '../../config/config.ts';
import type { Check } from './check.ts';
import { failure, ok } from './check.ts';
import type { Gate } from './envoy-ext-proc.ts';
import {
  failClosed,
  gracefulClose,
  keptClient,
  processingMode,
  routeOverrides,
  serviceClusters,
  serviceOf,
} from './envoy-ext-proc.ts';
import { repeats, timeouts } from './envoy-routes.ts';
import { accessLogs, admin, tunnels } from './envoy-surface.ts';
import type { EnvoyTree } from './envoy-tree.ts';
import { connectionManagers, extProcs, isTunnelEnd, text } from './envoy-tree.ts';
import { httpListenerSettings } from './envoy-http-listener.ts';
import { httpRepeats, httpTimeouts } from './envoy-http-routes.ts';
import { httpUpstreamSettings } from './envoy-http-upstream.ts';
import { egressWays } from './egress-way.ts';
import { gateWay } from './gate-way.ts';

/** Everything that is to say about a configuration. */
export function envoySettings(tree: EnvoyTree, config: GatehouseConfig): readonly Check[] {
  const managed = tree.listeners.flatMap((listener) =>
    connectionManagers(listener).flatMap((manager): Gate[] => {
      const filters = extProcs(manager);
      return filters.length === 0 ? [] : [{ listener: text(listener['name']), manager, filters }];
    }),
  );
  // An Envoy may have other people's ext_proc too; where ours can be told by its name, only ours is judged.
  const ours = managed.filter(({ filters }) =>
    filters.some((filter) => serviceOf(filter) === SERVICE_CLUSTER),
  );
  const gates = ours.length > 0 ? ours : managed;
  if (gates.length === 0) {
    return [
      failure(
        'envoy.gate',
        '',
        'no ext_proc filter is configured: nothing passes through the gate',
        'compare with the output of: gatehouse envoy render',
      ),
    ];
  }
  const tunnelled = gates.filter(({ manager }) => isTunnelEnd(manager));
  return [
    ...found('envoy.fail_closed', 'without the service nothing passes', [
      ...gates.flatMap(failClosed),
      ...tunnelled.flatMap((gate) => routeOverrides(gate, tree)),
    ]),
    ...found(
      'envoy.processing_mode',
      'every byte of both directions goes to the service',
      gates.flatMap(processingMode),
    ),
    ...found('envoy.graceful_close', 'streams to the service end without a reset', gracefulClose(tree)),
    ...found('envoy.grpc_client', 'old sessions end without harm', keptClient(tree)),
    ...found('envoy.service_cluster', 'a frozen or missing worker is noticed', serviceClusters(gates, tree)),
    ...found('envoy.retries', 'nothing that was sent is sent again', [
      ...tunnelled.flatMap((gate) => repeats(gate, tree)),
      ...httpRepeats(tree, config),
    ]),
    ...found('envoy.timeouts', 'a held session is not cut off', [
      ...tunnelled.flatMap((gate) => timeouts(gate, tree)),
      ...gates.filter((gate) => !tunnelled.includes(gate)).flatMap((gate) => httpTimeouts(gate, tree)),
    ]),
    ...config.httpListeners.flatMap((listener) => httpListenerSettings(listener, tree, config)),
    ...config.httpUpstreams.flatMap((upstream) => httpUpstreamSettings(upstream, tree)),
    ...found('envoy.tunnel', 'sessions cannot freeze each other', tunnels(tree)),
    ...gateWay(tree, config),
    ...egressWays(tree, config),
    ...found('envoy.admin', 'the admin interface is for this host alone', admin(tree)),
    ...found('envoy.access_log', 'no token is logged', accessLogs(tree)),
  ];
}

/** What was found, or that all is well. */
const found = (id: string, promise: string, checks: readonly Check[]): readonly Check[] =>
  checks.length > 0 ? checks : [ok(id, '', promise)];
