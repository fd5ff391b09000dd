/**
 * What a corpus of a detector is: texts with a secret whose place is known, and texts that look like one and are none.
 * Each lies beside its detector; tests hold the detector to it, and the bench prints recall and precision over it.
 */
import { type ByteString, byteStringOfText } from '../byte-string.ts';
import type { Kind } from '../finding.ts';
import type { Scanner } from '../scanner.ts';
import type { Random } from './random.ts';

export interface TrueCase {
  readonly text: string;
  /** A part of the text, all of which must be found. */
  readonly secret: string;
}

export interface Corpus {
  readonly kind: Kind;
  readonly trueCases: readonly TrueCase[];
  /** Texts in which nothing of this kind is; another kind may be. */
  readonly falseCases: readonly string[];
  /** True cases that are not found, and false ones that are: known, and counted against recall and precision. */
  readonly unfound?: readonly TrueCase[];
  readonly mistaken?: readonly string[];
}

export interface Score {
  readonly kind: Kind;
  readonly trueCases: number;
  readonly falseCases: number;
  readonly missed: readonly TrueCase[];
  readonly mistaken: readonly string[];
  /** Found of what is there. */
  readonly recall: number;
  /** Of the texts in which something was found, those in which something is. */
  readonly precision: number;
}

/** Whether every byte of the secret lies in a finding of the kind. */
export function isFound(scanner: Scanner, kind: Kind, { text, secret }: TrueCase): boolean {
  const bytes: ByteString = byteStringOfText(text);
  const hidden = byteStringOfText(secret);
  const start = bytes.indexOf(hidden);
  return scanner
    .scan(bytes)
    .some((found) => found.kind === kind && found.start <= start && found.end >= start + hidden.length);
}

export function scoreOf(scanner: Scanner, corpus: Corpus): Score {
  const { kind } = corpus;
  const trueCases = [...corpus.trueCases, ...(corpus.unfound ?? [])];
  const falseCases = [...corpus.falseCases, ...(corpus.mistaken ?? [])];
  const missed = trueCases.filter((each) => !isFound(scanner, kind, each));
  const mistaken = falseCases.filter((text) =>
    scanner.scan(byteStringOfText(text)).some((found) => found.kind === kind),
  );
  const found = trueCases.length - missed.length;
  return {
    kind,
    trueCases: trueCases.length,
    falseCases: falseCases.length,
    missed,
    mistaken,
    recall: found / trueCases.length,
    precision: found / (found + mistaken.length),
  };
}

/**
 * A sample put together from its parts, so that whoever looks for live secrets in this repository finds none. A test
 * holds the sources to it.
 */
export const sample = (...parts: readonly string[]): string => parts.join('');

/** A case whose text is the secret alone. */
export const alone = (secret: string): TrueCase => ({ text: secret, secret });

const SURROUNDINGS: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => `The value is ${secret}, please keep it.`,
  (secret) => `value=${secret}`,
  (secret) => `"${secret}"`,
  (secret) => `{"id": 7, "value": "${secret}", "at": "2026-03-01T10:20:30Z"}`,
  (secret) => `7\t${secret}\t2026-03-01 10:20:30+00`,
  (secret) => `7,"${secret}",true`,
  (secret) => `INSERT INTO notes (id, body) VALUES (7, '${secret}');`,
  (secret) => `2026-03-01 10:20:30.123 UTC [4711] LOG:  received ${secret} from worker 3`,
  (secret) => `<td>${secret}</td>`,
  (secret) => `first line\n${secret}\nlast line`,
  (secret) => `(${secret})`,
  (secret) => `{7,"${secret}"}`,
  (secret) => `name: ${secret}\nage: 40`,
  (secret) => `Straße 5 – ${secret} – Köln`,
  (secret) => `'${secret}'::text`,
];

/** The secret in a text as databases, logs and programs write them. */
export const surrounded = (random: Random, secret: string): TrueCase => ({
  text: random.pick(SURROUNDINGS)(secret),
  secret,
});

/** The secret in an encoded form inside a text; all of the form must be found. */
export function encoded(random: Random, secret: string): TrueCase {
  const inside = random.pick([
    secret,
    `note: ${secret}`,
    `{"v":"${secret}"}`,
    `${random.text('abcdef ', 7)} ${secret} end`,
  ]);
  const form = random.pick(ENCODERS)(inside);
  return { text: random.pick(SURROUNDINGS)(form), secret: form };
}

const ENCODERS: readonly ((text: string) => string)[] = [
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(text).toString('base64').replace(/=+$/, ''),
  (text) => Buffer.from(text).toString('base64url'),
  (text) => Buffer.from(text).toString('hex'),
  (text) => `\\x${Buffer.from(text).toString('hex')}`,
  (text) => Buffer.from(text).toString('hex').toUpperCase(),
];

/** Every character as an escape. */
export const jsonEscaped = (text: string): string =>
  [...text].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

export const percentEncoded = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
