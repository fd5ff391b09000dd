/**
 * Calls that policy holds, with the official clients of both families of the protocol against the sample server: who can
 * is shown the page, a model is told what to do, and the very same call goes through once.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { openSqliteState } from '../../ext-proc/adapters/sqlite-state.ts';
import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import { startSampleMcp, type SampleMcp } from '../../ext-proc/embedded/sample-mcp/sample-mcp.ts';
import { SampleRecords } from '../../ext-proc/embedded/sample-records.ts';
import { h1, type Answer as HttpAnswer } from '../support/http-clients.ts';
import { CONSOLE_URL, startHttpGate, UPSTREAM_TOKEN, type HttpGate } from '../support/http-gate.ts';
import { openReviewer, type TestReviewer } from '../support/console-reviewer.ts';
import { QUIET } from '../support/policy.ts';
import { selfSigned } from '../support/self-signed.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';

const trusted = getCACertificates('default');
let files: TemporaryDirectory;
let sample: SampleMcp;
let gate: HttpGate;
let reviewer: TestReviewer;

beforeAll(async () => {
  files = await temporaryDirectory();
  const tls = await selfSigned({ name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' });
  const ca = join(files.path, 'sample-ca.crt');
  await writeFile(ca, tls.certificate);
  sample = await startSampleMcp({ port: 0, tls, token: UPSTREAM_TOKEN, records: new SampleRecords() });
  gate = await startHttpGate({
    approvals: {},
    routesYaml: '      - { name: sample, prefix: /mcp, upstream: sample }',
    upstreamsYaml: `  - name: sample
    protocol: mcp
    address: 127.0.0.1:${sample.port}
    tls: { mode: verify-full, ca: { file: ${ca} }, serverName: localhost }
    labels: { env: dev }
    credentials: [{ groups: ['*'], bearer: { file: token.txt } }]`,
    settings: (settings) => {
      const tools = settings.mcp['tools'] as Record<string, unknown>;
      tools['held'] = [
        { tools: ['list_orders'] },
        { tools: ['search_people'], terms: { mode: 'wait', deadline_s: 20 } },
      ];
    },
  });
  reviewer = await openReviewer(gate.config);
  setDefaultCACertificates([...trusted, await readFile(gate.caFile, 'utf8')]);
});
afterAll(async () => {
  setDefaultCACertificates(trusted);
  await reviewer?.close();
  await gate?.stop();
  await sample?.stop();
  await files?.remove();
});

let heard = 0;
beforeEach(() => void (heard = sample.seen().length));
/** What has reached the server of calls in this test. */
const calls = () =>
  sample
    .seen()
    .slice(heard)
    .filter(({ body }) => body.start.includes('tools/call'));

interface Answer {
  readonly content: { text: string }[];
  readonly isError?: boolean;
  readonly _meta?: Record<string, { readonly id: string }>;
}
interface Session {
  tools(): Promise<readonly string[]>;
  call(name: string, args: Record<string, unknown>, options?: object): Promise<Answer>;
  close(): Promise<void>;
}

let people = 0;
const init = async () => ({
  requestInit: {
    headers: { authorization: `Bearer ${await gate.token({ subject: `agent:mcp-${++people}` })}` },
  },
});
const url = (): URL => new URL(`${gate.url}/mcp`);

/** Of 2026-07-28. `onPage`: declares that it can show its user a page, and says what its user does. */
async function newSession(
  onPage?: (shown: { url: string; message: string }) => Promise<'accept' | 'decline'>,
) {
  const client = new Client(
    { name: 'test', version: '1' },
    {
      versionNegotiation: { mode: 'auto' },
      capabilities: onPage === undefined ? {} : { elicitation: { url: {} } },
    },
  );
  if (onPage !== undefined) {
    client.setRequestHandler('elicitation/create', async ({ params }) => ({
      action: await onPage(params as unknown as { url: string; message: string }),
    }));
  }
  await client.connect(new StreamableHTTPClientTransport(url(), await init()));
  expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
  const session: Session = {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: (name, args, options) =>
      client.callTool({ name, arguments: args }, options) as unknown as Promise<Answer>,
    close: () => client.close(),
  };
  return session;
}

async function oldSession(): Promise<Session> {
  const client = new OldClient(
    { name: 'test', version: '1' },
    { capabilities: { elicitation: { url: {} } } },
  );
  await client.connect(new OldTransport(url(), await init()));
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: (name, args, options) =>
      client.callTool({ name, arguments: args }, undefined, options) as Promise<Answer>,
    close: () => client.close(),
  };
}

describe.each([
  ['2026-07-28', () => newSession()],
  ['2025-11-25', oldSession],
] as const)('a client of %s that is told in words', (_version, connect) => {
  let session: Session;
  beforeAll(async () => {
    session = await connect();
  });
  afterAll(() => session.close());

  it('is offered the tool', async () => {
    expect(await session.tools()).toContain('list_orders');
  });

  it('reads why it waits, for whom and where, and calls again once it is approved', async () => {
    await session.tools();
    const told = await session.call('list_orders', { person: 7 });
    expect(told.isError).toBe(true);
    const id = told._meta?.['gatehouse/approval']?.id as string;
    expect(told.content[0]?.text).toMatch(
      /^Waiting for approval: Tool list_orders needs a reviewer's approval\. Nothing has run\./,
    );
    for (const part of [
      'one of the group reviewers',
      `${CONSOLE_URL}/approvals/${id}`,
      'call list_orders again with exactly the same arguments',
    ]) {
      expect(told.content[0]?.text).toContain(part);
    }
    const again = await session.call('list_orders', { person: 7 });
    expect(again._meta?.['gatehouse/approval']?.id).toBe(id);
    expect(calls()).toEqual([]);

    const request = (await reviewer.requests()).find((each) => each.id === id);
    expect(request?.view).toMatchObject({
      kind: 'mcp.tool',
      words: 'call of tool list_orders on sample',
      language: 'http',
      payload: expect.stringMatching(
        /^POST \/mcp\nhost: [^]+\n\n\{"method":"tools\/call","params":\{"arguments":\{"person":7\},"name":"list_orders"\}\}$/,
      ) as string,
    });
    await reviewer.decide(id, 'approve');
    const other = await session.call('list_orders', { person: 8 });
    expect(other._meta?.['gatehouse/approval']?.id).not.toBe(id);
    const done = await session.call('list_orders', { person: 7 });
    expect([done.isError ?? false, JSON.parse(done.content[0]?.text ?? '') as unknown]).not.toEqual([
      false,
      [],
    ]);
    expect(done.isError ?? false).toBe(false);
    expect(calls()).toHaveLength(1);
    const replayed = await session.call('list_orders', { person: 7 });
    expect(replayed.isError).toBe(true);
    expect(calls()).toHaveLength(1);

    await gate.row(
      (row) => row['approval_id'] === id && row['action_kind'] === 'mcp.tool' && row['outcome'] === 'ok',
    );
    const rows = (await gate.rows()).filter((row) => row['approval_id'] === id);
    expect(new Set(rows.map((row) => row['action_digest'])).size).toBe(1);
    expect(
      rows
        .filter((row) => row['action_kind'] === 'mcp.tool')
        .map((row) => row['outcome'])
        .sort(),
    ).toEqual(['denied', 'denied', 'ok']);
  });

  it('is told that a reviewer denies it, and not to try again', async () => {
    const told = await session.call('list_orders', { person: 9 });
    await reviewer.decide(told._meta?.['gatehouse/approval']?.id as string, 'deny', {
      reason: 'Too many orders.',
    });
    const denied = await session.call('list_orders', { person: 9 });
    expect(denied.isError).toBe(true);
    expect(denied.content[0]?.text).toMatch(
      /^Denied by a reviewer \(mcp\..+\): .+Too many orders\. Do something else/,
    );
    expect(calls()).toEqual([]);
  });

  it('is asked about anew where the server declares the tool anew after it was approved', async () => {
    await session.tools();
    const told = await session.call('list_orders', { person: 11 });
    const id = told._meta?.['gatehouse/approval']?.id as string;
    await reviewer.decide(id, 'approve');
    const state = openSqliteState({
      file: join(gate.config.service.stateDirectory, 'state.db'),
      worker: 'test',
      clock: createSystemClock(),
      log: QUIET,
    });
    // As any worker does that is shown another list by the server.
    state.putToolDefinitions(
      'sample',
      new Map([['list_orders', '{"name":"list_orders","declared":"other"}']]),
    );
    state.close();
    const again = await session.call('list_orders', { person: 11 });
    expect(again._meta?.['gatehouse/approval']?.id).not.toBe(id);
    expect(calls()).toEqual([]);
    expect(await reviewer.stateOf(id)).toBe('cancelled');
  });

  it('waits on its stream where policy says so', async () => {
    const before = await reviewer.requests();
    const waiting = session.call('search_people', { term: 'abara', limit: 1 });
    const { id } = await reviewer.asked(before);
    expect(calls()).toEqual([]);
    await reviewer.decide(id, 'approve');
    expect((await waiting).isError ?? false).toBe(false);
    expect(calls()).toHaveLength(1);
  });
});

describe('a client that can show a page', () => {
  it('shows it, comes back with what it was given, and gets its answer once it is approved', async () => {
    const shown: { url: string; message: string }[] = [];
    const before = await reviewer.requests();
    const session = await newSession((page) => {
      shown.push(page);
      return Promise.resolve('accept');
    });
    const waiting = session.call('list_orders', { person: 7 });
    const { id } = await reviewer.asked(before);
    await expect.poll(() => shown.length).toBe(1);
    expect(shown[0]?.url).toBe(`${CONSOLE_URL}/approvals/${id}`);
    expect(shown[0]?.message).toContain('call of tool list_orders on sample');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(calls()).toEqual([]);
    await reviewer.decide(id, 'approve');
    const done = await waiting;
    expect(done.isError ?? false).toBe(false);
    expect(calls()).toHaveLength(1);
    // What was for the gate alone has stayed here.
    expect(JSON.stringify(calls())).not.toMatch(/requestState|inputResponses|gatehouse-1/);
    expect(shown).toHaveLength(1);
    await session.close();
  });

  it('is told in words where its user does not look', async () => {
    const session = await newSession(() => Promise.resolve('decline'));
    const told = await session.call('list_orders', { person: 7 });
    expect(told.isError).toBe(true);
    expect(told.content[0]?.text).toContain('Waiting for approval');
    expect(calls()).toEqual([]);
    await session.close();
  });
});

// --- by hand ------------------------------------------------------------------------------------------------------

const NEW = '2026-07-28';
const META = {
  'io.modelcontextprotocol/protocolVersion': NEW,
  'io.modelcontextprotocol/clientCapabilities': { elicitation: { url: {} } },
};
interface Sent {
  readonly token: string;
  readonly id?: string | number;
  readonly arguments?: string;
  readonly more?: Record<string, unknown>;
  readonly meta?: Record<string, unknown>;
}

/** `arguments` as JSON text. */
function call({
  token,
  id = 1,
  arguments: args = '{"person":7}',
  more = {},
  meta = {},
}: Sent): Promise<HttpAnswer> {
  const params = JSON.stringify({ name: 'list_orders', ...more, _meta: { ...META, ...meta } }).slice(0, -1);
  return h1(gate, '/mcp', {
    token,
    body: `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":"tools/call","params":${params},"arguments":${args}}}`,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': NEW,
      'mcp-method': 'tools/call',
      'mcp-name': 'list_orders',
      'mcp-param-person': String((JSON.parse(args) as { person: number }).person),
    },
  });
}
const token = (): Promise<string> => gate.token({ subject: `agent:hand-${++people}` });
interface Asked {
  readonly resultType: string;
  readonly requestState: string;
  readonly inputRequests?: Record<string, { params: { url: string } }>;
}
const resultOf = (got: HttpAnswer): Asked => got.json['result'] as Asked;
const approvalOf = (asked: Asked): string =>
  (asked.inputRequests?.['gatehouse-approval']?.params.url ?? '').split('/').at(-1) as string;
/** The message that an answer's last event, or the answer, holds. */
const isDone = ({ text }: HttpAnswer): boolean =>
  text.includes('"resultType":"complete"') && !text.includes('"isError":true');

describe('a call by hand', () => {
  it('is the same with 0 as its id, members in another order and metadata of its own, and arrives as it was approved', async () => {
    const own = await token();
    const first = await call({
      token: own,
      id: 0,
      arguments: '{"person":7}',
      meta: { 'x.example/toolUseId': 'a' },
    });
    expect(first.json['id']).toBe(0);
    const asked = resultOf(first);
    expect(asked.resultType).toBe('input_required');
    await reviewer.decide(approvalOf(asked), 'approve');
    const done = await call({
      token: own,
      id: 'b',
      arguments: ' { "person" : 7 } ',
      meta: { 'x.example/toolUseId': 'b', progressToken: 3 },
    });
    expect([done.status, isDone(done)]).toEqual([200, true]);
    const [arrived] = calls();
    expect(arrived?.body.start).toContain(
      '{"id":"b","jsonrpc":"2.0","method":"tools/call","params":{"arguments":{"person":7},"name":"list_orders","_meta":{',
    );
    expect(arrived?.body.start).toContain('"progressToken":3');
    expect(arrived?.body.start).not.toContain('toolUseId');
  });

  it('with a state that was given to somebody else, or changed, is refused', async () => {
    const own = await token();
    const { requestState } = resultOf(await call({ token: own }));
    for (const [shown, state] of [
      [await token(), requestState],
      [own, `${requestState.slice(0, -1)}${requestState.endsWith('0') ? '1' : '0'}`],
      [own, 'gatehouse-1.x'],
    ] as const) {
      const got = await call({ token: shown, more: { requestState: state } });
      expect([got.status, got.json]).toMatchObject([
        400,
        { error: { code: -32602, data: { code: 'GH_MCP_REQUEST_STATE' } } },
      ]);
    }
    expect(calls()).toEqual([]);
  });

  it('that takes a state to other arguments is asked about anew', async () => {
    const own = await token();
    const asked = resultOf(await call({ token: own }));
    await reviewer.decide(approvalOf(asked), 'approve');
    const other = resultOf(
      await call({ token: own, arguments: '{"person":8}', more: { requestState: asked.requestState } }),
    );
    expect(other.resultType).toBe('input_required');
    expect(approvalOf(other)).not.toBe(approvalOf(asked));
    expect(calls()).toEqual([]);
  });
});
