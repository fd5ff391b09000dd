/**
 * What masking of bodies costs: documents as APIs send them, in chunks of 16 kB as Envoy hands them over, through the
 * transform of their kind, with all detectors and three marked fields. Writes bench/results/http-bodies.json.
 * Run: npm run bench:http-bodies [-- --rounds 7]
 */
import { parseArgs } from 'node:util';
import { fieldPattern, type FieldPattern } from '../ext-proc/domain/field-rules.ts';
import { createMasker } from '../ext-proc/masking/masker.ts';
import { createScanner } from '../ext-proc/masking/scanner.ts';
import type { BodyMasking } from '../ext-proc/protocols/http/body/body-masking.ts';
import { bodyTransform } from '../ext-proc/protocols/http/body/body-transform.ts';
import { fieldMarks } from '../ext-proc/protocols/http/body/field-marks.ts';
import { documents } from './http-bodies/documents.ts';
import { cpuRounds } from './masking/cpu-rounds.ts';
import { atLeast, table, targetTable, writeResults } from './support/report.ts';

const TARGET = 30;
const CHUNK_BYTES = 16_384;
const ROUND_MS = 150;
const MARKED = ['**.ssn', 'customer.password', '**.address.street'];

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } });

const masker = createMasker({ scanner: createScanner() });
let counted = 0;
const maskingWith = (patterns: readonly string[]): BodyMasking => ({
  masker,
  marks: fieldMarks({
    rules: patterns.map((text) => ({
      pattern: fieldPattern(text) as FieldPattern,
      upstream: undefined,
      tag: 'private',
      style: 'full',
    })),
    obligations: [],
    direction: 'response',
  }),
  numbersStayNumbers: false,
  count: () => void counted++,
});

/** What is given out is counted, so that nothing is measured that was not done. */
let given = 0;
const MASKINGS = [
  { name: '', masking: maskingWith([]) },
  { name: ', marks', masking: maskingWith(MARKED) },
];
const all = documents();
const subjects = all.flatMap(({ name, kind, bytes }) =>
  MASKINGS.map((each) => ({
    name: `${kind}: ${name}${each.name}`,
    walk: () => {
      const transform = bodyTransform(kind, each.masking);
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
        for (const out of transform.push(bytes.subarray(at, at + CHUNK_BYTES))) given += out.length;
      for (const out of transform.end()) given += out.length;
      return bytes.length;
    },
  })),
);
const { rounds, spreads } = cpuRounds(subjects, { rounds: Number(options.rounds), roundMs: ROUND_MS });
console.log(
  table(
    ['bodies through their transform, MB/s of a core', 'min', 'median', 'max'],
    [...spreads].map(([name, { min, median, max }]) => [name, min, median, max]),
  ),
);
const targets = [...spreads]
  .filter(([name]) => name.startsWith('json:'))
  .map(([name, { median }]) => atLeast(`${name} (MB/s a core)`, median, TARGET));
console.log(`\n${targetTable(targets)}`);
writeResults('http-bodies', {
  targets,
  rounds,
  figures: { spreads: Object.fromEntries(spreads), counted, given },
});
