/**
 * A worker process: serves ext_proc on its socket until the supervisor drains it. A worker that loses its supervisor
 * drains by itself, so that nothing of a stopped gate lives on.
 */
import { createLog } from './adapters/pino-log.ts';
import { composeWorker } from './compose.ts';
import { loadConfig } from './config/load.ts';
import type { FromWorker, ToWorker } from './supervisor/worker-messages.ts';
import { workerOptions } from './worker-options.ts';

const options = workerOptions(process.argv.slice(2));
const log = createLog(`worker-${options.worker}`, process.env['GATEHOUSE_LOG_LEVEL'] ?? 'info');
const say = (message: FromWorker): void => {
  if (process.connected) process.send?.(message);
};

const worker = await composeWorker(await loadConfig(options.config), options.worker, log);

let stopping: Promise<void> | undefined;
function stop(): Promise<void> {
  return (stopping ??= (async () => {
    await worker.drain();
    await worker.close();
    process.exit(0);
  })());
}

process.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'drain':
      void stop();
      return;
    case 'ping':
      return say({ kind: 'pong', id: message.id });
    case 'metrics':
      void worker.metrics.registry
        .getMetricsAsJSON()
        .then((metrics) => say({ kind: 'metrics', id: message.id, metrics }));
      return;
  }
});
process.on('disconnect', () => void stop());
// The supervisor decides when a worker ends; a terminal's Ctrl-C goes to all of the group at once.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => void stop());
process.on('unhandledRejection', (error) => {
  log.error({ err: error }, 'unhandled rejection');
  process.exit(1);
});
say({ kind: 'ready' });
