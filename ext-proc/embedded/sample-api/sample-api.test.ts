import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type ClientHttp2Session } from 'node:http2';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { selfSigned } from '../../../test/support/self-signed.ts';
import { samplePeople } from '../sample-data.ts';
import { SampleRecords } from '../sample-records.ts';
import { startSampleApi, type SampleApi } from './sample-api.ts';

const TOKEN = 'the-own-token-of-the-api';
const people = samplePeople();
const trusted = getCACertificates('default');

let api: SampleApi;
let tls: { certificate: string; key: string };
const start = (): Promise<SampleApi> =>
  startSampleApi({ port: 0, tls, token: TOKEN, records: new SampleRecords() });
beforeAll(async () => {
  tls = await selfSigned({ name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' });
  setDefaultCACertificates([...trusted, tls.certificate]);
  api = await start();
});
afterAll(async () => {
  await api.stop();
  setDefaultCACertificates(trusted);
});

const ask = (path: string, init: RequestInit = {}, token = TOKEN): Promise<Response> =>
  fetch(`${api.url}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
  });
const send = (path: string, value: unknown): Promise<Response> =>
  ask(path, {
    method: 'POST',
    body: JSON.stringify(value),
    headers: { 'content-type': 'application/json' },
  });

test('takes its own token alone, and tells whose it was', async () => {
  const before = api.seen().length;
  const others = await ask('/people', {}, 'eyJ.of.an-agent');
  expect(others.status).toBe(401);
  expect(others.headers.get('www-authenticate')).toBe('Bearer realm="sample-api"');
  expect((await fetch(`${api.url}/people`)).status).toBe(401);
  expect((await fetch(`${api.url}/nothing`)).status).toBe(401);
  expect((await ask('/people')).status).toBe(200);
  expect(
    api
      .seen()
      .slice(before)
      .map(({ credential }) => credential),
  ).toEqual(['other', 'none', 'none', 'own']);
  expect(JSON.stringify(api.seen())).not.toMatch(/an-agent|the-own-token/);
});

test('is alive without a token', async () => {
  const answer = await fetch(`${api.url}/health`);
  expect(await answer.json()).toEqual({ status: 'ok' });
});

test('has the people of the sample database, page by page', async () => {
  const answer = await ask('/people?offset=2&limit=3');
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(await answer.json()).toEqual({ total: 300, items: people.slice(2, 5) });
  expect(await (await ask('/people/7')).json()).toEqual(people[6]);
  expect((await ask('/people/9999')).status).toBe(404);
  expect((await ask('/people/seven')).status).toBe(404);
});

test('codes a longer body as the client accepts it', async () => {
  for (const coding of ['gzip', 'br', 'zstd']) {
    const answer = await ask('/people', { headers: { 'accept-encoding': `unknown, ${coding};q=0.5` } });
    expect(answer.headers.get('content-encoding')).toBe(coding);
    expect(((await answer.json()) as { items: unknown[] }).items).toHaveLength(50);
  }
  const plain = await ask('/people', { headers: { 'accept-encoding': 'gzip;q=0' } });
  expect(plain.headers.get('content-encoding')).toBeNull();
});

test('adds a person, finds it, and removes it', async () => {
  const added = await send('/people', {
    name: 'Nadia Novak',
    email: 'nadia@example.com',
    card: '4242424242424242',
  });
  expect(added.status).toBe(201);
  const place = added.headers.get('location') ?? '';
  expect(place).toMatch(/^\/people\/\d+$/);
  const found = (await (await send('/search', { term: 'novak' })).json()) as { people: unknown[] };
  expect(found.people).toEqual([await (await ask(place)).json()]);
  expect((await ask(place, { method: 'DELETE' })).status).toBe(204);
  expect((await ask(place)).status).toBe(404);
  expect((await ask(place, { method: 'DELETE' })).status).toBe(404);
});

test('refuses a body that it does not understand, and says which field', async () => {
  expect((await ask('/people', { method: 'POST', body: 'x' })).status).toBe(415);
  const broken = await ask('/people', {
    method: 'POST',
    body: '{',
    headers: { 'content-type': 'application/json' },
  });
  expect(broken.status).toBe(400);
  const wrong = await send('/people', { name: 'x', email: 'none' });
  expect(wrong.status).toBe(422);
  expect(await wrong.json()).toMatchObject({ detail: 'Not as expected: email.' });
  const large = await send('/search', { term: 'x'.repeat(1_100_000) });
  expect(large.status).toBe(413);
});

test('lists orders of one person, and cards as text and as numbers', async () => {
  const orders = (await (await ask('/orders?person=7')).json()) as { items: { personId: number }[] };
  expect(orders.items.length).toBeGreaterThan(0);
  expect(orders.items.every(({ personId }) => personId === 7)).toBe(true);
  const cards = (await (await ask('/cards?limit=1')).json()) as { items: unknown[] };
  const { card } = people[0]!;
  expect(cards.items).toEqual([
    {
      personId: 1,
      holder: 'Amara Abara',
      number: card,
      numeric: Number(card),
      spaced: expect.stringMatching(/^\d{4} \d{4} \d{4} \d{4}$/) as string,
    },
  ]);
  expect(String(Number(card))).toBe(card);
});

test('gives a download whole, in part, and not again', async () => {
  const whole = await ask('/documents/report.pdf');
  const bytes = Buffer.from(await whole.arrayBuffer());
  expect(bytes.length).toBeGreaterThan(3_000_000);
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('%PDF-1.4');
  expect(bytes.toString('latin1')).toContain(people[0]!.card);
  const sha256 = createHash('sha256').update(bytes).digest('base64');
  expect(whole.headers.get('digest')).toBe(`sha-256=${sha256}`);
  expect(whole.headers.get('accept-ranges')).toBe('bytes');
  const etag = whole.headers.get('etag') ?? '';

  const part = await ask('/documents/report.pdf', { headers: { range: 'bytes=100-199', 'if-range': etag } });
  expect(part.status).toBe(206);
  expect(part.headers.get('content-range')).toBe(`bytes 100-199/${bytes.length}`);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(100, 200));
  const other = await ask('/documents/report.pdf', {
    headers: { range: 'bytes=0-9', 'if-range': '"other"' },
  });
  expect(other.status).toBe(200);
  await other.body?.cancel();
  const past = await ask('/documents/report.pdf', { headers: { range: `bytes=${bytes.length}-` } });
  expect(past.status).toBe(416);
  expect((await ask('/documents/report.pdf', { headers: { 'if-none-match': etag } })).status).toBe(304);
  const head = await ask('/documents/report.pdf', { method: 'HEAD' });
  expect(head.headers.get('content-length')).toBe(String(bytes.length));
});

test('streams events one by one, some with a card, and goes on behind the last one seen', async () => {
  const startedAtMs = performance.now();
  const answer = await ask('/events?count=3&everyMs=50');
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const times: number[] = [];
  let text = '';
  for await (const chunk of answer.body!) {
    times.push(performance.now());
    text += Buffer.from(chunk).toString();
  }
  expect(times.at(-1)! - startedAtMs).toBeGreaterThan(140);
  expect(times.length).toBeGreaterThanOrEqual(4);
  expect(text.match(/^event: (\w+)$/gm)).toEqual([
    'event: order',
    'event: note',
    'event: payment',
    'event: end',
  ]);
  expect(text).toMatch(/"card":"\d{16}"/);
  const rest = await (await ask('/events?count=3&everyMs=0', { headers: { 'last-event-id': '2' } })).text();
  expect(rest.match(/^id: \d+$/gm)).toEqual(['id: 3']);
});

test('takes an upload of any size and kind, and says what came', async () => {
  const bytes = Buffer.alloc(5_000_000, 'gatehouse');
  const answer = await ask('/uploads', { method: 'POST', body: bytes });
  expect(answer.status).toBe(201);
  expect(await answer.json()).toEqual({
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
});

test('knows a session again by its cookie', async () => {
  const first = await ask('/session');
  expect(await first.json()).toEqual({ session: 'new' });
  const [cookie = ''] = first.headers.getSetCookie();
  expect(cookie).toMatch(/^sample_session=[\w-]{22}; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
  const again = await ask('/session', { headers: { cookie: cookie.split(';')[0] as string } });
  expect(await again.json()).toEqual({ session: 'known' });
});

test('echoes what came, without credentials', async () => {
  const answer = await ask('/echo?a=1', {
    method: 'PUT',
    body: 'hello',
    headers: { cookie: 'k=secret', 'x-y': 'z' },
  });
  const echoed = (await answer.json()) as Record<string, unknown>;
  expect(echoed).toMatchObject({
    method: 'PUT',
    path: '/echo?a=1',
    credential: 'own',
    body: 'hello',
    headers: { authorization: '[redacted]', cookie: '[redacted]', 'x-y': 'z' },
  });
  expect(api.seen().at(-1)!.body).toEqual({ bytes: 5, start: 'hello' });
});

test('says which methods a path has', async () => {
  const answer = await ask('/people', { method: 'PATCH' });
  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')).toBe('GET, POST');
});

test('speaks HTTP/2 to those who ask for it', async () => {
  const session: ClientHttp2Session = connect(api.url, { ca: tls.certificate });
  const stream = session.request({ ':path': '/people/1', authorization: `Bearer ${TOKEN}` });
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  session.close();
  expect(JSON.parse(text)).toEqual(people[0]);
});

test('echoes over a WebSocket, and brings a person', async () => {
  const url = api.url.replace('https', 'wss');
  const socket = new WebSocket(`${url}/ws`, {
    ca: tls.certificate,
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  const next = async (): Promise<unknown> =>
    JSON.parse(String(((await once(socket, 'message')) as [Buffer])[0]));
  await once(socket, 'open');
  const asked: readonly (readonly [string, unknown])[] = [
    ['{"a":1}', { echo: { a: 1 } }],
    ['{"person":7}', { person: people[6] }],
    ['{', { error: 'not JSON' }],
  ];
  for (const [message, answer] of asked) {
    socket.send(message);
    expect(await next()).toEqual(answer);
  }
  socket.close();
  await once(socket, 'close');

  const refused = new WebSocket(`${url}/ws`, { ca: tls.certificate });
  const [error] = (await once(refused, 'error')) as [Error];
  expect(error.message).toContain('401');
});

test('ends at once while a stream is open', async () => {
  const other = await start();
  const answer = await fetch(`${other.url}/events?count=1000`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  const read = expect(answer.text()).rejects.toThrow();
  await other.stop();
  await read;
});
