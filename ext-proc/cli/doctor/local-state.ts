/**
 * That what the gate writes to can be written: where it cannot, actions are denied.
 */
import { access, constants, lstat, statfs } from 'node:fs/promises';
import type { GatehouseConfig } from '../../config/config.ts';
import type { Check } from './check.ts';
import { failure, ok, reasonOf, warning } from './check.ts';

const GIB = 1_073_741_824;

export async function localState(config: GatehouseConfig): Promise<readonly Check[]> {
  const { stateDirectory, socketDirectory } = config.service;
  const directories = await Promise.all([...new Set([stateDirectory, socketDirectory])].map(directory));
  return [...directories, await journalSpace(config)];
}

async function directory(path: string): Promise<Check> {
  const id = 'state.directory';
  try {
    const found = await lstat(path);
    if (!found.isDirectory() || (found.mode & 0o077) !== 0) {
      return failure(id, path, "other accounts can reach the gate's state", `run: chmod 700 ${path}`);
    }
    await access(path, constants.W_OK);
    return ok(id, path, "this account's alone");
  } catch (error) {
    return failure(
      id,
      path,
      `cannot be written: ${reasonOf(error)}`,
      'start the gate once as the account that runs it',
    );
  }
}

async function journalSpace(config: GatehouseConfig): Promise<Check> {
  const id = 'journal.space';
  const { directory: path, bytesMax } = config.audit.journal;
  try {
    await access(path, constants.W_OK);
    const { bavail, bsize } = await statfs(path);
    const free = bavail * bsize;
    const detail = `${(free / GIB).toFixed(1)} GiB are free, and the journal may take ${(bytesMax / GIB).toFixed(1)} GiB`;
    return free < bytesMax
      ? warning(
          id,
          path,
          detail,
          'free space or lower audit.journal.bytesMax: a full disk denies every action',
        )
      : ok(id, path, detail);
  } catch (error) {
    return failure(
      id,
      path,
      `the journal cannot be written: ${reasonOf(error)}; every action is denied`,
      'give this directory to the account that runs the gate',
    );
  }
}
