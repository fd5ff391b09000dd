/**
 * `npm run test:versions`: the tests that need a real PostgreSQL, once for each major that the gate is for, oldest
 * first; `-- 16 17` for some of them. It takes some 20 minutes, so `npm test` has the bundled 18 and the machine's 15.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { BUNDLED_MAJOR, installMajors, OTHER_MAJORS } from './support/postgres-majors.ts';

const ROOT = join(import.meta.dirname, '..');
/** What a server's version may change: the path, the login, the catalogue, and what statements mean. */
const TESTS = [
  'test/postgres/',
  'test/postgres-upstream-login.test.ts',
  'test/postgres-codec-clients.test.ts',
  'test/embedded-postgres.test.ts',
  'test/sample-database.test.ts',
  'test/catalogue.test.ts',
  'test/policy-statements.test.ts',
  'test/evasion/sql/',
  'test/evasion/postgres-session/',
  'test/invariants/',
];
const TALLY = /^\d+ passed, \d+ failed, \d+ skipped$/m;

/** Runs the tests on one major, output passed on; resolves to vitest's exit code and the tally. */
function runOn(major: string): Promise<{ code: number; tally: string }> {
  const child = spawn(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=./test/support/tally-reporter.ts',
      ...TESTS,
    ],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, GATEHOUSE_TEST_POSTGRES: major },
    },
  );
  let end = '';
  child.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk);
    end = (end + chunk.toString()).slice(-4_000);
  });
  return new Promise((resolve) => {
    child.on('close', (code) =>
      resolve({ code: code ?? 1, tally: TALLY.exec(end)?.[0] ?? 'ended without a tally' }),
    );
  });
}

const all: readonly string[] = [...OTHER_MAJORS, BUNDLED_MAJOR];
const asked = process.argv.slice(2);
const unknown = asked.filter((major) => !all.includes(major));
if (unknown.length > 0)
  throw new Error(`There are no tests for ${unknown.join(', ')}; one of ${all.join(', ')}.`);

await installMajors();
const summary: string[] = [];
for (const major of asked.length === 0 ? all : asked) {
  process.stdout.write(`\nPostgreSQL ${major}\n`);
  const { code, tally } = await runOn(major);
  summary.push(`PostgreSQL ${major}: ${tally}`);
  if (code !== 0) process.exitCode = 1;
}
process.stdout.write(`\n${summary.join('\n')}\n`);
