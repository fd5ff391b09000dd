/** `gatehouse leak-me` as it is typed: against a server without a gate, where what it asks for comes through. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import type { SampleServer } from './support/gated-sample.ts';
import { startSamplePostgres } from './support/postgres.ts';

const COMMAND = join(import.meta.dirname, '../ext-proc/cli/gatehouse.ts');
let sample: SampleServer;
beforeAll(async () => {
  sample = await startSamplePostgres();
});
afterAll(() => sample?.stop());

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (args: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> =>
  new Promise((resolve) => {
    const env = { ...process.env, ...environment };
    execFile(process.execPath, [COMMAND, 'leak-me', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

const urlOf = (user: string): string =>
  `postgres://${user}@localhost:${sample.server.port}/app?sslrootcert=${encodeURIComponent(sample.caFile)}`;
const developer = async (): Promise<Record<string, string>> => ({
  PGPASSWORD: await readFile(sample.passwordFiles.app_developer, 'utf8'),
});

it('prints an array of names and verdicts, and fails where something leaked', async () => {
  const { code, stdout } = await run(
    ['--target', urlOf('app_developer'), '--json', '--only', 'alias/column', 'view/same-name'],
    await developer(),
  );
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject([
    { name: 'alias/column', leaked: true, run: true },
    { name: 'view/same-name', leaked: false, run: false },
  ]);
});

it('prints a table', async () => {
  const { stdout } = await run(['--target', urlOf('app_developer'), '--only', 'plain'], await developer());
  expect(stdout).toMatch(/^LEAKED +plain\/star +public\.people\.card +plain$/m);
  expect(stdout).toMatch(/^27 leaked, 0 answered without the value, 0 refused, 0 not run$/m);
});

it('plants canaries, tries what is over them, and leaves nothing', async () => {
  const environment = { ...(await developer()), GATEHOUSE_SETUP_PASSWORD: sample.server.password };
  const setup = urlOf('postgres');
  const args = ['--target', urlOf('app_developer'), '--setup', setup, '--json', '--only', 'matview', 'view'];
  const { code, stdout, stderr } = await run(args, environment);
  expect(stderr).toBe('');
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toContainEqual(
    expect.objectContaining({ name: 'matview/select', leaked: true, run: true }),
  );
  const again = await run(
    ['--target', urlOf('app_developer'), '--json', '--setup', setup, '--mark', 'leak_me.people.card=direct'],
    environment,
  );
  expect(again.code).toBe(1);
  expect(again.stderr).toMatch(/relation "leak_me.people" does not exist/);
});

it('asks for a column of one’s own', async () => {
  const environment = { ...(await developer()), GATEHOUSE_SETUP_PASSWORD: sample.server.password };
  const { stdout } = await run(
    [
      ...[
        '--target',
        urlOf('app_developer'),
        '--setup',
        urlOf('postgres'),
        '--json',
        '--only',
        'plain/column',
      ],
      ...['--mark', 'public.people.email=direct'],
    ],
    environment,
  );
  expect(JSON.parse(stdout)).toMatchObject([{ leaked: true, columns: [{ column: 'public.people.email' }] }]);
});

it('says nothing of a target that it cannot ask', async () => {
  for (const target of [urlOf('app_developer'), 'postgres://x@127.0.0.1:1/app']) {
    const { code, stdout, stderr } = await run(['--target', target, '--json'], { PGPASSWORD: 'wrong' });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/The target cannot be reached/);
  }
  expect((await run(['--target', 'mysql://x@y/z'])).stderr).toMatch(/postgres:\/\//);
});

it('lists the corpus without a target', async () => {
  const { code, stdout } = await run(['--list', '--json']);
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as unknown[]).length).toBeGreaterThan(150);
});
