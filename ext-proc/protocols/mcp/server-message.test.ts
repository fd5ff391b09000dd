import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answers, readServerMessage } from './server-message.ts';

const read = (message: unknown) => readServerMessage(message);

describe('readServerMessage', () => {
  it('reads results, and says what they ask of the client', () => {
    expect(read({ jsonrpc: '2.0', id: 0, result: { content: [] } })).toEqual({
      ok: true,
      message: { kind: 'result', id: 0, result: { content: [] }, resultType: 'complete', asks: [] },
    });
    const result = {
      resultType: 'input_required',
      inputRequests: { a: { method: 'elicitation/create', params: {} }, b: { method: 'roots/list' } },
    };
    expect(read({ jsonrpc: '2.0', id: 'x', result })).toMatchObject({
      message: { resultType: 'input_required', asks: ['elicitation/create', 'roots/list'] },
    });
  });

  it('reads errors with and without an id, requests and notifications', () => {
    const error = { code: -32_601, message: 'no' };
    expect(read({ jsonrpc: '2.0', id: 1, error })).toMatchObject({
      message: { kind: 'error', id: 1, rpcCode: -32_601 },
    });
    expect(read({ jsonrpc: '2.0', error })).toMatchObject({ message: { id: null } });
    expect(read({ jsonrpc: '2.0', id: null, error })).toMatchObject({ message: { id: null } });
    expect(read({ jsonrpc: '2.0', id: 1, method: 'sampling/createMessage', params: { a: 1 } })).toEqual({
      ok: true,
      message: { kind: 'request', id: 1, method: 'sampling/createMessage', params: { a: 1 } },
    });
    expect(read({ jsonrpc: '2.0', method: 'notifications/progress' })).toMatchObject({
      message: { kind: 'notification', params: {} },
    });
  });

  it.each([
    [[]],
    [[{ jsonrpc: '2.0', id: 1, result: {} }]],
    [{ id: 1, result: {} }],
    [{ jsonrpc: '2.0', result: {} }],
    [{ jsonrpc: '2.0', id: null, result: {} }],
    [{ jsonrpc: '2.0', id: 1, result: [] }],
    [{ jsonrpc: '2.0', id: 1, result: {}, error: { code: 1, message: '' } }],
    [{ jsonrpc: '2.0', id: 1, result: {}, method: 'x' }],
    [{ jsonrpc: '2.0', id: 1, result: {}, Result: {} }],
    [{ jsonrpc: '2.0', id: 1, result: {}, params: {} }],
    [{ jsonrpc: '2.0', id: 1, result: { resultType: 1 } }],
    [{ jsonrpc: '2.0', id: 1, result: { ResultType: 'input_required' } }],
    [{ jsonrpc: '2.0', id: 1, result: { inputRequests: [] } }],
    [{ jsonrpc: '2.0', id: 1, result: { inputRequests: { a: {} } } }],
    [{ jsonrpc: '2.0', id: 1, error: { code: 1.5, message: '' } }],
    [{ jsonrpc: '2.0', id: {}, error: { code: 1, message: '' } }],
    [{ jsonrpc: '2.0', id: {}, method: 'ping' }],
    [{ jsonrpc: '2.0', id: 1, method: 'ping', params: [] }],
  ])('refuses %j', (message) => {
    expect(read(message)).toMatchObject({ ok: false, code: 'GH_MCP_UPSTREAM_MESSAGE' });
  });

  it('tells ids of different types apart', () => {
    const id = fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.integer({ min: -5, max: 5 }),
      fc.constantFrom(0, '', '0', '1', 1),
    );
    fc.assert(
      fc.property(id, id, (asked, answered) => {
        const message = read({ jsonrpc: '2.0', id: answered, result: {} });
        expect(message.ok && answers(message.message, asked)).toBe(
          typeof asked === typeof answered && asked === answered,
        );
      }),
    );
    const request = read({ jsonrpc: '2.0', id: 1, method: 'ping' });
    expect(request.ok && answers(request.message, 1)).toBe(false);
  });
});
