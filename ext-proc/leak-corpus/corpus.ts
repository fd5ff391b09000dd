/** The corpus: every way out that is known, in families. Entries are added, never changed and never removed. */
import type { LeakEntry } from './entry.ts';
import { FOUND } from './families/found.ts';
import { INFERENCE } from './families/inference.ts';
import { OBJECTS } from './families/objects.ts';
import { PROTOCOL } from './families/protocol.ts';
import { QUERIES } from './families/queries.ts';
import { READING } from './families/reading.ts';
import { SYSTEM } from './families/system.ts';
import { TELLING } from './families/telling.ts';
import { WRITING } from './families/writing.ts';

export const CORPUS: readonly LeakEntry[] = [
  ...READING,
  ...QUERIES,
  ...PROTOCOL,
  ...WRITING,
  ...TELLING,
  ...SYSTEM,
  ...INFERENCE,
  ...OBJECTS,
  ...FOUND,
];

/** Entries whose names begin with one of the given ones: `error`, `error/cast-json`. All where none is given. */
export const chosenEntries = (names: readonly string[]): readonly LeakEntry[] =>
  names.length === 0
    ? CORPUS
    : CORPUS.filter((entry) =>
        names.some((name) => entry.name === name || entry.name.startsWith(`${name.replace(/\/$/, '')}/`)),
      );
