/** A PostgreSQL client for a login at the gate, which shows values as the server sends them. */
import { readFile } from 'node:fs/promises';

import { Client } from 'pg';

import type { GateLogin } from './gate-login.ts';
import { table } from './table.ts';

const CONNECT_TIMEOUT_MS = 15_000;

/** Not connected yet. Rejects where the CA cannot be read. */
export async function gateClient(login: GateLogin): Promise<Client> {
  const client = new Client({
    host: login.host,
    port: login.port,
    user: login.user,
    password: login.token,
    database: login.database,
    ssl: login.tls
      ? { ca: login.caFile === undefined ? undefined : await readFile(login.caFile, 'utf8') }
      : false,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // What was asked rejects with the same; nobody else has to hear of it.
  client.on('error', () => undefined);
  return client;
}

export interface GateAnswer {
  readonly command: string;
  readonly rowCount: number | null;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** One statement. Rejects with `DatabaseError` where the gate or the server refuses it. */
export async function askGate(client: Client, sql: string): Promise<GateAnswer> {
  const { command, rowCount, fields, rows } = await client.query<(string | null)[]>({
    text: sql,
    rowMode: 'array',
    types: { getTypeParser: () => (value: string) => value },
  });
  return { command, rowCount, columns: fields.map(({ name }) => name), rows };
}

/** As psql prints it, more or less. */
export function answerLines({ command, rowCount, columns, rows }: GateAnswer): readonly string[] {
  if (columns.length === 0) return [rowCount === null ? command : `${command} ${rowCount}`];
  return [
    ...table(
      columns,
      rows.map((row) => row.map((cell) => cell ?? '')),
    ),
    `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`,
  ];
}

/** What a client prints of a refusal or a notice. */
export function messageLines(message: {
  readonly severity?: string | undefined;
  readonly message?: string | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
}): readonly string[] {
  return [
    `${message.severity ?? 'ERROR'}:  ${message.message ?? ''}`,
    ...(message.detail === undefined ? [] : [`DETAIL:  ${message.detail}`]),
    ...(message.hint === undefined ? [] : [`HINT:  ${message.hint}`]),
  ];
}
