/** `npm ci` on a fresh clone needs a lock file that knows every optional package of the packages in it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

interface LockEntry {
  readonly version?: string;
  readonly optional?: boolean;
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

const readLock = (file: string): Lock =>
  JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as Lock;
const lock = readLock('../package-lock.json');

test('every optional dependency of a locked package is locked too', () => {
  const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).filter(
      (name) =>
        lock.packages[`node_modules/${name}`] === undefined &&
        lock.packages[`${path}/node_modules/${name}`] === undefined,
    ),
  );
  expect(missing).toEqual([]);
});

test.for([
  ['package-lock.json', lock],
  ['test/postgres-versions/package-lock.json', readLock('postgres-versions/package-lock.json')],
] as const)('whatever %s installs is pinned by its digest', ([, { packages }]) => {
  const unpinned = Object.entries(packages)
    .filter(([path, entry]) => path !== '' && entry.optional !== true && entry.integrity === undefined)
    .map(([path]) => path);
  expect(unpinned).toEqual([]);
});
