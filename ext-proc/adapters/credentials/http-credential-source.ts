/**
 * What an HTTP upstream is shown for a principal: the first entry of its list that the principal's groups fit, as a header.
 * The agent never sees what this returns (I7).
 */
import type { HttpCredentialConfig } from '../../config/http-config.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import type { HttpCredential, HttpCredentialSource } from '../../domain/ports.ts';
import { revealSecret, Secret } from '../../domain/secret.ts';
import { clientCredentialsToken } from './client-credentials.ts';
import { secretReader, type SecretReaderOptions } from './secret-reader.ts';

export interface HttpCredentialSourceOptions {
  readonly upstreams: readonly {
    readonly name: string;
    readonly credentials: readonly HttpCredentialConfig[];
  }[];
  readonly clock: Clock;
  readonly log: Log;
}

/** A file that is replaced is noticed by then, or when the upstream refuses what it held before. */
const FILE_FRESH_FOR_MS = 1_000;

interface Reader {
  read(): Promise<HttpCredential>;
  forget(): void;
}

export function createHttpCredentialSource(given: HttpCredentialSourceOptions): HttpCredentialSource {
  const options = { ...given, fileFreshForMs: FILE_FRESH_FOR_MS };
  const upstreams = new Map(
    options.upstreams.map(({ name, credentials }) => [
      name,
      credentials.map((settings) => ({ groups: settings.groups, reader: readerOf(settings, options) })),
    ]),
  );
  return {
    async credentialFor(upstream, groups) {
      const entry = upstreams
        .get(upstream)
        ?.find((each) => each.groups.some((group) => group === '*' || groups.includes(group)));
      return entry?.reader.read();
    },
    refused(upstream) {
      for (const { reader } of upstreams.get(upstream) ?? []) reader.forget();
    },
  };
}

function readerOf(settings: HttpCredentialConfig, options: SecretReaderOptions): Reader {
  switch (settings.kind) {
    case 'none':
      return { read: () => Promise.resolve({ header: undefined }), forget: () => undefined };
    case 'bearer':
      return headerOf(secretReader(settings.token, options), 'authorization', (token) => `Bearer ${token}`);
    case 'basic': {
      const { user } = settings;
      // RFC 7617 section 2: UTF-8, where the server has not said otherwise.
      return headerOf(
        secretReader(settings.password, options),
        'authorization',
        (password) => `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`,
      );
    }
    case 'header':
      return headerOf(secretReader(settings.value, options), settings.name, (value) => value);
    case 'oauth': {
      const secret = secretReader(settings.clientSecret, options);
      const token = clientCredentialsToken({ ...settings, clientSecret: () => secret.read() }, options);
      return headerOf(token, 'authorization', (value) => `Bearer ${value}`);
    }
  }
}

function headerOf(
  secret: { read(): Promise<Secret<string>>; forget(): void },
  name: string,
  valueOf: (secret: string) => string,
): Reader {
  let made: { readonly of: Secret<string>; readonly credential: HttpCredential } | undefined;
  return {
    async read() {
      const current = await secret.read();
      // The same one for as long as the secret is: what is made ready for it is known by it.
      if (made?.of !== current)
        made = {
          of: current,
          credential: { header: { name, value: new Secret(valueOf(revealSecret(current))) } },
        };
      return made.credential;
    },
    forget: () => secret.forget(),
  };
}
