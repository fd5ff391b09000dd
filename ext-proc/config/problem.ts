/**
 * What is wrong with a configuration, and where: the key's path, the line and column, what was wrong and what is
 * allowed. Nothing of a value is repeated, as a value may be a secret written in the wrong place.
 */
import { GatehouseError } from '../domain/errors.ts';

export type KeyPath = readonly (string | number)[];

export interface ConfigProblem {
  /** For example `listeners[0].upstream`; empty for the whole file. */
  readonly path: string;
  /** From 1; 0 where there is no place in the file (it could not be read). */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** All problems of one file. Code `GH_CONFIG_INVALID`, or `GH_CONFIG_UNREADABLE` where the file could not be read. */
export class ConfigError extends GatehouseError {
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(
    code: 'GH_CONFIG_INVALID' | 'GH_CONFIG_UNREADABLE',
    file: string,
    problems: readonly ConfigProblem[],
    cause?: unknown,
  ) {
    super(code, "The gate's configuration is not valid.", {
      message: problems.map((problem) => formatProblem(file, problem)).join('\n'),
      ...(cause === undefined ? {} : { cause }),
    });
    this.name = 'ConfigError';
    this.file = file;
    this.problems = problems;
  }
}

function formatProblem(file: string, { path, line, column, message }: ConfigProblem): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  return path === '' ? `${place}: ${message}` : `${place}: ${path}: ${message}`;
}

/** `['listeners', 0, 'tls']` as `listeners[0].tls`. */
export function formatPath(path: KeyPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** The candidate that was probably meant: at most a third of its letters away, and at most three. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase().slice(0, 64), candidate.toLowerCase());
    if (distance < bestDistance && distance <= Math.min(3, Math.max(1, Math.floor(candidate.length / 3)))) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `no upstream has this name; did you mean orders? There are: orders, scratch`. The wrong name is not repeated. */
export function noSuch(what: string, word: string, candidates: readonly string[]): string {
  const meant = closest(word, candidates);
  return `no ${what}${meant === undefined ? '.' : `; did you mean ${meant}?`} There are: ${candidates.join(', ')}`;
}

/** Levenshtein distance with swaps of neighbours counted as one. */
function editDistance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const cost = one[row - 1] === other[column - 1] ? 0 : 1;
      let value = Math.min(
        (last[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (last[column - 1] as number) + cost,
      );
      if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]) {
        value = Math.min(value, (beforeLast[column - 2] as number) + 1);
      }
      current.push(value);
    }
    beforeLast = last;
    last = current;
  }
  return last[other.length] as number;
}
