import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { AuditRecord, Receipt } from '../../domain/audit-event.ts';
import { gateDenial, type Decision } from '../../domain/decision.ts';
import type { PolicyHttpAction, PolicyInput } from '../../domain/policy-input.ts';
import { createMasker } from '../../masking/masker.ts';
import { createScanner } from '../../masking/scanner.ts';
import { pathTemplates } from '../../protocols/http/path-templates.ts';
import { readRequestHead } from '../../protocols/http/request-head.ts';
import { closePayload } from '../../protocols/websocket/close.ts';
import { encodeFrame } from '../../protocols/websocket/frame-encoder.ts';
import { MessageReader, type MessageStep } from '../../protocols/websocket/message-reader.ts';
import type { ApprovalDesk } from '../approvals/approval-desk.ts';
import { apiDialect } from './api-dialect.ts';
import type { DescribedRequest } from './dialect.ts';
import { TEST_TERMS } from './http-gate.fixture.ts';
import { HttpEvent } from './http-event.ts';
import type { HttpGate, HttpRoute } from './http-gate.ts';
import type { HttpWire } from './http-wire.ts';
import { readObligations } from './obligations.ts';
import { requestRecord } from './request-record.ts';
import { WebSocketWalk } from './websocket-walk.ts';

const CARD = '4111 1111 1111 1111';
const ALLOWED: Decision = {
  verdict: 'allow',
  rule: 'test',
  reason: 'Allowed.',
  obligations: [],
  reportOnly: [],
  bundleHash: '',
};

/** A rule for messages: what says `no` is denied, and what says `ask` or `later` is held. */
function decide({ action }: PolicyInput): Decision {
  const { body } = (action as PolicyHttpAction).request;
  if (body.value === 'no') return gateDenial('test.no', 'No.');
  if (body.value === 'later') return { ...ALLOWED, verdict: 'hold', hold: { ...TEST_TERMS, mode: 'retry' } };
  return body.value === 'ask' ? { ...ALLOWED, verdict: 'hold', hold: TEST_TERMS } : ALLOWED;
}

const masker = createMasker({ scanner: createScanner() });
const route: HttpRoute = {
  name: 'apis/chat',
  prefix: '/',
  inspection: 'full',
  upstream: {
    name: 'chat',
    protocol: 'http',
    labels: {},
    templates: pathTemplates([]),
    withheldHeaders: new Set(),
    fields: [],
  },
};

interface Side {
  readonly from: 'client' | 'server';
  readonly bytes: Buffer[];
  ended: boolean;
}

/** A walk between two sides that note what they are sent. */
async function walk(
  append: (record: AuditRecord) => Promise<Receipt> = () => Promise.resolve({} as Receipt),
  desk?: ApprovalDesk,
) {
  const client: Side = { from: 'server', bytes: [], ended: false };
  const server: Side = { from: 'client', bytes: [], ended: false };
  const records: AuditRecord[] = [];
  let isOpen = false;
  let aborted = false;
  let random = 0;
  const note =
    (side: Side) =>
    (pieces: readonly Buffer[], end: boolean): void => {
      side.bytes.push(...pieces);
      side.ended ||= end;
    };
  const wire: HttpWire = {
    sendUpstream: note(server),
    sendDownstream: note(client),
    hold: () => undefined,
    narrow: () => undefined,
    abort: () => (aborted = true),
    continueHeaders: () => undefined,
    continueTrailers: () => undefined,
    reply: () => undefined,
  };
  const gate = {
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
    random: (count: number) => new Uint8Array(count).fill(++random),
    policy: { bundleHash: '', decide, dependsOn: () => true },
    masking: { masker, maskerWithout: () => masker },
    journal: {
      append: (record: AuditRecord) => {
        if (!isOpen) return Promise.resolve({} as Receipt);
        records.push(record);
        return append(record);
      },
    },
    metrics: { decided: () => undefined },
    approvals: desk,
    log: { debug() {}, info() {}, warn() {}, error() {} },
  } as unknown as HttpGate;
  const principal = { subject: 'agent', onBehalfOf: undefined, issuer: 'https://i', groups: [] };
  const read = readRequestHead([
    [':method', 'GET'],
    [':authority', 'chat'],
    [':path', '/ws'],
    ['upgrade', 'websocket'],
  ]);
  if (!read.ok) throw new Error(read.code);
  const body = { ok: true, policy: { kind: 'none', complete: true, bytes: 0 }, kind: 'none' } as const;
  const request = {
    route,
    principal,
    clientAddress: '127.0.0.1:1',
    head: read.head,
    body: { ...body, bytes: undefined, graphql: false },
  };
  const caller = { principal, clientAddress: '127.0.0.1:1', route };
  const described = apiDialect.describe(request) as DescribedRequest;
  const event = new HttpEvent(gate);
  const { recordMarks } = readObligations(ALLOWED, route, gate.masking);
  await event.decided(caller, requestRecord(request, described, masker, recordMarks), ALLOWED);
  isOpen = true;
  const walked = new WebSocketWalk({
    gate,
    caller,
    opened: { request, described },
    approvals: desk && {
      desk,
      linksOf: () => ({ link: undefined, status: undefined }),
      expiresAtMs: 1e9,
    },
    obligations: readObligations(ALLOWED, route, gate.masking),
    event,
    wire,
    gone: () => undefined,
  });
  return {
    walk: walked,
    records,
    client: () => got(client),
    server: () => got(server),
    ends: () => ({ client: client.ended, server: server.ended }),
    aborted: () => aborted,
  };
}

function got({ from, bytes }: Side): MessageStep[] {
  const reader = new MessageReader({ from, messageBytesMax: 10_000_000 });
  reader.push(Buffer.concat(bytes));
  const steps: MessageStep[] = [];
  for (let step = reader.next(); step.kind !== 'need-more'; step = reader.next()) {
    steps.push(step);
    if (step.kind === 'refused') break;
  }
  return steps;
}

const KEY = Buffer.from([9, 8, 7, 6]);
const fromClient = (value: unknown): Buffer => encodeFrame('text', Buffer.from(JSON.stringify(value)), KEY);
const fromServer = (text: string): Buffer => encodeFrame('text', Buffer.from(text));
const texts = (steps: readonly MessageStep[]): string[] =>
  steps.map((step) => (step.kind === 'message' ? step.payload.toString() : step.kind));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

test('any split of what both sides send gives the same frames and the same masks', async () => {
  const clientBytes = Buffer.concat([
    fromClient('a'),
    encodeFrame('ping', Buffer.from('p'), KEY),
    fromClient('b'),
  ]);
  const serverBytes = Buffer.concat([fromServer(CARD), fromServer(`{"n":"${CARD}"}`), fromServer('c')]);
  const run = async (clientCuts: readonly number[], serverCuts: readonly number[]) => {
    const side = await walk();
    const feed = (from: 'client' | 'server', bytes: Buffer, cuts: readonly number[]): void => {
      const edges = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
      for (const [index, end] of edges.slice(1).entries())
        side.walk.receive(from, bytes.subarray(edges[index], end), false);
    };
    feed('client', clientBytes, clientCuts);
    feed('server', serverBytes, serverCuts);
    side.walk.closed();
    const ended = side.records.at(-1);
    return [side.client(), side.server(), ended?.type === 'ended' ? [ended.masks, ended.rows] : undefined];
  };
  const whole = await run([], []);
  expect(whole[2]).toEqual([{ payment_card: 2 }, 5]);
  const cuts = fc.array(fc.nat(200), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(cuts, cuts, async (clientCuts, serverCuts) => {
      expect(await run(clientCuts, serverCuts)).toEqual(whole);
    }),
    { numRuns: 100 },
  );
});

describe('a denied message', () => {
  test('is recorded before anybody is told, and nothing behind it goes on', async () => {
    let release: (receipt: Receipt) => void = () => undefined;
    const side = await walk(() => new Promise((resolve) => (release = resolve)));
    side.walk.receive('server', fromServer('hello'), false);
    side.walk.receive('client', Buffer.concat([fromClient('a'), fromClient('no'), fromClient('b')]), false);
    side.walk.receive('server', fromServer('more'), false);
    await settled();
    expect(texts(side.server())).toEqual(['"a"']);
    expect(texts(side.client())).toEqual(['hello']);
    expect(side.records).toMatchObject([
      { type: 'decided', action_kind: 'http.message', decision: 'deny', rule: 'test.no', outcome: 'denied' },
      { type: 'ended', outcome: 'denied', error_code: 'GH_DENIED' },
    ]);
    release({} as Receipt);
    await settled();
    // The other of the two records is not written yet.
    expect(texts(side.client())).toEqual(['hello']);
  });

  test('whose record cannot be written ends the stream by force', async () => {
    const side = await walk(() => Promise.reject(new Error('disk full')));
    side.walk.receive('server', fromServer('hello'), false);
    side.walk.receive('client', fromClient('no'), false);
    await settled();
    expect(side.aborted()).toBe(true);
    expect(texts(side.client())).toEqual(['hello']);
    expect(side.server()).toEqual([]);
  });

  test('opens a server’s direction by a Ping, and speaks in none that is closed', async () => {
    const side = await walk();
    side.walk.receive('client', fromClient('no'), false);
    await settled();
    expect(texts(side.server())).toEqual(['ping']);
    expect(side.client()).toEqual([]);
    side.walk.receive('server', fromServer('late'), false);
    expect(texts(side.client())).toEqual(['close']);
    expect(texts(side.server())).toEqual(['ping', 'close']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(side.ends()).toEqual({ client: true, server: true });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(side.aborted()).toBe(true);
  });

  test('before a server that answers nothing ends the stream by force', async () => {
    const side = await walk();
    side.walk.receive('client', fromClient('no'), false);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(side.aborted()).toBe(true);
    expect(side.client()).toEqual([]);
  });

  test('that is held is denied with what it takes', async () => {
    const side = await walk();
    side.walk.receive('server', fromServer('hello'), false);
    side.walk.receive('client', fromClient('ask'), false);
    await settled();
    expect(side.records[0]).toMatchObject({ decision: 'hold', error_code: 'GH_APPROVAL_NEEDED' });
    expect(texts(side.server())).toEqual(['close']);
  });
});

test('what stands in control frames reaches nobody: Pings, Pongs that answer none, the reason of a Close', async () => {
  const side = await walk();
  const secret = Buffer.from('a secret of the client');
  side.walk.receive(
    'client',
    Buffer.concat([
      encodeFrame('ping', secret, KEY),
      encodeFrame('pong', secret, KEY),
      encodeFrame('close', closePayload(1000, secret.toString()), KEY),
    ]),
    false,
  );
  expect(texts(side.server())).toEqual(['ping', 'ping']);
  const [first, last] = side.server();
  if (first?.kind !== 'ping' || last?.kind !== 'ping') throw new Error('no Pings');
  side.walk.receive('server', encodeFrame('pong', first.payload), false);
  expect(side.client()).toEqual([{ kind: 'pong', payload: secret }]);
  side.walk.receive('server', encodeFrame('ping', Buffer.from(CARD)), false);
  side.walk.receive('server', encodeFrame('pong', last.payload), false);
  await settled();
  expect(side.server().at(-1)).toEqual({ kind: 'close', code: 1000, reason: '' });
  expect(texts(side.client())).toEqual(['pong', 'ping', 'close']);
  for (const step of [...side.server(), ...side.client().slice(1)])
    expect(
      JSON.stringify({ ...step, ...('payload' in step ? { payload: step.payload.toString() } : {}) }),
    ).not.toMatch(/secret|4111/);
});

describe('an end of the gate’s own', () => {
  test('of a session in which nobody has spoken is a reset', async () => {
    const side = await walk();
    side.walk.terminate('GH_TOKEN_EXPIRED');
    await settled();
    expect(side.aborted()).toBe(true);
    expect(side.records).toMatchObject([{ outcome: 'aborted', error_code: 'GH_TOKEN_EXPIRED' }]);
  });

  test('tells the server once the client has spoken, and ends when the client has closed', async () => {
    const side = await walk();
    side.walk.receive('server', fromServer('hello'), false);
    side.walk.terminate('GH_DRAINED');
    await settled();
    expect(side.client().at(-1)).toEqual({ kind: 'close', code: 1001, reason: 'GH_DRAINED' });
    expect(side.server()).toEqual([]);
    side.walk.receive('client', encodeFrame('close', closePayload(1001), KEY), false);
    expect(texts(side.server())).toEqual(['close']);
    expect(side.ends()).toEqual({ client: true, server: true });
  });
});

test('an end waits for its record: a server’s Close, and the end of its connection', async () => {
  let release: (receipt: Receipt) => void = () => undefined;
  const side = await walk(() => new Promise((resolve) => (release = resolve)));
  side.walk.receive('server', encodeFrame('close', closePayload(1000, 'bye')), true);
  await settled();
  expect(side.client()).toEqual([]);
  release({} as Receipt);
  await settled();
  expect(side.client()).toEqual([{ kind: 'close', code: 1000, reason: 'bye' }]);
  expect(side.ends().client).toBe(true);
  expect(side.records).toMatchObject([{ type: 'ended', outcome: 'ok' }]);
});

test('a chunk of thousands of messages is worked off in turns, in order', async () => {
  const side = await walk();
  const values = Array.from({ length: 1_000 }, (_, at) => at);
  side.walk.receive('client', Buffer.concat(values.map(fromClient)), false);
  expect(side.server().length).toBeLessThan(300);
  await settled();
  for (let turn = 0; turn < 5; turn++) await vi.advanceTimersByTimeAsync(1);
  expect(texts(side.server())).toEqual(values.map(String));
});

describe('once the server has closed', () => {
  test.each([
    ['by a Close', encodeFrame('close', closePayload(1000)), false],
    ['by the end of its connection', Buffer.alloc(0), true],
  ])('nothing of the client’s goes on behind the record of the end: %s', async (_how, bytes, end) => {
    let release: (receipt: Receipt) => void = () => undefined;
    const side = await walk(() => new Promise((resolve) => (release = resolve)));
    side.walk.receive('client', fromClient('a'), false);
    side.walk.receive('server', bytes, end);
    side.walk.receive('client', Buffer.concat([fromClient('b'), fromClient('no')]), false);
    expect(side.records).toMatchObject([{ type: 'ended', outcome: end ? 'aborted' : 'ok', rows: 1 }]);
    release({} as Receipt);
    await settled();
    side.walk.receive('client', fromClient('c'), false);
    await settled();
    expect(texts(side.server())).toEqual(['"a"']);
    expect(side.records).toHaveLength(1);
  });

  test('a client that does not close is waited for only so long', async () => {
    const side = await walk();
    side.walk.receive('client', fromClient('a'), false);
    side.walk.receive('server', encodeFrame('close', closePayload(1000)), false);
    await settled();
    expect(texts(side.client())).toEqual(['close']);
    expect(side.ends()).toEqual({ client: false, server: false });
    for (let n = 0; n < 10; n++) {
      await vi.advanceTimersByTimeAsync(990);
      side.walk.receive('client', fromClient(n), false);
    }
    expect(side.ends()).toEqual({ client: false, server: false });
    await vi.advanceTimersByTimeAsync(100);
    expect(side.ends()).toEqual({ client: true, server: true });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(side.aborted()).toBe(true);
    expect(texts(side.server())).toEqual(['"a"']);
    expect(side.records).toHaveLength(1);
  });
});

test('a client that closes behind the server is waited for no longer', async () => {
  const side = await walk();
  side.walk.receive('server', encodeFrame('close', closePayload(1000)), false);
  await vi.advanceTimersByTimeAsync(5_000);
  side.walk.receive('client', encodeFrame('close', closePayload(1000), KEY), false);
  expect(texts(side.server())).toEqual(['close']);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(side.ends()).toEqual({ client: true, server: true });
  // Whatever it still says keeps no stream open.
  side.walk.receive('client', encodeFrame('close', closePayload(1000), KEY), false);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(side.aborted()).toBe(true);
});

describe('a message that was approved', () => {
  const REQUEST = {
    id: '01a21848-ad64-7ead-a4be-624af0ed3309',
    reason: '',
    decideByMs: 0,
    terms: { requirements: [] },
  };
  const approved = { request: REQUEST, state: 'approved', decisions: [] };

  /** A desk where it is approved at once; `redeem` is called before its approval is used. */
  const deskOf = (redeem: () => void = () => undefined): ApprovalDesk =>
    ({
      granted: () => Promise.resolve(undefined),
      ask: () => Promise.resolve({ kind: 'asked', request: REQUEST }),
      settled: () => Promise.resolve(approved),
      linkOf: () => undefined,
      redeem: () => {
        redeem();
        return Promise.resolve({ kind: 'redeemed', decisions: [] });
      },
    }) as unknown as ApprovalDesk;
  const rows = (records: readonly AuditRecord[]) =>
    records.map((record) => [
      record.type,
      record.type === 'decided' ? record.action_kind : record.event_id === records[0]?.event_id,
      record.outcome,
    ]);

  test('has a row that ends when it has gone on', async () => {
    const side = await walk(undefined, deskOf());
    side.walk.receive('client', Buffer.concat([fromClient('ask'), fromClient('b')]), false);
    await vi.advanceTimersByTimeAsync(10);
    expect(texts(side.server())).toEqual(['"ask"', '"b"']);
    expect(rows(side.records)).toEqual([
      ['decided', 'http.message', undefined],
      ['ended', true, 'ok'],
    ]);
  });

  test.each([
    ['client closes', 'client', encodeFrame('close', closePayload(1000), KEY), false],
    ['client ends its connection', 'client', Buffer.alloc(0), true],
    ['server closes', 'server', encodeFrame('close', closePayload(1000)), false],
  ] as const)('and whose %s before it goes on has not run by its row', async (_who, from, bytes, end) => {
    const side = await walk(
      undefined,
      deskOf(() => side.walk.receive(from, bytes, end)),
    );
    side.walk.receive('client', fromClient('ask'), false);
    await vi.advanceTimersByTimeAsync(10);
    expect(texts(side.server())).not.toContain('"ask"');
    const own = side.records.find(({ type }) => type === 'decided');
    expect(own).toMatchObject({ action_kind: 'http.message', approval_id: REQUEST.id });
    expect(own).not.toHaveProperty('outcome');
    expect(
      side.records.find(({ type, event_id: id }) => type === 'ended' && id === own?.event_id),
    ).toMatchObject({
      outcome: 'not_run',
    });
  });

  test.each(['ask', 'later'])('uses nothing up where its client has left before: %s', async (value) => {
    let redeemed = 0;
    let found: (() => void) | undefined;
    const finding = () => new Promise((resolve) => (found = () => resolve(approved)));
    const desk = {
      ...deskOf(() => redeemed++),
      settled: finding,
      standing: finding,
    } as unknown as ApprovalDesk;
    const side = await walk(undefined, desk);
    side.walk.receive('client', fromClient(value), false);
    await settled();
    found?.();
    side.walk.receive('client', encodeFrame('close', closePayload(1000), KEY), false);
    await vi.advanceTimersByTimeAsync(10);
    expect(redeemed).toBe(0);
    expect(rows(side.records)[0]).toEqual(['decided', 'http.message', 'cancelled']);
    expect(texts(side.server())).not.toContain(`"${value}"`);
  });
});
