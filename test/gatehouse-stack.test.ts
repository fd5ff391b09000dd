/** What `npm start` promises, by real parts: a psql line gets rows, a bare DELETE a refusal, and ClickHouse has both. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from 'pg';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { h1, h2 } from './support/http-clients.ts';
import { startGatehouse, type TestGatehouse } from './support/gatehouse.ts';

let gate: TestGatehouse;
beforeAll(async () => {
  gate = await startGatehouse();
});
afterAll(() => gate.stop());

async function connect(password: string): Promise<Client> {
  const client = new Client({
    host: gate.host,
    port: gate.port,
    user: 'agent',
    password,
    database: 'app',
    ssl: { ca: await readFile(gate.caFile, 'utf8') },
  });
  await client.connect();
  return client;
}

interface EventRow {
  readonly decision: string;
  readonly rule: string;
  readonly on_behalf_of: string;
}

async function eventually(sql: string, rows: number): Promise<readonly EventRow[]> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const found = await gate.audit<EventRow>(sql);
    if (found.length >= rows || performance.now() > deadline) return found;
    await sleep(100);
  }
}

test('an agent reads, is refused a bare DELETE, and both are evidence with who, what and which rule', async () => {
  const client = await connect(
    await gate.token({ subject: 'agent:claude-1', onBehalfOf: 'alice@example.com' }),
  );
  const read = await client.query('SELECT name FROM people ORDER BY id LIMIT 3');
  expect(read.rows).toHaveLength(3);
  await expect(client.query('DELETE FROM people')).rejects.toMatchObject({
    severity: 'ERROR',
    message: expect.stringContaining('no WHERE clause') as string,
  });
  const after = await client.query<{ count: string }>('SELECT count(*) FROM people');
  expect(after.rows[0]!.count).toBe('300');
  await client.end();

  const rows = await eventually(
    `SELECT decision, rule, on_behalf_of FROM events
      WHERE principal_subject = 'agent:claude-1' AND has(verbs, 'DELETE') OR statement LIKE 'SELECT name%' ORDER BY time`,
    2,
  );
  expect(rows).toEqual([
    { decision: 'allow', rule: expect.any(String) as string, on_behalf_of: 'alice@example.com' },
    {
      decision: 'deny',
      rule: 'postgres.destructive.delete_without_where',
      on_behalf_of: 'alice@example.com',
    },
  ]);
});

test('what agents ask over HTTP and of MCP servers is evidence, and holds nothing of what masking covers (I3)', async () => {
  const card = '4111111111111111';
  const address = 'planted.address@example.net';
  const token = await gate.token({ subject: 'agent:http' });
  const { port, hostname } = new URL(gate.endpoints.http);
  const client = {
    url: `https://${hostname}:${port}`,
    port: Number(port),
    caFile: gate.caFile,
    ca: await readFile(gate.caFile, 'utf8'),
    token: () => Promise.resolve(token),
  };
  const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const person = await h2(client, '/people/1');
  expect(person.json).toMatchObject({ id: 1, ssn: '[masked:us_ssn]' });
  await h1(client, `/people?limit=1&mail=${encodeURIComponent(address)}&card=${card}`);
  await h1(client, '/search', {
    body: JSON.stringify({ term: `x ${card}`, ssn: '730-11-4408' }),
    headers: json,
  });
  const call = (name: string, args: object) =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } });
  await h1(client, '/mcp', { body: call('delete_person', { id: 1, note: card }), headers: json });
  const health = await h1(client, '/health');
  expect(health.status).toBe(200);

  const rows = await eventually(
    "SELECT action_kind, tool, status, outcome, decision FROM events WHERE principal_subject = 'agent:http' ORDER BY time",
    5,
  );
  expect(rows).toEqual([
    { action_kind: 'http.request', tool: '', status: 200, outcome: 'ok', decision: 'allow' },
    { action_kind: 'http.request', tool: '', status: 200, outcome: 'ok', decision: 'allow' },
    expect.objectContaining({ action_kind: 'http.request', decision: 'allow' }),
    { action_kind: 'mcp.tool', tool: 'delete_person', status: 200, outcome: 'denied', decision: 'deny' },
    { action_kind: 'http.request', tool: '', status: 0, outcome: 'unknown', decision: 'allow' },
  ]);
  const everything = JSON.stringify(
    await gate.audit("SELECT * FROM event_versions WHERE principal_subject = 'agent:http'"),
  );
  expect(everything).toContain('/people/{id}');
  for (const value of [card, address, encodeURIComponent(address), '730-11-4408'])
    expect(everything).not.toContain(value);
});

test('psql with verify-full gets rows', async ({ skip }) => {
  const run = promisify(execFile);
  await run('psql', ['--version']).catch(() => skip('psql is not installed'));
  const { stdout } = await run('psql', [gate.conninfo, '-Atc', 'SELECT count(*) FROM orders'], {
    env: { ...process.env, PGPASSWORD: await gate.token() },
  });
  expect(stdout.trim()).toBe('900');
});

test('a group without a credential does not get in', async () => {
  await expect(gate.token({ groups: ['strangers'] }).then(connect)).rejects.toMatchObject({
    severity: 'FATAL',
  });
});

test('the metrics of all workers are in one place, and say that all serve', async () => {
  const ready = await fetch(`${gate.metricsUrl}/ready`);
  expect(ready.status).toBe(200);
  const text = await (await fetch(`${gate.metricsUrl}/metrics`)).text();
  expect(text).toMatch(/^gatehouse_worker_up\{worker="1"\} 1$/m);
  expect(text).toMatch(/^gatehouse_decisions_total\{/m);
  expect(text).toMatch(/^gatehouse_clickhouse_up 1$/m);
});
