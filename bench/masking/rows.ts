/** What masking of result rows and COPY data costs on one core, beside the framer alone. */
import { atLeast, table } from '../support/report.ts';
import { cpuRounds } from './cpu-rounds.ts';
import type { Phase } from './phase.ts';
import { ROW_SUBJECTS, walkRows } from './row-subjects.ts';

export function benchRows(options: { rounds: number; roundMs: number }): Phase {
  const { rounds, spreads } = cpuRounds(
    ROW_SUBJECTS.map((subject) => ({ name: subject.name, walk: () => walkRows(subject) })),
    options,
  );
  const medianOf = (name: string): number => spreads.get(name)?.median ?? Number.NaN;
  const rows = ROW_SUBJECTS.map(({ name, floor }) => {
    const { min, median, max } = spreads.get(name) ?? {
      min: Number.NaN,
      median: Number.NaN,
      max: Number.NaN,
    };
    return [name, min, median, max, median / medianOf(floor)];
  });
  return {
    text: table(['rows and COPY, MB/s in of a core', 'min', 'median', 'max', 'of the framer'], rows),
    targets: ROW_SUBJECTS.flatMap(({ name, target }) =>
      target === undefined ? [] : [atLeast(`${name} (MB/s)`, medianOf(name), target)],
    ),
    rounds,
    figures: Object.fromEntries(spreads),
  };
}
