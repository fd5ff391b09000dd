/** `gatehouse query` against a ClickHouse that the configuration names, whose user could write: a query cannot. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { EmbeddedClickHouse } from '../ext-proc/embedded/clickhouse.ts';
import { startTestClickHouse } from './support/clickhouse.ts';
import { temporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.ts';

let directory: TemporaryDirectory;
let server: EmbeddedClickHouse;
let file: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = await startTestClickHouse();
  for (const sql of [
    'CREATE DATABASE gatehouse',
    'CREATE TABLE gatehouse.events (n Int32) ENGINE = Memory',
  ]) {
    await fetch(server.url, {
      method: 'POST',
      body: sql,
      headers: { 'X-ClickHouse-User': server.user, 'X-ClickHouse-Key': server.password },
    });
  }
  file = join(directory.path, 'gatehouse.yaml');
  await writeFile(
    file,
    `
version: 1
listeners: [{ name: a, protocol: postgres, address: '127.0.0.1:5999', upstream: b, plaintext: loopback-development }]
upstreams: [{ name: b, protocol: postgres, address: '127.0.0.1:1', credentials: [{ groups: ['*'], user: x }] }]
issuers: [{ issuer: 'http://127.0.0.1:1', audience: x, algorithms: [ES256] }]
policy: { bundle: { file: bundle } }
audit: { clickhouse: { url: '${server.url}', user: gatehouse, password: { env: TEST_CLICKHOUSE_PASSWORD } } }
`,
  );
});
afterAll(async () => {
  await server.stop();
  await directory.remove();
});

function query(
  sql: string,
  password = server.password,
): Promise<{ failed: boolean; stdout: string; stderr: string }> {
  const cli = join(import.meta.dirname, '../ext-proc/cli/gatehouse.ts');
  const env = { ...process.env, TEST_CLICKHOUSE_PASSWORD: password };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [cli, 'query', '--config', file, '--format', 'TSV', sql],
      { env },
      (error, stdout, stderr) => resolve({ failed: error !== null, stdout, stderr }),
    );
  });
}

test('reads in the database of the configuration', async () => {
  expect(await query('SELECT count() FROM events')).toEqual({ failed: false, stdout: '0\n', stderr: '' });
});

test('cannot write, though the user may', async () => {
  for (const sql of ['INSERT INTO events VALUES (1)', 'DROP TABLE events', 'CREATE DATABASE other']) {
    const { failed, stderr } = await query(sql);
    expect(failed).toBe(true);
    expect(stderr).toContain('READONLY');
  }
  expect((await query('SELECT count() FROM events')).stdout).toBe('0\n');
});

test('a wrong password is refused, and not shown', async () => {
  const { failed, stderr } = await query('SELECT 1', 'hunter2-wrong');
  expect(failed).toBe(true);
  expect(stderr).toContain('AUTHENTICATION_FAILED');
  expect(stderr).not.toContain('hunter2-wrong');
});
