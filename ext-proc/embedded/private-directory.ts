/**
 * Directories for programs that may not run as root. PostgreSQL refuses to, so as root it runs as `nobody`, from and
 * in directories that this account can reach: below `/var/lib/gatehouse`, where only root can make anything, and
 * which is refused when somebody else did. Any other account uses its own directories and none of this.
 */
import { chmod, lstat, mkdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { GatehouseError } from '../domain/errors.ts';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const NOBODY: Account = { uid: 65_534, gid: 65_534 };
const ROOT_OWNED = '/var/lib/gatehouse';

export const isRoot = (): boolean => process.getuid?.() === 0;

/** The account that a program of the embedded stack runs as; undefined means ours. */
export const unprivilegedAccount = (): Account | undefined => (isRoot() ? NOBODY : undefined);

/**
 * A directory of ours that the unprivileged account can pass through, made where missing.
 * Throws `GH_UNSAFE_DIRECTORY` where another account owns it or may write to it.
 */
export async function sharedDirectory(): Promise<string> {
  const directory = isRoot() ? ROOT_OWNED : join(homedir(), '.cache', 'gatehouse');
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const found = await lstat(directory);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new GatehouseError(
      'GH_UNSAFE_DIRECTORY',
      `${directory} must be a directory that only this account can write to. Remove it and start again.`,
    );
  }
  if (isRoot()) await chmod(directory, 0o755);
  return directory;
}

/** Whether `account` may pass through every directory above `path`: its own, or with the bit for others. */
export async function isReachable(path: string, account: Account): Promise<boolean> {
  for (let directory = dirname(resolve(path)); ; directory = dirname(directory)) {
    const found = await stat(directory);
    const passes = found.uid === account.uid ? (found.mode & 0o100) !== 0 : (found.mode & 0o001) !== 0;
    if (!passes) return false;
    if (directory === dirname(directory)) return true;
  }
}
