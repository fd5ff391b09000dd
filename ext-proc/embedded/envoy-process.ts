/** Envoy as a child, with the configuration rendered from gatehouse.yaml. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { formatEnvoy, renderEnvoy } from '../../envoy/render/bootstrap.ts';
import type { GatehouseConfig } from '../config/config.ts';
import { startChild, type Child } from './child.ts';
import { waitUntilReady } from './ready.ts';

const STOP_TIMEOUT_MS = 5_000;

export interface EnvoyProcessOptions {
  readonly config: GatehouseConfig;
  /** The executable, of the version that `renderEnvoy` is made for. */
  readonly binary: string;
  /** Receives `envoy.yaml`. */
  readonly directory: string;
  readonly logFile: string;
}

/** Starts Envoy and waits until it takes connections. Throws `GH_CHILD_ENDED` or `GH_CHILD_NOT_READY`. */
export async function startEnvoy(options: EnvoyProcessOptions): Promise<Child> {
  const { config, binary, directory, logFile } = options;
  const file = join(directory, 'envoy.yaml');
  await writeFile(file, formatEnvoy(renderEnvoy(config)), { mode: 0o600 });
  const { concurrency, adminAddress } = config.envoy;
  const child = await startChild({
    name: 'Envoy',
    command: binary,
    args: [
      ...['--config-path', file, '--log-level', 'warning', '--disable-hot-restart'],
      ...(concurrency === undefined ? [] : ['--concurrency', String(concurrency)]),
    ],
    logFile,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
  try {
    const url = `http://${adminAddress.host}:${adminAddress.port}/ready`;
    await waitUntilReady(child, async () => {
      const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) });
      return answer.ok && (await answer.text()).trim() === 'LIVE';
    });
  } catch (error) {
    await child.stop();
    throw error;
  }
  return child;
}
