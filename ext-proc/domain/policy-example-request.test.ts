import { describe, expect, it } from 'vitest';
import { exampleAction, exampleRelations, readPolicyExample, type PolicyExample } from './policy-example.ts';

const example = (value: unknown): PolicyExample => {
  const read = readPolicyExample(value);
  if ('wrong' in read) throw new Error(read.wrong);
  return read;
};

describe('an example of a rule of HTTP or MCP', () => {
  it('is a plain GET where nothing is said of it', () => {
    expect(exampleAction(example({ kind: 'http.request' }), {})).toEqual({
      action: {
        kind: 'http.request',
        request: {
          method: 'GET',
          host: 'example.invalid',
          path: '/example',
          template: null,
          parameters: {},
          query: {},
          headers: {},
          content_type: '',
          inspection: 'full',
          body: { kind: 'none', complete: true, bytes: null },
        },
      },
    });
  });

  it('says of a request what is different', () => {
    const request = {
      method: 'POST',
      path: '/x',
      query: { limit: ['1'] },
      body: { kind: 'binary', complete: false },
    };
    expect(exampleAction(example({ kind: 'http.message', request }), {})).toMatchObject({
      action: { kind: 'http.message', request: { ...request, body: { ...request.body, bytes: null } } },
    });
  });

  it('has the method of its kind of message, and what is said of it', () => {
    const made = exampleAction(example({ kind: 'mcp.tool', mcp: { tool: 't', arguments: { a: [1] } } }), {});
    expect(made).toMatchObject({
      action: {
        kind: 'mcp.tool',
        request: { method: 'POST', path: '/mcp' },
        mcp: { version: '', method: 'tools/call', tool: 't', arguments: { a: [1] } },
      },
    });
    expect(exampleAction(example({ kind: 'mcp.list' }), {})).toMatchObject({
      action: { mcp: { method: 'tools/list' } },
    });
  });

  it('takes texts from the settings, and says which are not there', () => {
    const one = example({ kind: 'http.request', request: { path: 'data.settings.closed.0' } });
    expect(exampleAction(one, { settings: { closed: ['/admin/**'] } })).toMatchObject({
      action: { request: { path: '/admin/**' } },
    });
    expect(exampleAction(one, {})).toEqual({ missing: 'data.settings.closed.0' });
    expect(exampleRelations(one)).toEqual([]);
  });

  it.each([
    [{ kind: 'http.dream' }, 'has an unknown kind'],
    [{ kind: 'mcp.tool', request: {} }, 'has a request, and mcp.tool has none'],
    [{ kind: 'http.request', mcp: {} }, 'has a mcp, and http.request has none'],
    [{ kind: 'http.request', statement: {} }, 'has a statement, and http.request has none'],
    [{ request: {} }, 'has a request, and postgres.query has none'],
    [{ kind: 'http.request', request: [] }, 'needs an object as request'],
    [{ kind: 'http.request', request: { host: 'x' } }, 'cannot have this in request.host'],
    [{ kind: 'http.request', request: { query: { limit: '1' } } }, 'cannot have this in request.query'],
    [{ kind: 'http.request', request: { body: { bytes: 1 } } }, 'cannot have this in request.body'],
    [{ kind: 'http.request', request: { body: 'x' } }, 'cannot have this in request.body'],
    [{ kind: 'mcp.tool', mcp: { arguments: 'x' } }, 'cannot have this in mcp.arguments'],
    [
      { kind: 'mcp.tool', mcp: JSON.parse('{"__proto__": "x"}') as unknown },
      'cannot have this in mcp.__proto__',
    ],
  ])('is refused: %j %s', (value, wrong) => {
    expect(readPolicyExample(value)).toEqual({ wrong });
  });
});
