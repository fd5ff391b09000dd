/**
 * The commands as a person types them, each a process of its own: start, paste, query, kill, block, stop; and what is
 * left behind: nothing.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { removeSampleData } from '../ext-proc/embedded/sample-place.ts';
import { readRun, stillRuns } from '../ext-proc/supervisor/run-file.ts';
import { temporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.ts';

const CLI = join(import.meta.dirname, '../ext-proc/cli/gatehouse.ts');

let directory: TemporaryDirectory;
let home: string;
beforeAll(async () => {
  directory = await temporaryDirectory();
  home = join(directory.path, 'h');
});
afterAll(async () => {
  await gatehouse('stop');
  await removeSampleData(join(home, 'postgres'));
  await directory.remove();
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const environment = () => ({ ...process.env, GATEHOUSE_HOME: home, NO_COLOR: '1' });

function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = environment(),
): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(command, args, { env, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}
const gatehouse = (...args: string[]): Promise<Outcome> => run(process.execPath, [CLI, ...args]);

/** What a query prints once it holds a text: records are shipped a moment after they are made. */
async function queryUntil(sql: string, containing: string): Promise<string> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const { stdout } = await gatehouse('query', sql);
    if (stdout.includes(containing) || performance.now() > deadline) return stdout;
    await sleep(200);
  }
}

/** Processes that name the state directory, or the directory where root keeps the sample's data. */
function left(): readonly string[] {
  let sample = 'no sample';
  try {
    sample = `sample-${readFileSync(join(home, 'postgres/instance'), 'utf8')}`;
  } catch {
    // Not root: the sample's data is in the state directory.
  }
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`];
      } catch {
        return [];
      }
    })
    .filter((line) => line.includes(home) || line.includes(sample));
}

async function untilNothingIsLeft(): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (left().length > 0 && performance.now() < deadline) await sleep(100);
  expect(left()).toEqual([]);
}

test('says what to do where nothing runs', async () => {
  expect(await gatehouse('status', '--json')).toMatchObject({
    code: 1,
    stdout: '{"ready":false,"endpoints":{}}\n',
  });
  for (const command of [
    ['query', 'SELECT 1'],
    ['token', '--subject', 'x'],
    ['sessions', 'list'],
    ['connect', 'psql'],
  ]) {
    const { code, stderr } = await gatehouse(...command);
    expect(code).toBe(1);
    expect(stderr).toContain('GH_NOT_RUNNING');
    expect(stderr).toContain('npm start');
  }
  expect((await gatehouse('stop')).stdout).toBe('Nothing is running.\n');
});

describe('a detached start', () => {
  let printed: string;
  beforeAll(async () => {
    const { code, stdout, stderr } = await gatehouse('start', '--detach', '--any-ports');
    // What went wrong is told on standard output, beside the progress.
    expect(stderr, stdout).toBe('');
    expect(code).toBe(0);
    printed = stdout;
  });
  afterAll(async () => {
    const { code, stdout } = await gatehouse('stop');
    expect(code).toBe(0);
    expect(stdout).toContain('Stopped.');
    await untilNothingIsLeft();
  });

  const pastable = (containing: string): string =>
    printed.split('\n').find((line) => line.includes(containing)) as string;

  test('prints lines that get rows and a refusal when they are pasted', async ({ skip }) => {
    if ((await run('psql', ['--version'])).code !== 0) skip('psql is not installed');
    const rows = await run('/bin/sh', ['-c', pastable("-c 'SELECT")]);
    expect(rows.stdout).toContain('(5 rows)');
    expect(rows.stdout.match(/ \| \*{4}\d{4}$/gm)).toHaveLength(5);
    const officer = printed.split('\n').filter((line) => line.includes("-c 'SELECT"))[1] as string;
    const seen = await run('/bin/sh', ['-c', officer]);
    expect(seen.stdout.match(/@example\.\w+ +\| \d{16}$/gm)).toHaveLength(5);
    const refusal = await run('/bin/sh', ['-c', pastable("-c 'DELETE")]);
    expect(refusal.code).toBe(1);
    expect(refusal.stderr).toContain('DELETE on public.people has no WHERE clause');
  });

  test('status --json is exactly readiness and endpoints', async () => {
    const { code, stdout } = await gatehouse('status', '--json');
    expect(code).toBe(0);
    const { ready, endpoints, ...rest } = JSON.parse(stdout) as {
      ready: boolean;
      endpoints: Record<string, string>;
    };
    expect(ready).toBe(true);
    expect(rest).toEqual({});
    expect(Object.keys(endpoints)).toEqual([
      'postgres',
      'http',
      'mcp',
      'console',
      'clickhouse',
      'issuer',
      'envoyAdmin',
    ]);
    expect(endpoints['console']).toMatch(/^http:\/\/localhost:\d+$/);
    expect(endpoints['postgres']).toMatch(/^postgres:\/\/127\.0\.0\.1:\d+\/app$/);
    expect(endpoints['http']).toMatch(/^https:\/\/localhost:\d+$/);
    expect(endpoints['mcp']).toBe(`${endpoints['http']}/mcp`);
  });

  async function connect(token: string): Promise<Client & { readonly closed: Promise<number> }> {
    const { stdout } = await gatehouse('status', '--json');
    const { endpoints } = JSON.parse(stdout) as { endpoints: { postgres: string } };
    const client = new Client({
      host: 'localhost',
      port: Number(new URL(endpoints.postgres).port),
      user: 'agent',
      password: token,
      database: 'app',
      ssl: { ca: readFileSync(join(home, 'tls/ca.crt'), 'utf8') },
    });
    const closed = new Promise<number>((resolve) => client.once('end', () => resolve(performance.now())));
    client.on('error', () => undefined);
    await client.connect();
    return Object.assign(client, { closed });
  }
  const tokenFor = async (...args: string[]): Promise<string> =>
    (await gatehouse('token', ...args)).stdout.trim();

  test('token names the agent, the human and the groups; query shows what they did', async () => {
    const client = await connect(
      await tokenFor(
        '--subject',
        'agent:tester',
        '--for',
        'bob@example.com',
        '--groups',
        'readers',
        '--ttl',
        '90s',
      ),
    );
    await client.query('SELECT 4711 AS marker');
    await client.end();
    const stdout = await queryUntil(
      "SELECT principal_subject, on_behalf_of, decision FROM events WHERE statement LIKE '%4711 AS marker%'",
      'agent:tester',
    );
    expect(stdout).toMatch(/│ agent:tester\s+│ bob@example.com\s+│ allow/);
    const json = await gatehouse(
      'query',
      "SELECT on_behalf_of FROM events WHERE statement LIKE '%4711 AS marker%'",
      '--format',
      'JSONEachRow',
    );
    expect(JSON.parse(json.stdout)).toEqual({ on_behalf_of: 'bob@example.com' });
    const array = await gatehouse('query', 'SELECT number AS n FROM numbers(3)', '--json');
    expect(JSON.parse(array.stdout)).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
    const none = await gatehouse('query', 'SELECT number AS n FROM numbers(0)', '--json');
    expect(JSON.parse(none.stdout)).toEqual([]);
  });

  test('query cannot change the evidence, and says so', async () => {
    for (const sql of ['DROP TABLE event_versions', 'ALTER TABLE event_versions DELETE WHERE 1']) {
      const { code, stderr } = await gatehouse('query', sql);
      expect(code).toBe(1);
      expect(stderr).toContain('GH_QUERY');
    }
  });

  test('sessions kill ends a session within a second of the command', async () => {
    const client = await connect(await tokenFor('--subject', 'agent:killed'));
    const listed = JSON.parse((await gatehouse('sessions', 'list', '--json')).stdout) as {
      sessionId: string;
      principalSubject: string;
    }[];
    const session = listed.find((each) => each.principalSubject === 'agent:killed')!;
    expect((await gatehouse('sessions', 'kill', session.sessionId)).code).toBe(0);
    const returnedAtMs = performance.now();
    expect((await client.closed) - returnedAtMs).toBeLessThan(1_000);
    const again = await gatehouse('sessions', 'kill', session.sessionId);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('GH_NO_SESSION') as string });
  });

  test('block ends the sessions of a subject within a second and keeps it out until unblock', async () => {
    const token = await tokenFor('--subject', 'agent:blocked');
    const client = await connect(token);
    expect((await gatehouse('block', 'agent:blocked')).code).toBe(0);
    const returnedAtMs = performance.now();
    expect((await client.closed) - returnedAtMs).toBeLessThan(1_000);
    await expect(connect(token)).rejects.toThrow(/blocked/);
    expect((await gatehouse('blocks')).stdout).toContain('agent:blocked');
    expect((await gatehouse('unblock', 'agent:blocked')).code).toBe(0);
    await sleep(1_000);
    const back = await connect(token);
    await back.end();
  });

  test('connect psql opens a session without anything to paste', async ({ skip }) => {
    if ((await run('psql', ['--version'])).code !== 0) skip('psql is not installed');
    const { stdout } = await gatehouse('connect', 'psql', '--', '-Atc', 'SELECT count(*) FROM people');
    expect(stdout).toBe('300\n');
  });

  test('connect sql does without psql: rows, or what the gate says', async () => {
    const rows = await gatehouse('connect', 'sql', 'SELECT id, name FROM people ORDER BY id LIMIT 2');
    expect(rows.code).toBe(0);
    expect(rows.stdout).toMatch(/^id +name\n─+ +─+\n1 +\S.*\n2 +\S.*\n\(2 rows\)\n$/);
    const refusal = await gatehouse('connect', 'sql', 'DELETE FROM people');
    expect(refusal.code).toBe(1);
    expect(refusal.stdout).toMatch(
      /^ERROR: {2}gatehouse: denied: DELETE .*\nDETAIL: {2}rule postgres\.destructive/,
    );
  });

  test('envoy render prints a whole configuration', async () => {
    const { stdout } = await gatehouse('envoy', 'render');
    expect(stdout).toContain('envoy.filters.http.ext_proc');
    expect(stdout).toContain('admin:');
  });

  test('a second start on the same state does not disturb the first', async () => {
    expect((await gatehouse('start', '--detach', '--any-ports')).stdout).toContain('runs already');
    const foreground = await gatehouse('start');
    expect(foreground).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('GH_ALREADY_RUNNING') as string,
    });
    expect((await gatehouse('status', '--json')).code).toBe(0);
  });
});

describe('a start in the foreground', () => {
  async function startForeground(): Promise<ChildProcess> {
    const child = spawn(process.execPath, [CLI, 'start', '--any-ports'], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    for await (const chunk of child.stdout!) {
      output += String(chunk);
      if (output.includes('npm stop')) return child;
    }
    throw new Error(`it ended before it was ready: ${output}`);
  }

  test('ends in good order on Ctrl-C, with nothing left', async () => {
    const child = await startForeground();
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
    expect(left()).toEqual([]);
  });

  test('leaves nothing either when it is killed, and starts again in seconds', async () => {
    const child = await startForeground();
    child.kill('SIGKILL');
    await untilNothingIsLeft();
    const startedAtMs = performance.now();
    const again = await startForeground();
    // Less than ten on a machine of its own; tests share theirs.
    expect(performance.now() - startedAtMs).toBeLessThan(25_000);
    again.kill('SIGTERM');
    await once(again, 'exit');
    expect(left()).toEqual([]);
  });

  test('stop ends what a frozen supervisor leaves', async () => {
    const child = await startForeground();
    const run = (await readRun(home))!;
    // Killed, not frozen, to keep the test short; its children are frozen and cannot notice.
    const envoy = run.children.find(({ name }) => name === 'Envoy')!;
    process.kill(envoy.pid, 'SIGSTOP');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(stillRuns(envoy)).toBe(true);
    await gatehouse('stop');
    await untilNothingIsLeft();
  });
});
