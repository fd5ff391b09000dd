/**
 * A worker with no work, to see how the pool treats one. It does what the file given with --orders says:
 * `fail` ends at once, `linger` never ends by itself.
 */
import { readFileSync } from 'node:fs';

import type { FromWorker, ToWorker } from '../../ext-proc/supervisor/worker-messages.ts';

const option = (name: string): string => process.argv[process.argv.indexOf(`--${name}`) + 1] as string;
const orders = readFileSync(option('orders'), 'utf8').trim();
if (orders === 'fail') process.exit(3);

const say = (message: FromWorker): void => void process.send?.(message);
process.on('message', (message: ToWorker) => {
  if (message.kind === 'ping') say({ kind: 'pong', id: message.id });
  if (message.kind === 'metrics')
    say({ kind: 'metrics', id: message.id, metrics: [{ worker: option('worker') }] });
  if (message.kind === 'drain' && orders !== 'linger') process.exit(0);
});
process.on('disconnect', () => process.exit(0));
say({ kind: 'ready' });
