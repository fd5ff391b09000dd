/**
 * That the gate can have what it shows HTTP upstreams: files, variables and commands can be read, and authorization servers
 * give a token. The reading is a port, and nothing of what is read comes back: the doctor sees no secret.
 */
import type { GatehouseConfig } from '../../config/config.ts';
import type { HttpCredentialConfig, HttpUpstreamConfig } from '../../config/http-config.ts';
import { assertNever } from '../../domain/errors.ts';
import type { Check } from './check.ts';
import { failure, ok, reasonOf } from './check.ts';

/** Rejects with why it cannot be had; never with a secret in it. */
export type TryHttpCredential = (
  upstream: HttpUpstreamConfig,
  credential: HttpCredentialConfig,
) => Promise<void>;

export async function httpCredentials(
  config: GatehouseConfig,
  attempt: TryHttpCredential,
): Promise<readonly Check[]> {
  const each = config.httpUpstreams.flatMap((upstream) =>
    upstream.credentials.map((credential) => ({ upstream, credential })),
  );
  return Promise.all(each.map(({ upstream, credential }) => tried(upstream, credential, attempt)));
}

async function tried(
  upstream: HttpUpstreamConfig,
  credential: HttpCredentialConfig,
  attempt: TryHttpCredential,
): Promise<Check> {
  const id = 'upstream.credential';
  const subject = `upstream ${upstream.name}`;
  const whose = `for ${credential.groups.join(', ')}`;
  try {
    await attempt(upstream, credential);
    return ok(id, subject, `${whatOf(credential)} ${whose}`);
  } catch (error) {
    return failure(
      id,
      subject,
      `its credential ${whose} cannot be had: ${reasonOf(error)}`,
      credential.kind === 'oauth'
        ? 'correct clientId and clientSecret, and let the service reach tokenUrl'
        : 'correct the file, variable or command; the service reads it under its own account',
    );
  }
}

function whatOf(credential: HttpCredentialConfig): string {
  switch (credential.kind) {
    case 'none':
      return 'no credential is shown';
    case 'bearer':
      return 'a bearer token can be read';
    case 'basic':
      return `the password of ${credential.user} can be read`;
    case 'header':
      return `a value for ${credential.name} can be read`;
    case 'oauth':
      return `${credential.tokenUrl} gives client ${credential.clientId} a token`;
    default:
      return assertNever(credential);
  }
}
