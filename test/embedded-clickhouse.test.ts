/** The embedded ClickHouse is the real one: it keeps what it acknowledged, and nobody reads it without a password. */
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { startClickHouse, type EmbeddedClickHouse } from '../ext-proc/embedded/clickhouse.ts';
import { temporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.ts';

const PASSWORD = 'a password with <markup> & "quotes"';
let directory: TemporaryDirectory;
let server: EmbeddedClickHouse;

const start = () => startClickHouse({ directory: join(directory.path, 'ch'), password: PASSWORD });

async function query(sql: string, user: string | undefined, password = PASSWORD): Promise<string> {
  const headers =
    user === undefined ? undefined : { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password };
  const answer = await fetch(server.url, { method: 'POST', body: sql, ...(headers && { headers }) });
  return answer.text();
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = await start();
  await query('CREATE DATABASE gatehouse', 'gatehouse');
  await query('CREATE TABLE gatehouse.kept (n UInt32) ENGINE = MergeTree ORDER BY n', 'gatehouse');
});

afterAll(async () => {
  await server.stop();
  await directory.remove();
});

test('keeps every acknowledged row when it is killed', async () => {
  for (let n = 0; n < 20; n += 1) {
    expect(await query(`INSERT INTO gatehouse.kept VALUES (${n})`, 'gatehouse')).toBe('');
  }
  await server.kill();
  server = await start();
  expect(await query('SELECT count(), sum(n) FROM gatehouse.kept', 'gatehouse')).toBe('20\t190\n');
});

test('lets the auditor read the audit database and nothing else', async () => {
  expect(await query('SELECT count() >= 0 FROM gatehouse.kept', 'auditor')).toBe('1\n');
  expect(await query('INSERT INTO gatehouse.kept VALUES (99)', 'auditor')).toContain('ACCESS_DENIED');
  expect(await query('DROP TABLE gatehouse.kept', 'auditor')).toContain('DB::Exception');
  expect(await query("SELECT * FROM file('/etc/passwd', 'LineAsString')", 'auditor')).toContain(
    'ACCESS_DENIED',
  );
  expect(await query("SELECT * FROM url('http://127.0.0.1:1', 'LineAsString')", 'auditor')).toContain(
    'ACCESS_DENIED',
  );
});

test('refuses a wrong password, and reads nothing for a client without one', async () => {
  expect(await query('SELECT 1', 'gatehouse', 'wrong')).toContain('AUTHENTICATION_FAILED');
  for (const sql of [
    'SELECT count() FROM gatehouse.kept',
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM url('http://127.0.0.1:1', 'LineAsString')",
    'SYSTEM STOP LISTEN HTTP',
    'SELECT name FROM system.tables',
  ]) {
    expect(await query(sql, undefined)).toContain('DB::Exception');
  }
  expect(await query('SELECT 1', 'gatehouse')).toBe('1\n');
});
