import { describe, expect, it } from 'vitest';
import type { PolicyMcpAction } from '../../domain/policy-input.ts';
import { parseStrictJson } from '../../protocols/http/body/strict-json.ts';
import { fieldMarks } from '../../protocols/http/body/field-marks.ts';
import type { HeaderFields } from '../../protocols/http/header-fields.ts';
import { readRequestHead } from '../../protocols/http/request-head.ts';
import { ONE_SENDING, SAYS_WHAT_IS_DONE } from '../../protocols/http/one-sending.fixture.ts';
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

const describeCall = (called: Called) => mcpDialect(gate).describe(requestOf(called));

function held(called: Called) {
  const described = describeCall(called) as DescribedRequest;
  const form = described.held;
  return {
    takenOff: described.requestHeaders.remove,
    shown: form.payload(masking, false),
    digest: form.digest(false),
    similarKey: form.similarKey(false),
  };
}

describe('the action that policy is asked about', () => {
  it('has fields of its arguments that nothing has made yet', () => {
    const { action } = describeCall({}) as DescribedRequest;
    const { mcp } = action as PolicyMcpAction;
    expect(Object.getOwnPropertyDescriptor(mcp, 'argument_fields')?.get).toBeTypeOf('function');
    expect(mcp.argument_fields).toEqual({ n: 1 });
  });
});

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

  it.each(ONE_SENDING)('is of one kind at each sending, and another one for its own seal: %s', (name) => {
    const other = held({ headers: [[name, 'a']] });
    expect(other.similarKey).toBe(held({}).similarKey);
    expect(other.digest).not.toBe(held({}).digest);
    expect(other.shown).toContain(`\n${name}: a\n`);
  });

  it.each(SAYS_WHAT_IS_DONE)('is of another kind with what says what is done: %s', (name) => {
    expect(held({ headers: [[name, 'a']] }).similarKey).not.toBe(held({}).similarKey);
  });
});

describe('an argument that stands in a header too', () => {
  const NEW = '2026-07-28';
  const callOf = (version: string, headers: HeaderFields, tool = 'deploy', region = '"eu"'): Called => ({
    headers: [
      ['mcp-protocol-version', version],
      ['mcp-method', 'tools/call'],
      ['mcp-name', tool],
      ...headers,
    ],
    json: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: tool,
        arguments: { region: JSON.parse(region) as unknown },
        ...(version === NEW
          ? {
              _meta: {
                'io.modelcontextprotocol/protocolVersion': NEW,
                'io.modelcontextprotocol/clientCapabilities': {},
              },
            }
          : {}),
      },
    }),
  });
  gate.toolSchemas.remember('api', [
    {
      name: 'deploy',
      inputSchema: { type: 'object', properties: { region: { 'x-mcp-header': 'Region' } } },
    },
  ]);

  it('goes on where it is known to be the same, shown with the argument alone', () => {
    const { takenOff, shown, digest } = held(callOf(NEW, [['mcp-param-region', 'eu']]));
    expect(takenOff).not.toContain('mcp-param-region');
    expect(shown).not.toContain('mcp-param');
    const spelled = held(callOf(NEW, [['mcp-param-region', '=?base64?ZXU=?=']]));
    expect(spelled.digest).not.toBe(digest);
    expect(held(callOf(NEW, [['mcp-param-region', '7']], 'deploy', '7')).similarKey).toBe(spelled.similarKey);
  });

  it.each([
    ['of a version that has none', '2025-11-25', [['mcp-param-region', 'us']], []],
    ['of a version that nobody named', '2025-03-26', [['mcp-param-region', 'us']], []],
    [
      'that the tool does not declare',
      NEW,
      [
        ['mcp-param-region', 'eu'],
        ['mcp-param-zone', 'us'],
      ],
      [['mcp-param-region', 'eu']],
    ],
  ] as const)('is taken off where it is one %s', (_what, version, headers, without) => {
    const { takenOff, shown, digest } = held(callOf(version, headers));
    expect(takenOff.filter((name) => name.startsWith('mcp-param-'))).toEqual([headers.at(-1)?.[0]]);
    expect(shown).not.toContain('mcp-param');
    expect(digest).toBe(held(callOf(version, without)).digest);
  });

  it('is taken off what calls no tool', () => {
    const ping = { json: '{"jsonrpc":"2.0","id":1,"method":"ping"}' };
    const notification = { json: '{"jsonrpc":"2.0","method":"notifications/initialized"}' };
    for (const called of [ping, notification])
      expect(held({ ...called, headers: [['mcp-param-region', 'us']] }).takenOff).toContain(
        'mcp-param-region',
      );
  });

  it('is refused where nobody knows the tool, as where it says something else', () => {
    const refused = { ok: false, status: 400, code: 'GH_MCP_HEADER' };
    expect(describeCall(callOf(NEW, [['mcp-param-region', 'eu']], 'unlisted'))).toMatchObject(refused);
    expect(describeCall(callOf(NEW, [['mcp-param-region', 'us']]))).toMatchObject(refused);
    expect(describeCall(callOf(NEW, [], 'unlisted'))).toMatchObject({ ok: true });
  });
});

it('the name of a method that the gate does not know is sealed and shown, since the body may not have it', () => {
  const named = (name: string) =>
    held({
      json: '{"jsonrpc":"2.0","id":1,"method":"x/run","params":{"a":1}}',
      headers: [
        ['mcp-method', 'x/run'],
        ['mcp-name', name],
      ],
    });
  expect(named('job-1').shown).toContain('\nmcp-name: job-1\n');
  expect(named('job-1').shown).not.toContain('mcp-method');
  expect(named('job-1').digest).not.toBe(named('job-2').digest);
  expect(named('job-1').similarKey).not.toBe(named('job-2').similarKey);
});
