import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readClientMessage, readSessionRequest } from './client-message.ts';
import { encodeHeaderValue } from './mirrored-headers.ts';

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** A request of 2026-07-28 and its headers. */
function modern(method: string, params: Record<string, unknown> = {}, name?: string, id: unknown = 1) {
  const headers = new Map([
    ['mcp-protocol-version', '2026-07-28'],
    ['mcp-method', method],
  ]);
  if (name !== undefined) headers.set('mcp-name', encodeHeaderValue(name));
  return { body: { jsonrpc: '2.0', id, method, params: { ...params, _meta: META } }, headers };
}

const LEGACY = new Map([['mcp-protocol-version', '2025-11-25']]);
const call = (params: unknown, id: unknown = 1) => ({ jsonrpc: '2.0', id, method: 'tools/call', params });
const codeOf = (body: unknown, headers: ReadonlyMap<string, string> = LEGACY): string => {
  const read = readClientMessage(body, headers);
  return read.ok ? 'ok' : read.code;
};

describe('a request', () => {
  it('is read with its id, method, parameters and version', () => {
    const { body, headers } = modern('tools/call', { name: 'search', arguments: { q: 'x' } }, 'search');
    expect(readClientMessage(body, headers)).toEqual({
      ok: true,
      message: { kind: 'request', id: 1, method: 'tools/call', params: body.params, version: '2026-07-28' },
    });
  });

  it('keeps every id that JSON-RPC allows, 0 and the empty string too, in messages and in refusals', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ maxLength: 100 }), fc.maxSafeInteger(), fc.constantFrom(0, '', '0', '1')),
        (written) => {
          const id = written === 0 ? 0 : written;
          const parsed: unknown = JSON.parse(JSON.stringify(call({ name: 'a' }, id)));
          const read = readClientMessage(parsed, LEGACY);
          expect(read).toMatchObject({ ok: true, message: { kind: 'request', id } });
          expect(readClientMessage(call({ name: 7 }, id), LEGACY)).toMatchObject({ ok: false, id });
        },
      ),
    );
  });

  it.each([[null], [1.5], [{}], [[1]], [true], [2 ** 53], ['x'.repeat(1_025)]])(
    'with the id %j is refused',
    (id) => {
      expect(readClientMessage(call({ name: 'a' }, id), LEGACY)).toMatchObject({
        code: 'GH_MCP_ID',
        id: null,
      });
    },
  );

  it.each([
    ['a second member of another kind', { jsonrpc: '2.0', id: 1, method: 'ping', result: {} }],
    ['a member that JSON-RPC does not know', { jsonrpc: '2.0', id: 1, method: 'ping', Method: 'tools/call' }],
    ['JSON-RPC 1', { id: 1, method: 'ping' }],
    ['another jsonrpc', { jsonrpc: 2.0, id: 1, method: 'ping' }],
    ['nothing but an id', { jsonrpc: '2.0', id: 1 }],
    ['a tool call without an id', { jsonrpc: '2.0', method: 'tools/call', params: { name: 'a' } }],
    ['a notification with an id', { jsonrpc: '2.0', id: 1, method: 'notifications/initialized' }],
    ['text', 'ping'],
  ])('in the form of %s is refused', (_, body) => {
    expect(codeOf(body)).toBe('GH_MCP_MESSAGE');
  });

  it('is refused in a batch, with a sentence that says so', () => {
    const read = readClientMessage([{ jsonrpc: '2.0', id: 1, method: 'ping' }], new Map());
    expect(read).toMatchObject({ ok: false, status: 400, code: 'GH_MCP_BATCH', rpcCode: -32_600, id: null });
  });

  it.each(['Tools/Call', 'tools/Call', 'TOOLS/LIST', 'tools/ſist', 'tools/call ', '', 'tools/call\n'])(
    'whose method is spelt %j is refused',
    (method) => {
      expect(codeOf({ jsonrpc: '2.0', id: 1, method, params: { name: 'a' } })).toBe('GH_MCP_METHOD');
    },
  );

  it.each([
    [{}],
    [{ name: 1 }],
    [{ name: 'a', arguments: [] }],
    [{ name: 'a', arguments: null }],
    [{ name: 'a', Name: 'b' }],
    [{ name: 'a', arguments: {}, Arguments: { force: true } }],
    [{ name: 'a', _meta: [] }],
    [[]],
    [null],
  ])('of a tool call with %j is refused', (params) => {
    expect(codeOf(call(params))).toBe('GH_MCP_PARAMS');
  });

  it.each([
    ['resources/read', { uri: ['file:///a'] }],
    ['resources/subscribe', {}],
    ['prompts/get', { name: {} }],
    ['resources/read', { uri: 'file:///public/../secret' }],
    ['resources/read', { uri: 'file:///public/%2E%2e/secret' }],
    ['resources/read', { uri: 'file:///public/..%2fsecret' }],
    ['resources/read', { uri: 'file:///public\\..\\secret' }],
    ['resources/read', { uri: 'file:///public/.' }],
    ['resources/read', { uri: 'file:///public/..?a' }],
    ['resources/read', { uri: 'file:///a\nb' }],
    ['subscriptions/listen', { notifications: { resourceSubscriptions: ['a:b', 'a:/../b'] } }],
    ['completion/complete', { ref: { type: 'ref/tool', name: 'a' } }],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'a', uri: 'file:///a' } }],
    ['completion/complete', { ref: { type: 'ref/resource', name: 'a' } }],
    ['subscriptions/listen', { notifications: { resourceSubscriptions: 'file:///a' } }],
    ['subscriptions/listen', {}],
    ['initialize', { protocolVersion: 20251125 }],
    ['tasks/result', {}],
  ])('%s with %j is refused', (method, params) => {
    expect(codeOf({ jsonrpc: '2.0', id: 1, method, params })).toBe('GH_MCP_PARAMS');
  });

  it.each([
    'file:///a/...',
    'file:///a/..b/c',
    'note:..',
    'memo://my notes/.hidden',
    'https://a.example/x?y=1/2',
  ])('may read %s', (uri) => {
    expect(codeOf({ jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri } })).toBe('ok');
  });

  it('that the gate does not know passes to policy', () => {
    expect(codeOf({ jsonrpc: '2.0', id: 1, method: 'vendor.example/search', params: { any: 1 } })).toBe('ok');
  });
});

describe('the version', () => {
  it.each(['2025-11-25', '2025-06-18', '2025-03-26'])('%s is read from the header', (version) => {
    const read = readClientMessage(call({ name: 'a' }), new Map([['mcp-protocol-version', version]]));
    expect(read).toMatchObject({ ok: true, message: { version } });
  });

  it('is empty where nobody says', () => {
    expect(readClientMessage(call({ name: 'a' }), new Map())).toMatchObject({ message: { version: '' } });
  });

  it('is that which initialize asks for, known or not', () => {
    const body = { jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: '2031-01-01' } };
    expect(readClientMessage(body, new Map())).toMatchObject({
      ok: true,
      message: { version: '2031-01-01' },
    });
  });

  it('that is not known is refused with those that are', () => {
    for (const version of ['1900-01-01', '', '2026-07-28, 2025-11-25']) {
      const headers = new Map([['mcp-protocol-version', version]]);
      expect(readClientMessage(call({ name: 'a' }), headers)).toMatchObject({
        status: 400,
        code: 'GH_MCP_VERSION',
        rpcCode: -32_022,
        data: { supported: expect.arrayContaining(['2026-07-28', '2025-11-25']), requested: version },
      });
    }
  });

  it('that the body claims and the header does not is refused', () => {
    const { body, headers } = modern('ping');
    expect(readClientMessage(body, new Map())).toMatchObject({
      code: 'GH_MCP_HEADER',
      publicMessage: 'the header MCP-Protocol-Version is missing',
    });
    expect(codeOf(body, LEGACY)).toBe('GH_MCP_HEADER');
    expect(codeOf(body, headers)).toBe('ok');
  });

  it('2026-07-28 needs its claim and the capabilities', () => {
    const { body, headers } = modern('tools/list');
    expect(codeOf({ ...body, params: {} }, headers)).toBe('GH_MCP_PARAMS');
    expect(
      codeOf(
        { ...body, params: { _meta: { ...META, 'io.modelcontextprotocol/clientCapabilities': 1 } } },
        headers,
      ),
    ).toBe('GH_MCP_PARAMS');
    expect(codeOf({ ...body, params: { _meta: { _meta: META } } }, headers)).toBe('GH_MCP_PARAMS');
  });

  it('2026-07-28 has no initialize and takes no answers', () => {
    const { body, headers } = modern('initialize', { protocolVersion: '2025-11-25' });
    expect(readClientMessage(body, headers)).toMatchObject({ code: 'GH_MCP_VERSION', rpcCode: -32_601 });
    const answer = { jsonrpc: '2.0', id: 1, result: {} };
    expect(codeOf(answer, new Map([['mcp-protocol-version', '2026-07-28']]))).toBe('GH_MCP_MESSAGE');
  });
});

describe('the headers', () => {
  it('must be there on requests of 2026-07-28', () => {
    const { body, headers } = modern('tools/call', { name: 'a' }, 'a');
    for (const name of ['mcp-method', 'mcp-name']) {
      const without = new Map(headers);
      without.delete(name);
      expect(readClientMessage(body, without)).toMatchObject({
        code: 'GH_MCP_HEADER',
        rpcCode: -32_020,
        id: 1,
      });
    }
  });

  it('must say what the body says, in every version', () => {
    for (const [name, value] of [
      ['mcp-method', 'tools/list'],
      ['mcp-method', 'tools/call,tools/call'],
      ['mcp-name', 'b'],
      ['mcp-name', 'A'],
      ['mcp-name', '=?base64?YQ?='],
      ['mcp-name', '=?base64?YR==?='],
      ['mcp-name', '=?base64?/w==?='],
      ['mcp-name', '=?base64?='],
    ] as const) {
      const { body, headers } = modern('tools/call', { name: 'a' }, 'a');
      expect(codeOf(body, new Map([...headers, [name, value]])), value).toBe('GH_MCP_HEADER');
      expect(codeOf(call({ name: 'a' }), new Map([...LEGACY, [name, value]])), value).toBe('GH_MCP_HEADER');
    }
  });

  it('may carry any name in the Base64 form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (name) => {
        const { body, headers } = modern('tools/call', { name }, name);
        expect(headers.get('mcp-name')).toMatch(/^[\x20-\x7e\t]*$/);
        expect(codeOf(body, headers)).toBe('ok');
      }),
    );
  });

  it('of a method that names nothing carry no name', () => {
    const { body, headers } = modern('tools/list', {}, 'a');
    expect(codeOf(body, headers)).toBe('GH_MCP_HEADER');
  });
});

describe('a client’s answer', () => {
  it('is read with a result or an error', () => {
    expect(readClientMessage({ jsonrpc: '2.0', id: 'a', result: { action: 'accept' } }, LEGACY)).toEqual({
      ok: true,
      message: { kind: 'response', id: 'a', result: { action: 'accept' }, version: '2025-11-25' },
    });
    expect(codeOf({ jsonrpc: '2.0', id: 0, error: { code: -1, message: 'no' } })).toBe('ok');
  });

  it('with both, with neither or without an id is refused', () => {
    expect(codeOf({ jsonrpc: '2.0', id: 1, result: {}, error: {} })).toBe('GH_MCP_MESSAGE');
    expect(codeOf({ jsonrpc: '2.0', id: 1, result: null })).toBe('GH_MCP_MESSAGE');
    expect(codeOf({ jsonrpc: '2.0', result: {} })).toBe('GH_MCP_MESSAGE');
  });
});

describe('GET and DELETE', () => {
  it('are of 2025-11-25 and earlier', () => {
    expect(readSessionRequest('GET', LEGACY)).toMatchObject({ ok: true, message: { version: '2025-11-25' } });
    expect(readSessionRequest('DELETE', new Map())).toMatchObject({ ok: true, message: { version: '' } });
    expect(readSessionRequest('GET', new Map([['mcp-protocol-version', '2026-07-28']]))).toMatchObject({
      status: 405,
      code: 'GH_MCP_HTTP_METHOD',
    });
    expect(readSessionRequest('GET', new Map([['mcp-protocol-version', 'x']]))).toMatchObject({
      status: 400,
    });
  });
});
