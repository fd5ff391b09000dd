/** Clients as people use them, unchanged, on a listener with TLS: psql, pgbench, pg_dump and node-postgres. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGatedPostgres, type GatedPostgres } from '../support/gated-postgres.ts';

let side: GatedPostgres;
beforeAll(async () => {
  side = await startGatedPostgres({ gate: { tls: true } });
});
afterAll(() => side?.stop());

const present = (tool: string): boolean =>
  ['/usr/bin', '/usr/local/bin'].some((folder) => existsSync(`${folder}/${tool}`));

async function environment(): Promise<NodeJS.ProcessEnv> {
  return {
    PATH: process.env['PATH'],
    PGHOST: 'localhost',
    PGPORT: String(side.gate.port),
    PGUSER: 'anyone',
    PGDATABASE: 'postgres',
    PGPASSWORD: await side.gate.token(),
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: side.gate.caFile,
    PGCONNECT_TIMEOUT: '10',
  };
}

/** Never the synchronous form: the gate runs in this process. */
async function run(
  tool: string,
  args: readonly string[],
): Promise<{ status: unknown; stdout: string; stderr: string }> {
  const env = await environment();
  return new Promise((resolve) => {
    execFile(tool, args, { env, timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

describe.skipIf(!present('psql'))('psql', () => {
  it('connects with sslmode=verify-full, asks, fails and copies', async () => {
    const { status, stdout, stderr } = await run('psql', [
      '-XAt',
      '-c',
      'create table people (id int primary key, name text)',
      '-c',
      "insert into people select g, 'name ' || g from generate_series(1, 100) g",
      '-c',
      '\\copy (select * from people where id < 3) to stdout',
      '-c',
      'select count(*) from people',
      '-c',
      'select * from nowhere',
      '-c',
      '\\d people',
      '-c',
      'begin; select 1; rollback',
    ]);
    expect(stdout).toContain('CREATE TABLE\nINSERT 0 100\n1\tname 1\n2\tname 2\n100\n');
    expect(stdout).toContain('id|integer||not null|');
    expect(stderr).toMatch(/relation "nowhere" does not exist/);
    expect(status).toBe(0);
  });

  it('cancels a running query when it is interrupted, and goes on', async () => {
    const child = spawn('psql', ['-XAt', '-f', '-'], { env: await environment() });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.stdin.write("select 'ready';\nselect pg_sleep(30);\n");
    while (!output.includes('ready')) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill('SIGINT');
    child.stdin.end("select 'still here';\n");
    await closed;
    expect(output).toContain('canceling statement due to user request');
  });

  it('is told plainly when its token is no good', async () => {
    const env = { ...(await environment()), PGPASSWORD: 'hunter2' };
    const stderr = await new Promise<string>((resolve) => {
      execFile('psql', ['-c', 'select 1'], { env, timeout: 20_000 }, (_error, _out, text) => resolve(text));
    });
    expect(stderr).toMatch(/FATAL: {2}gatehouse: /);
    expect(stderr).not.toContain('hunter2');
  });
});

describe.skipIf(!present('pgbench'))('pgbench', () => {
  it.each(['simple', 'extended', 'prepared'])('runs its transactions in %s mode', async (mode) => {
    await run('pgbench', ['-i', '-s', '1', '-q']);
    const { status, stdout } = await run('pgbench', ['-M', mode, '-c', '4', '-t', '25']);
    expect(status).toBe(0);
    expect(stdout).toContain('number of transactions actually processed: 100/100');
    expect(stdout).toContain('number of failed transactions: 0');
  });
});

describe('node-postgres', () => {
  async function connected(): Promise<Client> {
    const env = await environment();
    const client = new Client({
      host: 'localhost',
      port: side.gate.port,
      user: 'anyone',
      database: 'postgres',
      password: env['PGPASSWORD'],
      ssl: { ca: readFileSync(side.gate.caFile, 'utf8'), servername: 'localhost' },
    });
    await client.connect();
    return client;
  }

  it('asks simply, with parameters, by name, in transactions, and hears notifications', async () => {
    const client = await connected();
    const listener = await connected();
    await client.query(
      'create table if not exists things (id serial, name text, at timestamptz default now())',
    );
    await client.query('begin');
    for (const name of ['a', 'b', null]) await client.query('insert into things (name) values ($1)', [name]);
    await client.query('commit');
    const named = { name: 'by-name', text: 'select name from things where name = $1' };
    expect((await client.query({ ...named, values: ['a'] })).rows).toEqual([{ name: 'a' }]);
    expect((await client.query({ ...named, values: ['b'] })).rows).toEqual([{ name: 'b' }]);
    expect((await client.query('select 1 as one; select 2 as two')) as unknown).toHaveLength(2);
    await expect(client.query('select * from nowhere')).rejects.toMatchObject({ code: '42P01' });
    const heard = new Promise((resolve) => listener.once('notification', resolve));
    await listener.query('listen news');
    await client.query("select pg_notify('news', 'hello')");
    expect(await heard).toMatchObject({ channel: 'news', payload: 'hello' });
    const rows = await client.query({ text: 'select generate_series(1, 10000) as g', rowMode: 'array' });
    expect(rows.rows).toHaveLength(10_000);
    await Promise.all([client.end(), listener.end()]);
  });

  it('holds twelve sessions at once, and none hears what another asked', async () => {
    const clients = await Promise.all(Array.from({ length: 12 }, () => connected()));
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(
        clients.map((client, index) =>
          client.query('select $1::int as mine, pg_backend_pid() as pid', [index * 100 + round]),
        ),
      );
      expect(answers.map(({ rows }) => (rows as { mine: number }[])[0]?.mine)).toEqual(
        clients.map((_, index) => index * 100 + round),
      );
      expect(new Set(answers.map(({ rows }) => (rows as { pid: number }[])[0]?.pid)).size).toBe(12);
    }
    await Promise.all(clients.map((client) => client.end()));
  });
});
