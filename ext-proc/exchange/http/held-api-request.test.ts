import { expect, it } from 'vitest';
import { fieldMarks } from '../../protocols/http/body/field-marks.ts';
import type { HeaderFields } from '../../protocols/http/header-fields.ts';
import { readRequestHead } from '../../protocols/http/request-head.ts';
import { apiDialect } from './api-dialect.ts';
import type { DescribedRequest } from './dialect.ts';
import { ONE_SENDING, SAYS_WHAT_IS_DONE } from '../../protocols/http/one-sending.fixture.ts';
import { testMasking, testRoute } from './http-gate.fixture.ts';
import { NO_BODY } from './request-body.ts';

const masking = {
  masker: testMasking.masker,
  marks: fieldMarks({ rules: [], obligations: [], direction: 'request' }),
};

function held(path: string, headers: HeaderFields = []) {
  const read = readRequestHead([
    [':method', 'GET'],
    [':authority', 'h.example.com'],
    [':path', path],
    ['sec-websocket-version', '13'],
    ...headers,
  ]);
  if (!read.ok) throw new Error(read.code);
  const { held: form } = apiDialect.describe({
    route: testRoute(),
    principal: { subject: 'agent', onBehalfOf: undefined, issuer: 'https://i', groups: [] },
    clientAddress: '127.0.0.1:1',
    head: read.head,
    body: NO_BODY,
  }) as DescribedRequest;
  return {
    shown: form.payload(masking, false),
    digest: form.digest(false),
    similarKey: form.similarKey(false),
  };
}

it('that opens a WebSocket is another one than a GET of the same, for grants too', () => {
  const get = held('/people/7');
  const opening = held('/people/7', [
    ['connection', 'Upgrade'],
    ['upgrade', 'websocket'],
    ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ]);
  expect(opening.digest).not.toBe(get.digest);
  expect(opening.similarKey).not.toBe(get.similarKey);
  expect(opening.shown).toContain('\nupgrade: websocket\n');
  expect(get.shown).not.toContain('upgrade');
});

it('is of one kind with other values, and of another as somebody else', () => {
  const { similarKey } = held('/people/7', [['idempotency-key', 'a']]);
  expect(held('/people/8?full=1', [['idempotency-key', 'b']]).similarKey).toBe(similarKey);
  expect(held('/people/7', [['impersonate-user', 'root']]).similarKey).not.toBe(similarKey);
});

it.each(ONE_SENDING)('is of one kind at each sending, and another one for its own seal: %s', (name) => {
  const [one, other] = [held('/people/7', [[name, 'a']]), held('/people/7', [[name, 'b']])];
  expect(other.similarKey).toBe(one.similarKey);
  expect(other.similarKey).toBe(held('/people/7').similarKey);
  expect(other.digest).not.toBe(one.digest);
  expect(other.shown).toContain(`\n${name}: b`);
});

it.each(SAYS_WHAT_IS_DONE)('is of another kind with what says what is done: %s', (name) => {
  const [one, other] = [held('/people/7', [[name, 'a']]), held('/people/7', [[name, 'b']])];
  expect(other.similarKey).not.toBe(one.similarKey);
});
