/** What becomes of requests that wait for people when the worker that holds them dies, or is told to stop. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openReviewer, type TestReviewer } from '../support/console-reviewer.ts';
import { h1, type Answer } from '../support/http-clients.ts';
import { startHttpGate, type HttpGate, type HttpGateOptions } from '../support/http-gate.ts';
import { answer, startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer();
  for (const path of ['/kept', '/open']) server.on(path, answer('application/json', '{"done":true}'));
});
afterAll(() => server.stop());

const startGate = (options: Partial<HttpGateOptions>): Promise<HttpGate> =>
  startHttpGate({
    approvals: {},
    upstreamsYaml: `  - name: api
    protocol: http
    address: 127.0.0.1:${server.port}
    tls: { mode: disable }
    labels: { env: dev }
    credentials: [{ groups: ['*'], bearer: { file: token.txt } }]`,
    settings: (settings) => {
      settings.http['held'] = [
        { paths: ['/kept'], methods: ['POST'] },
        { paths: ['/open'], methods: ['POST'], terms: { mode: 'wait' } },
      ];
    },
    ...options,
  });

const post = async (gate: HttpGate, path: string): Promise<Answer> =>
  h1(gate, path, { body: '{"n":1}', headers: { 'content-type': 'application/json' } });

async function withReviewer(gate: HttpGate, run: (reviewer: TestReviewer) => Promise<void>): Promise<void> {
  const reviewer = await openReviewer(gate.config);
  try {
    await run(reviewer);
  } finally {
    await reviewer.close();
    await gate.stop();
  }
}

it('what waits on a stream dies with its worker, and what comes again survives it', async () => {
  const gate = await startGate({ process: true });
  await withReviewer(gate, async (reviewer) => {
    const kept = (await post(gate, '/kept')).json['approval'] as { readonly id: string };
    await reviewer.decide(kept.id, 'approve');
    const before = await reviewer.requests();
    const waiting = post(gate, '/open').catch(() => undefined);
    const held = await reviewer.asked(before);
    await gate.killWorker();
    expect((await waiting)?.status ?? 503).toBe(503);
    await gate.startWorker();
    await expect.poll(async () => (await post(gate, '/kept')).status, { timeout: 10_000 }).toBe(200);
    expect(server.arrived.map(({ target }) => target)).toEqual(['/kept']);
    expect(await reviewer.stateOf(kept.id)).toBe('released');
    await expect.poll(() => reviewer.stateOf(held.id), { timeout: 20_000 }).toBe('abandoned');
    expect(await reviewer.decide(held.id, 'approve')).toMatchObject({ code: 'GH_REVIEW_CLOSED' });
  });
}, 60_000);

it('a worker that stops tells what waits to send it again', async () => {
  const gate = await startGate({});
  await withReviewer(gate, async (reviewer) => {
    const waiting = post(gate, '/open');
    const { id } = await reviewer.asked();
    await gate.worker.drain();
    const got = await waiting;
    expect([got.status, got.json['code'], got.headers['retry-after']]).toEqual([503, 'GH_DRAINED', '1']);
    expect(await reviewer.stateOf(id)).toBe('cancelled');
  });
});
