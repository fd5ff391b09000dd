/**
 * The sample MCP server through the whole gate, with the official clients of both families of the protocol: lists hold
 * what the principal may use, a denied tool explains itself, cards are masked.
 */
import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { samplePeople } from '../../ext-proc/embedded/sample-data.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';

const people = samplePeople();
const trusted = getCACertificates('default');

let gate: TestGatehouse;
let token: string;
beforeAll(async () => {
  gate = await startGatehouse();
  token = await gate.token();
  setDefaultCACertificates([...trusted, await readFile(gate.caFile, 'utf8')]);
});
afterAll(async () => {
  setDefaultCACertificates(trusted);
  await gate.stop();
});

interface Answer {
  readonly content: { text: string }[];
  readonly structuredContent?: Record<string, unknown>;
  readonly isError?: boolean;
}
interface Session {
  tools(): Promise<readonly string[]>;
  call(name: string, args: Record<string, unknown>, options?: object): Promise<Answer>;
  read(uri: string): Promise<string>;
  close(): Promise<void>;
}

const init = (bearer: string) => ({ requestInit: { headers: { authorization: `Bearer ${bearer}` } } });
const url = (): URL => new URL(gate.endpoints.mcp);

async function newSession(bearer = token): Promise<Session> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StreamableHTTPClientTransport(url(), init(bearer)));
  expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: (name, args, options) =>
      client.callTool({ name, arguments: args }, options) as unknown as Promise<Answer>,
    read: async (uri) => JSON.stringify(await client.readResource({ uri })),
    close: () => client.close(),
  };
}

async function oldSession(bearer = token): Promise<Session> {
  const client = new OldClient({ name: 'test', version: '1' });
  const transport = new OldTransport(url(), init(bearer));
  await client.connect(transport);
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: (name, args, options) =>
      client.callTool({ name, arguments: args }, undefined, options) as Promise<Answer>,
    read: async (uri) => JSON.stringify(await client.readResource({ uri })),
    close: async () => {
      await transport.terminateSession();
      await client.close();
    },
  };
}

describe.each([
  ['2026-07-28', newSession],
  ['2025-11-25', oldSession],
] as const)('a client of %s', (_version, connect) => {
  let session: Session;
  beforeAll(async () => {
    session = await connect();
  });
  afterAll(() => session.close());

  test('is offered what it may use', async () => {
    expect((await session.tools()).toSorted()).toEqual([
      'get_person',
      'list_orders',
      'search_people',
      'slow_report',
    ]);
  });

  test('is told why a tool is denied, and the server never hears of it', async () => {
    const before = gate.sampleMcp.seen().length;
    const denied = await session.call('delete_person', { id: 7 });
    expect(denied.isError).toBe(true);
    expect(denied.content[0]!.text).toMatch(
      /^Denied by policy \(mcp\.tool\.denied\): .+ nothing is deleted through tools; ask a person/,
    );
    const heard = gate.sampleMcp.seen().slice(before);
    expect(heard.filter(({ body }) => body.start.includes('delete_person'))).toEqual([]);
  });

  test('sees people masked, in text and in structured content', async () => {
    const { name, email, phone, card } = people[0]!;
    const found = await session.call('search_people', { term: 'abara', limit: 1 });
    expect(found.isError ?? false).toBe(false);
    expect(found.structuredContent).toMatchObject({ people: [{ id: 1, name }] });
    expect(found.content[0]!.text).toContain(name);
    for (const value of [email, phone, card]) expect(JSON.stringify(found)).not.toContain(value);
    expect(await session.read('people://1')).not.toContain(card);
  });

  test('does not see what its form has no place to mask in, and one who may sees it', async () => {
    const { id, name, email, card, ssn } = people[6]!;
    await session.tools();
    const withheld = await session.call('get_person', { id });
    expect(withheld.isError).toBe(true);
    const shown = JSON.stringify(withheld);
    expect(shown).toContain('GH_MCP_SCHEMA');
    for (const value of [card, ssn, email]) expect(shown).not.toContain(value);

    const officer = await connect(await gate.token({ groups: ['developers', 'privacy-officers'] }));
    const person = await officer.call('get_person', { id });
    await officer.close();
    expect(person.structuredContent).toEqual({ id, name, email, age: 67, card, ssn });
  });

  test('gets orders, whose argument a header repeats', async () => {
    const orders = await session.call('list_orders', { person: 7 });
    expect(JSON.parse(orders.content[0]!.text)).not.toEqual([]);
  });

  test('hears how far a slow tool is, and no card in that either', async () => {
    const steps: { message?: string }[] = [];
    const onprogress = (step: { message?: string }): void => void steps.push(step);
    const report = await session.call('slow_report', { steps: 3, stepMs: 100 }, { onprogress });
    expect(report.content[0]!.text).toContain('900 orders');
    expect(steps.length).toBeGreaterThan(0);
    expect(JSON.stringify([steps, report])).not.toMatch(/\d{16}/);
  });
});

test('the server saw its own token alone', () => {
  expect(new Set(gate.sampleMcp.seen().map(({ credential }) => credential))).toEqual(new Set(['own']));
  expect(JSON.stringify(gate.sampleMcp.seen())).not.toContain(token);
});
