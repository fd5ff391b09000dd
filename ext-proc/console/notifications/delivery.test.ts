import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import {
  askOf,
  openHeldRequests,
  type HeldRequests,
  type HoldDiffers,
} from '../../../test/support/held-requests.ts';
import { Secret } from '../../domain/secret.ts';
import { decideApproval } from '../decide.ts';
import type { Channel } from './channel.ts';
import { DELIVERY_BACKOFF_MS, NotificationDelivery } from './delivery.ts';
import { readWebhookSecrets, verifyWebhook } from './standard-webhooks.ts';

const secrets = readWebhookSecrets(['whsec', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'].join('_'));
const publicUrl = 'https://gatehouse.example.com';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let directory: string;
let held: HeldRequests;
let server: Server;
let received: Received[];
let answers: { status: number; headers?: Record<string, string> }[];
let delivery: NotificationDelivery;

beforeEach(async () => {
  received = [];
  answers = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      const { status, headers = {} } = answers.shift() ?? { status: 204 };
      response.writeHead(status, headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-delivery-'));
});
afterEach(async () => {
  await delivery.close();
  await held.close();
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

async function begin(...kinds: ('webhook' | 'slack' | 'teams')[]): Promise<void> {
  held = await openHeldRequests(directory, kinds);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const users = new Map([
    ['U0BOB', { subject: 'bob@example.com', person: undefined, accounts: [], groups: [] }],
  ]);
  const channels = kinds.map((kind): Channel => {
    const base = { name: kind, url: `${url}/${kind}`, users };
    if (kind === 'webhook') return { ...base, kind, secrets };
    return kind === 'slack' ? { ...base, kind, secret: new Secret('signing') } : { ...base, kind };
  });
  delivery = new NotificationDelivery({ ...held, channels, publicUrl });
}

/** Looks, and waits until nothing is being sent. */
async function look(): Promise<void> {
  const before = received.length;
  delivery.look();
  await vi.waitFor(() => expect(received.length).toBeGreaterThan(before), 3_000);
  await vi.waitFor(() => expect(notified()).toHaveLength(received.length), 3_000);
  // The outcome is in the store once the event is.
  await new Promise((resolve) => setTimeout(resolve, 30));
}
const notified = () => held.records.filter(({ action_kind: kind }) => kind === 'approval.notified');

test('a webhook tells what waits, signed, and the delivery is evidence', async () => {
  await begin('webhook');
  const request = await held.hold();
  await look();
  const [{ headers, body }] = received as [Received];
  expect(verifyWebhook(secrets, headers, Buffer.from(body), Date.now())).toEqual({
    kind: 'verified',
    id: `${request.id}_requested`,
  });
  expect(JSON.parse(body)).toMatchObject({
    type: 'approval.requested',
    data: {
      approvalId: request.id,
      state: 'pending',
      words: request.view.words,
      payload: request.view.payload,
      rule: request.rule,
      reason: request.reason,
      requester: { subject: 'agent:claude-1', onBehalfOf: 'alice@example.com' },
      decideBy: new Date(request.decideByMs).toISOString(),
      link: `${publicUrl}/approvals/${request.id}`,
      actionDigest: request.actionDigest,
      flagged: [],
    },
  });
  expect(notified()).toMatchObject([
    {
      approval_id: request.id,
      outcome: 'ok',
      details: { channel: 'webhook', about: 'requested', attempt: '1', answer: 'HTTP 204' },
    },
  ]);
  expect(await held.store.takeNotifications(10, 1_000)).toEqual([]);
});

test('a decision is told as well, and in an emergency that it was one', async () => {
  await begin('webhook');
  const request = await held.hold();
  const erin = { ...askOf(request).reviewer, subject: 'erin@example.com', groups: ['on-call'] };
  await decideApproval(
    held,
    askOf(request, { reviewer: erin, breakGlass: true, reason: 'production is down' }),
  );
  await look();
  expect(received.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
    {
      type: 'approval.decided',
      data: {
        state: 'approved',
        decisions: [{ subject: 'erin@example.com', verdict: 'approve', breakGlass: true }],
      },
    },
  ]);
});

test('a place that is away is told again later, and again, and then no more', async () => {
  await begin('webhook');
  await held.hold({
    request: { decideByMs: Date.now() + 24 * 3_600_000, useByMs: Date.now() + 25 * 3_600_000 },
  });
  answers = Array.from({ length: 20 }, () => ({ status: 500 }));
  await look();
  delivery.look();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(received).toHaveLength(1);
  for (const backoffMs of DELIVERY_BACKOFF_MS) {
    held.advance(backoffMs + 1);
    await look();
  }
  expect(received).toHaveLength(DELIVERY_BACKOFF_MS.length + 1);
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(notified().at(-1)).toMatchObject({
    outcome: 'error',
    error_code: 'GH_NOTIFICATION_FAILED',
    details: { attempt: '8', next_attempt: 'none' },
  });
  held.advance(24 * 3_600_000);
  expect(await held.store.takeNotifications(10, 1_000)).toEqual([]);
});

test('where it leads is not the other side to say', async () => {
  await begin('webhook');
  await held.hold();
  answers = [{ status: 302, headers: { location: '/elsewhere' } }];
  await look();
  expect(received.map(({ path }) => path)).toEqual(['/webhook']);
  expect(notified()).toMatchObject([{ outcome: 'error', details: { answer: 'HTTP 302' } }]);
});

test('what is decided meanwhile is asked of nobody', async () => {
  await begin('webhook');
  const request = await held.hold();
  await held.store.cancel(request.id, 'GH_APPROVAL_LEFT');
  delivery.look();
  await vi.waitFor(async () => expect(await held.store.takeNotifications(10, 1)).toEqual([]));
  expect(received).toEqual([]);
});

interface Block {
  readonly type: string;
  readonly elements?: readonly {
    readonly action_id?: string;
    readonly type: string;
    readonly elements?: readonly { text: string }[];
  }[];
}

describe('a message of Slack', () => {
  const message = async (differs: HoldDiffers = {}) => {
    await begin('slack');
    const request = await held.hold(differs);
    await look();
    const sent = JSON.parse((received[0] as Received).body) as { text: string; blocks: readonly Block[] };
    const buttons = sent.blocks.flatMap(({ type, elements = [] }) =>
      type === 'actions' ? elements.map(({ action_id: id }) => id) : [],
    );
    return { request, sent, buttons, raw: (received[0] as Received).body };
  };

  test('has the whole payload as text that is no markup, and buttons', async () => {
    const payload = "UPDATE people SET note = '``` <!channel> <https://evil.example|safe> &amp; *bold*'";
    const { sent, buttons } = await message({
      view: { payload, words: 'UPDATE <!here> of `people` & more' },
    });
    expect(buttons).toEqual(['approve', 'deny', 'open']);
    expect(sent.blocks.find(({ type }) => type === 'rich_text')?.elements).toEqual([
      { type: 'rich_text_preformatted', elements: [{ type: 'text', text: payload }] },
    ]);
    expect(sent.text).toBe("Approval needed: UPDATE &lt;!here&gt; of 'people' &amp; more");
    expect(JSON.stringify(sent.blocks)).not.toContain('"mrkdwn"');
  });

  test.each<[string, HoldDiffers]>([
    ['too large', { view: { payload: `SELECT '${'x'.repeat(2_100)}'` } }],
    ['masked', { view: { payload: "UPDATE people SET email = '[masked:email]'" } }],
    ['bidirectional', { view: { payload: 'SELECT 1 \u202E' } }],
    ['invisible', { view: { payload: 'SELECT\u200B1' } }],
    ['confusable', { view: { payload: 'SELECT * FROM p\u0435ople' } }],
    ['a control character', { view: { payload: 'SELECT 1\r-- 2' } }],
    ['deceptive in a parameter', { view: { parameters: ['\u202Ex'] } }],
    ['deceptive in a fact', { view: { facts: [['role', 'adm\u0131n']] } }],
    ['deceptive in the words', { view: { words: 'UPDATE\nApproved by security' } }],
    ['too large with its facts', { view: { facts: [['tables', 'x'.repeat(2_100)]] } }],
    ['of many words', { terms: { text: 'look '.repeat(390) } }],
  ])('has a link and no button where it is %s', async (_what, differs) => {
    const { buttons, sent, raw } = await message(differs);
    expect(buttons).toEqual(['open']);
    expect(sent.blocks.some(({ type }) => type === 'rich_text' || type === 'input')).toBe(false);
    expect(raw).not.toMatch(/[\u202E\u200B\u0131]|\\u202e|\\u200b/i);
  });
});

test('a card of Teams has a link and nothing that decides', async () => {
  await begin('teams');
  const request = await held.hold({ view: { words: '[click](https://evil.example)' } });
  await look();
  const card = JSON.parse((received[0] as Received).body) as {
    attachments: { content: { actions: unknown[]; body: { type: string }[] } }[];
  };
  const content = card.attachments[0]?.content;
  expect(content?.actions).toEqual([
    { type: 'Action.OpenUrl', title: 'Look at it and decide', url: `${publicUrl}/approvals/${request.id}` },
  ]);
  // Runs know no markup.
  expect(new Set(content?.body.map(({ type }) => type))).toEqual(new Set(['RichTextBlock']));
});
