/** The sample API through the whole gate, as an agent's HTTP client meets it: masked, decided, recorded. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';

import { samplePeople } from '../../ext-proc/embedded/sample-data.ts';
import type { SeenRequest } from '../../ext-proc/embedded/sample-api/seen-requests.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';

const people = samplePeople();
const trusted = getCACertificates('default');

let gate: TestGatehouse;
let token: string;
let ca: string;
beforeAll(async () => {
  gate = await startGatehouse();
  token = await gate.token();
  ca = await readFile(gate.caFile, 'utf8');
  setDefaultCACertificates([...trusted, ca]);
});
afterAll(async () => {
  setDefaultCACertificates(trusted);
  await gate.stop();
});

const ask = (path: string, init: RequestInit = {}, bearer = token): Promise<Response> =>
  fetch(gate.endpoints.http + path, {
    ...init,
    headers: { authorization: `Bearer ${bearer}`, ...(init.headers as Record<string, string>) },
  });

/** What reached the API while `work` ran. */
async function reached(work: () => Promise<unknown>): Promise<readonly SeenRequest[]> {
  const before = gate.sampleApi.seen().length;
  await work();
  return gate.sampleApi.seen().slice(before);
}

interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly rule?: string;
}

test('people come masked, and the API sees its own token and not the agent’s', async () => {
  let answer!: Response;
  const seen = await reached(async () => {
    answer = await ask('/people?limit=2');
  });
  expect(answer.status).toBe(200);
  const { items } = (await answer.json()) as { items: Record<string, unknown>[] };
  const { id, name, card } = people[0]!;
  expect(items[0]).toMatchObject({
    id,
    name,
    card: `****${card.slice(-4)}`,
    email: expect.stringMatching(/^a\*\*\*@example\.(com|org|net)$/) as string,
    ssn: '[masked:us_ssn]',
  });
  expect(seen).toMatchObject([{ method: 'GET', path: '/people?limit=2', credential: 'own' }]);
  expect(JSON.stringify(seen)).not.toContain(token);
});

test('no card comes through, in whatever form JSON has it', async () => {
  const text = await (await ask('/cards?limit=20')).text();
  expect(JSON.parse(text)).toMatchObject({ total: 300 });
  for (const { card } of people.slice(0, 20)) {
    expect(text).not.toContain(card);
    expect(text).not.toContain(card.replace(/(.{4})(?=.)/g, '$1 '));
  }
});

test('events come one by one, their cards masked', async () => {
  const answer = await ask('/events?count=6&everyMs=100');
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const times: number[] = [];
  let text = '';
  for await (const chunk of answer.body!) {
    times.push(performance.now());
    text += Buffer.from(chunk).toString();
  }
  expect(text.match(/^event: (\w+)$/gm)).toEqual(
    ['order', 'note', 'payment', 'order', 'note', 'payment', 'end'].map((name) => `event: ${name}`),
  );
  expect(text.replaceAll(' ', '')).not.toMatch(/\d{16}/);
  expect(times.at(-1)! - times[0]!).toBeGreaterThan(300);
});

test('a request for too many people is refused before it reaches the API, and says why', async () => {
  let answer!: Response;
  const seen = await reached(async () => {
    answer = await ask('/people?limit=1000');
  });
  expect(answer.status).toBe(403);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(((await answer.json()) as Problem).detail.length).toBeGreaterThan(20);
  expect(seen).toEqual([]);
});

test('a reader may not remove a person; a developer may', async () => {
  const readers = await gate.token({ groups: ['readers'] });
  const seen = await reached(async () => {
    expect((await ask('/people/290', { method: 'DELETE' }, readers)).status).toBe(403);
  });
  expect(seen).toEqual([]);
  expect((await ask('/people/290', { method: 'DELETE' })).status).toBe(204);
  expect((await ask('/people/290')).status).toBe(404);
});

test('without a token, or with one of no use, nothing reaches the API', async () => {
  const seen = await reached(async () => {
    expect((await fetch(`${gate.endpoints.http}/people`)).status).toBe(401);
    expect((await ask('/people', {}, 'eyJ.x.y')).status).toBe(401);
    const strangers = await gate.token({ groups: ['strangers'] });
    expect((await ask('/people', {}, strangers)).status).toBe(403);
  });
  expect(seen).toEqual([]);
});

test('what an agent sends arrives as it is, a download byte for byte', async () => {
  const added = await ask('/people', {
    method: 'POST',
    body: JSON.stringify({ name: 'Nadia Novak', email: 'nadia@example.com' }),
    headers: { 'content-type': 'application/json' },
  });
  expect(added.status).toBe(201);
  expect(gate.sampleApi.seen().at(-1)!.body.start).toBe('{"name":"Nadia Novak","email":"nadia@example.com"}');

  const whole = await ask('/documents/report.pdf');
  expect(whole.status).toBe(200);
  const bytes = Buffer.from(await whole.arrayBuffer());
  expect(bytes.length).toBe(Number(whole.headers.get('content-length')));
  const part = await ask('/documents/report.pdf', { headers: { range: 'bytes=1000-1999' } });
  expect(part.status).toBe(206);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(1_000, 2_000));
  expect(await (await ask('/health')).json()).toEqual({ status: 'ok' });
});

test('messages of a WebSocket are masked, and it is one row', async () => {
  const socket = new WebSocket(`${gate.endpoints.http.replace('https', 'wss')}/ws`, {
    ca,
    headers: { authorization: `Bearer ${token}` },
  });
  await once(socket, 'open');
  socket.send('{"person":7}');
  const [message] = (await once(socket, 'message')) as [Buffer];
  const { card } = people[6]!;
  expect(JSON.parse(message.toString())).toMatchObject({
    person: { id: 7, card: `****${card.slice(-4)}`, ssn: '[masked:us_ssn]' },
  });
  socket.close(1000);
  expect((await once(socket, 'close'))[0]).toBe(1000);

  const row = async (): Promise<unknown> =>
    (
      await gate.audit(
        "SELECT outcome, status, toUInt32(rows) AS messages, masks, session_id = toString(event_id) AS own FROM events WHERE action_kind = 'http.websocket'",
      )
    )[0];
  await vi.waitUntil(async () => (await row()) !== undefined, { timeout: 10_000 });
  expect(await row()).toMatchObject({ outcome: 'ok', status: 101, messages: 2, own: 1 });
});
