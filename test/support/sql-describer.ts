/** A real server with the corpus's schema, its catalogue read for real, and a describer on top. */
import { Client } from 'pg';

import { createCatalogue, type Catalogue } from '../../ext-proc/adapters/catalogue/catalogue.ts';
import { createStatementDescriber, type Describer } from '../../ext-proc/adapters/statement-describer.ts';
import type { NameContext } from '../../ext-proc/domain/ports.ts';
import { Secret } from '../../ext-proc/domain/secret.ts';
import type { DescribedStatement } from '../../ext-proc/domain/statement.ts';
import { startTestPostgres } from './postgres.ts';

export interface SqlDescriber {
  readonly describer: Describer;
  readonly catalogue: Catalogue;
  /** Connected as the owner of everything. */
  readonly client: Client;
  readonly server: { readonly host: string; readonly port: number; readonly password: string };
  readonly context: NameContext;
  describe(text: string, context?: Partial<NameContext>): Promise<readonly DescribedStatement[]>;
  stop(): Promise<void>;
}

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export async function startSqlDescriber(schema: string, binaries?: string): Promise<SqlDescriber> {
  const server = await startTestPostgres({ binaries });
  const client = new Client({
    host: server.host,
    port: server.port,
    user: server.user,
    password: server.password,
    database: 'postgres',
  });
  await client.connect();
  await client.query(schema);
  const catalogue = createCatalogue({
    upstream: 'sample',
    connect: { host: server.host, port: server.port },
    tls: { mode: 'disable', ca: undefined, serverName: 'localhost' },
    user: server.user,
    password: () => Promise.resolve(new Secret(server.password)),
    refreshMs: 30_000,
    log: silent,
    monotonicMs: () => performance.now(),
  });
  const describer = createStatementDescriber({ catalogueOf: () => catalogue });
  const context: NameContext = {
    upstream: 'sample',
    database: 'postgres',
    searchPath: ['$user', 'public'],
    role: 'postgres',
  };
  return {
    describer,
    catalogue,
    client,
    server,
    context,
    describe: async (text, own = {}) => (await describer.describe(text, { ...context, ...own })).statements,
    stop: async () => {
      await describer.close();
      await catalogue.close();
      await client.end();
      await server.stop();
    },
  };
}
