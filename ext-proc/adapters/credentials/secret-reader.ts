/**
 * A configured secret as it is used again and again: files are read again when they change, at once or after a set
 * time, environment variables each time, commands when their cached output has aged.
 */
import type { Clock } from '../../domain/clock.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import type { Secret } from '../../domain/secret.ts';
import {
  readSecretFile,
  readSecretSource,
  sameSecret,
  type SecretFile,
  type SecretSource,
} from './secret-source.ts';

const COMMAND_CACHE_MS = 60_000;
/** A command that failed is not run again at once, whatever number of clients try. */
const COMMAND_RETRY_MS = 1_000;

export interface SecretReaderOptions {
  readonly clock: Clock;
  readonly log: Log;
  /**
   * For so long a file that was read is not looked at again, unless it was forgotten: opening it for each of many requests
   * costs more than all else that is done for one. Default: each use looks.
   */
  readonly fileFreshForMs?: number;
}

export interface SecretReader {
  /** Rejects with GH_CREDENTIAL_UNAVAILABLE; its message names the source and never a value. */
  read(): Promise<Secret<string>>;
  /** Runs a command anew at the next use, and looks at a file. */
  forget(): void;
}

export function secretReader(source: SecretSource, options: SecretReaderOptions): SecretReader {
  if ('file' in source) return fileReader(source.file, options);
  if ('env' in source) return { read: () => readSecretSource(source), forget: () => undefined };
  return commandReader(source, options);
}

function fileReader(file: string, { clock, log, fileFreshForMs = 0 }: SecretReaderOptions): SecretReader {
  let known: SecretFile | undefined;
  let freshUntilMs = -Infinity;
  return {
    async read() {
      // The time before the look: what is written during it counts as unseen.
      const lookedAtMs = clock.monotonicMs();
      if (known !== undefined && lookedAtMs < freshUntilMs) return known.secret;
      const read = await readSecretFile(file, known);
      if (known !== undefined && !sameSecret(known.secret, read.secret))
        log.info({ file }, 'credential file changed');
      known = read;
      freshUntilMs = lookedAtMs + fileFreshForMs;
      return read.secret;
    },
    forget() {
      freshUntilMs = -Infinity;
    },
  };
}

/** One run at a time, its output kept for `cacheForMs`, its failure for a second. */
function commandReader(
  source: { readonly command: readonly string[]; readonly cacheForMs?: number | undefined },
  { clock, log }: SecretReaderOptions,
): SecretReader {
  const cacheForMs = source.cacheForMs ?? COMMAND_CACHE_MS;
  let running: Promise<Secret<string>> | undefined;
  let startedAtMs = 0;
  let endsAtMs = 0;
  const run = (): Promise<Secret<string>> => {
    startedAtMs = clock.monotonicMs();
    endsAtMs = Infinity;
    const started: Promise<Secret<string>> = readSecretSource(source).then(
      (secret) => {
        if (running === started) endsAtMs = clock.monotonicMs() + cacheForMs;
        return secret;
      },
      (error: unknown) => {
        if (running === started) endsAtMs = clock.monotonicMs() + COMMAND_RETRY_MS;
        log.warn(
          { error: error instanceof GatehouseError ? error.message : 'failed' },
          'credential command failed',
        );
        throw error;
      },
    );
    return started;
  };
  return {
    read() {
      if (running === undefined || clock.monotonicMs() >= endsAtMs) running = run();
      return running;
    },
    forget() {
      // Not sooner than a failure would be: a login that is refused again and again must not start a process each time.
      endsAtMs = Math.min(endsAtMs, startedAtMs + COMMAND_RETRY_MS);
    },
  };
}
