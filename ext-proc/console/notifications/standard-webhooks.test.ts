import { describe, expect, test } from 'vitest';

import { readWebhookSecrets, signWebhook, verifyWebhook } from './standard-webhooks.ts';

const SECRET = ['whsec', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'].join('_');
const OTHER = ['whsec', 'dGhpcyBpcyBhbm90aGVyIHNlY3JldCBvZiBvdXJz'].join('_');
const secrets = readWebhookSecrets(SECRET);
const others = readWebhookSecrets(OTHER);
const NOW_MS = 1_614_265_330_000;
const BODY = '{"test": 2432232314}';

test("the specification's own example has its signature", () => {
  expect(signWebhook(secrets, 'msg_p5jXN8AQM9LWM0D4loKWxJek', NOW_MS, BODY)).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

const signed = (differs: Record<string, string> = {}, by = secrets) => ({
  ...signWebhook(by, 'msg_1', NOW_MS, BODY),
  ...differs,
});
const verified = (headers: Record<string, string | string[] | undefined>, nowMs = NOW_MS, body = BODY) => {
  const result = verifyWebhook(secrets, headers, Buffer.from(body), nowMs);
  return result.kind === 'refused' ? result.code : result.kind;
};

test('what was signed is verified, with old and new secrets at once', () => {
  expect(verified(signed())).toBe('verified');
  expect(verified(signed({}, [...others, ...secrets]))).toBe('verified');
  expect(verifyWebhook([...others, ...secrets], signed(), Buffer.from(BODY), NOW_MS)).toEqual({
    kind: 'verified',
    id: 'msg_1',
  });
  expect(readWebhookSecrets(`${SECRET}\n${OTHER}\n`)).toHaveLength(2);
});

describe('refused are', () => {
  const mac = signed()['webhook-signature'];
  test.each<[string, Record<string, string | string[] | undefined>]>([
    ['a signature of another secret', signed({}, others)],
    ['another id', signed({ 'webhook-id': 'msg_2' })],
    ['another time', signed({ 'webhook-timestamp': '1614265331' })],
    ['a shorter signature', signed({ 'webhook-signature': mac.slice(0, -4) })],
    ['an empty signature', signed({ 'webhook-signature': 'v1,' })],
    ['a signature of another version', signed({ 'webhook-signature': mac.replace('v1,', 'v1a,') })],
    ['the ninth of many', signed({ 'webhook-signature': `${'v1,AAAA '.repeat(8)}${mac}` })],
  ])('%s', (_what, headers) => {
    expect(verified(headers)).toBe('GH_WEBHOOK_SIGNATURE');
  });

  test('another body', () => {
    expect(verified(signed(), NOW_MS, `${BODY} `)).toBe('GH_WEBHOOK_SIGNATURE');
  });

  test.each<[string, Record<string, string | string[] | undefined>]>([
    ['no signature', { ...signed(), 'webhook-signature': undefined }],
    ['no id', { ...signed(), 'webhook-id': undefined }],
    ['an id with a full stop, which could move bytes into the time', signed({ 'webhook-id': 'msg.1' })],
    ['a time that is no number', signed({ 'webhook-timestamp': '1e9' })],
    ['a header twice', { ...signed(), 'webhook-id': ['msg_1', 'msg_1'] }],
  ])('%s', (_what, headers) => {
    expect(verified(headers)).toBe('GH_WEBHOOK_UNSIGNED');
  });

  test('a channel without secrets verifies nothing', () => {
    expect(verifyWebhook([], signed({}, []), Buffer.from(BODY), NOW_MS).kind).toBe('refused');
  });
});

test.each([
  [60_000, 'verified'],
  [-60_000, 'verified'],
  [300_000, 'verified'],
  [360_000, 'GH_WEBHOOK_STALE'],
  [-360_000, 'GH_WEBHOOK_STALE'],
])('with a clock that differs by %d ms it is %s', (differsMs, what) => {
  expect(verified(signed(), NOW_MS + differsMs)).toBe(what);
});

test.each([
  '',
  'whsec_',
  'whsec_AAAA',
  'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  'whsec_not base64 at all',
  `whsec_${'A'.repeat(200)}`,
])('no secret is %j, and the error does not quote it', (text) => {
  expect(() => readWebhookSecrets(text)).toThrow(
    expect.objectContaining({ code: 'GH_WEBHOOK_SECRET' }) as Error,
  );
  if (text.length > 8) expect(() => readWebhookSecrets(text)).not.toThrow(text);
});
