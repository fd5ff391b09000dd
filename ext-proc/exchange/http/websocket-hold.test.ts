import { expect, it } from 'vitest';
import type { HeaderFields } from '../../protocols/http/header-fields.ts';
import { ONE_SENDING, SAYS_WHAT_IS_DONE } from '../../protocols/http/one-sending.fixture.ts';
import { readRequestHead } from '../../protocols/http/request-head.ts';
import type { ApprovalDesk } from '../approvals/approval-desk.ts';
import type { HeldAction } from '../approvals/held-action.ts';
import { apiDialect } from './api-dialect.ts';
import type { DescribedRequest } from './dialect.ts';
import { allowing, TEST_TERMS, testHttpGate, testRoute } from './http-gate.fixture.ts';
import { HttpEvent } from './http-event.ts';
import { NO_BODY } from './request-body.ts';
import { MessageHold } from './websocket-hold.ts';

/** What the desk is asked of a message over a WebSocket that was opened so. */
async function asked(
  path: string,
  headers: HeaderFields = [],
  text = '{"cmd":"restart"}',
): Promise<HeldAction> {
  const route = testRoute();
  const gate = testHttpGate(route);
  gate.decide = () => ({ ...allowing(), verdict: 'hold', hold: TEST_TERMS });
  let action: HeldAction | undefined;
  const desk = {
    granted: () => Promise.resolve(undefined),
    ask: (held: HeldAction) => {
      action = held;
      return Promise.resolve({ kind: 'refused', code: 'GH_APPROVAL_TOO_MANY', publicMessage: '' });
    },
  } as unknown as ApprovalDesk;
  const read = readRequestHead([
    [':method', 'GET'],
    [':authority', 'h.example.com'],
    [':path', path],
    ['upgrade', 'websocket'],
    ['connection', 'Upgrade'],
    ...headers,
  ]);
  if (!read.ok) throw new Error(read.code);
  const principal = { subject: 'a', onBehalfOf: undefined, issuer: 'https://i', groups: [] };
  const clientAddress = '127.0.0.1:1';
  const request = { route, principal, clientAddress, head: read.head, body: NO_BODY };
  const hold = new MessageHold({
    gate: { ...gate, approvals: desk },
    caller: { principal, clientAddress, route },
    opened: { request, described: apiDialect.describe(request) as DescribedRequest },
    approvals: { desk, linksOf: () => ({ link: undefined, status: undefined }), expiresAtMs: 2e12 },
    session: new HttpEvent(gate),
    message: { kind: 'message', type: 'text', payload: Buffer.from(text) },
  });
  await hold.ended();
  if (action === undefined) throw new Error('nobody was asked');
  return action;
}

it('shows with which request its WebSocket was opened, and of that no more than what counts', async () => {
  expect((await asked('/shell')).view.payload).toBe(
    'GET /shell\nhost: h.example.com\nupgrade: websocket\n\n{"cmd":"restart"}',
  );
});

it.each([
  ['the query', '/shell?host=prod-db&user=root', []],
  ['a header', '/shell', [['x-tenant', 'prod']]],
] as const)(
  'is another message over a WebSocket that was opened otherwise: %s',
  async (_what, path, headers) => {
    const [one, other] = [await asked('/shell'), await asked(path, headers)];
    expect(other.view.payload).toContain(`GET ${path}\n`);
    for (const [name, value] of headers) expect(other.view.payload).toContain(`\n${name}: ${value}\n`);
    expect(other.actionDigest).not.toBe(one.actionDigest);
    expect(other.similarKey).not.toBe(one.similarKey);
  },
);

it('is of one kind with other values', async () => {
  const [one, other] = [await asked('/shell'), await asked('/shell', [], '{"cmd":"stop"}')];
  expect(other.actionDigest).not.toBe(one.actionDigest);
  expect(other.similarKey).toBe(one.similarKey);
});

it.each(ONE_SENDING)(
  'is of one kind over each WebSocket that is opened, and another one for its own seal: %s',
  async (name) => {
    const [one, other] = [await asked('/shell'), await asked('/shell', [[name, 'a']])];
    expect(other.similarKey).toBe(one.similarKey);
    expect(other.actionDigest).not.toBe(one.actionDigest);
    expect(other.view.payload).toContain(`\n${name}: a\n`);
  },
);

it.each(SAYS_WHAT_IS_DONE)('is of another kind where its opening says what is done: %s', async (name) => {
  const [one, other] = [await asked('/shell'), await asked('/shell', [[name, 'a']])];
  expect(other.similarKey).not.toBe(one.similarKey);
});
