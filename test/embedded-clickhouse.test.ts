/** The embedded ClickHouse is the real one: it keeps what it acknowledged, and nobody reads it without a password. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { connect } from 'node:net';
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

/** Local addresses, hexadecimal as the kernel writes them, on which a process listens. */
async function listening(pid: number): Promise<readonly string[]> {
  const sockets = new Set<string>();
  for (const descriptor of await readdir(`/proc/${pid}/fd`)) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    const [, inode] = /^socket:\[(\d+)\]$/.exec(target) ?? [];
    if (inode !== undefined) sockets.add(inode);
  }
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((each) => readFile(`/proc/${pid}/net/${each}`, 'utf8')),
  );
  return tables
    .flatMap((table) => table.trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === TCP_LISTEN && sockets.has(String(fields[9])))
    .map((fields) => String(fields[1]));
}
const TCP_LISTEN = '0A';

test('is reached over loopback alone, on its one port', async () => {
  const port = Number(new URL(server.url).port).toString(16).toUpperCase().padStart(4, '0');
  expect(await listening(server.pid)).toEqual([`0100007F:${port}`]);
});

test('answers no request that does not name one of its two users, and so nobody as the engine’s own', async () => {
  const basic = (user: string, password: string) => ({
    Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });
  const named = (user: string, password = '') => ({
    'X-ClickHouse-User': user,
    'X-ClickHouse-Key': password,
  });
  const ways: readonly (readonly [path: string, headers: Record<string, string>])[] = [
    ['/', {}],
    ['/', named('default')],
    ['/', { 'X-ClickHouse-User': '' }],
    ['/', basic('default', '')],
    ['/', basic('gatehouse', PASSWORD)],
    ['/?user=default', {}],
    ['/?user=default&password=', basic('gatehouse', PASSWORD)],
    ['/?user=default', named('gatehouse', PASSWORD)],
    ['/?user=default&password=', named('gatehouse')],
    ['/', { ...named('gatehouse', PASSWORD), ...basic('default', '') }],
    ['/', { ...basic('gatehouse', PASSWORD), ...named('default') }],
    ['/', { ...named('auditor', PASSWORD), Authorization: 'Bearer x' }],
    ['/', { ...named('gatehouse'), 'X-ClickHouse-SSL-Certificate-Auth': 'on' }],
    ['/ping?query=SELECT%20currentUser()', {}],
    ['/query', {}],
    ['/play', {}],
  ];
  for (const [path, headers] of ways) {
    for (const sql of ['SELECT currentUser()', 'SELECT 1', '']) {
      for (const method of ['POST', 'GET']) {
        const url =
          method === 'GET'
            ? `${server.url}${path}${path.includes('?') ? '&' : '?'}query=${encodeURIComponent(sql)}`
            : server.url + path;
        const answer = await fetch(url, { method, headers, ...(method === 'POST' ? { body: sql } : {}) });
        const text = await answer.text();
        const what = `${method} ${path} ${JSON.stringify(headers)}: ${answer.status} ${text}`;
        if (path.startsWith('/ping')) expect(text, what).toBe('Ok.');
        else expect(answer.status, what).toBeGreaterThanOrEqual(400);
        expect(text, what).not.toMatch(/^(default|1)\b/);
      }
    }
  }
});

test('takes the user from the first of two headers that name one, as it chose the request by', async () => {
  const ask = (...users: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(server.url);
      const socket = connect({ host: '127.0.0.1', port: Number(port) });
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
      const headers = users.map((user) => `X-ClickHouse-User: ${user}\r\n`).join('');
      const body = 'SELECT currentUser()';
      socket.write(
        `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`,
      );
    });
  for (const users of [
    ['gatehouse', 'default'],
    ['default', 'gatehouse'],
    ['auditor', 'default'],
  ]) {
    const answer = await ask(...users);
    expect(answer).toMatch(/^HTTP\/1\.1 (403|404)/);
    expect(answer).not.toMatch(/\r\ndefault\n/);
  }
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
    expect(await query(sql, undefined)).toMatch(/^There is no handle/);
  }
  expect(await query('SELECT 1', 'gatehouse')).toBe('1\n');
});
