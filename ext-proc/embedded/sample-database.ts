/**
 * The sample PostgreSQL: server, roles and rows that `npm start` puts behind the gate. Passwords are random, made
 * once, and lie in the state directory for the gate to read; no person needs one.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { Client, escapeIdentifier, escapeLiteral } from 'pg';

import { keptSecret } from './kept-secret.ts';
import { startPostgres, type Postgres } from './postgres.ts';
import { sampleOrders, samplePeople, sampleSecrets } from './sample-data.ts';

export const SAMPLE_DATABASE = 'app';

/** Login roles and the file, in `directory`, that holds each one's password. */
const LOGINS = ['app_developer', 'app_readonly', 'gatehouse_catalogue'] as const;
const PASSWORD_BYTES = 18;
export type SampleLogin = (typeof LOGINS)[number];

export interface SampleDatabase {
  readonly server: Postgres;
  readonly database: string;
  readonly passwordFiles: Readonly<Record<SampleLogin, string>>;
  stop(): Promise<void>;
}

/**
 * Starts the server and makes what is missing of roles and rows; what is there stays as it is.
 * `directory` holds the passwords, `dataDirectory` the server's files. Errors are those of `startPostgres`.
 */
export async function startSampleDatabase(options: {
  directory: string;
  dataDirectory: string;
  port?: number;
  tls: { certificate: string; key: string; ca: string };
  unsafeFast?: boolean;
  /** As `startPostgres` takes it. */
  binaries?: string | undefined;
}): Promise<SampleDatabase> {
  const { directory, tls } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const superuserPassword = await keptPassword(join(directory, 'postgres.password'));
  const passwordFiles = samplePasswordFiles(directory);
  const server = await startPostgres({
    dataDirectory: options.dataDirectory,
    password: superuserPassword,
    tls: { certificate: tls.certificate, key: tls.key },
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.unsafeFast === undefined ? {} : { unsafeFast: options.unsafeFast }),
    ...(options.binaries === undefined ? {} : { binaries: options.binaries }),
  });
  try {
    const passwords = new Map<SampleLogin, string>();
    for (const login of LOGINS) passwords.set(login, await keptPassword(passwordFiles[login]));
    await withClient(server, tls.ca, 'postgres', (client) => makeRolesAndDatabase(client, passwords));
    await withClient(server, tls.ca, SAMPLE_DATABASE, makeTables);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { server, database: SAMPLE_DATABASE, passwordFiles, stop: () => server.stop() };
}

export function samplePasswordFiles(directory: string): Record<SampleLogin, string> {
  return Object.fromEntries(LOGINS.map((login) => [login, join(directory, `${login}.password`)])) as Record<
    SampleLogin,
    string
  >;
}

const keptPassword = (file: string): Promise<string> => keptSecret(file, PASSWORD_BYTES);

async function withClient(
  server: Postgres,
  ca: string,
  database: string,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  const { host, port, user, password } = server;
  const client = new Client({ host, port, user, password, database, ssl: { ca } });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function makeRolesAndDatabase(
  client: Client,
  passwords: ReadonlyMap<SampleLogin, string>,
): Promise<void> {
  const roles = await client.query<{ rolname: string }>('SELECT rolname FROM pg_roles');
  const has = new Set(roles.rows.map((row) => row.rolname));
  if (!has.has('app_owner')) await client.query('CREATE ROLE app_owner NOLOGIN');
  for (const [login, password] of passwords) {
    const verb = has.has(login) ? 'ALTER' : 'CREATE';
    await client.query(`${verb} ROLE ${escapeIdentifier(login)} LOGIN PASSWORD ${escapeLiteral(password)}`);
  }
  await client.query("ALTER ROLE gatehouse_catalogue SET default_transaction_read_only = 'on'");
  const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [SAMPLE_DATABASE]);
  if (found.rowCount === 0) {
    await client.query(`CREATE DATABASE ${escapeIdentifier(SAMPLE_DATABASE)} OWNER app_owner`);
  }
}

const TABLES = `
  SET LOCAL ROLE app_owner;
  CREATE TABLE people (
    id integer PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE, phone text, card text, ssn text,
    notes text NOT NULL DEFAULT ''
  );
  COMMENT ON TABLE people IS 'Customers.';
  CREATE TABLE orders (
    id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    item text NOT NULL, quantity integer NOT NULL CHECK (quantity > 0), total numeric(10, 2) NOT NULL,
    status text NOT NULL DEFAULT 'placed', ordered_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX orders_person_id ON orders (person_id);
  COMMENT ON TABLE orders IS 'What customers ordered.';
  CREATE TABLE secrets (
    id integer PRIMARY KEY, name text NOT NULL, service text NOT NULL, value text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  COMMENT ON TABLE secrets IS 'Keys and tokens of services. Invented; they open nothing.';
  CREATE VIEW people_contacts AS SELECT id, name, email, phone FROM people;
  CREATE FUNCTION find_people(term text) RETURNS SETOF people LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT p.* FROM people p WHERE p.name ILIKE '%' || term || '%' ORDER BY p.id; END;
  GRANT SELECT, INSERT, UPDATE, DELETE ON people, orders, secrets TO app_developer;
  GRANT SELECT ON people, orders, people_contacts TO app_readonly;
  GRANT SELECT ON people_contacts TO app_developer;
`;

async function makeTables(client: Client): Promise<void> {
  const found = await client.query<{ there: boolean }>(
    "SELECT to_regclass('public.people') IS NOT NULL AS there",
  );
  if (found.rows[0]?.there === true) return;
  // Before PostgreSQL 15 everyone could make tables in this schema.
  await client.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
  await client.query('GRANT CREATE ON SCHEMA public TO app_owner');
  await client.query('BEGIN');
  await client.query(TABLES);
  await insertRows(client, 'people', samplePeople(), {
    id: 'integer',
    name: 'text',
    email: 'text',
    phone: 'text',
    card: 'text',
    ssn: 'text',
    notes: 'text',
  });
  const orders = sampleOrders().map((order) => ({
    id: order.id,
    person_id: order.personId,
    item: order.item,
    quantity: order.quantity,
    total: order.totalCents / 100,
    status: order.status,
    ordered_at: order.orderedAt,
  }));
  await insertRows(client, 'orders', orders, {
    id: 'integer',
    person_id: 'integer',
    item: 'text',
    quantity: 'integer',
    total: 'numeric',
    status: 'text',
    ordered_at: 'timestamptz',
  });
  await insertRows(client, 'secrets', sampleSecrets(), {
    id: 'integer',
    name: 'text',
    service: 'text',
    value: 'text',
  });
  await client.query('COMMIT');
  await client.query('ANALYZE');
}

/** All rows of a table in one statement; the columns and their types are ours, the rows go as one JSON parameter. */
async function insertRows(
  client: Client,
  table: string,
  rows: readonly object[],
  columns: Readonly<Record<string, string>>,
): Promise<void> {
  const names = Object.keys(columns).join(', ');
  const typed = Object.entries(columns)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ');
  await client.query(
    `INSERT INTO ${table} (${names}) SELECT ${names} FROM jsonb_to_recordset($1::jsonb) AS r (${typed})`,
    [JSON.stringify(rows)],
  );
}
