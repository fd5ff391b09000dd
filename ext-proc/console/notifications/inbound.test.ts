import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { LOGIN_ISSUER, openHeldRequests, type HeldRequests } from '../../../test/support/held-requests.ts';
import type { ApprovalRequest } from '../../domain/approvals/approval-request.ts';
import { Secret } from '../../domain/secret.ts';
import type { Channel } from './channel.ts';
import { InboundDecisions } from './inbound.ts';
import { slackSignature } from './slack-signature.ts';
import { readWebhookSecrets, signWebhook, type WebhookSecret } from './standard-webhooks.ts';

const secrets = readWebhookSecrets(['whsec', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'].join('_'));
const otherSecrets = readWebhookSecrets(['whsec', 'dGhpcyBpcyBhbm90aGVyIHNlY3JldCBvZiBvdXJz'].join('_'));
const slackSecret = new Secret('8f742231b10e8888abcd99yyyzzz85a5');
const person = (subject: string, differs: object = {}) => ({
  subject,
  person: undefined,
  accounts: [],
  groups: ['developers'],
  ...differs,
});
const users = new Map([
  ['bob', person('bob@example.com')],
  ['alice', person('alice@example.com')],
  ['alice-admin', person('alice-admin@example.com', { person: '10027' })],
  ['alice-alias', person('a.moreau', { accounts: ['alice@example.com'] })],
  ['visitor', person('visitor@example.com', { groups: [] })],
]);
const channels: readonly Channel[] = [
  { kind: 'webhook', name: 'ops', url: 'https://ops.example.com/', secrets, users },
  {
    kind: 'webhook',
    name: 'closed',
    url: 'https://ops.example.com/',
    secrets: otherSecrets,
    users: new Map(),
  },
  {
    kind: 'slack',
    name: 'chat',
    url: 'https://hooks.slack.com/services/T0/B0/x',
    secret: slackSecret,
    users: new Map([
      ['U0BOB', person('bob@example.com')],
      ['U0ALICE', person('alice@example.com')],
    ]),
  },
  {
    kind: 'slack',
    name: 'mute',
    url: 'https://hooks.slack.com/services/T0/B0/y',
    secret: undefined,
    users: new Map(),
  },
  { kind: 'teams', name: 'teams', url: 'https://teams.example.com/', users: new Map() },
];

let directory: string;
let held: HeldRequests;
let inbound: InboundDecisions;
let request: ApprovalRequest;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-inbound-'));
  held = await openHeldRequests(directory);
  inbound = new InboundDecisions({ ...held, channels, loginIssuer: LOGIN_ISSUER });
  request = await held.hold({ requester: { person: '10027' } });
});
afterEach(async () => {
  await held.close();
  await rm(directory, { recursive: true });
});

const stateNow = async (): Promise<string | undefined> => (await held.store.get(request.id))?.state;
const bodyOf = (differs: object = {}): string =>
  JSON.stringify({
    approvalId: request.id,
    verdict: 'approve',
    reviewer: { subject: 'bob' },
    reason: 'ticket 17',
    actionDigest: request.actionDigest,
    ...differs,
  });

interface Sent {
  readonly id?: string;
  readonly at?: number;
  readonly by?: readonly WebhookSecret[];
  readonly to?: string;
}
async function send(
  body: string,
  { id = 'msg_1', at = held.clock.nowMs(), by = secrets, to = 'ops' }: Sent = {},
) {
  return inbound.webhook(to, { ...signWebhook(by, id, at, body) }, Buffer.from(body));
}

describe('a signed webhook', () => {
  test('decides for whom the configuration says its reviewer is', async () => {
    expect(await send(bodyOf())).toMatchObject({ status: 200, body: { state: 'approved', agreed: 1 } });
    expect(held.records).toMatchObject([
      {
        action_kind: 'approval.decided',
        principal_subject: 'bob@example.com',
        details: { channel: 'webhook' },
      },
    ]);
  });

  test('that is forged decides nothing', async () => {
    expect(await send(bodyOf(), { by: otherSecrets })).toMatchObject({
      status: 401,
      code: 'GH_WEBHOOK_SIGNATURE',
    });
    const body = bodyOf();
    const headers = signWebhook(secrets, 'msg_1', held.clock.nowMs(), body);
    const changed = Buffer.from(body.replace('approve', 'approve '));
    expect(await inbound.webhook('ops', { ...headers }, changed)).toMatchObject({
      code: 'GH_WEBHOOK_SIGNATURE',
    });
    expect(await inbound.webhook('ops', {}, Buffer.from(body))).toMatchObject({
      code: 'GH_WEBHOOK_UNSIGNED',
    });
    expect(await stateNow()).toBe('pending');
  });

  test.each([
    [60_000, 200, ''],
    [-60_000, 200, ''],
    [360_000, 401, 'GH_WEBHOOK_STALE'],
    [-360_000, 401, 'GH_WEBHOOK_STALE'],
  ])('of a clock that differs by %d ms is answered with %d', async (differsMs, status, code) => {
    expect(await send(bodyOf(), { at: held.clock.nowMs() + differsMs })).toMatchObject({ status, code });
    expect(await stateNow()).toBe(status === 200 ? 'approved' : 'pending');
  });

  test('is taken once, by another console neither', async () => {
    expect(await send(bodyOf())).toMatchObject({ status: 200 });
    expect(await send(bodyOf())).toMatchObject({ status: 409, code: 'GH_WEBHOOK_REPLAYED' });
    const another = new InboundDecisions({ ...held, channels, loginIssuer: LOGIN_ISSUER });
    const body = bodyOf();
    const headers = signWebhook(secrets, 'msg_1', held.clock.nowMs(), body);
    expect(await another.webhook('ops', { ...headers }, Buffer.from(body))).toMatchObject({
      status: 409,
      code: 'GH_REVIEW_CLOSED',
    });
    expect(held.records.filter(({ action_kind: kind }) => kind === 'approval.decided')).toHaveLength(1);
  });

  test('may come again where the store was away', async () => {
    const append = { ...held.journal, append: () => Promise.reject(new Error('disk full')) };
    inbound = new InboundDecisions({ ...held, journal: append, channels, loginIssuer: LOGIN_ISSUER });
    expect(await send(bodyOf())).toMatchObject({ status: 503 });
    expect(await send(bodyOf())).toMatchObject({ status: 503 });
  });

  test.each(['alice', 'alice-admin', 'alice-alias'])(
    'that names the requester (%s) approves nothing',
    async (subject) => {
      expect(await send(bodyOf({ reviewer: { subject } }))).toMatchObject({
        status: 403,
        code: 'GH_REVIEW_OWN_REQUEST',
      });
      expect(await stateNow()).toBe('pending');
    },
  );

  test.each([
    ['somebody whom the configuration does not know', { subject: 'mallory' }, 'GH_REVIEW_OUTSIDER'],
    ['a subject instead of a name of the channel', { subject: 'bob@example.com' }, 'GH_REVIEW_OUTSIDER'],
    [
      'somebody with groups of its own',
      { subject: 'visitor', groups: ['developers'] },
      'GH_REVIEW_NOT_ASKED',
    ],
    ['a member of every object', { subject: 'constructor' }, 'GH_REVIEW_OUTSIDER'],
  ])('that names %s approves nothing', async (_whom, by, code) => {
    expect(await send(bodyOf({ reviewer: by }))).toMatchObject({ status: 403, code });
    expect(await stateNow()).toBe('pending');
  });

  test('to a channel that knows nobody decides nothing', async () => {
    expect(await send(bodyOf(), { to: 'closed', by: otherSecrets })).toMatchObject({
      code: 'GH_REVIEW_OUTSIDER',
    });
  });

  test.each(['chat', 'teams', 'nowhere'])('to %s proves nothing', async (to) => {
    expect(await send(bodyOf(), { to })).toMatchObject({ status: 401, code: 'GH_WEBHOOK_SIGNATURE' });
  });

  test('of another digest than was told decides nothing', async () => {
    expect(await send(bodyOf({ actionDigest: '0'.repeat(64) }))).toMatchObject({ code: 'GH_REVIEW_DIGEST' });
  });

  test.each(['', 'null', '[]', '{}', '{"approvalId":1}', '\u00ff', bodyless({ verdict: 'APPROVE' })])(
    'with the body %j is malformed',
    async (body) => {
      expect(await send(body)).toMatchObject({ status: 400, code: 'GH_WEBHOOK_BODY' });
    },
  );

  test('may not be an emergency, nor give a grant', async () => {
    await send(bodyOf({ verdict: 'approve', breakGlass: true, grant: { minutes: 5, scope: 'literals' } }));
    expect(held.records.map(({ action_kind: kind }) => kind)).toEqual(['approval.decided']);
    expect(held.records[0]?.details).not.toHaveProperty('break_glass');
  });
});

function bodyless(differs: object): string {
  return JSON.stringify({ approvalId: 'x', reviewer: { subject: 'bob' }, actionDigest: 'x', ...differs });
}

describe('a button in Slack', () => {
  const press = (differs: object = {}, action: object = {}): string =>
    new URLSearchParams({
      payload: JSON.stringify({
        type: 'block_actions',
        user: { id: 'U0BOB' },
        actions: [{ action_id: 'approve', value: `${request.id}:${request.actionDigest}`, ...action }],
        response_url: 'https://hooks.slack.com/actions/T0/1/z',
        state: { values: { reason: { reason: { type: 'plain_text_input', value: 'fine' } } } },
        ...differs,
      }),
    }).toString();
  const told: { url: string; message: Record<string, unknown> }[] = [];
  beforeEach(() => void told.splice(0));

  function post(body: string, { at = held.clock.nowMs(), secret = slackSecret, to = 'chat' } = {}) {
    const timestamp = String(Math.floor(at / 1_000));
    const headers = {
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': slackSignature(secret, timestamp, Buffer.from(body)),
    };
    return inbound.slack(to, headers, Buffer.from(body), (url, message) => {
      told.push({ url, message: JSON.parse(message) as Record<string, unknown> });
      return Promise.resolve();
    });
  }

  test("Slack's own example has its signature", () => {
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    expect(
      slackSignature(new Secret('8f742231b10e8888abcd99yyyzzz85a5'), '1531420618', Buffer.from(body)),
    ).toBe('v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503');
  });

  test('decides for whom the configuration says who pressed it', async () => {
    expect(await post(press())).toMatchObject({ status: 200 });
    expect(await stateNow()).toBe('approved');
    expect(held.records).toMatchObject([
      { principal_subject: 'bob@example.com', reason: 'fine', details: { channel: 'slack' } },
    ]);
    expect(told).toMatchObject([
      { url: 'https://hooks.slack.com/actions/T0/1/z', message: { replace_original: true } },
    ]);
  });

  test('with a forged signature, or of an app without a secret, decides nothing', async () => {
    expect(await post(press(), { secret: new Secret('another') })).toMatchObject({
      status: 401,
      code: 'GH_SLACK_SIGNATURE',
    });
    expect(await post(press(), { to: 'mute', secret: new Secret('') })).toMatchObject({
      code: 'GH_SLACK_SIGNATURE',
    });
    expect(await inbound.slack('chat', {}, Buffer.from(press()))).toMatchObject({
      code: 'GH_SLACK_UNSIGNED',
    });
    expect(await stateNow()).toBe('pending');
  });

  test.each([
    [60_000, 200, ''],
    [-60_000, 200, ''],
    [360_000, 401, 'GH_SLACK_STALE'],
    [-360_000, 401, 'GH_SLACK_STALE'],
  ])('of a clock that differs by %d ms is answered with %d', async (differsMs, status, code) => {
    expect(await post(press(), { at: held.clock.nowMs() + differsMs })).toMatchObject({ status, code });
  });

  test('sent again decides nothing again', async () => {
    const at = held.clock.nowMs();
    await post(press(), { at });
    expect(await post(press(), { at })).toMatchObject({ status: 409, code: 'GH_SLACK_REPLAYED' });
  });

  test('of the requester, or of somebody unknown, decides nothing, and only they are told', async () => {
    await post(press({ user: { id: 'U0ALICE' } }));
    await post(press({ user: { id: 'U0MALLORY' } }));
    expect(await stateNow()).toBe('pending');
    expect(told.map(({ message }) => [message['response_type'], message['text']])).toEqual([
      ['ephemeral', expect.stringContaining('GH_REVIEW_OWN_REQUEST')],
      ['ephemeral', expect.stringContaining('GH_REVIEW_OUTSIDER')],
    ]);
  });

  test('that denies without a reason asks for one', async () => {
    await post(press({ state: { values: {} } }, { action_id: 'deny' }));
    expect(await stateNow()).toBe('pending');
    expect(told[0]?.message['text']).toContain('GH_REVIEW_REASON');
  });

  test('is not answered elsewhere than where messages are posted', async () => {
    expect(await post(press({ response_url: 'http://169.254.169.254/latest' }))).toMatchObject({
      code: 'GH_SLACK_BODY',
    });
    expect(await stateNow()).toBe('pending');
  });

  test('that is a link decides nothing, and other actions are none of ours', async () => {
    expect(await post(press({}, { action_id: 'open' }))).toMatchObject({ status: 200 });
    expect(await post(press({ type: 'view_submission' }))).toMatchObject({ code: 'GH_SLACK_BODY' });
    expect(await post('payload=%7B')).toMatchObject({ code: 'GH_SLACK_BODY' });
    expect(await stateNow()).toBe('pending');
  });
});
