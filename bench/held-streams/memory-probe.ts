/**
 * Loaded into a worker of the bench before the worker itself: says over IPC what its heap holds, garbage collected, and
 * writes it to a file where asked to.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface ProbeQuestion {
  readonly kind: 'bench.memory';
  /** Where a snapshot of the heap is to go. */
  readonly snapshot: string | undefined;
}

export interface ProbeAnswer {
  readonly kind: 'bench.memory';
  /** V8's heap, and what hangs on it outside (buffers). */
  readonly heapBytes: number;
  readonly residentBytes: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

process.on('message', (question: ProbeQuestion) => {
  // The supervisor's messages come here too.
  if (question.kind === 'bench.memory') void answer(question);
});

async function answer(question: ProbeQuestion): Promise<void> {
  // V8 gives pages back a while after it has emptied them.
  for (let round = 0; round < 5; round++) {
    collect();
    await sleep(500);
  }
  if (question.snapshot !== undefined) writeHeapSnapshot(question.snapshot);
  const { heapUsed, external, rss } = process.memoryUsage();
  const said: ProbeAnswer = { kind: 'bench.memory', heapBytes: heapUsed + external, residentBytes: rss };
  process.send?.(said);
}
