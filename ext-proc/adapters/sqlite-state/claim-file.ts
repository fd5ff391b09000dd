/** A database file that belongs to its owner alone, before SQLite sees it. */
import { chmodSync, closeSync, constants, fstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes the file with mode 0600 where it is missing, and takes it from others where it is there: SQLite's -wal and -shm
 * files take their mode from it. Throws for a link or anything else that is not a regular file.
 */
export function claimFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new Error('is not a regular file');
    if ((stat.mode & 0o077) !== 0) chmodSync(file, 0o600);
  } finally {
    closeSync(descriptor);
  }
}
