/**
 * The upstream credential of a principal: the first entry of the upstream's list that its groups fit. The agent never sees
 * what this returns (I7).
 */
import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import type { CredentialSource, UpstreamCredential } from '../../domain/ports.ts';
import { secretReader } from './secret-reader.ts';
import type { SecretSource } from './secret-source.ts';

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
        password: settings.password === undefined ? undefined : secretReader(settings.password, options),
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
