/**
 * Calls that policy holds, by the official clients of both families of the protocol with a progress callback: they are told
 * while they wait, and the answer comes on the same stream, through the gate's own way to the server.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { startSampleMcp, type SampleMcp } from '../../ext-proc/embedded/sample-mcp/sample-mcp.ts';
import { SampleRecords } from '../../ext-proc/embedded/sample-records.ts';
import { openReviewer, type TestReviewer } from '../support/console-reviewer.ts';
import { CONSOLE_URL, startHttpGate, UPSTREAM_TOKEN, type HttpGate } from '../support/http-gate.ts';
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
    // A call, and the word that its client has given it up, may come to two of them.
    workers: 2,
    approvals: { noticeInterval: '1s' },
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
        { tools: ['search_people', 'get_person', 'slow_report'], terms: { mode: 'wait', deadline_s: 30 } },
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
  readonly structuredContent?: Record<string, unknown>;
  readonly _meta?: Record<string, { readonly id: string }>;
}
interface Progress {
  readonly progress: number;
  readonly message?: string | undefined;
}
interface Options {
  readonly onprogress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
  readonly timeout?: number;
  readonly resetTimeoutOnProgress?: boolean;
}
interface Session {
  call(name: string, args: Record<string, unknown>, options: Options): Promise<Answer>;
  close(): Promise<void>;
}

let people = 0;
const init = async () => ({
  requestInit: {
    headers: { authorization: `Bearer ${await gate.token({ subject: `agent:progress-${++people}` })}` },
  },
});
const url = (): URL => new URL(`${gate.url}/mcp`);

async function newSession(): Promise<Session> {
  const client = new Client(
    { name: 'test', version: '1' },
    { versionNegotiation: { mode: 'auto' }, capabilities: {} },
  );
  await client.connect(new StreamableHTTPClientTransport(url(), await init()));
  expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
  await client.listTools();
  return {
    call: (name, args, options) =>
      client.callTool({ name, arguments: args }, options) as unknown as Promise<Answer>,
    close: () => client.close(),
  };
}

async function oldSession(): Promise<Session> {
  const client = new OldClient({ name: 'test', version: '1' }, { capabilities: {} });
  await client.connect(new OldTransport(url(), await init()));
  await client.listTools();
  return {
    call: (name, args, options) =>
      client.callTool({ name, arguments: args }, undefined, options) as Promise<Answer>,
    close: () => client.close(),
  };
}

describe.each([
  ['2026-07-28', newSession],
  ['2025-11-25', oldSession],
] as const)('a client of %s that wants to know how far it is', (_version, connect) => {
  let session: Session;
  beforeAll(async () => {
    session = await connect();
  });
  afterAll(() => session.close());

  it('is told at once and again whom it waits for, and gets the masked result once it is approved', async () => {
    const told: Progress[] = [];
    const before = await reviewer.requests();
    const waiting = session.call(
      'search_people',
      { term: 'abara', limit: 1 },
      { onprogress: (progress) => told.push(progress) },
    );
    const { id } = await reviewer.asked(before);
    await expect.poll(() => told.length, { timeout: 5_000 }).toBeGreaterThan(1);
    expect(told[0]?.message).toMatch(/^Waits for approval by one of the group reviewers, until 20/);
    expect(told[0]?.message).toContain(`${CONSOLE_URL}/approvals/${id}`);
    expect(told[1]?.progress).toBeGreaterThan(told[0]?.progress as number);
    expect(calls()).toEqual([]);

    await reviewer.decide(id, 'approve');
    const done = await waiting;
    expect(done.isError ?? false).toBe(false);
    expect(done.content[0]?.text).toContain('13 found');
    expect(JSON.stringify(done.structuredContent)).not.toMatch(/@example|\d{16}/);
    expect(calls()).toHaveLength(1);
    expect(calls()[0]?.credential).toBe('own');

    const row = await gate.row(
      (each) => each['approval_id'] === id && each['action_kind'] === 'mcp.tool' && each['type'] === 'ended',
    );
    expect(row).toMatchObject({ decision: 'hold', outcome: 'ok', status: 200 });
    expect(Object.keys(row['masks'] as object).length).toBeGreaterThan(0);
    expect(row['bytes_out']).toBeGreaterThan(100);
    expect((row['details'] as Record<string, string>)['approved_by']).toBe('bob@example.com');
  });

  it('reads a denial as the result of its call', async () => {
    const told: Progress[] = [];
    const before = await reviewer.requests();
    const waiting = session.call('get_person', { id: 7 }, { onprogress: (progress) => told.push(progress) });
    const { id } = await reviewer.asked(before);
    await reviewer.decide(id, 'deny', { reason: 'Not this one.' });
    const done = await waiting;
    expect(done.isError).toBe(true);
    expect(done.content[0]?.text).toMatch(/^Denied by a reviewer .+Not this one\./);
    expect(told.length).toBeGreaterThan(0);
    expect(calls()).toEqual([]);
  });

  it('is told by the server itself from then on', async () => {
    const told: Progress[] = [];
    const before = await reviewer.requests();
    const waiting = session.call(
      'slow_report',
      { steps: 3, stepMs: 50 },
      { onprogress: (progress) => told.push(progress) },
    );
    const { id } = await reviewer.asked(before);
    await expect.poll(() => told.length).toBe(1);
    await reviewer.decide(id, 'approve');
    expect((await waiting).isError ?? false).toBe(false);
    expect(told.length).toBeGreaterThanOrEqual(4);
    for (let index = 1; index < told.length; index++)
      expect(told[index]?.progress).toBeGreaterThan(told[index - 1]?.progress as number);
    expect(calls()).toHaveLength(1);
  });

  it('leaves, and nothing runs', async () => {
    const leaving = new AbortController();
    const before = await reviewer.requests();
    const told: Progress[] = [];
    const waiting = session
      .call(
        'get_person',
        { id: 8 },
        { onprogress: (progress) => told.push(progress), signal: leaving.signal },
      )
      .catch((error: unknown) => error);
    const { id } = await reviewer.asked(before);
    await expect.poll(() => told.length).toBe(1);
    leaving.abort();
    expect(await waiting).toBeInstanceOf(Error);
    await expect.poll(() => reviewer.stateOf(id), { timeout: 5_000 }).toBe('cancelled');
    expect(calls()).toEqual([]);
  });
});

it('a client of 2025-11-25 that waits in silence and gives up cancels too', async () => {
  const session = await oldSession();
  const before = await reviewer.requests();
  const waiting = session.call('get_person', { id: 9 }, { timeout: 500 }).catch((error: unknown) => error);
  const { id } = await reviewer.asked(before);
  expect(await waiting).toBeInstanceOf(Error);
  await expect.poll(() => reviewer.stateOf(id), { timeout: 5_000 }).toBe('cancelled');
  expect(calls()).toEqual([]);
  await session.close();
});

describe('where policy does not say how it waits', () => {
  const ask = async (session: Session, told: Progress[]) => {
    const before = await reviewer.requests();
    const waiting = session.call(
      'list_orders',
      { person: 7 },
      { onprogress: (progress) => told.push(progress) },
    );
    return { waiting, ...(await reviewer.asked(before)) };
  };

  it('a client of 2026-07-28 is told for a while, and gets its result if it is approved by then', async () => {
    const told: Progress[] = [];
    const session = await newSession();
    const { waiting, id } = await ask(session, told);
    await expect.poll(() => told.length).toBe(1);
    await reviewer.decide(id, 'approve');
    expect((await waiting).isError ?? false).toBe(false);
    expect(calls()).toHaveLength(1);
    await session.close();
  });

  it('a client of 2025-11-25, which would not be seen to leave, is told to come again', async () => {
    const told: Progress[] = [];
    const session = await oldSession();
    const { waiting } = await ask(session, told);
    expect((await waiting).content[0]?.text).toMatch(/^Waiting for approval/);
    expect(told).toEqual([]);
    await session.close();
  });
});
