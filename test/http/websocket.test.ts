/** WebSockets through a real Envoy: what goes on, what does not, and what both ends and the records are told of it. */
import { once } from 'node:events';
import { connect, constants } from 'node:http2';
import { createConnection } from 'node:net';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { openControl } from '../../ext-proc/compose-control.ts';
import { startGatedWebSocket, type GatedWebSocket } from '../support/gated-websocket.ts';
import { QUIET } from '../support/policy.ts';
import { openWebSocket, WebSocketPeer, type Received } from '../support/websocket-peer.ts';

const CARD = '4111 1111 1111 1111';
const MASKED = '[masked:payment_card]';

let gate: GatedWebSocket;
beforeAll(async () => {
  gate = await startGatedWebSocket({
    arguments: [
      {
        paths: ['/judged', '/judged/**'],
        field: '**.command',
        matches: '^drop',
        verdict: 'deny',
        reason: 'Nothing is dropped here.',
      },
    ],
    remove: [{ labels: { env: ['test'] }, fields: ['**.debug'] }],
  });
});
afterAll(() => gate.stop());

type Row = Record<string, unknown>;

/** Both records of the session that was opened on this path last. */
async function session(path: string): Promise<{ decided: Row; ended: Row }> {
  const all = await gate.records();
  const decided = all.findLast(
    (record) => record['action_kind'] === 'http.websocket' && String(record['statement']).includes(path),
  );
  if (decided === undefined) throw new Error('no such session');
  const ended = await gate.recorded(
    (record) => record['type'] === 'ended' && record['event_id'] === decided['event_id'],
  );
  return { decided, ended };
}

const messageRows = async (decided: Row): Promise<readonly Row[]> =>
  (await gate.records()).filter(
    (record) => record['action_kind'] === 'http.message' && record['session_id'] === decided['session_id'],
  );

async function closing(peer: WebSocketPeer): Promise<Extract<Received, { kind: 'close' }>> {
  for (;;) {
    const step = await peer.next();
    if (step.kind === 'close') return step;
    if (step.kind === 'end' || step.kind === 'refused') throw new Error(`no Close: ${JSON.stringify(step)}`);
  }
}

/** As every server does with a Ping; what was in it. */
async function answerPing(peer: WebSocketPeer, before?: () => void): Promise<Buffer> {
  const ping = await peer.next();
  if (ping.kind !== 'ping') throw new Error(`no Ping: ${JSON.stringify(ping)}`);
  before?.();
  peer.send('pong', ping.payload);
  return ping.payload;
}

const ended = async (peer: WebSocketPeer): Promise<void> => {
  while ((await peer.next()).kind !== 'end');
};

describe('messages', () => {
  test('go both ways, and are counted in one row of the session', async () => {
    const { client, server } = await gate.open({ path: '/echo' });
    client.text({ hello: 1 });
    expect(await server.peer.nextText()).toBe('{"hello":1}');
    server.peer.text({ hello: 2 });
    server.peer.text('plain words');
    expect(await client.nextText()).toBe('{"hello":2}');
    expect(await client.nextText()).toBe('plain words');
    server.peer.close(1000, `bye ${CARD}`);
    expect(await closing(client)).toMatchObject({ code: 1000, reason: `bye ${MASKED}` });
    client.close(1000, 'bye');
    expect(await closing(server.peer)).toMatchObject({ code: 1000, reason: '' });
    server.peer.socket.end();
    await ended(client);

    const row = await session('/echo');
    expect(row.decided).toMatchObject({ decision: 'allow', protocol: 'http', upstream: 'low' });
    expect(row.decided['session_id']).toBe(row.decided['event_id']);
    expect(row.ended).toMatchObject({ outcome: 'ok', status: 101, rows: 3 });
    expect(row.ended['bytes_in']).toBeGreaterThan(11);
    expect(row.ended['bytes_out']).toBeGreaterThan(22);
    expect(await messageRows(row.decided)).toEqual([]);
  });

  test('of the server come masked: marked fields, and cards wherever they stand', async () => {
    const { client, server } = await gate.open({ path: '/masked' });
    server.peer.text({ person: { pin: 1234, note: CARD } });
    expect(JSON.parse(await client.nextText())).toEqual({ person: { pin: '[masked:pin]', note: MASKED } });
    server.peer.text(`pay with ${CARD}`);
    expect(await client.nextText()).toBe(`pay with ${MASKED}`);
    client.destroy();
    const row = await session('/masked');
    expect(row.ended).toMatchObject({ outcome: 'aborted', error_code: '1006', rows: 2 });
    expect(row.ended['masks']).toEqual({ 'pin:**.pin': 1, payment_card: 2 });
  });

  test('in fragments are put together and sent as one frame, with the Ping between them', async () => {
    const { client, server } = await gate.open();
    client.send('text', '{"a":', false);
    client.send('ping', 'p');
    client.send('continuation', '1}');
    expect(await server.peer.next()).toMatchObject({ kind: 'ping' });
    expect(await server.peer.nextText()).toBe('{"a":1}');
    server.peer.send('text', '4111 1111', false);
    server.peer.send('continuation', ' 1111 1111');
    expect(await client.nextText()).toBe(MASKED);
    client.destroy();
  });

  test('byte by byte are the same', async () => {
    const { client, server } = await gate.open();
    for (const byte of client.frame('text', '{"hello":"you"}')) client.socket.write(Buffer.from([byte]));
    expect(await server.peer.nextText()).toBe('{"hello":"you"}');
    for (const byte of server.peer.frame('text', CARD)) {
      server.peer.socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    expect(await client.nextText()).toBe(MASKED);
    client.destroy();
  });

  test('by the thousand in one write keep their order', async () => {
    const { client, server } = await gate.open();
    const count = 3_000;
    client.socket.write(
      Buffer.concat(Array.from({ length: count }, (_, at) => client.frame('text', `{"at":${at}}`))),
    );
    for (let at = 0; at < count; at++) expect(await server.peer.nextText()).toBe(`{"at":${at}}`);
    server.peer.text('done');
    expect(await client.nextText()).toBe('done');
    client.destroy();
  });

  test('of bytes pass where policy lets them, and end the session where it does not', async () => {
    const low = await gate.open();
    low.client.send('binary', Buffer.from([1, 2, 3]));
    expect(await low.server.peer.next()).toMatchObject({ type: 'binary', payload: Buffer.from([1, 2, 3]) });
    low.server.peer.send('binary', Buffer.from([4]));
    expect(await low.client.next()).toMatchObject({ type: 'binary', payload: Buffer.from([4]) });
    low.client.destroy();

    const high = await gate.open({ path: '/high/bytes' });
    high.server.peer.send('binary', Buffer.from([4]));
    const close = await closing(high.client);
    expect(close.code).toBe(1008);
    expect(close.reason).toMatch(/^GH_HTTP_BODY_UNREADABLE /);
    expect((await session('/high/bytes')).ended).toMatchObject({
      outcome: 'denied',
      error_code: 'GH_HTTP_BODY_UNREADABLE',
    });
  });

  test('lose the fields that policy takes out of requests', async () => {
    const { client, server } = await gate.open({ path: '/high/remove' });
    client.text('{"a":1,"debug":true}');
    expect(await server.peer.nextText()).toBe('{"a":1}');
    client.destroy();
  });
});

describe('the handshake', () => {
  test('offers no extensions and brings none back, and keeps the rest', async () => {
    const { head, server, client } = await gate.open({
      headers: {
        'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits',
        'sec-websocket-protocol': 'chat.v2',
        cookie: 'session=0',
      },
    });
    const { headers } = server.request;
    expect(headers['sec-websocket-extensions']).toBeUndefined();
    expect(headers['authorization']).toBeUndefined();
    expect(headers['cookie']).toBeUndefined();
    expect(headers['sec-websocket-protocol']).toBe('chat.v2');
    expect(headers['sec-websocket-key']).toBe('dGhlIHNhbXBsZSBub25jZQ==');
    expect(head.toLowerCase()).toContain('sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=');
    expect(head.toLowerCase()).toContain('sec-websocket-protocol: chat.v2');
    expect(head.toLowerCase()).not.toContain('sec-websocket-extensions');
    expect(head.toLowerCase()).not.toContain('set-cookie');
    client.destroy();
  });

  test('of ws itself is at ease with it', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${gate.port}/ws`, {
      headers: { authorization: `Bearer ${await gate.token()}` },
    });
    await once(socket, 'open');
    expect(socket.extensions).toBe('');
    const { peer } = await gate.accepted('/ws');
    socket.send('{"x":1}');
    expect(await peer.nextText()).toBe('{"x":1}');
    const pong = once(socket, 'pong');
    socket.ping('mine');
    expect(String(await answerPing(peer))).not.toBe('mine');
    expect(String((await pong)[0])).toBe('mine');
    socket.send('{"x":2}');
    socket.close(1000);
    expect(await peer.nextText()).toBe('{"x":2}');
    const last = once(socket, 'message');
    await answerPing(peer, () => peer.text('the last word'));
    await closing(peer);
    peer.close(1000);
    peer.socket.end();
    expect(String((await last)[0])).toBe('the last word');
    expect((await once(socket, 'close'))[0]).toBe(1000);
  });

  test('on a route whose bodies are left alone is decided, and its frames pass as they are', async () => {
    const { head, client, server } = await gate.open({
      path: '/unread',
      headers: { 'sec-websocket-extensions': 'permessage-deflate' },
    });
    expect(head.toLowerCase()).toContain('sec-websocket-extensions');
    expect(head.toLowerCase()).not.toContain('set-cookie');
    server.peer.text(CARD);
    expect(await client.nextText()).toBe(CARD);
    client.destroy();
    expect((await session('/unread')).ended).toMatchObject({ outcome: 'ok', status: 101 });
  });

  test('is waited for: who sends much before it is done is cut off', async () => {
    let reached = 0;
    gate.answer((_, socket) => socket.on('data', (chunk: Buffer) => (reached += chunk.length)));
    try {
      const socket = createConnection(gate.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(
        `GET /early HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${await gate.token()}\r\n` +
          'connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n' +
          'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      );
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      const closed = once(socket, 'close');
      for (let sent = 0; sent < 4; sent++) socket.write(Buffer.alloc(32_768, 0x81));
      await closed;
      expect(answer).toMatch(/^(HTTP\/1.1 503|$)/);
    } finally {
      gate.answer(undefined);
    }
    expect(reached).toBe(0);
  });

  test('of another version is refused, with the version that is spoken', async () => {
    const authorization = `Bearer ${await gate.token()}`;
    const refused = openWebSocket(gate.port, '/v', { authorization, 'sec-websocket-version': '8' });
    await expect(refused).rejects.toThrow(/^HTTP\/1.1 426[^]*sec-websocket-version: 13[^]*GH_WS_VERSION/i);
  });

  test('of somebody who may not open one is refused, and the server hears nothing', async () => {
    const authorization = `Bearer ${await gate.token({ groups: ['readers'] })}`;
    await expect(openWebSocket(gate.port, '/r', { authorization })).rejects.toThrow(/^HTTP\/1.1 403/);
  });

  test('that the server refuses is answered with its answer', async () => {
    gate.answer((_, socket) =>
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
    );
    const authorization = `Bearer ${await gate.token()}`;
    try {
      await expect(openWebSocket(gate.port, '/none', { authorization })).rejects.toThrow(/^HTTP\/1.1 404/);
    } finally {
      gate.answer(undefined);
    }
    expect((await session('/none')).ended).toMatchObject({ outcome: 'error', status: 404 });
  });

  test('over HTTP/2 is CONNECT, and the server speaks HTTP/1.1 (RFC 8441)', async () => {
    const h2 = connect(`http://127.0.0.1:${gate.port}`);
    await once(h2, 'remoteSettings');
    expect(h2.remoteSettings.enableConnectProtocol).toBe(true);
    const stream = h2.request(
      {
        ':method': 'CONNECT',
        ':protocol': 'websocket',
        ':path': '/h2',
        ':scheme': 'http',
        ':authority': 'localhost',
        'sec-websocket-version': '13',
        authorization: `Bearer ${await gate.token()}`,
      },
      { endStream: false },
    );
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers[constants.HTTP2_HEADER_STATUS]).toBe(200);
    expect(headers['sec-websocket-accept']).toBeUndefined();
    const client = new WebSocketPeer(stream, 'client');
    const { peer } = await gate.accepted('/h2');
    client.text({ over: 2 });
    expect(await peer.nextText()).toBe('{"over":2}');
    peer.text(CARD);
    expect(await client.nextText()).toBe(MASKED);
    client.close(1000);
    await answerPing(peer);
    await closing(peer);
    peer.close(1000);
    peer.socket.end();
    expect(await closing(client)).toMatchObject({ code: 1000 });
    h2.close();
    expect((await session('/h2')).ended).toMatchObject({ outcome: 'ok', rows: 2 });
  });
});

describe('a message that is denied', () => {
  test.each([
    ['before the server has spoken', false],
    ['after the server has spoken', true],
  ])('%s goes nowhere, and both ends are told', async (name, hasSpoken) => {
    const path = `/judged/${hasSpoken ? 'after' : 'before'}`;
    const { client, server } = await gate.open({ path });
    client.text({ command: 'list' });
    expect(await server.peer.nextText()).toBe('{"command":"list"}');
    if (hasSpoken) {
      server.peer.text('a word');
      await client.nextText();
    }
    client.text({ command: 'drop everything', pin: 99, card: CARD });
    client.text({ command: 'list' });
    if (!hasSpoken) await answerPing(server.peer);
    const close = await closing(client);
    expect(close.code).toBe(1008);
    expect(await closing(server.peer)).toMatchObject({ code: 1001, reason: '' });
    client.close(1008);
    await ended(client);
    await ended(server.peer);
    expect(server.peer.bytes.toString('latin1')).not.toContain('drop');

    const row = await session(path);
    expect(row.ended).toMatchObject({ outcome: 'denied', error_code: 'GH_DENIED' });
    const [message, ...more] = await messageRows(row.decided);
    expect(more).toEqual([]);
    expect(message).toMatchObject({
      decision: 'deny',
      rule: 'http.body.arguments',
      outcome: 'denied',
      error_code: 'GH_DENIED',
      reason: 'Nothing is dropped here.',
    });
    expect(message?.['statement']).toContain('"pin":"[masked:pin]"');
    expect(message?.['statement']).toContain(MASKED);
    expect(close.reason).toBe(`http.body.arguments ${String(message?.['event_id'])}`);
    expect(name).toBeTruthy();
  });

  test('is told at once by a server that answers no Ping with something else', async () => {
    const { client, server } = await gate.open({ path: '/judged/talks' });
    client.text({ command: 'drop' });
    expect((await server.peer.next()).kind).toBe('ping');
    server.peer.text({ secret: 'not for the client' });
    expect((await closing(client)).code).toBe(1008);
    expect(client.bytes.toString()).not.toContain('secret');
    client.destroy();
  });

  test('ends the stream by force where the server answers nothing', async () => {
    const { client, server } = await gate.open({ path: '/judged/mute' });
    const started = Date.now();
    client.text({ command: 'drop' });
    expect((await server.peer.next()).kind).toBe('ping');
    expect(await client.next()).toEqual({ kind: 'end' });
    expect(Date.now() - started).toBeGreaterThan(1_500);
    await ended(server.peer);
    expect((await session('/judged/mute')).ended).toMatchObject({ outcome: 'denied' });
  });

  test('for what it is: a text where a rule needs JSON, JSON that can be read in two ways, GraphQL', async () => {
    for (const [path, text, rule] of [
      ['/judged/text', 'drop', 'http.body.arguments'],
      ['/twice', '{"a":1,"a":2}', 'GH_HTTP_BODY_DUPLICATE_KEY'],
      ['/graphql', '{"type":"subscribe","payload":{"query":"{ me }"}}', 'GH_HTTP_GRAPHQL'],
      ['/graphql', '{"type":"subscribe","Payload":{"Query":"#\\r{ me }"}}', 'GH_HTTP_GRAPHQL'],
      ['/high/text', 'hello', 'http.body.unread'],
    ] as const) {
      const { client, server } = await gate.open({ path });
      server.peer.text('welcome');
      await client.nextText();
      client.text(text);
      expect((await closing(client)).reason).toMatch(new RegExp(`^${rule} `));
      client.destroy();
      await ended(server.peer);
      expect(server.peer.bytes.toString('latin1')).not.toContain(text);
    }
  });
});

describe('an end', () => {
  test.each([
    ['has said nothing', '/closed/silent', false],
    ['has spoken', '/closed/spoken', true],
  ])('by the client is answered in its own words, whether a server %s', async (_, path, hasSpoken) => {
    const { client, server } = await gate.open({ path });
    if (hasSpoken) {
      server.peer.text('welcome');
      await client.nextText();
    }
    client.close(1000, 'why');
    await answerPing(server.peer);
    expect(await closing(server.peer)).toMatchObject({ code: 1000, reason: '' });
    server.peer.close(1000);
    server.peer.socket.end();
    expect(await closing(client)).toMatchObject({ code: 1000 });
    await ended(client);
    expect((await session(path)).ended).toMatchObject({ outcome: 'ok', status: 101 });
  });

  test('by a client that breaks the protocol is told to it by its code', async () => {
    for (const [path, frame, code] of [
      ['/unmasked', Buffer.from('8100', 'hex'), 1002],
      ['/reserved', Buffer.from('c18000000000', 'hex'), 1002],
      ['/utf8', Buffer.from('818100000000ff', 'hex'), 1007],
      ['/large', Buffer.from('81ff000000000010000000000000', 'hex'), 1009],
    ] as const) {
      const { client, server } = await gate.open({ path });
      server.peer.text('welcome');
      await client.nextText();
      client.socket.write(frame);
      expect((await closing(client)).code).toBe(code);
      expect((await closing(server.peer)).code).toBe(1001);
      client.destroy();
      expect((await session(path)).ended).toMatchObject({ outcome: 'denied' });
    }
  });

  test('by a server that breaks the protocol keeps what it sent from the client', async () => {
    const { client, server } = await gate.open({ path: '/masked-server' });
    server.peer.socket.write(Buffer.from('818500000000', 'hex'));
    server.peer.socket.write(CARD);
    expect((await closing(client)).code).toBe(1011);
    expect(client.bytes.toString()).not.toContain('4111');
    client.destroy();
    expect((await session('/masked-server')).ended).toMatchObject({
      outcome: 'error',
      error_code: 'GH_WS_FRAME',
    });
  });

  test('by a message that is larger than the gate masks is 1009', async () => {
    const { client, server } = await gate.open({ path: '/huge' });
    server.peer.send('text', 'a'.repeat(1_048_577));
    expect((await closing(client)).code).toBe(1009);
    client.destroy();
  });

  test('by either side that is gone ends the other, and is recorded', async () => {
    const one = await gate.open({ path: '/gone/client' });
    one.client.text({});
    await one.server.peer.nextText();
    one.client.destroy();
    await ended(one.server.peer);
    expect((await session('/gone/client')).ended).toMatchObject({ outcome: 'aborted', error_code: '1006' });
    const two = await gate.open({ path: '/gone/server' });
    two.server.peer.text({});
    await two.client.nextText();
    two.server.peer.destroy();
    await ended(two.client);
    expect((await session('/gone/server')).ended).toMatchObject({ outcome: 'aborted', error_code: '1006' });
  });

  test('by the server, with a code of an error, is that error', async () => {
    const { client, server } = await gate.open({ path: '/failed' });
    server.peer.close(1011, 'broken');
    expect(await closing(client)).toMatchObject({ code: 1011, reason: 'broken' });
    client.close(1011);
    expect(await closing(server.peer)).toMatchObject({ code: 1011 });
    await ended(client);
    expect((await session('/failed')).ended).toMatchObject({ outcome: 'error', error_code: '1011' });
  });

  test('of the token is the end of the session', async () => {
    const { client, server } = await gate.open({ path: '/token', token: await gate.token({ ttlMs: 3_000 }) });
    server.peer.text('welcome');
    await client.nextText();
    expect(await closing(client)).toMatchObject({ code: 1008, reason: 'GH_TOKEN_EXPIRED' });
    client.destroy();
    expect((await session('/token')).ended).toMatchObject({
      outcome: 'aborted',
      error_code: 'GH_TOKEN_EXPIRED',
    });
  });

  test('of the token is the end of a stream of events too', async () => {
    const answer = await fetch(`http://127.0.0.1:${gate.port}/events`, {
      headers: { authorization: `Bearer ${await gate.token({ ttlMs: 2_000 })}` },
    });
    let text = '';
    await expect(
      (async () => {
        for await (const chunk of answer.body!) text += Buffer.from(chunk).toString();
      })(),
    ).rejects.toThrow();
    expect(text).toBe('data: first\n\n');
    await gate.recorded((record) => record['error_code'] === 'GH_TOKEN_EXPIRED' && record['status'] === 200);
  });

  test('comes within a second where the principal is blocked, spoken or not', async () => {
    const control = openControl(gate.config, QUIET);
    const token = await gate.token({ subject: 'agent:blocked' });
    try {
      const spoken = await gate.open({ path: '/blocked/spoken', token });
      spoken.server.peer.text('welcome');
      await spoken.client.nextText();
      const silent = await gate.open({ path: '/blocked/silent', token });
      const started = Date.now();
      control.block('agent:blocked', 'test');
      expect(await closing(spoken.client)).toMatchObject({ code: 1008, reason: 'GH_PRINCIPAL_BLOCKED' });
      await ended(silent.client);
      await ended(silent.server.peer);
      expect(Date.now() - started).toBeLessThan(2_000);
      spoken.client.destroy();
    } finally {
      control.unblock('agent:blocked', 'test');
      control.close();
    }
    expect((await session('/blocked/silent')).ended).toMatchObject({ error_code: 'GH_PRINCIPAL_BLOCKED' });
  });
});

test('a gate that stops tells its clients to come again, and waits for them', async () => {
  const { client, server } = await gate.open({ path: '/drained' });
  server.peer.text('welcome');
  await client.nextText();
  const drained = gate.worker.drain();
  expect(await closing(client)).toMatchObject({ code: 1001, reason: 'GH_DRAINED' });
  client.close(1001);
  expect((await closing(server.peer)).code).toBe(1001);
  await drained;
  expect((await session('/drained')).ended).toMatchObject({ outcome: 'aborted', error_code: 'GH_DRAINED' });
});
