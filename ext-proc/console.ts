/**
 * The console's process: `console.ts --config FILE [--clickhouse URL]`. The supervisor starts it, and starts it again when
 * it dies; it ends with its supervisor.
 */
import { parseArgs } from 'node:util';
import { createLog } from './adapters/pino-log.ts';
import { composeConsole } from './compose-console.ts';
import { loadConfig } from './config/load.ts';
import type { FromConsole, ToConsole } from './supervisor/console-messages.ts';
import { supervised } from './supervisor/supervised.ts';

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

const { say } = supervised<FromConsole>(() => composed.close(), log);
process.on('message', (message: ToConsole) => {
  if (message.kind === 'ping') say({ kind: 'pong' });
});
say({ kind: 'ready' });
