/** `gatehouse connect sql`: one statement through the gate, for a machine without psql. */
import { readFile } from 'node:fs/promises';

import { Client, DatabaseError } from 'pg';

import { formGateLogin, type ConnectOptions } from './gate-login.ts';
import { table } from './table.ts';
import type { LineWriter } from './terminal.ts';

const CONNECT_TIMEOUT_MS = 15_000;

/** What psql prints of a statement without rows: the command, and how many rows it has changed where that counts. */
const tagOf = ({ command, rowCount }: { command: string; rowCount: number | null }): string =>
  rowCount === null ? command : `${command} ${rowCount}`;

/**
 * Writes rows or, as psql would, what the server or the gate says; `say` gets its notices as they come. Resolves with the exit code, 1 for a refusal.
 * Throws what `formGateLogin` throws.
 */
export async function connectSql(
  sql: string,
  options: ConnectOptions,
  write: LineWriter,
  say: LineWriter = write,
): Promise<number> {
  const login = await formGateLogin(options);
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
  try {
    // What waits for a person says so by notices, long before its answer.
    client.on('notice', (notice) => {
      say(`${notice.severity}:  ${notice.message}`);
      if (notice.detail !== undefined) say(`DETAIL:  ${notice.detail}`);
      if (notice.hint !== undefined) say(`HINT:  ${notice.hint}`);
    });
    await client.connect();
    // Text as the server sends it: what is shown is what came.
    const answer = await client.query<string[]>({
      text: sql,
      rowMode: 'array',
      types: { getTypeParser: () => (value: string) => value },
    });
    if (answer.fields.length === 0) write(tagOf(answer));
    else {
      const header = answer.fields.map((field) => field.name);
      for (const line of table(
        header,
        answer.rows.map((row) => row.map((cell) => cell ?? '')),
      ))
        write(line);
      write(`(${answer.rows.length} ${answer.rows.length === 1 ? 'row' : 'rows'})`);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    write(`${error.severity}:  ${error.message}`);
    if (error.detail !== undefined) write(`DETAIL:  ${error.detail}`);
    if (error.hint !== undefined) write(`HINT:  ${error.hint}`);
    return 1;
  } finally {
    await client.end().catch(() => undefined);
  }
}
