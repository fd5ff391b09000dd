/** Real PostgreSQL servers for tests: the bundled 18, and the machine's own 15 where it is installed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { startPostgres, type Postgres, type PostgresOptions } from '../../ext-proc/embedded/postgres.ts';
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
