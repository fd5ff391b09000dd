import { describe, expect, it } from 'vitest';
import { parseStrictJson } from '../../protocols/http/body/strict-json.ts';
import { fieldMarks } from '../../protocols/http/body/field-marks.ts';
import type { HeaderFields } from '../../protocols/http/header-fields.ts';
import { readRequestHead } from '../../protocols/http/request-head.ts';
import { createToolSchemas } from '../../protocols/mcp/tool-schemas.ts';
import type { DecidableRequest, DescribedRequest } from '../http/dialect.ts';
import { testHttpGate, testMasking, testRoute } from '../http/http-gate.fixture.ts';
import { mcpDialect } from './mcp-dialect.ts';

const gate = { ...testHttpGate(), toolSchemas: createToolSchemas() };
const masking = {
  masker: testMasking.masker,
  marks: fieldMarks({ rules: [], obligations: [], direction: 'request' }),
};

interface Called {
  readonly path?: string;
  readonly headers?: HeaderFields;
  readonly json?: string;
}

const CALL = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"restart","arguments":{"n":1}}}';

function requestOf({ path = '/mcp', headers = [], json = CALL }: Called): DecidableRequest {
  const bytes = Buffer.from(json);
  const read = readRequestHead([
    [':method', 'POST'],
    [':authority', 'h.example.com'],
    [':path', path],
    ['authorization', 'Bearer abc'],
    ['accept', 'application/json, text/event-stream'],
    ['content-type', 'application/json'],
    ['user-agent', 'a client'],
    ...headers,
  ]);
  const parsed = parseStrictJson(bytes);
  if (!read.ok || !parsed.ok) throw new Error('not a request');
  return {
    route: testRoute(),
    principal: { subject: 'agent', onBehalfOf: undefined, issuer: 'https://i', groups: [] },
    clientAddress: '127.0.0.1:1',
    head: read.head,
    body: {
      ok: true,
      policy: { kind: 'json', complete: true, bytes: bytes.length },
      kind: 'json',
      bytes,
      value: parsed.value,
      graphql: false,
    } as DecidableRequest['body'],
  };
}

function held(called: Called) {
  const described = mcpDialect(gate).describe(requestOf(called)) as DescribedRequest;
  const form = described.held;
  return {
    shown: form.payload(masking, false),
    digest: form.digest(false),
    similarKey: form.similarKey(false),
  };
}

describe('a held call', () => {
  it('shows where it goes and no more of its header than what counts', () => {
    expect(held({}).shown).toBe(
      'POST /mcp\nhost: h.example.com\n\n{"method":"tools/call","params":{"arguments":{"n":1},"name":"restart"}}',
    );
  });

  it.each([
    ['the query', { path: '/mcp?tenant=prod' }, 'POST /mcp?tenant=prod\n'],
    [
      'a header that servers act on',
      { headers: [['impersonate-user', 'root']] },
      '\nimpersonate-user: root\n',
    ],
    ['a header that nobody knows', { headers: [['x-tenant', 'prod']] }, '\nx-tenant: prod\n'],
  ] as const)('to another place or as somebody else is another call: %s', (_what, called, shown) => {
    const other = held(called);
    expect(other.shown).toContain(shown);
    expect(other.digest).not.toBe(held({}).digest);
    expect(other.similarKey).not.toBe(held({}).similarKey);
  });

  it('is of one kind with other arguments', () => {
    const other = held({ json: CALL.replace('"n":1', '"n":2') });
    expect(other.digest).not.toBe(held({}).digest);
    expect(other.similarKey).toBe(held({}).similarKey);
  });
});
