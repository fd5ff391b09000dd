/**
 * A worker process: serves ext_proc on its socket until the supervisor drains it. A worker that loses its supervisor
 * drains by itself, so that nothing of a stopped gate lives on.
 */
import { createLog } from './adapters/pino-log.ts';
import { composeWorker } from './compose.ts';
import { loadConfig } from './config/load.ts';
import type { FromWorker, ToWorker } from './supervisor/worker-messages.ts';
import { supervised } from './supervisor/supervised.ts';
import { workerOptions } from './worker-options.ts';

const options = workerOptions(process.argv.slice(2));
const log = createLog(`worker-${options.worker}`, process.env['GATEHOUSE_LOG_LEVEL'] ?? 'info');
const worker = await composeWorker(await loadConfig(options.config), options.worker, log);

const { say, stop } = supervised<FromWorker>(async () => {
  await worker.drain();
  await worker.close();
}, log);

process.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'drain':
      return stop();
    case 'ping':
      return say({ kind: 'pong', id: message.id });
    case 'metrics':
      void worker.metrics.registry
        .getMetricsAsJSON()
        .then((metrics) => say({ kind: 'metrics', id: message.id, metrics }));
      return;
  }
});
say({ kind: 'ready' });
