/** A real, empty ClickHouse for one test file. */
import { join } from 'node:path';

import { startClickHouse, type EmbeddedClickHouse } from '../../ext-proc/embedded/clickhouse.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** On a free port. `stop` removes its directory too. */
export async function startTestClickHouse(): Promise<EmbeddedClickHouse> {
  const directory = await temporaryDirectory();
  try {
    const server = await startClickHouse({ directory: join(directory.path, 'clickhouse'), password: 'test' });
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
