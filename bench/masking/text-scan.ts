/**
 * All detectors over texts of every day, one scan for each value of about 2 kB. Beside it two floors: a pass that reads
 * every byte once, and one regular expression of twelve alternatives, as a service without detectors of its own would
 * write it.
 */
import { byteStringOf, type ByteString } from '../../ext-proc/masking/byte-string.ts';
import { createScanner } from '../../ext-proc/masking/scanner.ts';
import { atLeast, table } from '../support/report.ts';
import { cpuRounds, type Subject } from './cpu-rounds.ts';
import type { Phase } from './phase.ts';
import { benchTexts, MIXED, type Text } from './texts.ts';

const TARGET = 30;

/** What people write who need detectors in a hurry. */
const ALTERNATIVES = new RegExp(
  [
    String.raw`-----BEGIN [A-Z ]*PRIVATE KEY-----`,
    String.raw`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`,
    String.raw`\bgh[pousr]_[A-Za-z0-9]{36}`,
    String.raw`\bxox[abprs]-[A-Za-z0-9-]{16,}`,
    String.raw`\bsk-[A-Za-z0-9_-]{32,}`,
    String.raw`\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*`,
    String.raw`\b(?:password|secret|token)["']?\s*[:=]\s*["']?[^\s"']{8,}`,
    String.raw`\b[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\b`,
    String.raw`\b(?:[0-9][ -]?){13,19}\b`,
    String.raw`\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b`,
    String.raw`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`,
    String.raw`\+[0-9][0-9 ()-]{7,15}[0-9]`,
  ].join('|'),
  'g',
);

const EVERY_BYTE = 'every byte read once';
const ONE_EXPRESSION = 'one expression of twelve alternatives';

export function benchTextScan(options: { rounds: number; roundMs: number }): Phase {
  const scanner = createScanner();
  const texts = benchTexts();
  const mixed = texts.find(({ name }) => name === MIXED) as Text;
  const lines = { name: `${MIXED}, a scan for each line`, values: linesOf(mixed) };
  // What a walk gives is kept, so that nothing is measured that was not done.
  let kept = 0;
  const over = ({ name, values }: Text, take: (value: ByteString) => number): Subject => ({
    name,
    walk: () => {
      let bytes = 0;
      for (const value of values) {
        bytes += value.length;
        kept = (kept + take(value)) | 0;
      }
      return bytes;
    },
  });
  const { rounds, spreads } = cpuRounds(
    [
      ...[...texts, lines].map((text) => over(text, (value) => scanner.scan(value).length)),
      over({ name: EVERY_BYTE, values: mixed.values }, everyByte),
      over({ name: ONE_EXPRESSION, values: mixed.values }, matches),
    ],
    options,
  );
  const expression = spreads.get(ONE_EXPRESSION)?.median ?? Number.NaN;
  const rows = [...spreads].map(([name, { min, median, max }]) => [
    name,
    min,
    median,
    max,
    median / expression,
  ]);
  const found = texts.map(({ name, values }) => [
    name,
    values.reduce((sum, value) => sum + scanner.scan(value).length, 0),
  ]);
  return {
    text: table(['detectors over text, MB/s of a core', 'min', 'median', 'max', 'of the expression'], rows),
    targets: [
      atLeast('detectors over mixed text (MB/s a core)', spreads.get(MIXED)?.median ?? Number.NaN, TARGET),
    ],
    rounds,
    figures: { spreads: Object.fromEntries(spreads), found: Object.fromEntries(found) },
  };
}

const linesOf = ({ values }: Text): ByteString[] =>
  values
    .flatMap((value) => value.split('\n'))
    .filter((line) => line !== '')
    .map((line) => byteStringOf(Buffer.from(line, 'latin1')));

function everyByte(value: ByteString): number {
  let sum = 0;
  for (let at = 0; at < value.length; at++) sum ^= value.charCodeAt(at);
  return sum;
}

function matches(value: ByteString): number {
  let count = 0;
  ALTERNATIVES.lastIndex = 0;
  while (ALTERNATIVES.test(value)) count++;
  return count;
}
