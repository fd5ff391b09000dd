/**
 * Real clients through a relay that takes every byte apart and sends on only what the codec gave out: whatever psql,
 * pgbench, pg_dump and node-postgres say must decode, and reach the other side byte for byte.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { QueryConfig } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Postgres } from '../ext-proc/embedded/postgres.ts';
import { BACKEND, FRONTEND } from '../ext-proc/protocols/postgres/message-types.ts';
import { startCodecRelay } from './support/codec-relay.ts';
import type { CodecRelay } from './support/codec-relay.ts';
import { postgresVersions, startTestPostgres } from './support/postgres.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';
import type { TemporaryDirectory } from './support/temporary-directory.ts';

const run = promisify(execFile);
const DEBIAN = '/usr/lib/postgresql/15/bin';

/** The lines at which two outputs part, process ids aside. */
function firstDifference(left: string, right: string): readonly [string?, string?] | undefined {
  const [one, other] = [left, right].map((text) => text.replace(/PID \d+/g, 'PID').split('\n')) as [
    string[],
    string[],
  ];
  const at = one.findIndex((line, index) => line !== other[index]);
  if (at < 0 && one.length === other.length) return undefined;
  return [one[at]?.slice(0, 200), other[at]?.slice(0, 200)];
}

const debian = (program: string): string => join(DEBIAN, program);
const hasClients = existsSync(debian('psql')) && existsSync(debian('pgbench'));

describe.each(postgresVersions)('PostgreSQL $version', ({ version, binaries }) => {
  let server: Postgres;
  let directory: TemporaryDirectory;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    server = await startTestPostgres({ binaries, hba: ['host all all 127.0.0.1/32 trust'] });
  });
  afterAll(async () => {
    await server.stop();
    await directory.remove();
  });

  const through = async (
    options: { streamRows: boolean },
    use: (relay: CodecRelay) => Promise<void>,
  ): Promise<void> => {
    const relay = await startCodecRelay(server.port, options);
    try {
      await use(relay);
      expect(relay.problems).toEqual([]);
    } finally {
      await relay.stop();
    }
  };
  const environment = (port: number): NodeJS.ProcessEnv => ({
    PATH: '/usr/bin:/bin',
    PGHOST: '127.0.0.1',
    PGPORT: String(port),
    PGUSER: 'postgres',
    PGDATABASE: 'postgres',
    PGSSLMODE: 'disable',
    PGGSSENCMODE: 'disable',
    LC_ALL: 'C.UTF-8',
  });
  const psql = (port: number, ...args: string[]) =>
    run(debian('psql'), ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=0', ...args], {
      env: environment(port),
      maxBuffer: 64 * 1_048_576,
    });

  describe.runIf(hasClients)('and its own clients', () => {
    test.each([{ streamRows: true }, { streamRows: false }])(
      'psql: queries, errors, notices, COPY both ways (%o)',
      async (options) => {
        await through(options, async (relay) => {
          const script = join(directory.path, `script-${options.streamRows}.sql`);
          const data = join(directory.path, `data-${options.streamRows}.csv`);
          const table = options.streamRows ? 'streamed' : 'decoded';
          await writeFile(
            data,
            Array.from({ length: 20_000 }, (_, index) => `${index},naïve ${index}\n`).join(''),
          );
          await writeFile(
            script,
            [
              `CREATE TABLE ${table} (n int, t text);`,
              `\\copy ${table} FROM '${data}' CSV`,
              `SELECT count(*), sum(n) FROM ${table};`,
              `SELECT 1; SELECT 2\\; SELECT 3;`,
              'SELECT 1/0;',
              "DO $$ BEGIN RAISE NOTICE 'grüße'; END $$;",
              "LISTEN c; NOTIFY c, 'payload';",
              ';',
              `SELECT repeat('x', 2000000);`,
              `\\d ${table}`,
              '\\set FETCH_COUNT 100',
              `SELECT * FROM ${table} ORDER BY n;`,
              `\\copy ${table} TO '${data}.out' CSV`,
              `COPY ${table} TO STDOUT;`,
            ].join('\n'),
          );
          const relayed = await psql(relay.port, '-f', script);
          await psql(server.port, '-c', `DROP TABLE ${table}`);
          const direct = await psql(server.port, '-f', script);
          // Megabytes that differ are no help on a screen: say where.
          expect(firstDifference(relayed.stdout, direct.stdout)).toBeUndefined();
          expect(relayed.stderr).toBe(direct.stderr);
          expect(relayed.stdout.length).toBeGreaterThan(2_000_000);
        });
      },
    );

    test.each(['simple', 'extended', 'prepared'])('pgbench in %s mode', async (mode) => {
      await through({ streamRows: false }, async (relay) => {
        const env = environment(relay.port);
        await run(debian('pgbench'), ['-i', '-q', '-s', '1'], { env });
        const { stdout } = await run(debian('pgbench'), ['-n', '-c', '3', '-t', '40', '-M', mode], { env });
        expect(stdout).toContain('120/120');
        if (mode !== 'simple') {
          expect([...relay.seen.frontend]).toEqual(expect.arrayContaining([FRONTEND.Parse, FRONTEND.Bind]));
        }
      });
    });

    test('pgbench with a pipeline', async () => {
      await through({ streamRows: false }, async (relay) => {
        const script = join(directory.path, 'pipeline.sql');
        const lines = ['\\startpipeline', 'SELECT 1;', 'SELECT 2 AS two;', "SELECT 'drei';", '\\endpipeline'];
        await writeFile(script, lines.join('\n'));
        const args = ['-n', '-c', '2', '-t', '20', '-M', 'prepared', '-f', script];
        const { stdout } = await run(debian('pgbench'), args, { env: environment(relay.port) });
        expect(stdout).toContain('40/40');
      });
    });

    // It refuses a server newer than itself.
    if (version === '15')
      test('pg_dump', async () => {
        await psql(
          server.port,
          '-c',
          'CREATE TABLE dumped AS SELECT n, repeat(n::text, 50) t FROM generate_series(1, 5000) n',
        );
        await through({ streamRows: false }, async (relay) => {
          const dump = (port: number) =>
            run(debian('pg_dump'), ['-t', 'dumped'], { env: environment(port), maxBuffer: 64 * 1_048_576 });
          // A dump names a random key in newer minor versions.
          const plain = (text: string): string => text.replace(/^\\(un)?restrict .*$/gm, '');
          expect(plain((await dump(relay.port)).stdout)).toBe(plain((await dump(server.port)).stdout));
        });
      });
  });

  test('node-postgres: parameters of many kinds, named statements, a cursor’s partial fetch, errors', async () => {
    await through({ streamRows: false }, async (relay) => {
      const client = new Client({
        host: '127.0.0.1',
        port: relay.port,
        user: 'postgres',
        database: 'postgres',
      });
      await client.connect();
      const values = ['é', null, Buffer.from([0, 1, 255]), 42, true, ['a', 'b'], '', 'x'.repeat(300_000)];
      const text =
        'SELECT $1::text a, $2::int b, $3::bytea c, $4::int d, $5::bool e, $6::text[] f, $7::text g, length($8) h';
      for (const name of [undefined, 'named', 'named']) {
        const result = await client.query({ text, values, ...(name === undefined ? {} : { name }) });
        expect(result.rows).toEqual([
          { a: 'é', b: null, c: Buffer.from([0, 1, 255]), d: 42, e: true, f: ['a', 'b'], g: '', h: 300_000 },
        ]);
      }
      await expect(client.query('SELECT * FROM nowhere WHERE n = $1', [1])).rejects.toMatchObject({
        code: '42P01',
      });
      const partial = await client.query({
        text: 'SELECT generate_series(1, 250) n',
        rows: 100,
      } as QueryConfig & { rows: number });
      expect(partial.rows).toHaveLength(250);
      await client.end();
      expect([...relay.seen.backend]).toContain(BACKEND.PortalSuspended);
    });
  });
});
