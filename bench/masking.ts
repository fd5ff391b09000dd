/**
 * What masking finds, and what it costs: detectors over text with their recall and precision, rows and COPY data through
 * the masker, the description of a statement with its lineage, and a whole gate with masks beside one without. Writes
 * bench/results/masking.json when all of it was run.
 * Run: npm run bench:masking [-- --rounds 7 --seconds 3 --only text,recall,rows,description,gate]
 */
import { parseArgs } from 'node:util';
import type { Phase } from './masking/phase.ts';
import { targetTable, writeResults } from './support/report.ts';

const PHASES = ['recall', 'text', 'rows', 'description', 'gate'] as const;
const ROUND_MS = 150;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string', default: PHASES.join() },
    help: { type: 'boolean', default: false },
  },
});
const wanted = new Set(options.only.split(','));
const unknown = [...wanted].find((each) => !(PHASES as readonly string[]).includes(each));
if (options.help || unknown !== undefined) {
  console.log(`npm run bench:masking [-- --rounds N --seconds N --only ${PHASES.join()}]`);
  process.exit(unknown === undefined ? 0 : 2);
}
const rounds = Number(options.rounds);
const progress = (text: string): void => void process.stderr.write(`${text}\n`);

/** Each part makes its own data when it is loaded; what is not asked for is not made. */
const RUNS: Readonly<Record<(typeof PHASES)[number], () => Promise<Phase | undefined>>> = {
  recall: async () => (await import('./masking/recall.ts')).benchRecall(),
  text: async () => (await import('./masking/text-scan.ts')).benchTextScan({ rounds, roundMs: ROUND_MS }),
  rows: async () => (await import('./masking/rows.ts')).benchRows({ rounds, roundMs: ROUND_MS }),
  description: async () => (await import('./masking/description.ts')).benchDescription({ rounds }),
  gate: async () =>
    (await import('./masking/end-to-end.ts')).benchEndToEnd({
      rounds,
      seconds: Number(options.seconds),
      progress,
    }),
};

const done: Partial<Record<(typeof PHASES)[number], Phase>> = {};
for (const name of PHASES) {
  if (!wanted.has(name)) continue;
  progress(`measuring: ${name}`);
  const phase = await RUNS[name]();
  if (phase === undefined) continue;
  done[name] = phase;
  console.log(`${phase.text}\n`);
}
const targets = Object.values(done).flatMap((phase) => phase.targets);
console.log(targetTable(targets));
if (PHASES.every((name) => done[name] !== undefined)) {
  writeResults('masking', {
    targets,
    rounds: PHASES.map((name) => ({ phase: name, rounds: done[name]?.rounds })),
    figures: Object.fromEntries(PHASES.map((name) => [name, done[name]?.figures])),
  });
} else {
  progress('not all was measured: bench/results/masking.json stays as it is');
}
