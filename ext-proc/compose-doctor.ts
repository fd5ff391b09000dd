/** Wires what the doctor needs of the outside: logins on upstreams, through Envoy as the gate itself would, and the policy. */
import { readFile } from 'node:fs/promises';
import type { Client } from 'pg';
import { probeApprovalStore } from './adapters/approvals/probe.ts';
import { connectCatalogue } from './adapters/catalogue/connection.ts';
import { createHttpCredentialSource } from './adapters/credentials/http-credential-source.ts';
import { readSecretSource } from './adapters/credentials/secret-source.ts';
import { loadPolicyProbe } from './adapters/opa-policy/probe.ts';
import { createSystemClock } from './adapters/system-clock.ts';
import { readApprovalKey } from './compose-approvals.ts';
import type { DoctorPorts } from './cli/doctor.ts';
import type { Login, LoginFacts } from './cli/doctor/database-logins.ts';
import { ownWay } from './cli/doctor/postgres-tls.ts';
import type { GatehouseConfig } from './config/config.ts';
import { loadConfig } from './config/load.ts';
import type { Log } from './domain/log.ts';
import type { MarkableTable } from './domain/unused-marks.ts';

const FACTS = `SELECT current_setting('server_version_num')::int AS version, current_setting('max_connections')::int AS connections,
  coalesce((SELECT rolsuper FROM pg_roles WHERE rolname = current_user), false) AS superuser`;
const NAMES = `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname || '.' || c.relname = ANY ($1) UNION SELECT nspname || '.*' FROM pg_namespace WHERE nspname || '.*' = ANY ($1)`;

const TABLES = `SELECT n.nspname AS schema, c.relname AS table, c.relkind IN ('v', 'm') AS "isView",
  array_agg(a.attname::text ORDER BY a.attnum) AS columns
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relpersistence <> 't'
  GROUP BY 1, 2, 3 ORDER BY 1, 2`;

/** What a reading says of itself is in the error that it ends with. */
const NO_LOG: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** The ports for the gate of a gatehouse.yaml. */
export function doctorPorts(configFile: string): DoctorPorts {
  let loaded: Promise<GatehouseConfig> | undefined;
  async function signedIn<T>(login: Login, work: (client: Client) => Promise<T>): Promise<T> {
    const { upstream, user, password, database } = login;
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
      return await work(client);
    } finally {
      await client.end();
    }
  }
  return {
    nowMs: Date.now,
    tryLogin: (login): Promise<LoginFacts> =>
      signedIn(login, async (client) => {
        const { rows } = await client.query<{ version: number; connections: number; superuser: boolean }>(
          FACTS,
        );
        const [facts] = rows as [{ version: number; connections: number; superuser: boolean }];
        return {
          serverVersion: facts.version,
          connectionsMax: facts.connections,
          superuser: facts.superuser,
        };
      }),
    // As the gate itself reads it, and then it is forgotten.
    tryHttpCredential: async ({ name }, credential) => {
      const source = createHttpCredentialSource({
        upstreams: [{ name, credentials: [{ ...credential, groups: ['*'] }] }],
        clock: createSystemClock(),
        log: NO_LOG,
      });
      await source.credentialFor(name, []);
    },
    readApprovalKey: async ({ key }) => void (await readApprovalKey(key)),
    probeApprovalStore: ({ store }) => probeApprovalStore({ store, clock: createSystemClock(), log: NO_LOG }),
    readTables: (search) =>
      signedIn(search, async (client) => (await client.query<MarkableTable>(TABLES)).rows),
    policy: {
      loadProbe: loadPolicyProbe,
      findRelations: (search) =>
        signedIn(search, async (client) => {
          const { rows } = await client.query<{ name: string }>(NAMES, [search.names]);
          return new Set(rows.map(({ name }) => name));
        }),
    },
  };
}
