/**
 * A secret from where the configuration says it is: a file, an environment variable or a command's output.
 * Owns reading and limits; refuses to put a value, or anything a command wrote, into an error or a log.
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { GatehouseError } from '../../domain/errors.ts';
import { revealSecret, Secret } from '../../domain/secret.ts';
import { commandOutput } from './command-output.ts';

export type SecretSource =
  | { readonly file: string }
  | { readonly env: string }
  | { readonly command: readonly string[]; readonly cacheForMs?: number | undefined };

export const SECRET_BYTES_MAX = 65_536;

/**
 * The secret, without one line break at its end. Rejects with GH_CREDENTIAL_UNAVAILABLE where it cannot be read, is
 * empty, longer than 64 KiB, not UTF-8 or holds a NUL (which no password of PostgreSQL's can).
 */
export async function readSecretSource(source: SecretSource): Promise<Secret<string>> {
  if ('file' in source) return (await readSecretFile(source.file)).secret;
  if ('env' in source) {
    const value = process.env[source.env];
    if (value === undefined) throw unavailable(source, 'is not set');
    return secretFrom(source, Buffer.from(value));
  }
  return secretFrom(
    source,
    await commandOutput(source.command, SECRET_BYTES_MAX).catch(unavailableBecause(source)),
  );
}

export interface SecretFile {
  readonly secret: Secret<string>;
  /** Differs whenever the file was written or replaced. */
  readonly version: string;
}

/** The file's secret and version; the secret of `known` where the version is still that one. */
export async function readSecretFile(file: string, known?: SecretFile): Promise<SecretFile> {
  const source = { file };
  let handle: FileHandle | undefined;
  try {
    // One handle for both, so that the version is that of the content read.
    // Opening a fifo would wait for a writer, and hold a thread of the pool for as long.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat({ bigint: true });
    if (!stat.isFile()) throw unavailable(source, 'is not a file');
    const version = `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.size}`;
    if (known?.version === version) return known;
    const buffer = Buffer.alloc(SECRET_BYTES_MAX + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    const secret = secretFrom(source, buffer.subarray(0, bytesRead));
    buffer.fill(0);
    return { secret, version };
  } catch (error) {
    return unavailableBecause(source)(error);
  } finally {
    await handle?.close();
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function secretFrom(source: SecretSource, bytes: Buffer): Secret<string> {
  if (bytes.length > SECRET_BYTES_MAX) throw unavailable(source, `is longer than ${SECRET_BYTES_MAX} bytes`);
  let value: string;
  try {
    value = decoder.decode(bytes).replace(/\r?\n$/, '');
  } catch {
    throw unavailable(source, 'is not UTF-8');
  }
  if (value === '') throw unavailable(source, 'is empty');
  if (value.includes('\0')) throw unavailable(source, 'holds a NUL');
  return new Secret(value);
}

/** How operators know a source: never its arguments, which may be secret themselves. */
function sourceName(source: SecretSource): string {
  if ('file' in source) return `file ${source.file}`;
  if ('env' in source) return `environment variable ${source.env}`;
  return `command ${source.command[0] ?? '(empty)'}`;
}

function unavailable(source: SecretSource, why: string): GatehouseError {
  return new GatehouseError(
    'GH_CREDENTIAL_UNAVAILABLE',
    'The gate cannot read the credential for this upstream. Tell whoever runs the gate.',
    { message: `the secret from ${sourceName(source)} ${why}` },
  );
}

/** System errors carry a code and a path; whatever else was thrown may carry anything, and is left out. */
function unavailableBecause(source: SecretSource): (error: unknown) => never {
  return (error) => {
    if (error instanceof GatehouseError)
      throw error.code === 'GH_COMMAND' ? unavailable(source, error.message) : error;
    throw unavailable(source, `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  };
}

/** Whether two secrets hold the same value; tells a caller that a re-read brought something new. */
export const sameSecret = (one: Secret<string>, other: Secret<string>): boolean =>
  revealSecret(one) === revealSecret(other);
