/**
 * What a running Envoy says of itself over its admin interface: version, state, workers' health, and the
 * configuration in force.
 */
import type { GatehouseConfig } from '../../config/config.ts';
import { formatAddress } from '../../config/units.ts';
import { ENVOY_VERSION, STRICT_CHUNKS } from '../../../envoy/render/bootstrap.ts';
import { SERVICE_CLUSTER } from '../../../envoy/render/names.ts';
import type { Check } from './check.ts';
import { failure, ok, reasonOf, warning } from './check.ts';
import { GRACEFUL_CLOSE } from './envoy-ext-proc.ts';
import { envoySettings } from './envoy-settings.ts';
import type { Json } from './envoy-tree.ts';
import { array, at, object, text, treeOfConfigDump } from './envoy-tree.ts';

const TIMEOUT_MS = 5_000;
/** A configuration dump of a large Envoy; more is not read. */
const ANSWER_BYTES_MAX = 64 * 1_048_576;

export async function runningEnvoy(config: GatehouseConfig): Promise<readonly Check[]> {
  const base = `http://${formatAddress(config.envoy.adminAddress)}`;
  const ask = async (path: string): Promise<Json> => {
    const answer = await fetch(base + path, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    if (Number(answer.headers.get('content-length') ?? 0) > ANSWER_BYTES_MAX)
      throw new Error(`${path} answered too much`);
    return JSON.parse(await answer.text()) as Json;
  };
  let info: Json;
  try {
    info = await ask('/server_info');
  } catch (error) {
    return [
      failure(
        'envoy.running',
        '',
        `Envoy does not answer on ${base}: ${reasonOf(error)}`,
        'start Envoy, or correct envoy.adminAddress',
      ),
    ];
  }
  const checks = [version(info), state(info)];
  try {
    checks.push(...workersHealth(await ask('/clusters?format=json'), config));
    checks.push(...effectiveRuntime(await ask('/runtime'), config));
    checks.push(...envoySettings(treeOfConfigDump(await ask('/config_dump')), config));
  } catch (error) {
    checks.push(
      failure(
        'envoy.settings',
        '',
        `its settings cannot be read: ${reasonOf(error)}`,
        'allow /config_dump, /clusters and /runtime in admin.allow_paths',
      ),
    );
  }
  return checks;
}

function version(info: Json): Check {
  // <commit>/<version>/<state of the tree>/<build>/<TLS library>
  const found = text(at(info, 'version')).split('/')[1] ?? 'of an unknown version';
  if (found === ENVOY_VERSION) return ok('envoy.version', '', `Envoy ${found}`);
  const next = `run Envoy ${ENVOY_VERSION}, or measure this one first: envoy/README.md`;
  return failure(
    'envoy.version',
    '',
    `Envoy ${found} runs; everything is measured with ${ENVOY_VERSION}`,
    next,
  );
}

function state(info: Json): Check {
  const found = text(at(info, 'state'));
  if (found === 'LIVE') return ok('envoy.running', '', 'it is live');
  return warning('envoy.running', '', `its state is ${found}`, 'wait until it is LIVE; see its log');
}

function workersHealth(clusters: Json, config: GatehouseConfig): readonly Check[] {
  const cluster = array(at(clusters, 'cluster_statuses')).find(
    (each) => at(each, 'name') === SERVICE_CLUSTER,
  );
  const hosts = array(at(cluster, 'host_statuses'));
  const healthy = hosts.filter(
    (host) => at(host, 'health_status', 'failed_active_health_check') !== true,
  ).length;
  const id = 'service.workers';
  const next = "see the service's log; is it running with the same gatehouse.yaml?";
  if (healthy === 0) return [failure(id, '', 'Envoy reaches no worker: every connection is refused', next)];
  const { workers } = config.service;
  if (hosts.length !== workers)
    return [
      warning(
        id,
        '',
        `Envoy knows ${hosts.length} workers, and ${workers} are configured`,
        'render the configuration again',
      ),
    ];
  if (healthy < hosts.length)
    return [warning(id, '', `${healthy} of ${hosts.length} workers are healthy`, next)];
  return [ok(id, '', `${healthy} of ${hosts.length} workers are healthy`)];
}

/** Runtime values can be changed while Envoy runs; what counts is the last layer. */
function effectiveRuntime(runtime: Json, { httpListeners }: GatehouseConfig): readonly Check[] {
  const wanted: readonly (readonly [string, string])[] = [
    ['envoy.graceful_close', GRACEFUL_CLOSE],
    ...(httpListeners.length > 0 ? ([['envoy.http_hardening', STRICT_CHUNKS]] as const) : []),
  ];
  return wanted.flatMap(([id, key]) => {
    const value = text(at(object(at(runtime, 'entries'))[key], 'final_value'));
    if (value === 'true') return [];
    const detail = `the runtime value of ${key} is ${value || 'not set'}`;
    return [failure(id, '', detail, 'set it to true in layered_runtime')];
  });
}
