/**
 * The development issuer's ES256 keys: made once in its directory, readable by their owner alone, newest first. The
 * file may be read by the issuer and the token command at once, so it is only ever put in place whole.
 */
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { GatehouseError } from '../../domain/errors.ts';

/** A rotated key stays published beside the new one, so that tokens of a moment ago still verify. */
const KEYS_KEPT = 2;

export type SigningKey = JWK & { readonly kid: string };

export interface SigningKeys {
  /** The first signs. */
  readonly keys: readonly SigningKey[];
  /** Differs after a rotation. */
  readonly version: string;
}

/** The keys, made where there are none. Rejects with GH_DEV_ISSUER_KEYS where the file is not theirs. */
export async function signingKeys(directory: string): Promise<SigningKeys> {
  const file = keysFile(directory);
  const found = await readKeys(file);
  if (found !== undefined) return found;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // Linked rather than renamed: of two processes that make keys at once, the first one's stay.
  await putWhole(file, [await newKey()], async (temporary) => {
    await link(temporary, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await rm(temporary);
  });
  return (await readKeys(file)) as SigningKeys;
}

/** Signs with a new key from now on. With `revoke` the older ones are no longer published: their tokens end. */
export async function rotateSigningKey(directory: string, options: { revoke?: boolean } = {}): Promise<void> {
  const { keys } = await signingKeys(directory);
  const kept = options.revoke === true ? [] : keys.slice(0, KEYS_KEPT - 1);
  const file = keysFile(directory);
  await putWhole(file, [await newKey(), ...kept], (temporary) => rename(temporary, file));
}

export const publicJwk = ({ kty, crv, x, y, kid, alg, use }: JWK): JWK => ({ kty, crv, x, y, kid, alg, use });

const keysFile = (directory: string): string => join(directory, 'signing-keys.json');

async function newKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' };
}

async function putWhole(
  file: string,
  keys: readonly SigningKey[],
  put: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${file}.${process.pid}.${crypto.randomUUID()}`;
  await writeFile(temporary, JSON.stringify({ keys }), { mode: 0o600, flag: 'wx' });
  await put(temporary);
}

async function readKeys(file: string): Promise<SigningKeys | undefined> {
  try {
    const { mode, mtimeMs, ino } = await stat(file);
    if ((mode & 0o077) !== 0) throw new Error('is readable by others; its keys must not be used any more');
    const { keys } = JSON.parse(await readFile(file, 'utf8')) as { keys: SigningKey[] };
    if (!Array.isArray(keys) || keys.length === 0) throw new Error('holds no keys');
    return { keys, version: `${ino}:${mtimeMs}` };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new GatehouseError('GH_DEV_ISSUER_KEYS', "The development issuer's keys cannot be used.", {
      message: `${file}: ${cause instanceof Error ? cause.message : 'failed'}. Delete it to have new keys made; tokens signed with the old ones end.`,
      cause,
    });
  }
}
