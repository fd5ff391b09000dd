import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { selfSigned } from '../../../test/support/self-signed.ts';
import { samplePeople } from '../sample-data.ts';
import { SampleRecords } from '../sample-records.ts';
import { startSampleMcp, type SampleMcp } from './sample-mcp.ts';

const TOKEN = 'the-own-token-of-the-server';
const TOOLS = ['delete_person', 'export_people', 'get_person', 'list_orders', 'search_people', 'slow_report'];
const people = samplePeople();
const trusted = getCACertificates('default');

let mcp: SampleMcp;
beforeAll(async () => {
  const tls = await selfSigned({ name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' });
  setDefaultCACertificates([...trusted, tls.certificate]);
  mcp = await startSampleMcp({ port: 0, tls, token: TOKEN, records: new SampleRecords() });
});
afterAll(async () => {
  await mcp.stop();
  setDefaultCACertificates(trusted);
});

const requestInit = (): RequestInit => ({ headers: { authorization: `Bearer ${TOKEN}` } });

interface Connection {
  readonly client: Client | OldClient;
  readonly close: () => Promise<void>;
}

async function connectNew(mode: 'auto' | { pin: string }): Promise<Connection & { readonly client: Client }> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(mcp.url), { requestInit: requestInit() }));
  return { client, close: () => client.close() };
}

async function connectOld(): Promise<Connection & { readonly transport: OldTransport }> {
  const client = new OldClient({ name: 'test', version: '1' });
  const transport = new OldTransport(new URL(mcp.url), { requestInit: requestInit() });
  await client.connect(transport);
  return { client, transport, close: () => client.close() };
}

/** The part of both clients' methods that is used here. */
interface Calls {
  listTools(): Promise<{ tools: { name: string; outputSchema?: unknown }[] }>;
  callTool(call: object, ...rest: unknown[]): Promise<ToolAnswer>;
  listResources(): Promise<{ resources: { uri: string }[] }>;
  readResource(call: { uri: string }): Promise<{ contents: { text?: string }[] }>;
  getPrompt(call: object): Promise<{ messages: { content: { text?: string } }[] }>;
}
interface ToolAnswer {
  readonly content: { type: string; text: string }[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
}

describe.each([
  ['2026-07-28', () => connectNew({ pin: '2026-07-28' })],
  ['2025-11-25', connectOld],
] as const)('to a client of %s', (version, connect) => {
  let connection: Connection;
  let calls: Calls;
  beforeAll(async () => {
    connection = await connect();
    calls = connection.client as unknown as Calls;
  });
  afterAll(() => connection.close());

  test('offers its tools, with the schema of what they answer', async () => {
    const { tools } = await calls.listTools();
    expect(tools.map(({ name }) => name).toSorted()).toEqual(TOOLS);
    const schema = tools.find(({ name }) => name === 'get_person')!.outputSchema;
    expect(schema).toMatchObject({
      properties: { card: { type: 'string', pattern: String.raw`^\d{16}$` }, age: { type: 'integer' } },
    });
  });

  test('finds, shows and exports people, and lists orders', async () => {
    const found = await calls.callTool({ name: 'search_people', arguments: { term: 'abara', limit: 1 } });
    expect(found.content[0]!.text).toMatch(/^\d+ found\n1\tAmara Abara\t/);
    const [first] = people;
    expect(found.structuredContent).toMatchObject({
      people: [{ id: 1, card: first!.card, phone: first!.phone }],
    });
    const { card, ssn, name, email } = people[6]!;
    const person = await calls.callTool({ name: 'get_person', arguments: { id: 7 } });
    expect(person.structuredContent).toEqual({ id: 7, name, email, age: 67, card, ssn });
    const orders = await calls.callTool({ name: 'list_orders', arguments: { person: 7 } });
    expect(JSON.parse(orders.content[0]!.text)).not.toEqual([]);
    const exported = await calls.callTool({ name: 'export_people', arguments: {} });
    expect(exported.content[0]!.text).toContain(`"7","${name}","${email}"`);
  });

  test('says that a tool failed', async () => {
    const none = await calls.callTool({ name: 'get_person', arguments: { id: 9_999 } });
    expect(none).toMatchObject({ isError: true, content: [{ text: 'There is no person 9999.' }] });
  });

  test('removes a person', async () => {
    const id = version === '2026-07-28' ? 200 : 201;
    const removed = await calls.callTool({ name: 'delete_person', arguments: { id } });
    expect(removed.content[0]!.text).toBe(`Person ${id} was removed.`);
  });

  test('has resources and a prompt', async () => {
    const { resources } = await calls.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(['handbook://customers']);
    const handbook = await calls.readResource({ uri: 'handbook://customers' });
    expect(handbook.contents[0]!.text).toContain('# Handbook');
    const person = await calls.readResource({ uri: 'people://7' });
    expect(JSON.parse(person.contents[0]!.text ?? '')).toMatchObject({ card: people[6]!.card });
    await expect(calls.readResource({ uri: 'people://9999' })).rejects.toThrow();
    const prompt = await calls.getPrompt({ name: 'summarise_person', arguments: { id: '7' } });
    expect(prompt.messages[0]!.content.text).toContain(people[6]!.name);
  });

  test('tells how far a slow tool is, while it runs', async () => {
    const steps: { progress: number; message?: string }[] = [];
    const call = { name: 'slow_report', arguments: { steps: 3, stepMs: 20 } };
    const options = { onprogress: (step: { progress: number; message?: string }) => steps.push(step) };
    const args = version === '2026-07-28' ? [options] : [undefined, options];
    const report = await calls.callTool(call, ...args);
    expect(steps.map(({ progress }) => progress)).toEqual([1, 2, 3]);
    expect(steps[0]!.message).toMatch(/^checked card \d{16}$/);
    expect(report.content[0]!.text).toContain('900 orders');
  });
});

test('a client that can do both speaks the newer version', async () => {
  const { client, close } = await connectNew('auto');
  expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
  await close();
});

test('an older client has a session, which ends with DELETE', async () => {
  const { transport, close } = await connectOld();
  const { sessionId = '' } = transport;
  expect(sessionId).toMatch(/^[0-9a-f-]{36}$/);
  await transport.terminateSession();
  await close();
  const answer = await fetch(mcp.url, {
    method: 'POST',
    headers: {
      ...(requestInit().headers as Record<string, string>),
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-session-id': sessionId,
      'mcp-protocol-version': '2025-11-25',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'tools/list' }),
  });
  expect(answer.status).toBe(404);
});

test('takes its own token alone', async () => {
  for (const authorization of ['Bearer eyJ.of.an-agent', `Basic ${TOKEN}`]) {
    const answer = await fetch(mcp.url, { method: 'POST', headers: { authorization }, body: '{}' });
    expect(answer.status).toBe(401);
  }
  expect(mcp.seen().at(-1)).toMatchObject({ credential: 'other' });
});
