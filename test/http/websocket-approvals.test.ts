/** Messages of a WebSocket that policy holds, through a real Envoy: what waits, what goes on meanwhile, and how it ends. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LIMITS } from '../../ext-proc/domain/limits.ts';
import { startGatedWebSocket, type GatedWebSocket } from '../support/gated-websocket.ts';
import { openReviewer, type TestReviewer } from '../support/console-reviewer.ts';
import { openWebSocket, type Received, type WebSocketPeer } from '../support/websocket-peer.ts';

let gate: GatedWebSocket;
let reviewer: TestReviewer;
beforeAll(async () => {
  const held = { field: '**.command', verdict: 'hold', reason: 'Somebody must look at this.' };
  gate = await startGatedWebSocket({
    approvals: true,
    arguments: [
      { ...held, matches: '^drop' },
      { ...held, matches: '^later', terms: { mode: 'retry' } },
      { ...held, matches: '^brief', terms: { deadline_s: 2 } },
    ],
  });
  reviewer = await openReviewer(gate.config);
});
afterAll(async () => {
  await reviewer?.close();
  await gate?.stop();
});

async function closing(peer: WebSocketPeer): Promise<Extract<Received, { kind: 'close' }>> {
  for (;;) {
    const step = await peer.next();
    if (step.kind === 'close') return step;
    if (step.kind === 'end' || step.kind === 'refused') throw new Error(`no Close: ${JSON.stringify(step)}`);
  }
}
let people = 0;
const open = async () =>
  gate.open({ path: `/chat${++people}`, token: await gate.token({ subject: `agent:ws-${people}` }) });
const rowOf = (id: string) =>
  gate.recorded((record) => record['approval_id'] === id && record['action_kind'] === 'http.message');

it('comes over an opening that takes nothing along which no reviewer would be shown', async () => {
  const { client, server } = await gate.open({ headers: { baggage: 'tenant=b', traceparent: '00-a-b-01' } });
  expect([server.request.headers['baggage'], server.request.headers['traceparent']]).toEqual([
    undefined,
    '00-a-b-01',
  ]);
  client.destroy();
});

it('waits whatever the case of the field that its rule names', async () => {
  const { client, server } = await open();
  const before = await reviewer.requests();
  client.text({ COMMAND: 'drop it' });
  const request = await reviewer.asked(before);
  await reviewer.decide(request.id, 'approve');
  expect(await server.peer.nextText()).toBe('{"COMMAND":"drop it"}');
  client.destroy();
});

it('waits in its order while the server speaks and Pings are answered, and goes on once it is approved', async () => {
  const { client, server } = await open();
  const before = await reviewer.requests();
  client.text({ command: 'look' });
  client.text({ command: 'drop', pin: '1234', card: '4111 1111 1111 1111' });
  client.text({ command: 'after' });
  expect(await server.peer.nextText()).toBe('{"command":"look"}');
  const request = await reviewer.asked(before);
  expect(request.view).toMatchObject({
    kind: 'http.message',
    language: 'text',
    payload: expect.stringMatching(
      /^GET \/chat\d+\?n=\d+\nhost: [^]+\n\n\{"command":"drop","pin":"\[masked:pin\]","card":"\[masked:payment_card\]"\}$/,
    ) as string,
  });
  expect(request.mode).toBe('wait');
  server.peer.text({ hello: 1 });
  expect(await client.nextText()).toBe('{"hello":1}');
  client.send('ping', 'p');
  const ping = await server.peer.next();
  expect(ping.kind).toBe('ping');
  if (ping.kind === 'ping') server.peer.send('pong', ping.payload);
  expect(await client.next()).toMatchObject({ kind: 'pong', payload: Buffer.from('p') });
  await reviewer.decide(request.id, 'approve');
  expect(await server.peer.nextText()).toBe('{"command":"drop","pin":"1234","card":"4111 1111 1111 1111"}');
  expect(await server.peer.nextText()).toBe('{"command":"after"}');
  const row = await rowOf(request.id);
  expect(row).toMatchObject({
    decision: 'hold',
    action_digest: request.actionDigest,
    details: { approved_by: 'bob@example.com' },
  });
  expect(
    await gate.recorded(({ type, event_id: id }) => type === 'ended' && id === row['event_id']),
  ).toMatchObject({ outcome: 'ok' });
  client.destroy();
});

it('that is denied ends the session, and what came behind it goes nowhere', async () => {
  const { client, server } = await open();
  const before = await reviewer.requests();
  server.peer.text('hello');
  client.text({ command: 'drop it' });
  client.text({ command: 'after' });
  const { id } = await reviewer.asked(before);
  await reviewer.decide(id, 'deny');
  expect(await closing(client)).toMatchObject({ code: 1008, reason: `GH_APPROVAL_DENIED ${id}` });
  expect(await server.peer.next()).toMatchObject({ kind: 'close', code: 1001 });
  expect(await rowOf(id)).toMatchObject({ outcome: 'denied', error_code: 'GH_APPROVAL_DENIED' });
});

it('that nobody decides ends the session at its deadline', async () => {
  const { client, server } = await open();
  server.peer.text('hello');
  client.text({ command: 'brief' });
  expect(await closing(client)).toMatchObject({
    code: 1008,
    reason: expect.stringMatching(/^GH_APPROVAL_EXPIRED /) as string,
  });
});

it('whose client leaves is cancelled', async () => {
  const { client, server } = await open();
  const before = await reviewer.requests();
  client.text({ command: 'drop me' });
  const { id } = await reviewer.asked(before);
  client.close(1000);
  await expect.poll(() => reviewer.stateOf(id)).toBe('cancelled');
  client.destroy();
  expect(await rowOf(id)).toMatchObject({ outcome: 'cancelled', error_code: 'GH_APPROVAL_LEFT' });
  expect(server.peer.bytes.toString('latin1')).not.toContain('drop me');
});

it('keeps no more behind it than so much', async () => {
  const { client, server } = await open();
  const before = await reviewer.requests();
  server.peer.text('hello');
  client.text({ command: 'drop all' });
  const { id } = await reviewer.asked(before);
  for (let n = 0; n <= LIMITS.websocketHeldMessagesMax; n++) client.text({ n });
  expect(await closing(client)).toMatchObject({
    code: 1008,
    reason: expect.stringMatching(/^GH_WS_HELD_BEHIND /) as string,
  });
  await expect.poll(() => reviewer.stateOf(id)).toBe('cancelled');
});

it('where policy has it come again ends the session, and goes through another one, once', async () => {
  const token = await gate.token({ subject: 'agent:again' });
  const first = await gate.open({ path: '/again', token });
  first.server.peer.text('hello');
  first.client.text({ command: 'later' });
  const { reason } = await closing(first.client);
  expect(reason).toMatch(/^GH_APPROVAL_NEEDED [0-9a-f-]{36}$/);
  await reviewer.decide(reason.split(' ')[1] as string, 'approve');
  // The very same: the target of its WebSocket too.
  const target = first.server.request.url ?? '';
  const { peer } = await openWebSocket(gate.port, target, { authorization: `Bearer ${token}` });
  const second = await gate.accepted(target);
  peer.text({ command: 'later' });
  expect(await second.peer.nextText()).toBe('{"command":"later"}');
  second.peer.text('hello');
  peer.text({ command: 'later' });
  const again = await closing(peer);
  expect(again.reason).toMatch(/^GH_APPROVAL_NEEDED /);
  expect(again.reason).not.toBe(reason);
});
