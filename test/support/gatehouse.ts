/**
 * A whole gate for tests: the development stack on free ports with a state directory of its own, real Envoy, real
 * PostgreSQL, real ClickHouse, nothing mocked. One for a test file; starting it takes a few seconds.
 */
import { join } from 'node:path';

import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import { DEV_AUDIENCE, mintToken } from '../../ext-proc/embedded/dev-issuer.ts';
import { startDevStack, type DevStack } from '../../ext-proc/embedded/dev-stack.ts';
import { findEnvoy } from '../../ext-proc/embedded/envoy-binary.ts';
import { removeSampleData } from '../../ext-proc/embedded/sample-place.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface TestTokenOptions {
  readonly subject?: string;
  readonly onBehalfOf?: string;
  readonly groups?: readonly string[];
  readonly ttlMs?: number;
}

export interface TestGatehouse extends DevStack {
  readonly stateDirectory: string;
  /** Where clients connect; the database is `app`, and the name to verify `localhost`. */
  readonly host: 'localhost';
  readonly port: number;
  /** `agent:test` in `developers` for 10 minutes where not said otherwise. */
  token(options?: TestTokenOptions): Promise<string>;
  /** For psql: `host=localhost port=… dbname=app user=agent sslmode=verify-full sslrootcert=…`. */
  readonly conninfo: string;
  /** Rows of ClickHouse's database `gatehouse`, as objects. */
  audit<Row = Record<string, unknown>>(sql: string): Promise<readonly Row[]>;
  /** The password of the embedded ClickHouse's users `gatehouse` and `auditor`. */
  readonly clickhousePassword: string;
}

export interface TestGatehouseOptions {
  /** Two where absent, so that nothing works by luck of one process. */
  readonly workers?: number;
  /** Folder of another policy bundle, `policies-rego/allow-all/bundle` for example. */
  readonly bundle?: string;
}

/** `stop` removes its directory too. */
export async function startGatehouse(options: TestGatehouseOptions = {}): Promise<TestGatehouse> {
  const directory = await temporaryDirectory();
  const stateDirectory = join(directory.path, 's');
  const remove = async (): Promise<void> => {
    await removeSampleData(join(stateDirectory, 'postgres'));
    await directory.remove();
  };
  try {
    const stack = await startDevStack({
      envoyBinary: await findEnvoy({ env: process.env }),
      stateDirectory,
      step: (_title, work) => work(),
      anyPorts: true,
      unsafeFast: true,
      workers: options.workers ?? 2,
      ...(options.bundle === undefined ? {} : { bundle: options.bundle }),
    });
    const port = Number(new URL(stack.endpoints.postgres).port);
    const clock = createSystemClock();
    return {
      ...stack,
      stateDirectory,
      host: 'localhost',
      port,
      conninfo: `host=localhost port=${port} dbname=app user=agent sslmode=verify-full sslrootcert=${stack.caFile}`,
      token: ({ subject = 'agent:test', onBehalfOf, groups = ['developers'], ttlMs = 600_000 } = {}) =>
        mintToken({
          directory: stack.issuerDirectory,
          issuer: stack.endpoints.issuer,
          audience: DEV_AUDIENCE,
          subject,
          onBehalfOf,
          groups,
          ttlMs,
          clock,
        }),
      audit: async <Row>(sql: string): Promise<readonly Row[]> => {
        const answer = await fetch(`${stack.endpoints.clickhouse}/?database=gatehouse&default_format=JSON`, {
          method: 'POST',
          body: sql,
          headers: { 'X-ClickHouse-User': 'gatehouse', 'X-ClickHouse-Key': stack.clickhousePassword },
        });
        const text = await answer.text();
        if (!answer.ok) throw new Error(text);
        return (JSON.parse(text) as { data: readonly Row[] }).data;
      },
      stop: async () => {
        await stack.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
