/** The auditor's commands, as an auditor runs them: on a real journal and a real ClickHouse. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClickHouseSink } from '../ext-proc/adapters/clickhouse/sink.ts';
import { openJournal } from '../ext-proc/adapters/journal/journal.ts';
import { listSegments } from '../ext-proc/adapters/journal/layout.ts';
import { startShipping } from '../ext-proc/adapters/journal/shipping.ts';
import type { EmbeddedClickHouse } from '../ext-proc/embedded/clickhouse.ts';
import { Secret } from '../ext-proc/domain/secret.ts';
import { decided, ended, silentLog, systemClock } from './support/audit-records.ts';
import { startTestClickHouse } from './support/clickhouse.ts';
import { temporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.ts';

const COMMAND = fileURLToPath(new URL('../ext-proc/cli/gatehouse.ts', import.meta.url));
const BUNDLE = fileURLToPath(new URL('../policies-rego/bundle', import.meta.url));
let directory: TemporaryDirectory;
let server: EmbeddedClickHouse;
let config: string;

function gatehouse(...args: string[]): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, ...args, '--config', config], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, text: stdout + stderr });
    });
  });
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = await startTestClickHouse();
  config = join(directory.path, 'gatehouse.yaml');
  await writeFile(join(directory.path, 'password'), server.password, { mode: 0o600 });
  await writeFile(
    config,
    `version: 1
listeners:
  - { name: app, protocol: postgres, address: '127.0.0.1:6432', upstream: app, plaintext: loopback-development }
upstreams:
  - name: app
    protocol: postgres
    address: 127.0.0.1:5432
    tls: { mode: prefer }
    credentials: [{ groups: ['*'], user: app }]
issuers:
  - { issuer: 'https://issuer.example.com', audience: gatehouse, algorithms: [ES256] }
policy: { bundle: { file: ${BUNDLE} } }
audit:
  clickhouse: { url: '${server.url}', user: ${server.user}, password: { file: password } }
`,
  );
  const journals = join(directory.path, '.gatehouse', 'journal');
  const journal = await openJournal({
    directory: journals,
    worker: 'worker-0',
    durability: 'written',
    segmentBytes: 65_536,
    bytesMax: 1_073_741_824,
    clock: systemClock,
    log: silentLog,
  });
  for (let number = 0; number < 50; number++) {
    await Promise.all([journal.append(decided(number)), journal.append(ended(number))]);
  }
  const { url, user, password } = server;
  const sink = createClickHouseSink({ url, user, database: 'gatehouse', password: new Secret(password) });
  const shipping = startShipping({
    directory: journals,
    sink,
    flushIntervalMs: 10,
    batchRows: 20,
    clock: systemClock,
    log: silentLog,
  });
  await journal.close();
  await shipping.stop();
  await sink.close();
});
afterAll(async () => {
  await server.stop();
  await directory.remove();
});

describe('gatehouse audit', () => {
  it('verify says that the chain holds, with anchors from ClickHouse, and ends with 0', async () => {
    const { code, text } = await gatehouse('audit', 'verify');
    expect(text).toContain('100 records');
    expect(text).toMatch(/\n[1-9]\d* anchors? checked\n/);
    expect(text).toContain('✓');
    expect(code).toBe(0);
  });

  it('verify says where the journal was changed, and ends with 1', async () => {
    const [segment] = await listSegments(join(directory.path, '.gatehouse', 'journal', 'worker-0'));
    const path = segment?.path as string;
    const before = await readFile(path, 'utf8');
    await writeFile(path, before.replace('SELECT name', 'SELECT nome'));
    try {
      const human = await gatehouse('audit', 'verify', '--offline');
      expect(human.text).toContain('✗ hash_mismatch: worker worker-0');
      expect(human.text).toContain('segment 1, line 2');
      expect(human.code).toBe(1);
      const machine = await gatehouse('audit', 'verify', '--json');
      expect(JSON.parse(machine.text)).toMatchObject({
        ok: false,
        first: { problem: 'hash_mismatch', line: 2 },
      });
      expect(machine.code).toBe(1);
    } finally {
      await writeFile(path, before);
    }
  });

  it('verify reads a copy elsewhere', async () => {
    const { code, text } = await gatehouse(
      'audit',
      'verify',
      '--offline',
      '--directory',
      join(directory.path, 'none'),
    );
    expect(text).toContain('0 records');
    expect(code).toBe(0);
  });

  it('ddl prints the tables and the roles', async () => {
    const { code, text } = await gatehouse('audit', 'ddl');
    expect(text).toContain('CREATE TABLE IF NOT EXISTS gatehouse.event_versions');
    expect(text).toContain('CREATE OR REPLACE VIEW gatehouse.events');
    expect(text).toContain('GRANT INSERT ON gatehouse.event_versions TO gatehouse_writer;');
    expect(code).toBe(0);
  });
});
