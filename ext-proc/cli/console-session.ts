/**
 * A reviewer's session of the console, kept for the commands: a file for each console, that only its owner reads. It has
 * nothing to do with an agent's token, which decides nothing.
 */
import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { GatehouseError } from '../domain/errors.ts';
import { Secret } from '../domain/secret.ts';

export interface ConsoleSession {
  readonly session: Secret<string>;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

interface KeptSession {
  readonly console: string;
  readonly session: string;
  readonly expiresAtMs: number;
}

/** XDG Base Directory Specification. */
function directory(): string {
  const configured = process.env['XDG_CONFIG_HOME'];
  const base = configured?.startsWith('/') === true ? configured : join(homedir(), '.config');
  return join(base, 'gatehouse', 'sessions');
}

const fileOf = (consoleUrl: string): string =>
  join(directory(), `${createHash('sha256').update(consoleUrl).digest('hex').slice(0, 16)}.json`);

export async function keepSession(consoleUrl: string, session: string, expiresAtMs: number): Promise<void> {
  const file = fileOf(consoleUrl);
  await mkdir(directory(), { recursive: true, mode: 0o700 });
  const kept: KeptSession = { console: consoleUrl, session, expiresAtMs };
  // Written beside and renamed: never readable by others, and never half of it.
  const beside = `${file}.${process.pid}`;
  await writeFile(beside, JSON.stringify(kept), { mode: 0o600, flag: 'wx' });
  await rename(beside, file);
}

/** Throws GH_CONSOLE_LOGIN where nobody is logged in there any more, GH_SESSION_FILE where others could have read it. */
export async function keptSession(consoleUrl: string, nowMs: number): Promise<ConsoleSession> {
  const file = fileOf(consoleUrl);
  const kept = await readKept(file);
  if (kept === undefined || kept.console !== consoleUrl || kept.expiresAtMs <= nowMs) throw notLoggedIn();
  return { session: new Secret(kept.session), expiresAtMs: kept.expiresAtMs };
}

/** False where there was none. */
export async function forgetSession(consoleUrl: string): Promise<boolean> {
  const file = fileOf(consoleUrl);
  const was = await lstat(file).then(
    () => true,
    () => false,
  );
  await rm(file, { force: true });
  return was;
}

export const notLoggedIn = (): GatehouseError =>
  new GatehouseError(
    'GH_CONSOLE_LOGIN',
    'You are not logged in at the console, or no longer. Log in: npm run gatehouse -- login',
  );

async function readKept(file: string): Promise<KeptSession | undefined> {
  try {
    const { mode, uid } = await lstat(file);
    if ((mode & 0o077) !== 0 || uid !== process.getuid?.()) {
      throw new GatehouseError(
        'GH_SESSION_FILE',
        `${file} can be read by others, who could decide as you. Log out and in again: npm run gatehouse -- logout`,
      );
    }
    return JSON.parse(await readFile(file, 'utf8')) as KeptSession;
  } catch (error) {
    if (error instanceof GatehouseError) throw error;
    return undefined;
  }
}
