/**
 * `gatehouse connect mcp` as an MCP client starts it: a process of its own between the official clients of both versions
 * and the sample server, here without a gate between them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { startSampleMcp, type SampleMcp } from '../../ext-proc/embedded/sample-mcp/sample-mcp.ts';
import { SampleRecords } from '../../ext-proc/embedded/sample-records.ts';
import { selfSigned, type SelfSigned } from '../support/self-signed.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';

const CLI = join(import.meta.dirname, '../../ext-proc/cli/gatehouse.ts');
const TOKEN = 'the-own-token-of-the-server';

let directory: TemporaryDirectory;
let tls: SelfSigned;
let server: SampleMcp;
const start = (port: number, token = TOKEN): Promise<SampleMcp> =>
  startSampleMcp({ port, tls, token, records: new SampleRecords() });
beforeAll(async () => {
  directory = await temporaryDirectory();
  tls = await selfSigned({ name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' });
  await writeFile(join(directory.path, 'ca.crt'), tls.certificate);
  server = await start(0);
});
beforeEach(() => writeFile(join(directory.path, 'token'), `${TOKEN}\n`));
afterAll(async () => {
  await server.stop();
  await directory.remove();
});

const program = () => ({
  command: process.execPath,
  args: [
    ...[CLI, 'connect', 'mcp', '--url', server.url, '--ca', join(directory.path, 'ca.crt')],
    ...['--token-command', `cat ${join(directory.path, 'token')}`],
  ],
});

interface Answer {
  readonly content: { text: string }[];
  readonly isError?: boolean;
}

/** One client as the tests use it, whichever SDK it is of. */
interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  call(name: string, args: object, options?: object): Promise<Answer>;
  close(): Promise<void>;
}

async function newClient(): Promise<AnyClient> {
  const client = new Client(
    { name: 'test', version: '1' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  await client.connect(new StdioClientTransport({ ...program(), stderr: 'ignore' }));
  return {
    listTools: () => client.listTools(),
    call: (name, args, options) =>
      client.callTool(
        { name, arguments: args as Record<string, unknown> },
        options,
      ) as unknown as Promise<Answer>,
    close: () => client.close(),
  };
}

async function oldClient(): Promise<AnyClient> {
  const client = new OldClient({ name: 'test', version: '1' });
  await client.connect(new OldTransport({ ...program(), stderr: 'ignore' }));
  return {
    listTools: () => client.listTools(),
    call: (name, args, options) =>
      client.callTool(
        { name, arguments: args as Record<string, unknown> },
        undefined,
        options,
      ) as Promise<Answer>,
    close: () => client.close(),
  };
}

describe.each([
  ['2026-07-28', newClient],
  ['2025-11-25', oldClient],
] as const)('for a client of %s', (version, connect) => {
  let client: AnyClient;
  beforeEach(async () => {
    client = await connect();
  });
  afterEach(() => client.close());

  test('passes lists, calls and progress', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('slow_report');
    const orders = await client.call('list_orders', { person: 7 });
    expect(JSON.parse(orders.content[0]!.text)).not.toEqual([]);
    const steps: number[] = [];
    const report = await client.call(
      'slow_report',
      { steps: 3, stepMs: 100 },
      { onprogress: ({ progress }: { progress: number }) => steps.push(progress) },
    );
    expect(report.content[0]!.text).toContain('900 orders');
    // Of what comes at once with the result the SDK's client tells no more.
    expect(steps[0]).toBe(1);
  });

  test('answers many at once, a slow one last', async () => {
    const order: string[] = [];
    await Promise.all([
      client.call('slow_report', { steps: 1, stepMs: 300 }).then(() => order.push('slow')),
      client.call('search_people', { term: 'a' }).then(() => order.push('quick')),
    ]);
    expect(order).toEqual(['quick', 'slow']);
  });

  test('passes a cancellation', async () => {
    const cancel = new AbortController();
    const slow = client.call('slow_report', { steps: 100, stepMs: 100 }, { signal: cancel.signal });
    const ended = expect(slow).rejects.toThrow();
    setTimeout(() => cancel.abort(), 100);
    await ended;
    const cancelled = (): boolean =>
      server.seen().some(({ body }) => body.start.includes('notifications/cancelled'));
    expect((await client.call('search_people', { term: 'abara' })).content[0]!.text).toContain('found');
    expect(cancelled()).toBe(version === '2025-11-25');
  });

  test('goes on after the server has started anew, and says so while it is away', async () => {
    await client.call('search_people', { term: 'abara' });
    await server.stop();
    await expect(client.call('search_people', { term: 'abara' })).rejects.toThrow(/cannot be reached/);
    server = await start(server.port);
    expect((await client.call('search_people', { term: 'abara' })).content[0]!.text).toContain('found');
  });

  test('asks for another token when one is refused, and says why', async () => {
    await client.call('search_people', { term: 'abara' });
    const { port } = server;
    await server.stop();
    server = await start(port, 'another-token');
    await expect(client.call('search_people', { term: 'abara' })).rejects.toThrow(
      /status 401: The server takes its own token alone/,
    );
    await writeFile(join(directory.path, 'token'), 'another-token');
    expect((await client.call('search_people', { term: 'abara' })).content[0]!.text).toContain('found');
    await server.stop();
    server = await start(port);
  });
});

/** A bridge whose lines are read as they are. */
function raw() {
  const { command, args } = program();
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = once(child, 'exit') as Promise<[number]>;
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += String(chunk)));
  return {
    send: (message: object | string): void => {
      child.stdin.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
    },
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    errors: () => errors,
    end: async (): Promise<number> => {
      child.stdin.end();
      return (await exited)[0];
    },
  };
}

const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
};

test('writes nothing but the protocol, and ends the session when its input ends', async () => {
  const before = server.seen().length;
  const bridge = raw();
  bridge.send(initialize);
  const { value } = await bridge.lines.next();
  expect(JSON.parse(value as string)).toMatchObject({ id: 0, result: { protocolVersion: '2025-11-25' } });
  bridge.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
  const _meta = { progressToken: 'p' };
  const params = { name: 'slow_report', arguments: { steps: 3, stepMs: 0 }, _meta };
  bridge.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  for (const progress of [1, 2, 3]) {
    const told = JSON.parse((await bridge.lines.next()).value as string) as object;
    expect(told).toMatchObject({
      method: 'notifications/progress',
      params: { progress, progressToken: 'p' },
    });
  }
  expect(JSON.parse((await bridge.lines.next()).value as string)).toMatchObject({ id: 1 });
  bridge.send({ jsonrpc: '2.0', id: 'a', method: 'tools/list' });
  // Its input ends before the answer has come.
  const [code, listed] = await Promise.all([bridge.end(), bridge.lines.next()]);
  expect(JSON.parse(listed.value as string)).toMatchObject({
    id: 'a',
    result: { tools: expect.any(Array) as unknown },
  });
  expect(code).toBe(0);
  expect((await bridge.lines.next()).done).toBe(true);
  expect(
    server
      .seen()
      .slice(before)
      .map(({ method }) => method),
  ).toContain('DELETE');
  expect(bridge.errors()).not.toContain(TOKEN);
});

test('says in each answer that no gate runs', async () => {
  const { command, args } = program();
  const child = spawn(command, [...args.slice(0, 3), '--subject', 'agent:test'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, GATEHOUSE_HOME: join(directory.path, 'nothing') },
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.write(`${JSON.stringify(initialize)}\n`);
  const { value } = await lines.next();
  expect(JSON.parse(value as string)).toMatchObject({
    id: 0,
    error: { code: -32_000, message: expect.stringContaining('GH_NOT_RUNNING') as string },
  });
  child.stdin.end();
  expect((await exited)[0]).toBe(0);
});
