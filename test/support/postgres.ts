/**
 * Real PostgreSQL servers for tests: the bundled 18, and the machine's own 15 where it is installed. Where
 * `GATEHOUSE_TEST_POSTGRES` names a major (`npm run test:versions` does), that one stands wherever a test asks for none.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { ensureDevCertificates, type CertificateFiles } from '../../ext-proc/embedded/dev-ca.ts';
import { startPostgres, type Postgres, type PostgresOptions } from '../../ext-proc/embedded/postgres.ts';
import { startSampleDatabase, type SampleDatabase } from '../../ext-proc/embedded/sample-database.ts';
import { BUNDLED_MAJOR, majorBinaries } from './postgres-majors.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const DEBIAN_15 = '/usr/lib/postgresql/15/bin';
const major = process.env['GATEHOUSE_TEST_POSTGRES'];
/** Of the server that stands where a test names none; undefined is the bundled one. */
export const usualBinaries = major === undefined ? undefined : await majorBinaries(major);

/** For `describe.each(postgresVersions)`. `binaries` is undefined for the bundled server. */
export const postgresVersions: readonly {
  readonly version: string;
  readonly binaries: string | undefined;
}[] =
  major === undefined
    ? [
        { version: BUNDLED_MAJOR, binaries: undefined },
        ...(existsSync(join(DEBIAN_15, 'postgres')) ? [{ version: '15', binaries: DEBIAN_15 }] : []),
      ]
    : [{ version: major, binaries: usualBinaries }];

/** A fresh server on a free port, TLS off unless asked for, superuser `postgres`. `stop` removes its directory too. */
export async function startTestPostgres(
  options: Partial<Omit<PostgresOptions, 'binaries'>> & { binaries?: string | undefined } = {},
): Promise<Postgres> {
  const { binaries = usualBinaries, ...rest } = options;
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
      binaries: usualBinaries,
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
