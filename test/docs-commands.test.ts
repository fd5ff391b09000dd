/**
 * What the pages say to type is typed here: each command of README.md, docs/ and envoy/README.md in a shell, against
 * one running stack, from a folder with a gatehouse.yaml of one's own. What is not run is listed with the reason.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse, stringify } from 'yaml';

import { findOpa } from '../ext-proc/cli/opa-command.ts';
import { loadConfig } from '../ext-proc/config/load.ts';
import { findEnvoy } from '../ext-proc/embedded/envoy-binary.ts';
import { freePort } from '../ext-proc/embedded/ready.ts';
import { removeSampleData } from '../ext-proc/embedded/sample-place.ts';
import { commands, fence, fences, PAGES, readPage, type Command } from './support/documents.ts';
import { temporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.ts';

const ROOT = join(import.meta.dirname, '..');

/** A test that runs the command in another way, or why none does. */
const NOT_TYPED_HERE: Readonly<Record<string, string>> = {
  'npm start': 'test/cli.test.ts',
  'npm start -- --detach': 'typed here before all others',
  'npm start -- --any-ports': 'typed here before all others',
  'npm stop': 'typed here after all others',
  'npm run gatehouse -- logout': 'typed here after all others',
  'npm run tour': 'test/tour.test.ts',
  'npm start -- --config FILE': 'test/own-upstream.test.ts',
  'npm start -- --config gatehouse.yaml': 'test/own-upstream.test.ts',
  'npm run gatehouse -- <command>': 'not a command: the heading of those below it',
  'npm test': 'it is what runs this',
  'npm test -- ext-proc/protocols': 'it is what runs this',
  'npm run test:versions': 'it downloads, and runs the tests of here five times',
  'npm run typecheck': '.ci/run',
  'npm run lint': '.ci/run',
  'npm run layers': '.ci/run',
  'npm run format': 'it writes to the sources; .ci/run checks that it has nothing to do',
  '.ci/run': 'it is what runs this',
  'npm run gatehouse -- approvals show ID': 'test/approvals/terminal.test.ts',
  'npm run gatehouse -- approvals approve ID': 'test/approvals/terminal.test.ts',
  'npm run gatehouse -- approvals deny ID --reason WHY': 'test/approvals/terminal.test.ts',
  'npm run gatehouse -- grants revoke ID…': 'test/approvals/terminal.test.ts',
  'npm run gatehouse -- leak-me --target URL': 'test/leak-me-command.test.ts',
  "PGPASSWORD=$(npm run -s gatehouse -- token) npm run -s gatehouse -- leak-me --target 'postgres://agent@localhost:15432/app?sslmode=require'":
    'test/leak-me-command.test.ts',
  'npm test -- test/leak-corpus.test.ts': 'it is run by npm test',
  'npm run test:leaks': 'it runs for as long as one wants',
  'npm run bench:postgres': 'it measures the machine for minutes',
  'npm run bench:masking': 'it measures the machine for minutes',
  'npm run bench:http': 'it measures the machine for minutes',
  'npm run test:load': 'it runs for minutes; test/load/aborting-clients.test.ts is its short form',
  'npm run bench -- bench/NAME.ts': 'it measures the machine for minutes',
  'node bench/describe-statement.ts': 'it measures the machine',
  'node envoy/write-examples.ts': 'test/envoy/configurations.test.ts',
  'go install github.com/open-policy-agent/opa@v1.22.2': 'it downloads',
  'clickhouse-client --query "GRANT gatehouse_writer TO gatehouse"':
    "an administrator's program, of another host",
  'clickhouse-client --query "GRANT gatehouse_auditor TO alice"':
    "an administrator's program, of another host",
};
/** Where a pipe leads to a program of another host, what stands before it is run. */
const ELSEWHERE = / \| clickhouse-client .*$/;

/** They run until they are stopped; what follows on the page needs them. */
const SERVERS: Readonly<Record<string, () => Promise<boolean>>> = {
  'node ext-proc/main.ts --config gatehouse.yaml': async () =>
    (await fetch(`http://${own.metrics}/ready`).catch(() => undefined))?.ok === true,
  'envoy -c envoy.yaml': async () =>
    (await fetch(`http://${own.admin}/ready`).catch(() => undefined))?.ok === true,
};

/** A start on a busy machine included. */
const COMMAND_MS_MAX = 100_000;
vi.setConfig({ testTimeout: COMMAND_MS_MAX + 20_000 });

/** A command that stands on several pages is typed once. */
const typed = [
  ...new Map(
    PAGES.flatMap(commands)
      .toReversed()
      .map((each) => [each.text, each]),
  ).values(),
].toReversed();
const opa = await findOpa().catch(() => undefined);

let directory: TemporaryDirectory;
let home: string;
let work: string;
let environment: NodeJS.ProcessEnv;
let own: { gate: string; admin: string; metrics: string };
let port: number;
let token: string;
const caFile = (): string => join(home, 'tls/ca.crt');
const servers = new Map<string, ChildProcess>();

interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** `text` in a shell, in the folder of work; npm is led to this package, as it is where one stands in its folder. */
async function shell(text: string, input = ''): Promise<Outcome> {
  const script = `npm() { command npm --silent --prefix '${ROOT}' "$@"; }\n${text}`;
  const child = spawn('/bin/bash', ['-c', script], { cwd: work, env: environment, detached: true });
  // Its whole group, so that nothing outlives a test that has run out of time.
  const tooLong = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), COMMAND_MS_MAX);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(tooLong);
  return { code: code ?? -1, output };
}

async function succeed(text: string, input = ''): Promise<string> {
  const { code, output } = await shell(text, input);
  expect(code, `${text}\n${output}`).toBe(0);
  return output;
}

async function serve(text: string, ready: () => Promise<boolean>): Promise<void> {
  await end(servers.get(text));
  const log = join(work, `${text.split(' ')[0]}.log`);
  const [program = '', ...args] = text.split(' ');
  // Another Envoy may run on this machine.
  if (program === 'envoy') args.unshift('--use-dynamic-base-id');
  const file = openSync(log, 'a');
  const child = spawn(program, args, { cwd: work, env: environment, stdio: ['ignore', file, file] });
  servers.set(text, child);
  const deadline = performance.now() + 60_000;
  while (!(await ready())) {
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error(`${text}: not ready\n${readFileSync(log, 'utf8').slice(-4_000)}`);
    await sleep(100);
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function connect(): Promise<Client> {
  const client = new Client({
    host: 'localhost',
    port,
    user: 'agent',
    password: token,
    database: 'app',
    ssl: { ca: readFileSync(caFile(), 'utf8') },
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** What stands on a page for a name of the reader's own, filled in. */
const filled = (text: string): string =>
  text
    .replace(ELSEWHERE, '')
    .replace(/^gatehouse /, 'npm run gatehouse -- ')
    .replaceAll(/[[\]]/g, '')
    .replace('SELECT …', 'SELECT 1')
    .replace(/-- ARGS$/, "-- -c 'SELECT 1'")
    .replace('--envoy-config FILE', '--config gatehouse.yaml --envoy-config envoy.yaml')
    .replace('FILE', 'rendered.yaml')
    .replace(/SUBJECT|<subject>/, 'agent:docs')
    .replace('host=gate.example.com', `host=localhost port=${port} sslrootcert=${caFile()}`)
    .replace(/(policy (?:build|test))$/, '$1 --source policies-rego');

beforeAll(async () => {
  directory = await temporaryDirectory();
  home = join(directory.path, 'h');
  work = join(directory.path, 'w');
  await mkdir(join(work, 'bin'), { recursive: true });
  await symlink(await findEnvoy({ env: process.env }), join(work, 'bin/envoy'));
  for (const folder of ['ext-proc', 'envoy']) await symlink(join(ROOT, folder), join(work, folder));
  // A copy, since the pages tell to copy from it and build.
  await cp(join(ROOT, 'policies-rego'), join(work, 'policies-rego'), { recursive: true });
  environment = {
    ...process.env,
    PATH: [dirname(process.execPath), join(work, 'bin'), process.env['PATH']].join(delimiter),
    GATEHOUSE_HOME: home,
    XDG_CONFIG_HOME: join(directory.path, 'c'),
    NO_COLOR: '1',
  };
  await succeed('npm start -- --detach --any-ports');
  const status = JSON.parse(await succeed('npm run gatehouse -- status --json')) as {
    endpoints: { postgres: string };
  };
  port = Number(new URL(status.endpoints.postgres).port);
  token = (await succeed('npm run gatehouse -- token --subject agent:reader --groups developers')).trim();
  environment['TOKEN'] = token;

  // A gate of one's own before the same database, with the same issuer.
  const config = parse(await readFile(join(home, 'gatehouse.yaml'), 'utf8')) as {
    service: Record<string, unknown>;
    envoy: unknown;
    approvals: { console: { address: string; publicUrl: string } };
    listeners: { address: string; tls: { certificate: { file: string }; key: { file: string } } }[];
  };
  const [gate, apis, admin, metrics] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ].map((each) => `127.0.0.1:${each}`) as [string, string, string, string];
  own = { gate, admin, metrics };
  config.service = { workers: 1, stateDirectory: 'own', metricsAddress: metrics, drainTimeout: '1s' };
  config.envoy = { adminAddress: admin, concurrency: 1 };
  const console = await freePort();
  config.approvals.console.address = `127.0.0.1:${console}`;
  config.approvals.console.publicUrl = `http://localhost:${console}`;
  config.listeners[0]!.address = gate;
  config.listeners[1]!.address = apis;
  // Envoy watches the listener's certificate by a file beside it, which `envoy render` writes beside its output.
  const { tls } = config.listeners[1]!;
  for (const each of [tls.certificate, tls.key]) {
    const copy = join(work, basename(each.file));
    await copyFile(each.file, copy);
    each.file = copy;
  }
  await writeFile(join(work, 'gatehouse.yaml'), stringify(config));
});
afterAll(async () => {
  for (const child of [...servers.values()].reverse()) await end(child);
  const loggedOut = await shell('npm run gatehouse -- logout');
  const stopped = await shell('npm stop');
  await removeSampleData(join(home, 'postgres'));
  await directory.remove();
  expect(loggedOut, loggedOut.output).toMatchObject({ code: 0 });
  expect(stopped, stopped.output).toMatchObject({ code: 0 });
});

test('every exception is on a page still, and a test that it names is there', () => {
  const written = new Set(typed.map(({ text }) => text));
  for (const [text, reason] of Object.entries(NOT_TYPED_HERE)) {
    expect(written, `no page says "${text}" any more`).toContain(text);
    if (reason.startsWith('test/')) expect(existsSync(join(ROOT, reason)), reason).toBe(true);
    if (reason === '.ci/run')
      expect(readFileSync(join(ROOT, reason), 'utf8')).toContain(text.replace('run', 'run --silent'));
  }
});

async function type({ text }: Command, skip: (reason: string) => void): Promise<void> {
  const line = filled(text);
  const server = SERVERS[line];
  if (server !== undefined) return serve(line, server);
  if (/\bpsql\b/.test(line) && (await shell('psql --version')).code !== 0)
    return skip('psql is not installed');
  if (/ policy (build|test)\b/.test(line)) {
    if (opa === undefined) return skip('opa is not installed');
  }
  if (line.includes('sessions kill')) {
    const client = await connect();
    const listed = JSON.parse(await succeed('npm run gatehouse -- sessions list --json')) as {
      sessionId: string;
      principalSubject: string;
    }[];
    const { sessionId } = listed.find(({ principalSubject }) => principalSubject === 'agent:reader')!;
    const ended = new Promise((resolve) => client.once('end', resolve));
    await succeed(line.replace('ID…', sessionId));
    await ended;
    return;
  }
  // The doctor looks at what runs, and says so where nothing does.
  if (line.endsWith('doctor --config gatehouse.yaml')) {
    await succeed('npm run gatehouse -- envoy render --config gatehouse.yaml --output envoy.yaml');
    for (const [each, ready] of Object.entries(SERVERS)) if (!(await ready())) await serve(each, ready);
  }
  await succeed(line, 'SELECT 1;\n');
}

const run = typed.filter(({ text }) => !Object.hasOwn(NOT_TYPED_HERE, text));
describe.each([...new Set(run.map(({ page }) => page))])('%s', (page) => {
  const here = run.filter((each) => each.page === page);
  test.for(here)('$text', async (command, { skip }) => type(command, skip));
});

test('the README prints a refusal as it is', async ({ skip }) => {
  if ((await shell('psql --version')).code !== 0) skip('psql is not installed');
  const [, line = '', printed = ''] = /^\$ (psql .*)\n([^`]+)$/m.exec(fence('README.md', '', '$ psql')) ?? [];
  const conninfo = `host=localhost port=${port} dbname=app user=agent sslmode=verify-full sslrootcert=${caFile()}`;
  const { code, output } = await shell(`PGPASSWORD="$TOKEN" ${line.replace('…', conninfo)}`);
  const withoutEvent = (text: string): string => text.replace(/event [0-9a-f-]{36}/, 'event …');
  expect(code).toBe(1);
  expect(withoutEvent(output)).toContain(withoutEvent(printed));
});

test('the README prints rows as a developer sees them, and a privacy officer sees more', async () => {
  const [, line = '', printed = ''] = /^\$ (npm .*)\n([^`]+)$/m.exec(fence('README.md', '', '$ npm')) ?? [];
  expect(await succeed(line)).toBe(printed);
  const officer = await succeed(line.replace(' sql ', ' sql --groups developers,privacy-officers '));
  expect(officer).not.toMatch(/masked|\*/);
  expect(officer).toMatch(/^Amara Abara +amara\.abara@example\.net +\d{16} +\d{3}-\d{2}-\d{4}$/m);
});

test("every question of the auditors' page is one that ClickHouse answers", async () => {
  const questions = readPage('docs/auditors.md').matchAll(/^\| [^`|]+\| `(SELECT [^`]+)` +\|$/gm);
  const queries = [...questions].map(([, sql]) => sql as string);
  expect(queries.length).toBeGreaterThanOrEqual(8);
  for (const sql of queries) await succeed(`node ext-proc/cli/gatehouse.ts query "${sql}"`);
});

test('the SQL of the pages renews a token', async () => {
  const sql = fence('docs/agent-operators.md', 'sql', 'gatehouse.token');
  const client = await connect();
  const { command } = await client.query(sql.replace('eyJ…', token));
  expect(command).toBe('SET');
  await client.end();
});

test('the YAML of the pages is configuration that loads', async () => {
  const base = await readFile(join(work, 'gatehouse.yaml'), 'utf8');
  const blocks = PAGES.flatMap(fences).filter(({ language }) => language === 'yaml');
  expect(blocks.length).toBeGreaterThan(0);
  for (const { page, text } of blocks) {
    const file = join(work, 'from-a-page.yaml');
    await writeFile(file, stringify({ ...(parse(base) as object), ...(parse(text) as object) }));
    await expect(loadConfig(file), page).resolves.toMatchObject({ version: 1 });
  }
});

describe.skipIf(opa === undefined)("the policy authors' page", () => {
  const page = 'docs/policy-authors.md';
  let source: string;
  beforeAll(async () => {
    source = join(work, 'house-policy');
    await cp(join(ROOT, 'policies-rego'), source, { recursive: true });
  });

  test('has a rule whose test passes', async () => {
    const rule = fence(page, 'rego', 'package gatehouse.postgres.house.payroll\n');
    const folder = join(source, 'postgres/house/payroll');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'payroll.rego'), rule);
    await writeFile(
      join(folder, 'payroll_test.rego'),
      fence(page, 'rego', 'package gatehouse.postgres.house.payroll_test'),
    );
    const output = await succeed('npm run gatehouse -- policy test --source house-policy');
    const [, passed] = /^PASS: (\d+)\/\1$/m.exec(output) ?? [];
    const before = await succeed('npm run gatehouse -- policy test --source policies-rego');
    expect(Number(passed)).toBe(Number(/^PASS: (\d+)/m.exec(before)?.[1]) + 2);
  });

  test('has a rule that holds, whose test passes', async () => {
    const folder = join(source, 'postgres/house/salaries');
    await mkdir(folder, { recursive: true });
    const named = (name: string): string => fence(page, 'rego', `package gatehouse.postgres.house.${name}\n`);
    await writeFile(join(folder, 'salaries.rego'), named('salaries'));
    await writeFile(join(folder, 'salaries_test.rego'), named('salaries_test'));
    const output = await succeed('npm run gatehouse -- policy test --source house-policy');
    expect(output).toMatch(/^PASS: (\d+)\/\1$/m);
  });

  test('has settings that stand where the library reads them, and build', async () => {
    const file = join(source, 'data.json');
    const data = JSON.parse(await readFile(file, 'utf8')) as { settings: Settings };
    const examples = fences(page).filter(({ language }) => language === 'json');
    expect(examples.length).toBeGreaterThan(0);
    for (const { text } of examples) {
      for (const [key, value] of Object.entries(JSON.parse(`{${text}}`) as Settings)) {
        const holder = holderOf(data.settings, key);
        expect(holder, `no setting is named ${key}`).toBeDefined();
        holder![key] = value;
      }
    }
    await writeFile(file, JSON.stringify(data));
    await succeed('npm run gatehouse -- policy build --source house-policy');
  });
});

interface Settings {
  [key: string]: unknown;
}

/** The object of the settings that has a member of this name, the outermost first. */
function holderOf(settings: Settings, key: string): Settings | undefined {
  if (Object.hasOwn(settings, key)) return settings;
  for (const inner of Object.values(settings)) {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) continue;
    const found = holderOf(inner as Settings, key);
    if (found !== undefined) return found;
  }
  return undefined;
}
