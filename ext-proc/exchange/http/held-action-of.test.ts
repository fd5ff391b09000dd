import { expect, it } from 'vitest';
import { readRequestHead } from '../../protocols/http/request-head.ts';
import { apiDialect } from './api-dialect.ts';
import type { DescribedRequest } from './dialect.ts';
import { heldActionOf } from './held-action-of.ts';
import { HttpEvent } from './http-event.ts';
import { allowing, TEST_TERMS, testHttpGate, testRoute } from './http-gate.fixture.ts';
import { readObligations } from './obligations.ts';
import { NO_BODY } from './request-body.ts';

function viewOf(headers: readonly (readonly [string, string])[], revealed: readonly string[]) {
  const gate = testHttpGate();
  const route = testRoute();
  const read = readRequestHead([
    [':method', 'GET'],
    [':authority', 'h.example.com'],
    [':path', '/people/7'],
    ...headers,
  ]);
  if (!read.ok) throw new Error(read.code);
  const request = {
    route,
    principal: { subject: 'agent', onBehalfOf: undefined, issuer: 'https://i', groups: [], accounts: [] },
    clientAddress: '127.0.0.1:1',
    head: read.head,
    body: NO_BODY,
  };
  const decision = allowing({ kind: 'reveal_headers', headers: revealed });
  const made = heldActionOf({
    gate,
    event: new HttpEvent(gate),
    request,
    described: apiDialect.describe(request) as DescribedRequest,
    decision,
    obligations: readObligations(decision, route, gate.masking),
    terms: TEST_TERMS,
    mode: 'retry',
    expiresAtMs: 0,
  });
  if (!made.ok) throw new Error(made.code);
  return made.action.view;
}

it('says that a cookie goes on which nobody is shown, so that it is decided where all is told', () => {
  const view = viewOf([['cookie', 'session=abc']], ['set-cookie']);
  expect(view.payload).toContain('cookie: [not shown]');
  expect(view.partly).toBe(true);
  expect(view.warnings).toEqual(['It goes on with a cookie of the client, which is not shown.']);
});

it('is whole without a cookie, or where none goes on', () => {
  for (const view of [viewOf([], ['set-cookie']), viewOf([['cookie', 'session=abc']], [])]) {
    expect(view.payload).not.toContain('session=abc');
    expect(view).toMatchObject({ partly: false, warnings: [] });
  }
});
