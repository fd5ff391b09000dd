/** PostgreSQL as a child: the real server, also when the tests run as root, gone when asked and when its parent is. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { startPostgres, type Postgres } from '../ext-proc/embedded/postgres.ts';
import { postgresVersions } from './support/postgres.ts';
import { temporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.ts';

let directory: TemporaryDirectory;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => {
  await directory.remove();
});

async function value(server: Postgres, sql: string): Promise<unknown> {
  const { host, port, user, password } = server;
  const client = new Client({ host, port, user, password, database: 'postgres' });
  await client.connect();
  try {
    const result = await client.query<Record<string, unknown>>({ text: sql, rowMode: 'array' } as never);
    return (result.rows[0] as unknown as unknown[] | undefined)?.[0];
  } finally {
    await client.end();
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe.each(postgresVersions)('PostgreSQL $version', ({ version, binaries }) => {
  test('starts, keeps its data between starts, and stops', async () => {
    const options = {
      dataDirectory: join(directory.path, 'data'),
      password: 'first',
      ...(binaries === undefined ? {} : { binaries }),
    };
    const first = await startPostgres(options);
    expect(first.isNew).toBe(true);
    expect(String(await value(first, 'SHOW server_version'))).toMatch(new RegExp(`^${version}\\.`));
    await value(first, 'CREATE TABLE kept AS SELECT 42 AS n');
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);

    const second = await startPostgres(options);
    expect(second.isNew).toBe(false);
    expect(await value(second, 'SELECT n FROM kept')).toBe(42);
    await second.stop();
  });
});

test('refuses a wrong password', async () => {
  const server = await startPostgres({ dataDirectory: join(directory.path, 'data') });
  await expect(value({ ...server, password: 'wrong' }, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  await server.stop();
});

test('ends when the process that started it is killed', async () => {
  const source = `
    import { startPostgres } from ${JSON.stringify(join(import.meta.dirname, '../ext-proc/embedded/postgres.ts'))};
    const server = await startPostgres({ dataDirectory: ${JSON.stringify(join(directory.path, 'data'))} });
    console.log(server.pid);
    setInterval(() => undefined, 1000);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  const deadline = performance.now() + 10_000;
  while (isAlive(pid) && performance.now() < deadline) await delay(50);
  expect(isAlive(pid)).toBe(false);
});

test('says what is wrong when its port is taken', async () => {
  const first = await startPostgres({ dataDirectory: join(directory.path, 'one') });
  await expect(
    startPostgres({ dataDirectory: join(directory.path, 'two'), port: first.port }),
  ).rejects.toMatchObject({
    code: 'GH_CHILD_ENDED',
    message: expect.stringContaining('Address already in use') as string,
  });
  await first.stop();
});

test('refuses a directory that the account of the server cannot reach', async ({ skip }) => {
  skip(process.getuid?.() !== 0, 'only root runs PostgreSQL as another account');
  await new Promise((resolve) => execFile('chmod', ['700', directory.path], resolve));
  await expect(startPostgres({ dataDirectory: join(directory.path, 'data') })).rejects.toMatchObject({
    code: 'GH_POSTGRES_DIRECTORY',
  });
});
