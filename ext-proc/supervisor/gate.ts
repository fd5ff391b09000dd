/** The service and Envoy in front of it, on one machine: what `npm start -- --config FILE` runs. */
import { join } from 'node:path';

import { SERVICE_CLUSTER } from '../../envoy/render/names.ts';
import type { Address, GatehouseConfig } from '../config/config.ts';
import { preparePrivateDirectory } from '../config/directories.ts';
import { formatAddress } from '../config/units.ts';
import type { Log } from '../domain/log.ts';
import { startEnvoy } from '../embedded/envoy-process.ts';
import { waitUntilReady } from '../embedded/ready.ts';
import { clientEndpoints } from './endpoints.ts';
import { keepRunning } from './keep-running.ts';
import type { RunEndpoints } from './run-file.ts';
import { startService, type Service } from './service.ts';

export interface GateOptions {
  readonly config: GatehouseConfig;
  readonly envoyBinary: string;
  readonly log: Log;
  readonly step: <T>(title: string, work: () => Promise<T>) => Promise<T>;
  readonly clickhousePort?: number;
}

export interface Gate {
  readonly endpoints: Omit<RunEndpoints, 'issuer'>;
  readonly metricsUrl: string;
  readonly clickhousePassword: string | undefined;
  readonly programs: Service['programs'];
  readonly isReady: () => boolean;
  stop(): Promise<void>;
}

/** Rejects with the first part that does not start; what had started is stopped then. */
export async function startGate(options: GateOptions): Promise<Gate> {
  const { config, log, step } = options;
  const logs = join(config.service.stateDirectory, 'logs');
  await preparePrivateDirectory(config.service.stateDirectory);
  await preparePrivateDirectory(logs);
  const service = await startService({
    config,
    log,
    step,
    workerLogFile: join(logs, 'worker.log'),
    consoleLogFile: join(logs, 'console.log'),
    ...(options.clickhousePort === undefined ? {} : { clickhousePort: options.clickhousePort }),
  });
  try {
    const start = () =>
      startEnvoy({
        config,
        binary: options.envoyBinary,
        directory: config.service.stateDirectory,
        logFile: join(logs, 'envoy.log'),
      });
    const envoy = await step('Envoy', async () => {
      const kept = await keepRunning('Envoy', start, log);
      const child = kept.current();
      try {
        if (child !== undefined) await waitUntilReady(child, () => reachesService(config.envoy.adminAddress));
      } catch (error) {
        await kept.stop();
        throw error;
      }
      return kept;
    });
    const { adminAddress } = config.envoy;
    return {
      endpoints: {
        ...clientEndpoints(config),
        clickhouse: service.clickhouseUrl,
        ...(service.consoleUrl === undefined ? {} : { console: service.consoleUrl }),
        envoyAdmin: `http://${formatAddress(adminAddress)}`,
      },
      metricsUrl: service.metricsUrl,
      clickhousePassword: service.clickhousePassword,
      programs: () => {
        const pid = envoy.current()?.pid;
        return [...(pid === undefined ? [] : [{ name: 'Envoy', pid }]), ...service.programs()];
      },
      isReady: () => service.isReady() && envoy.current() !== undefined,
      stop: async () => {
        // First the service, whose sessions end in good order only while Envoy carries them.
        await service.stop();
        await envoy.stop();
      },
    };
  } catch (error) {
    await service.stop();
    throw error;
  }
}

/** Whether Envoy's own health checks find a worker. */
async function reachesService(admin: Address): Promise<boolean> {
  // As text: the admin interface offers this path without a query only.
  const answer = await fetch(`http://${formatAddress(admin)}/clusters`, {
    signal: AbortSignal.timeout(1_000),
  });
  const lines = (await answer.text()).split('\n');
  return lines.some(
    (line) => line.startsWith(`${SERVICE_CLUSTER}::`) && line.endsWith('::health_flags::healthy'),
  );
}
