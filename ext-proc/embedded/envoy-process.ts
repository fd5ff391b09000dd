/** Envoy as a child, with the configuration rendered from gatehouse.yaml. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { formatEnvoy, renderEnvoy } from '../../envoy/render/bootstrap.ts';
import { secretFiles } from '../../envoy/render/watched-secrets.ts';
import type { GatehouseConfig } from '../config/config.ts';
import { startChild, type Child } from './child.ts';
import { waitUntilReady } from './ready.ts';

const STOP_TIMEOUT_MS = 5_000;

export interface EnvoyProcessOptions {
  readonly config: GatehouseConfig;
  /** The executable, of the version that `renderEnvoy` is made for. */
  readonly binary: string;
  /** Receives `envoy.yaml` and what Envoy watches beside it. */
  readonly directory: string;
  readonly logFile: string;
}

/** Writes what an Envoy of this host reads, below `directory`; the path of its configuration. */
export async function writeEnvoyFiles(config: GatehouseConfig, directory: string): Promise<string> {
  // Of its own, since Envoy looks again whenever a file is moved into it.
  const secretDirectory = join(directory, 'envoy-sds');
  const secrets = secretFiles(config, secretDirectory);
  if (secrets.length > 0) await mkdir(secretDirectory, { recursive: true, mode: 0o700 });
  for (const { name, text } of secrets) await writeFile(join(secretDirectory, name), text, { mode: 0o600 });
  const file = join(directory, 'envoy.yaml');
  await writeFile(file, formatEnvoy(renderEnvoy(config, { secretDirectory })), { mode: 0o600 });
  return file;
}

/** Starts Envoy and waits until it takes connections. Throws `GH_CHILD_ENDED` or `GH_CHILD_NOT_READY`. */
export async function startEnvoy(options: EnvoyProcessOptions): Promise<Child> {
  const { config, binary, directory, logFile } = options;
  const file = await writeEnvoyFiles(config, directory);
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
