import { describe, expect, it } from 'vitest';
import { readClientMessage, readSessionRequest } from './client-message.ts';
import { describeListItem, describeMcp } from './describe.ts';

const version = '2025-11-25';
const headers = new Map([['mcp-protocol-version', version]]);

function described(method: string, params?: unknown, id: number | null = 1) {
  const read = readClientMessage(
    { jsonrpc: '2.0', ...(id === null ? {} : { id }), method, params: params ?? {} },
    headers,
  );
  if (!read.ok) throw new Error(read.code);
  return describeMcp(read.message);
}

describe('describeMcp', () => {
  it.each([
    [
      'tools/call',
      { name: 'a', arguments: { x: 1 } },
      'mcp.tool',
      { tool: 'a', arguments: { x: 1 }, argument_fields: { x: 1 } },
    ],
    [
      'tools/call',
      { name: 'a', arguments: { X: 1 } },
      'mcp.tool',
      { tool: 'a', arguments: { X: 1 }, argument_fields: { x: 1 } },
    ],
    ['tools/call', { name: '' }, 'mcp.tool', { tool: '' }],
    ['prompts/get', { name: 'p' }, 'mcp.prompt', { prompt: 'p' }],
    [
      'resources/read',
      { uri: 'file:///a' },
      'mcp.resource',
      { resource: 'file:///a', resources: ['file:///a'] },
    ],
    [
      'subscriptions/listen',
      { notifications: { resourceSubscriptions: ['file:///a', 'file:///b'] } },
      'mcp.resource',
      { resources: ['file:///a', 'file:///b'] },
    ],
    ['subscriptions/listen', { notifications: { toolsListChanged: true } }, 'mcp.session', {}],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'p' } }, 'mcp.prompt', { prompt: 'p' }],
    [
      'completion/complete',
      { ref: { type: 'ref/resource', uri: 'file:///{x}' } },
      'mcp.resource',
      { resource: 'file:///{x}', resources: ['file:///{x}'] },
    ],
    ['tools/list', {}, 'mcp.list', {}],
    ['initialize', { protocolVersion: version }, 'mcp.session', {}],
    ['server/discover', {}, 'mcp.session', {}],
    ['logging/setLevel', { level: 'debug' }, 'mcp.request', {}],
    ['constructor', {}, 'mcp.request', {}],
  ])('calls %s with %j %s', (method, params, kind, mcp) => {
    expect(described(method, params)).toEqual({ kind, mcp: { version, method, ...mcp } });
  });

  it('names notifications, answers and what has no message', () => {
    expect(described('notifications/cancelled', { requestId: 1 }, null).kind).toBe('mcp.notification');
    expect(describeMcp({ kind: 'response', id: 1, result: {}, version })).toEqual({
      kind: 'mcp.response',
      mcp: { version, method: '' },
    });
    const get = readSessionRequest('GET', headers);
    expect(get.ok && describeMcp(get.message)).toEqual({
      kind: 'mcp.session',
      mcp: { version, method: 'GET' },
    });
  });

  it('asks of a list’s entries what their use would ask', () => {
    expect(describeListItem({ kind: 'tool', name: 'a' }, version)).toEqual(
      described('tools/call', { name: 'a' }),
    );
    expect(describeListItem({ kind: 'prompt', name: 'a' }, version)).toEqual(
      described('prompts/get', { name: 'a' }),
    );
    expect(describeListItem({ kind: 'resource', uri: 'a:b' }, version)).toEqual(
      described('resources/read', { uri: 'a:b' }),
    );
    expect(describeListItem({ kind: 'template', uriTemplate: 'a:{b}' }, version).mcp.resource).toBe('a:{b}');
  });
});
