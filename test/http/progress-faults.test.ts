/** Clients that are told while they wait, when the worker dies or stops, their token ends, or the server is not there. */
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { expect, it } from 'vitest';
import { openReviewer, type TestReviewer } from '../support/console-reviewer.ts';
import { h1, type Answer } from '../support/http-clients.ts';
import {
  startHttpGate,
  type HttpGate,
  type HttpGateOptions,
  type TokenOptions,
} from '../support/http-gate.ts';
import { answer, startScriptedServer } from '../support/scripted-server.ts';

async function withGate(
  options: Pick<HttpGateOptions, 'process'>,
  work: (
    gate: HttpGate,
    reviewer: TestReviewer,
    arrived: () => number,
    stopServer: () => Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  const server = await startScriptedServer();
  server.on('/orders', answer('application/json', '{"done":true}'));
  let stopped: Promise<void> | undefined;
  const stopServer = (): Promise<void> => (stopped ??= server.stop());
  const gate = await startHttpGate({
    ...options,
    approvals: {},
    upstreamsYaml: `  - name: api
    protocol: http
    address: 127.0.0.1:${server.port}
    tls: { mode: disable }
    labels: { env: dev }
    credentials: [{ groups: ['*'], bearer: { file: token.txt } }]`,
    settings: (settings) => {
      settings.http['held'] = [{ paths: ['/orders'], methods: ['POST'] }];
    },
  });
  const reviewer = await openReviewer(gate.config);
  try {
    await work(gate, reviewer, () => server.arrived.length, stopServer);
  } finally {
    await reviewer.close();
    await gate.stop();
    await stopServer();
  }
}

const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  prefer: 'wait=30',
};

const post = async (gate: HttpGate, token: TokenOptions = {}): Promise<Answer> =>
  h1(gate, '/orders', {
    token: await gate.token(token),
    body: '{"item":1}',
    headers: HEADERS,
  });

/** The same, as it comes. */
async function open(gate: HttpGate) {
  const headers = { ...HEADERS, authorization: `Bearer ${await gate.token()}` };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const place = { host: 'localhost', port: gate.port, ca: gate.ca, path: '/orders' };
    const request = httpsRequest({ ...place, method: 'POST', agent: false, headers }, resolve);
    request.on('error', reject);
    request.end('{"item":1}');
  });
  let text = '';
  response.on('data', (chunk: Buffer) => (text += chunk.toString()));
  response.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => response.on('close', resolve));
  return { text: () => text, complete: () => response.complete, ended };
}

interface Told {
  readonly status: number;
  readonly body: string;
}
const last = ({ text }: Answer): Told & { readonly code: unknown } => {
  const [, data = ''] = /event: response\ndata: (.*)\n\n$/.exec(text) ?? [];
  const told = JSON.parse(data) as Told;
  return { ...told, code: (JSON.parse(told.body) as { code?: string }).code };
};

it('a worker that dies breaks the stream off, and nothing runs', async () => {
  await withGate({ process: true }, async (gate, reviewer, arrived) => {
    const { text, complete, ended } = await open(gate);
    await expect.poll(text).toContain('event: approval');
    await gate.killWorker();
    await ended;
    // Never an end that could be taken for the answer.
    expect(complete()).toBe(false);
    expect(text()).not.toContain('event: response');
    await expect.poll(async () => (await reviewer.requests()).length).toBe(1);
    expect(arrived()).toBe(0);
  });
}, 60_000);

it('a worker that stops says so in the last event', async () => {
  await withGate({}, async (gate, reviewer, arrived) => {
    const told = post(gate);
    await reviewer.asked();
    await gate.worker.drain();
    expect(last(await told)).toMatchObject({ status: 503, code: 'GH_DRAINED' });
    expect(arrived()).toBe(0);
  });
});

it('a token that ends ends the waiting, and the same goes through under another one', async () => {
  await withGate({}, async (gate, reviewer, arrived) => {
    const told = post(gate, { ttlMs: 3_000 });
    const { id } = await reviewer.asked();
    expect(last(await told)).toMatchObject({ status: 403, code: 'GH_APPROVAL_NEEDED' });
    await reviewer.decide(id, 'approve');
    expect((await post(gate)).json).toEqual({ done: true });
    expect(arrived()).toBe(1);
  });
});

it('a server that is not there is told of as it would be by itself', async () => {
  await withGate({}, async (gate, reviewer, _arrived, stopServer) => {
    const told = post(gate);
    const { id } = await reviewer.asked();
    await stopServer();
    await reviewer.decide(id, 'approve');
    expect(last(await told)).toMatchObject({ status: 503, code: 'GH_HTTP_ENVOY' });
    expect(
      await gate.row(
        (row) =>
          row['approval_id'] === id && row['action_kind'] === 'http.request' && row['status'] !== undefined,
      ),
    ).toMatchObject({ outcome: 'error', status: 503 });
  });
});
