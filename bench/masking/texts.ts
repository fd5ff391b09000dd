/**
 * Texts that detectors are measured over: prose and source code of the packages that the lock file pins, the same
 * messages in twelve languages, and records, logs, tables and encoded data made from a seed. So the bytes are the same
 * on every machine. In what is made, one line in twenty holds something that is to be found.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { byteStringOf, type ByteString } from '../../ext-proc/masking/byte-string.ts';
import { timestamp, uuid } from '../../ext-proc/masking/corpus/ordinary.ts';
import { ALPHANUMERIC, LOWER, Random } from '../../ext-proc/masking/corpus/random.ts';

export interface Text {
  readonly name: string;
  readonly values: readonly ByteString[];
}

const TEXT_BYTES = 400_000;
/** A value is cut at the first line's end behind this. */
const VALUE_BYTES = 2_000;
const ONE_FOUND_IN = 20;

const MODULES = join(import.meta.dirname, '../../node_modules');
const read = (...path: string[]): string => readFileSync(join(MODULES, ...path), 'utf8');

function valuesOf(text: string): ByteString[] {
  const bytes = Buffer.from(text).subarray(0, TEXT_BYTES);
  const values: ByteString[] = [];
  for (let at = 0; at < bytes.length;) {
    const lineEnd = bytes.indexOf('\n', at + VALUE_BYTES);
    const end = lineEnd < 0 ? bytes.length : lineEnd + 1;
    // As values come from the wire: strings of their own, not slices of one.
    values.push(byteStringOf(bytes, at, end));
    at = end;
  }
  return values;
}

function made(seed: number, line: (random: Random) => string): string {
  const random = new Random(seed);
  let text = '';
  while (text.length < TEXT_BYTES) text += `${line(random)}\n`;
  return text;
}

const word = (random: Random): string => random.text(LOWER, random.int(3, 10));
const words = (random: Random, count: number): string =>
  Array.from({ length: count }, () => word(random)).join(' ');

/** What may stand in a text and is found, or words instead: in most lines. */
function perhaps(random: Random): string {
  if (random.int(1, ONE_FOUND_IN) > 1) return words(random, 2);
  return random.pick([
    `${word(random)}@${word(random)}.example.com`,
    '4111 1111 1111 1111',
    `+49 30 ${random.digits(7)}`,
    `ghp_${random.text(ALPHANUMERIC, 36)}`,
    'DE89370400440532013000',
  ]);
}

const record = (random: Random): string =>
  JSON.stringify({
    id: random.int(1, 1e9),
    uuid: uuid(random),
    name: words(random, 2),
    note: `${words(random, 6)} ${perhaps(random)}`,
    created_at: `${timestamp(random)}.${random.digits(6)}Z`,
    total: Number((random.next() * 1_000).toFixed(2)),
    tags: [word(random), word(random)],
    active: random.next() > 0.5,
  });

const logLine = (random: Random): string =>
  random.pick([
    () =>
      `${timestamp(random)}.${random.digits(3)} UTC [${random.int(100, 99_999)}] LOG:  duration: ${(random.next() * 100).toFixed(3)} ms  statement: SELECT ${word(random)} FROM ${word(random)} WHERE id = ${random.int(1, 1e6)}`,
    () =>
      `10.${random.int(0, 255)}.${random.int(0, 255)}.${random.int(0, 255)} - - [26/Nov/2026:10:20:30 +0000] "GET /${word(random)}/${random.int(1, 1e6)}?page=${random.int(1, 99)} HTTP/1.1" 200 ${random.int(100, 99_999)} "-" "curl/8.5.0"`,
    () =>
      `level=info ts=${timestamp(random)}Z caller=${word(random)}.go:${random.int(1, 999)} msg="${words(random, 4)} ${perhaps(random)}" trace=${random.hex(32)}`,
  ])();

const csvLine = (random: Random): string =>
  `${random.int(1, 1e6)},${words(random, 2)},"${words(random, 3)}, ${perhaps(random)}",${random.int(1, 9_999)}.${random.digits(2)},${timestamp(random).slice(0, 10)},${random.pick(['t', 'f'])}`;

const encodedLine = (random: Random): string =>
  random.pick([
    () => random.bytes(random.int(48, 300)).toString('base64'),
    () => `${word(random)} ${random.hex(random.pick([32, 40, 64, 128]))}`,
    () => Buffer.from(`${words(random, 12)} ${perhaps(random)}`).toString('base64'),
    () => `\\x${random.bytes(random.int(20, 120)).toString('hex')}`,
  ])();

const digitsLine = (random: Random): string =>
  random.pick([
    () => Array.from({ length: 8 }, () => random.int(0, 999_999)).join(','),
    () => `${random.digits(12)}\t${timestamp(random)}\t${random.digits(3)}.${random.digits(6)}`,
    () => `${(random.next() * 180 - 90).toFixed(6)}, ${(random.next() * 360 - 180).toFixed(6)}`,
    () => `${random.int(1, 99)} ${random.digits(3)} ${random.digits(3)} ${perhaps(random)}`,
    () => `ORD-${random.digits(8)}-${random.digits(4)} ${random.digits(16)}`,
  ])();

/** READMEs, one after another. */
function prose(): string {
  const scoped = readdirSync(MODULES).flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(MODULES, name)).map((inner) => join(name, inner)) : [name],
  );
  let text = '';
  for (const name of scoped.sort()) {
    if (text.length >= TEXT_BYTES) break;
    try {
      text += read(name, 'README.md');
    } catch {
      // Not every package has one.
    }
  }
  return text;
}

function languages(): string {
  const folders = readdirSync(join(MODULES, 'typescript/lib')).filter((name) =>
    /^[a-z]{2}(?:-[a-z]{2})?$/.test(name),
  );
  return folders
    .sort()
    .map((name) =>
      read('typescript/lib', name, 'diagnosticMessages.generated.json').slice(
        0,
        TEXT_BYTES / folders.length / 1.3,
      ),
    )
    .join('\n');
}

export function benchTexts(): Text[] {
  const texts: Text[] = [
    { name: 'prose', values: valuesOf(prose()) },
    { name: 'prose in 13 languages', values: valuesOf(languages()) },
    { name: 'source code', values: valuesOf(read('typescript/lib/_tsc.js').slice(1_000_000)) },
    { name: 'records in JSON', values: valuesOf(made(1, record)) },
    { name: 'logs', values: valuesOf(made(2, logLine)) },
    { name: 'CSV', values: valuesOf(made(3, csvLine)) },
    { name: 'base64 and hex', values: valuesOf(made(4, encodedLine)) },
    { name: 'digits', values: valuesOf(made(5, digitsLine)) },
  ];
  const longest = Math.max(...texts.map(({ values }) => values.length));
  const mixed = Array.from({ length: longest }, (_, index) =>
    texts.flatMap(({ values }) => values[index] ?? []),
  ).flat();
  return [...texts, { name: MIXED, values: mixed }];
}

export const MIXED = 'mixed: all of these';
