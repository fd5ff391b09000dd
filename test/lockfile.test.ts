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

const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockEntry>>;
};

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

test('whatever is installed here is pinned by its digest', () => {
  const unpinned = Object.entries(lock.packages)
    .filter(([path, entry]) => path !== '' && entry.optional !== true && entry.integrity === undefined)
    .map(([path]) => path);
  expect(unpinned).toEqual([]);
});
