/**
 * Where the sample PostgreSQL keeps its files. In the state directory, except for root: there the server runs as
 * another account, and its files lie below a directory of root's that this account can reach, named by an id that
 * the state directory holds. Files whose state directory is gone are removed.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { isRoot, sharedDirectory } from './private-directory.ts';

const PREFIX = 'sample-';

/** The data directory for the state in `directory` (the stack's own folder for PostgreSQL). */
export async function sampleDataDirectory(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (!isRoot()) return join(directory, 'data');

  const idFile = join(directory, 'instance');
  const shared = await sharedDirectory();
  await removeOrphans(shared);
  try {
    await writeFile(idFile, randomBytes(8).toString('hex'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const id = await readFile(idFile, 'utf8');
  const home = join(shared, PREFIX + id);
  await mkdir(home, { recursive: true, mode: 0o711 });
  await writeFile(join(home, 'state'), directory, { mode: 0o600 });
  return join(home, 'data');
}

/** Removes the files of this state, where they are not in the state directory itself. */
export async function removeSampleData(directory: string): Promise<void> {
  const id = await readFile(join(directory, 'instance'), 'utf8').catch(() => undefined);
  if (id === undefined || !isRoot()) return;
  await rm(join(await sharedDirectory(), PREFIX + id), { recursive: true, force: true });
}

async function removeOrphans(shared: string): Promise<void> {
  for (const entry of await readdir(shared)) {
    if (!entry.startsWith(PREFIX)) continue;
    const home = join(shared, entry);
    // Written after the id: a directory without it is being made by another start.
    const directory = await readFile(join(home, 'state'), 'utf8').catch(() => undefined);
    if (directory === undefined) continue;
    const id = await readFile(join(directory, 'instance'), 'utf8').catch(() => undefined);
    if (entry === PREFIX + (id ?? '') || (await isServed(join(home, 'data')))) continue;
    await rm(home, { recursive: true, force: true });
  }
}

/** Whether the process named in the server's lock file is alive. */
async function isServed(dataDirectory: string): Promise<boolean> {
  const lock = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(lock, 10);
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
