/**
 * Where columns are used, as sets of bits: they are made for every reference of a statement, cross the parser's thread,
 * and are joined often. `domain/lineage.ts` says what each word means.
 */
import type { UseContext } from '../../../../domain/lineage.ts';

const WORDS = [
  'where',
  'join',
  'group_by',
  'having',
  'order_by',
  'distinct',
  'window',
  'limit',
  'set_operation',
  'function_argument',
  'aggregate_argument',
  'operator_argument',
  'condition',
  'cast',
  'expression',
  'insert_source',
  'update_source',
  'returning',
  'on_conflict',
  'exists',
  'definition',
] as const satisfies readonly UseContext[];

/** A set of contexts. */
export type Contexts = number;

export const NO_CONTEXTS: Contexts = 0;

export const contextsOf = (words: readonly UseContext[]): Contexts =>
  words.reduce((bits, word) => bits | (1 << WORDS.indexOf(word)), 0);

export const context = (...words: readonly UseContext[]): Contexts => contextsOf(words);

/** The words of a set, in a fixed order. */
export const contextWords = (contexts: Contexts): readonly UseContext[] =>
  WORDS.filter((_, bit) => (contexts & (1 << bit)) !== 0);
