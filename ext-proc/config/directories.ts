/**
 * The directories that the gate writes to: made for this user alone, and refused where someone else could have
 * put something in them first.
 */
import { lstat, mkdir } from 'node:fs/promises';
import { GatehouseError } from '../domain/errors.ts';
import type { GatehouseConfig } from './config.ts';

const OTHERS = 0o077;

/**
 * Makes the state, socket and journal directories, mode 0700.
 * Rejects with `GH_DIRECTORY_UNSAFE` where one is a link, is another user's, or is open to others.
 */
export async function prepareDirectories(config: GatehouseConfig): Promise<void> {
  const { stateDirectory, socketDirectory } = config.service;
  for (const directory of [stateDirectory, socketDirectory, config.audit.journal.directory]) {
    await preparePrivateDirectory(directory);
  }
}

/** Makes one directory, mode 0700, or checks the one that is there. */
export async function preparePrivateDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const found = await lstat(directory);
  const refuse = (why: string, next: string): never => {
    throw new GatehouseError('GH_DIRECTORY_UNSAFE', 'A directory of the gate is not safe to use.', {
      message: `${directory} ${why}; ${next}`,
    });
  };
  if (!found.isDirectory()) refuse('is not a directory', 'remove it or configure another');
  if (found.uid !== process.getuid?.())
    refuse('belongs to another user', 'configure a directory of your own');
  if ((found.mode & OTHERS) !== 0) refuse('is open to other users', `run: chmod 700 ${directory}`);
}
