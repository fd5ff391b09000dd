/** Real PostgreSQL servers for tests: the bundled 18, and the machine's own 15 where it is installed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { ensureDevCertificates, type CertificateFiles } from '../../ext-proc/embedded/dev-ca.ts';
import { startPostgres, type Postgres, type PostgresOptions } from '../../ext-proc/embedded/postgres.ts';
import { startSampleDatabase, type SampleDatabase } from '../../ext-proc/embedded/sample-database.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const DEBIAN_15 = '/usr/lib/postgresql/15/bin';

/** For `describe.each(postgresVersions)`. `binaries` is undefined for the bundled server. */
export const postgresVersions: readonly {
  readonly version: string;
  readonly binaries: string | undefined;
}[] = [
  { version: '18', binaries: undefined },
  ...(existsSync(join(DEBIAN_15, 'postgres')) ? [{ version: '15', binaries: DEBIAN_15 }] : []),
];

/** A fresh server on a free port, TLS off unless asked for, superuser `postgres`. `stop` removes its directory too. */
export async function startTestPostgres(
  options: Partial<Omit<PostgresOptions, 'binaries'>> & { binaries?: string | undefined } = {},
): Promise<Postgres> {
  const { binaries, ...rest } = options;
  const directory = await temporaryDirectory();
  try {
    const server = await startPostgres({
      dataDirectory: join(directory.path, 'data'),
      unsafeFast: true,
      ...(binaries === undefined ? {} : { binaries }),
      ...rest,
    });
    return {
      ...server,
      stop: async () => {
        await server.stop();
        await directory.remove();
      },
    };
  } catch (error) {
    await directory.remove();
    throw error;
  }
}

/**
 * The sample database of `npm start`, TLS only, with its roles and rows. `ca` verifies its certificate.
 * `stop` removes everything of it.
 */
export async function startSamplePostgres(): Promise<
  SampleDatabase & { readonly ca: string; readonly caFile: string }
> {
  const directory = await temporaryDirectory();
  try {
    const { ca, caFile, servers } = await ensureDevCertificates({
      directory: join(directory.path, 'tls'),
      names: ['sample'],
      nowMs: Date.now(),
    });
    const { certificate, key } = servers.get('sample') as CertificateFiles;
    const sample = await startSampleDatabase({
      directory: join(directory.path, 'passwords'),
      dataDirectory: join(directory.path, 'data'),
      tls: { certificate, key, ca },
      unsafeFast: true,
    });
    return {
      ...sample,
      ca,
      caFile,
      stop: async () => {
        await sample.stop();
        await directory.remove();
      },
    };
  } catch (error) {
    await directory.remove();
    throw error;
  }
}
