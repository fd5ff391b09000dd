/**
 * The console's process: `console.ts --config FILE [--clickhouse URL]`. The supervisor starts it, and starts it again when
 * it dies; it ends with its supervisor.
 */
import { parseArgs } from 'node:util';
import { createLog } from './adapters/pino-log.ts';
import { composeConsole } from './compose-console.ts';
import { loadConfig } from './config/load.ts';
import type { FromConsole, ToConsole } from './supervisor/console-messages.ts';

const { values } = parseArgs({
  options: { config: { type: 'string' }, clickhouse: { type: 'string' } },
});
if (values.config === undefined) throw new Error('usage: console.ts --config FILE [--clickhouse URL]');
const log = createLog('console', process.env['GATEHOUSE_LOG_LEVEL'] ?? 'info');
const composed = await composeConsole({
  config: await loadConfig(values.config),
  clickhouseUrl: values.clickhouse,
  log,
});

let stopping: Promise<void> | undefined;
function stop(): Promise<void> {
  return (stopping ??= (async () => {
    await composed.close();
    process.exit(0);
  })());
}

const say = (message: FromConsole): void => {
  if (process.connected) process.send?.(message);
};
process.on('message', (message: ToConsole) => {
  if (message.kind === 'ping') say({ kind: 'pong' });
});
process.on('disconnect', () => void stop());
// The supervisor decides when it ends; a terminal's Ctrl-C goes to all of the group at once.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => void stop());
process.on('unhandledRejection', (error) => {
  log.error({ err: error }, 'unhandled rejection');
  process.exit(1);
});
say({ kind: 'ready' });
