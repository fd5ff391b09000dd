/**
 * The Envoys of the bench: one for each way, all with what the renderer makes of the same gatehouse.yaml, and of the two
 * filters that ask somebody the one that the way has.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderEnvoy } from '../../envoy/render/bootstrap.ts';
import { EXT_AUTHZ_FILTER, EXT_PROC_FILTER } from '../../envoy/render/http-filters.ts';
import { SERVICE_CLUSTER } from '../../envoy/render/names.ts';
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import { startChild, type Child } from '../../ext-proc/embedded/child.ts';
import { findEnvoy } from '../../ext-proc/embedded/envoy-binary.ts';
import { waitUntilReady } from '../../ext-proc/embedded/ready.ts';

/** Whom Envoy asks: nobody, ext_proc as the gate is asked, or ext_authz with the request's body. */
export type Asked = 'nobody' | 'ext_proc' | 'ext_authz';

/** As much of a request's body as the gate reads before it decides, and some more. */
const AUTHZ_BODY_BYTES_MAX = 1_048_576;

interface Named {
  readonly name: string;
}
interface Filter extends Named {
  typed_config: Record<string, unknown>;
}
interface ConnectionManager {
  http_filters: Filter[];
  route_config: { virtual_hosts: { routes: { typed_per_filter_config?: unknown }[] }[] };
}
interface Bootstrap {
  static_resources: {
    listeners: { filter_chains: { filters: { typed_config: ConnectionManager }[] }[] }[];
    clusters: Named[];
  };
}

export async function startWayEnvoy(
  config: GatehouseConfig,
  directory: string,
  asked: Asked,
): Promise<Child> {
  const bootstrap = JSON.parse(JSON.stringify(renderEnvoy(config))) as Bootstrap;
  if (asked !== 'ext_proc') askOtherwise(bootstrap, asked);
  const file = join(directory, 'envoy.json');
  await writeFile(file, JSON.stringify(bootstrap));
  const child = await startChild({
    name: 'Envoy',
    command: await findEnvoy({ env: process.env }),
    args: [
      ...['-c', file, '--disable-hot-restart', '--log-level', 'warning'],
      ...['--concurrency', String(config.envoy.concurrency ?? 2)],
    ],
    logFile: join(directory, 'envoy.log'),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5_000,
  });
  const { host, port } = config.envoy.adminAddress;
  try {
    await waitUntilReady(child, async () => (await fetch(`http://${host}:${port}/ready`)).ok, {
      timeoutMs: 15_000,
    });
  } catch (error) {
    await child.stop();
    throw error;
  }
  return child;
}

function askOtherwise({ static_resources }: Bootstrap, asked: 'nobody' | 'ext_authz'): void {
  const gone = new Set(asked === 'nobody' ? [EXT_PROC_FILTER, EXT_AUTHZ_FILTER] : [EXT_PROC_FILTER]);
  for (const listener of static_resources.listeners) {
    for (const { typed_config: manager } of listener.filter_chains.flatMap(({ filters }) => filters)) {
      manager.http_filters = manager.http_filters.filter(({ name }) => !gone.has(name));
      for (const filter of manager.http_filters) {
        if (filter.name !== EXT_AUTHZ_FILTER) continue;
        filter.typed_config['with_request_body'] = {
          max_request_bytes: AUTHZ_BODY_BYTES_MAX,
          allow_partial_message: false,
          pack_as_bytes: true,
        };
      }
      for (const route of manager.route_config.virtual_hosts.flatMap(({ routes }) => routes))
        delete route.typed_per_filter_config;
    }
  }
  if (asked === 'nobody')
    static_resources.clusters = static_resources.clusters.filter(({ name }) => name !== SERVICE_CLUSTER);
}
