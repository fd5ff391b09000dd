/** What a worker process is told on its command line: `--config FILE --worker N`. */
import { parseArgs } from 'node:util';

export interface WorkerOptions {
  readonly config: string;
  readonly worker: number;
}

export function workerOptions(argv: readonly string[]): WorkerOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: { config: { type: 'string' }, worker: { type: 'string' } },
  });
  const worker = Number(values.worker);
  if (values.config === undefined || !Number.isInteger(worker) || worker < 0) {
    throw new Error('usage: worker.ts --config FILE --worker N');
  }
  return { config: values.config, worker };
}
