/** Wires what the doctor needs of the outside: a login on an upstream, through Envoy as the gate itself would. */
import { readFile } from 'node:fs/promises';
import { connectCatalogue } from './adapters/catalogue/connection.ts';
import { readSecretSource } from './adapters/credentials/secret-source.ts';
import type { DoctorPorts } from './cli/doctor.ts';
import type { LoginFacts } from './cli/doctor/database-logins.ts';
import { ownWay } from './cli/doctor/postgres-tls.ts';
import type { GatehouseConfig } from './config/config.ts';
import { loadConfig } from './config/load.ts';

const FACTS = `SELECT current_setting('server_version_num')::int AS version, current_setting('max_connections')::int AS connections,
  coalesce((SELECT rolsuper FROM pg_roles WHERE rolname = current_user), false) AS superuser`;

/** The ports for the gate of a gatehouse.yaml. */
export function doctorPorts(configFile: string): DoctorPorts {
  let loaded: Promise<GatehouseConfig> | undefined;
  return {
    nowMs: Date.now,
    tryLogin: async ({ upstream, user, password, database }): Promise<LoginFacts> => {
      const config = await (loaded ??= loadConfig(configFile));
      const { mode, ca, serverName } = upstream.tls;
      const client = await connectCatalogue(
        {
          connect: ownWay(config, upstream),
          tls: { mode, ca: ca === undefined ? undefined : await readFile(ca.file, 'utf8'), serverName },
          user,
          password: () => (password === undefined ? Promise.resolve(undefined) : readSecretSource(password)),
        },
        database,
      );
      try {
        const { rows } = await client.query<{ version: number; connections: number; superuser: boolean }>(
          FACTS,
        );
        const [facts] = rows as [{ version: number; connections: number; superuser: boolean }];
        return {
          serverVersion: facts.version,
          connectionsMax: facts.connections,
          superuser: facts.superuser,
        };
      } finally {
        await client.end();
      }
    },
  };
}
