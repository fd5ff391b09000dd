/** Secrets of the development stack: random, made once, and kept in a file that only this account can read. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

/** The file's content; where there is no file, it is made with `bytes` random bytes as base64url. */
export async function keptSecret(file: string, bytes: number): Promise<string> {
  try {
    await writeFile(file, randomBytes(bytes).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFile(file, 'utf8');
}
