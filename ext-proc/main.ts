/**
 * The service behind Envoy: `node ext-proc/main.ts --config gatehouse.yaml`. Starts everything that belongs to it,
 * stops in good order on SIGTERM or SIGINT, and ends with 0 then. Envoy runs beside it, by whoever runs Envoy; its
 * configuration comes from `gatehouse envoy render`.
 */
import { parseArgs } from 'node:util';

import { createLog } from './adapters/pino-log.ts';
import { preparePrivateDirectory } from './config/directories.ts';
import { loadConfig } from './config/load.ts';
import { GatehouseError } from './domain/errors.ts';
import { claimRun, runningProcess } from './supervisor/run-file.ts';
import { startService } from './supervisor/service.ts';
import { untilStopped } from './supervisor/stop-signal.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined)
    throw new GatehouseError('GH_USAGE', 'Give the configuration: --config FILE');
  const config = await loadConfig(values.config);
  const log = createLog('supervisor', process.env['GATEHOUSE_LOG_LEVEL'] ?? 'info');
  await preparePrivateDirectory(config.service.stateDirectory);
  const claim = await claimRun(config.service.stateDirectory, 'service', config.file);
  try {
    const service = await startService({ config, log });
    await claim.update({
      ready: true,
      endpoints: {
        clickhouse: service.clickhouseUrl,
        ...(service.consoleUrl === undefined ? {} : { console: service.consoleUrl }),
      },
      metrics: service.metricsUrl,
      drainTimeoutMs: config.service.drainTimeoutMs,
      children: service.programs().map(({ name, pid }) => runningProcess(name, pid)),
    });
    log.info({ workers: config.service.workers, metrics: service.metricsUrl }, 'serving');
    const signal = await untilStopped();
    log.info({ signal }, 'draining');
    await service.stop();
    log.info({}, 'stopped');
  } finally {
    await claim.release();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(
      `${error instanceof GatehouseError ? `${error.code} ${error.message}` : String(error)}\n`,
    );
    process.exit(1);
  },
);
