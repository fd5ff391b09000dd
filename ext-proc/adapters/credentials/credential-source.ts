/**
 * The upstream credential of a principal: the first entry of the upstream's list that its groups fit. Files are read
 * again when they change, environment variables each time, commands when their cached output has aged. The agent
 * never sees what this returns (I7).
 */
import type { Clock } from '../../domain/clock.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import type { CredentialSource, UpstreamCredential } from '../../domain/ports.ts';
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

export interface CredentialSettings {
  /** `*` fits every principal. */
  readonly groups: readonly string[];
  readonly user: string;
  readonly password?: SecretSource | undefined;
}

export interface UpstreamCredentials {
  readonly name: string;
  readonly credentials: readonly CredentialSettings[];
}

export interface CredentialSourceOptions {
  readonly upstreams: readonly UpstreamCredentials[];
  readonly clock: Clock;
  readonly log: Log;
}

export interface ConfiguredCredentialSource extends CredentialSource {
  /** Runs the upstream's commands anew at the next use: for a caller whose login was refused after a rotation. */
  forget(upstream: string): void;
}

/** `credentialFor` rejects with GH_CREDENTIAL_UNAVAILABLE; its message names the source and never a value. */
export function createCredentialSource(options: CredentialSourceOptions): ConfiguredCredentialSource {
  const upstreams = new Map(
    options.upstreams.map((upstream) => [
      upstream.name,
      upstream.credentials.map((settings) => ({
        settings,
        password: settings.password === undefined ? undefined : passwordReader(settings.password, options),
      })),
    ]),
  );
  return {
    async credentialFor(upstream, groups): Promise<UpstreamCredential | undefined> {
      const entry = upstreams
        .get(upstream)
        ?.find(({ settings }) => settings.groups.some((group) => group === '*' || groups.includes(group)));
      if (entry === undefined) return undefined;
      return { user: entry.settings.user, password: await entry.password?.read() };
    },
    forget(upstream): void {
      for (const { password } of upstreams.get(upstream) ?? []) password?.forget();
    },
  };
}

interface PasswordReader {
  read(): Promise<Secret<string>>;
  forget(): void;
}

function passwordReader(source: SecretSource, options: CredentialSourceOptions): PasswordReader {
  if ('file' in source) return fileReader(source.file, options.log);
  if ('env' in source) return { read: () => readSecretSource(source), forget: () => undefined };
  return commandReader(source, options);
}

function fileReader(file: string, log: Log): PasswordReader {
  let known: SecretFile | undefined;
  return {
    async read() {
      const read = await readSecretFile(file, known);
      if (known !== undefined && !sameSecret(known.secret, read.secret))
        log.info({ file }, 'credential file changed');
      known = read;
      return read.secret;
    },
    forget: () => undefined,
  };
}

/** One run at a time, its output kept for `cacheForMs`, its failure for a second. */
function commandReader(
  source: { readonly command: readonly string[]; readonly cacheForMs?: number | undefined },
  { clock, log }: CredentialSourceOptions,
): PasswordReader {
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
