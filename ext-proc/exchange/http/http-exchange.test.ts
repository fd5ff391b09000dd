/** The order of a request's walk, and what becomes of it where its client or the journal goes away in between. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { HeaderField } from '../../protocols/http/header-fields.ts';
import type { HoldTerms } from '../../domain/approvals/hold-terms.ts';
import { LIMITS } from '../../domain/limits.ts';
import { HttpRequestExchange } from './http-exchange.ts';
import type { HttpRoute } from './http-gate.ts';
import { allowing, testHttpGate, testRoute, testWire, type TestHttpGate } from './http-gate.fixture.ts';

const ATTRIBUTES = { route: 'main/api', clientAddress: '127.0.0.1:1', protocol: 'HTTP/2', scheme: 'https' };
const fields = (...more: readonly HeaderField[]): readonly HeaderField[] => [
  [':method', 'POST'],
  [':authority', 'api'],
  [':path', '/people/7'],
  ['authorization', 'Bearer abc'],
  ['content-type', 'application/json'],
  ...more,
];
/** Headers that ask to act as somebody else, and as what they are told: of the client's own words nothing is. */
const ACTS_AS = [
  ['impersonate-user', 'impersonate-user'],
  ['impersonate-extra-jane-example', 'impersonate-extra-…'],
  ['sudo', 'sudo'],
  ['api-username', 'api-username'],
  ['as-user', 'as-user'],
  ['x-hasura-role', 'x-hasura-role'],
  ['x-hasura-jane', 'x-hasura-…'],
  ['x-trino-user', 'x-trino-user'],
] as const;
const OK: readonly HeaderField[] = [
  [':status', '200'],
  ['content-type', 'application/json'],
];

function walk(gate: TestHttpGate = testHttpGate()) {
  const wire = testWire();
  const exchange = new HttpRequestExchange(gate, ATTRIBUTES, wire);
  return { gate, wire, exchange };
}
const settle = async (): Promise<void> => {
  for (let turns = 0; turns < 5; turns++) await turn();
};
const shown = ({ records }: TestHttpGate) =>
  records.map(({ type, outcome, error_code: code }) =>
    [type, outcome, code].filter((each) => each !== undefined && each !== ''),
  );

describe('a request', () => {
  it('is refused where too much waits already, and leaves nothing behind', async () => {
    const { gate, wire, exchange } = walk();
    gate.waiting.bytes = LIMITS.httpWaitingTotalBytesMax - 2;
    exchange.onRequestHeaders(fields(), false);
    await settle();
    exchange.onRequestBody(Buffer.from('{"'), false);
    expect(wire.calls).toEqual([]);
    exchange.onRequestBody(Buffer.from('a":'), false);
    exchange.onRequestBody(Buffer.from('1}'), true);
    await settle();
    expect(wire.calls).toEqual(['reply 503 GH_HTTP_BUSY']);
    exchange.onClosed();
    expect(gate.waiting.bytes).toBe(LIMITS.httpWaitingTotalBytesMax - 2);
    expect([gate.live.size, gate.records]).toEqual([0, []]);
  });

  it.each(['headers', 'authz'] as const)(
    'to open a WebSocket carries what is not read, on a route of inspection %s',
    async (inspection) => {
      for (const [obligation, call] of [
        [{ kind: 'remove_fields', fields: ['a'] }, 'reply 403 GH_HTTP_BODY_UNREADABLE'],
        [
          { kind: 'mask_fields', fields: ['a'], style: 'full', direction: 'both' },
          'reply 403 GH_HTTP_BODY_UNREADABLE',
        ],
        [undefined, 'request headers'],
      ] as const) {
        const { gate, wire, exchange } = walk(testHttpGate(testRoute({ inspection })));
        const seen: unknown[] = [];
        gate.policy.decide = (input) => {
          seen.push('request' in input.action && input.action.request.body);
          return obligation === undefined ? allowing() : allowing(obligation);
        };
        const upgrade = fields(['upgrade', 'websocket'], ['connection', 'upgrade']);
        exchange.onRequestHeaders([[':method', 'GET'], ...upgrade.slice(1)], true);
        await settle();
        expect(seen).toEqual([{ kind: 'unread', complete: false, bytes: null }]);
        expect(wire.calls[0]).toContain(call);
      }
    },
  );

  it.each([
    ['text/plain', '{"query":"mutation { a }"}'],
    ['text/plain; charset=iso-8859-1', ' \n[{"x":1},{"Query":"{ a }"}'],
    ['text/plain', '\ufeff{"query":"{ a }"} and more'],
    ['text/event-stream', '{"query":"{ a }"}'],
    ['application/xml', `${' '.repeat(5_000)}{"query":"{ a }"}`],
    ['application/x-ndjson', '\n{"x":1,\n"query":"subscription { a }"}\n'],
    ['application/x-ndjson', '{"query":"{ a }"}'],
    ['application/octet-stream', '{"query":"{ a }"}'],
  ])('of %s is broken off where it holds GraphQL, however it is cut: %s', async (type, body) => {
    for (const size of [1, 7, 100_000]) {
      const { gate, wire, exchange } = walk();
      exchange.onRequestHeaders([...fields().slice(0, -1), ['content-type', type]], false);
      const bytes = Buffer.from(body);
      for (let at = 0; at < bytes.length; at += size)
        exchange.onRequestBody(bytes.subarray(at, at + size), at + size >= bytes.length);
      await settle();
      expect(wire.calls.at(-1)).toBe('abort GH_HTTP_GRAPHQL');
      expect(wire.calls.join()).not.toContain(' end');
      expect(shown(gate).at(-1)).toEqual(['ended', 'error', 'GH_HTTP_GRAPHQL']);
    }
  });

  it.each([
    ['text/plain', '[section]\nquery = {"query":"{ a }"}'],
    ['text/plain', 'a {"query":"{ a }"}'],
    ['text/plain', '{{ template }}'],
    ['text/plain', '{"query":"a text"}'],
    ['text/plain', '{"query":'],
    ['text/plain', ' \n'],
    ['application/x-ndjson', '{"query":{"match_all":{}}}\n\n{"a":1}'],
    ['application/x-ndjson', '{"ts":1}\n{"ts":2,"query":"query Me { me { id } }"}\n'],
    ['application/x-ndjson', '{"a":1} {"b":NaN}\n{"c":2}{'],
    ['text/event-stream', 'data: {"query":"{ a }"}\n\n'],
  ])('of %s goes on where nothing would read it as GraphQL: %s', async (type, body) => {
    for (const size of [1, 100_000]) {
      const { wire, exchange } = walk();
      exchange.onRequestHeaders([...fields().slice(0, -1), ['content-type', type]], false);
      const bytes = Buffer.from(body);
      for (let at = 0; at < bytes.length; at += size)
        exchange.onRequestBody(bytes.subarray(at, at + size), at + size >= bytes.length);
      await settle();
      expect(wire.calls.at(-1)).toMatch(/ end$/);
    }
  });

  it.each([
    [Buffer.from('{"x":"'), 'reply 400 GH_HTTP_BODY_MALFORMED'],
    [Buffer.from('{"y":NaN,"x":"'), 'reply 400 GH_HTTP_BODY_MALFORMED'],
    [Buffer.from('[1,{"x":"'), 'reply 400 GH_HTTP_BODY_MALFORMED'],
    [Buffer.from('{"x":"', 'utf16le'), 'reply 400 GH_HTTP_BODY_MALFORMED'],
    [Buffer.from('[a]='), 'upstream  end'],
  ])(
    'of a form that is too large to be read is refused where it begins as JSON does: %s',
    async (form, last) => {
      const { wire, exchange } = walk();
      exchange.onRequestHeaders(
        [...fields().slice(0, -1), ['content-type', 'application/x-www-form-urlencoded']],
        false,
      );
      exchange.onRequestBody(Buffer.from(' '), false);
      exchange.onRequestBody(form, false);
      for (let chunk = 0; chunk < 10; chunk++) exchange.onRequestBody(Buffer.alloc(60_000, 'x'), false);
      await settle();
      exchange.onRequestBody(Buffer.alloc(0), true);
      await settle();
      expect(wire.calls.at(-1)).toBe(last);
      if (last.startsWith('reply')) expect(wire.calls).toHaveLength(1);
    },
  );

  it.each(['full', 'headers', 'authz'] as const)(
    'that asks to act as somebody else is refused on a route of inspection %s, or it would run with more rights',
    async (inspection) => {
      for (const [name, told] of ACTS_AS) {
        const { gate, wire, exchange } = walk(testHttpGate(testRoute({ inspection })));
        const decide = vi.spyOn(gate.policy, 'decide');
        exchange.onRequestHeaders(fields([name, 'root-1']), false);
        exchange.onRequestBody(Buffer.from('{"a":1}'), true);
        await settle();
        expect(wire.calls).toEqual(['reply 400 GH_HTTP_ACTS_AS']);
        expect(decide).not.toHaveBeenCalled();
        const problem = JSON.parse(String(wire.replies[0]?.body)) as { code: string; detail: string };
        expect(problem.code).toBe('GH_HTTP_ACTS_AS');
        expect(problem.detail).toContain(`The header ${told} asks`);
        expect(shown(gate)).toEqual([['decided', 'denied', 'GH_HTTP_ACTS_AS']]);
        expect(JSON.stringify(gate.records)).not.toContain('root-1');
        expect(JSON.stringify(gate.records)).not.toContain('jane');
      }
    },
  );

  it('to open a WebSocket as somebody else is refused', async () => {
    const { wire, exchange } = walk();
    const upgrade = fields(['upgrade', 'websocket'], ['connection', 'upgrade'], ['sudo', 'root']);
    exchange.onRequestHeaders([[':method', 'GET'], ...upgrade.slice(1)], true);
    await settle();
    expect(wire.calls).toEqual(['reply 400 GH_HTTP_ACTS_AS']);
  });

  it('of MCP that asks to act as somebody else gets an error of JSON-RPC', async () => {
    const route = testRoute();
    const mcp: HttpRoute = { ...route, upstream: { ...route.upstream, protocol: 'mcp' } };
    const { gate, wire, exchange } = walk(testHttpGate(mcp));
    exchange.onRequestHeaders(fields(['x-hasura-role', 'user']), false);
    exchange.onRequestBody(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"tools/list"}'), true);
    await settle();
    expect(wire.calls).toEqual(['reply 400 GH_HTTP_ACTS_AS']);
    expect(JSON.parse(String(wire.replies[0]?.body))).toEqual({
      jsonrpc: '2.0',
      error: {
        code: -32_600,
        message: expect.stringContaining('The header x-hasura-role asks'),
        data: { code: 'GH_HTTP_ACTS_AS', event_id: gate.records[0]?.event_id },
      },
    });
    expect(shown(gate)).toEqual([['decided', 'denied', 'GH_HTTP_ACTS_AS']]);
  });

  it('goes on without credentials of its client and without what the upstream has taken off, whatever they ask', async () => {
    const { wire, exchange } = walk(testHttpGate(testRoute({ withheldHeaders: ['x-trino-user'] })));
    let removed: readonly string[] = [];
    wire.continueHeaders = (_direction, { remove }) => void (removed = remove);
    const names = ['x-hasura-admin-secret', 'x-trino-user', 'x-remote-user', 'x-auth-request-user'];
    exchange.onRequestHeaders(fields(...names.map((name) => [name, 'root'] as const)), false);
    exchange.onRequestBody(Buffer.from('{"a":1}'), true);
    await settle();
    expect(wire.calls.at(-1)).toMatch(/^upstream .* end$/);
    expect(removed).toEqual(expect.arrayContaining(names));
  });

  it('says to nobody who sends it by its own word: not to policy, nor to reviewers, nor to the server', async () => {
    const route = testRoute({ withheldHeaders: ['x-tenant-id'] });
    const hidden = [
      ['x-goog-authenticated-user-email', 'root-1'],
      ['x-remote-user', 'root-2'],
      ['x-tenant-id', 'root-3'],
    ] as const;
    const { gate, wire, exchange } = walk(testHttpGate(route));
    let removed: readonly string[] = [];
    wire.continueHeaders = (_direction, { remove }) => void (removed = remove);
    let decided = '';
    gate.policy.decide = (input) => {
      decided = JSON.stringify(input);
      return allowing();
    };
    exchange.onRequestHeaders(fields(...hidden, ['x-dry-run', '1']), false);
    exchange.onRequestBody(Buffer.from('{"a":1}'), true);
    await settle();
    expect(removed).toEqual(expect.arrayContaining(hidden.map(([name]) => name)));
    expect(removed).not.toContain('x-dry-run');
    expect(decided).not.toContain('root-');

    const terms = { mode: undefined, stage: 'action', requirements: [], text: '', breakGlassGroups: [] };
    const asked: unknown[] = [];
    const approvals = {
      granted: () => Promise.resolve(undefined),
      standing: () => Promise.resolve(undefined),
      ask: (request: unknown) => {
        asked.push(request);
        return Promise.resolve({ kind: 'refused', code: 'GH_X', publicMessage: '' });
      },
      linkOf: () => undefined,
      cancelSession: () => Promise.resolve([]),
    } as unknown as TestHttpGate['approvals'];
    const held: TestHttpGate = { ...testHttpGate(route), approvals };
    held.policy.decide = () => ({ ...allowing(), verdict: 'hold', hold: terms as unknown as HoldTerms });
    const waiting = walk(held);
    waiting.exchange.onRequestHeaders(fields(...hidden, ['x-dry-run', '1']), false);
    waiting.exchange.onRequestBody(Buffer.from('{"a":1}'), true);
    await settle();
    expect(JSON.stringify(asked)).toContain('x-dry-run');
    expect(JSON.stringify(asked)).not.toContain('root-');
    expect(JSON.stringify(held.records)).not.toContain('root-');
  });

  it('waits no longer once it is let through', async () => {
    const { gate, exchange } = walk();
    exchange.onRequestHeaders(fields(), false);
    exchange.onRequestBody(Buffer.from('{"a":1}'), true);
    expect(gate.waiting.bytes).toBe(7);
    await settle();
    expect(gate.waiting.bytes).toBe(0);
  });

  it.each([
    ['{"query":"mutation { a }","x":"', '"}'],
    ['{"x":"', '","Query":"{ a }"}'],
    ['[{"y":{"query":"x"}},"', '",{"query":"#\\r{a}"}]'],
  ])('that is too large to be read is broken off where it holds GraphQL: %s…%s', async (before, after) => {
    const { gate, wire, exchange } = walk();
    exchange.onRequestHeaders(fields(), false);
    exchange.onRequestBody(Buffer.from(before), false);
    for (let chunk = 0; chunk < 10; chunk++) exchange.onRequestBody(Buffer.alloc(60_000, 'x'), false);
    await settle();
    exchange.onRequestBody(Buffer.from(after), true);
    await settle();
    expect(wire.calls.at(-1)).toBe('abort GH_HTTP_GRAPHQL');
    expect(wire.calls.join()).not.toContain(' end');
    expect(shown(gate).at(-1)).toEqual(['ended', 'error', 'GH_HTTP_GRAPHQL']);
  });

  it('goes on behind its record, and its answer ends behind that of its end', async () => {
    const { gate, wire, exchange } = walk();
    gate.appending(false);
    exchange.onRequestHeaders(fields(), false);
    exchange.onRequestBody(Buffer.from('{"a":'), false);
    exchange.onRequestBody(Buffer.from('1}'), true);
    await settle();
    expect(wire.calls).toEqual([]);
    gate.appending(true);
    await settle();
    expect(wire.calls).toEqual(['request headers', 'upstream {"a":1} end']);
    gate.appending(false);
    exchange.onResponseHeaders(OK, false);
    exchange.onResponseBody(Buffer.from('{"b":2'), false);
    exchange.onResponseBody(Buffer.from('}'), true);
    await settle();
    expect(wire.calls.slice(2)).not.toContainEqual(expect.stringContaining('end'));
    gate.appending(true);
    await settle();
    expect(wire.calls.at(-1)).toMatch(/^downstream .*end$/);
    expect(shown(gate)).toEqual([['decided'], ['ended', 'ok']]);
    exchange.onClosed();
    expect(gate.records).toHaveLength(2);
    expect(gate.live.size).toBe(0);
  });

  it('whose client leaves before its record is there has not run', async () => {
    const { gate, wire, exchange } = walk();
    gate.appending(false);
    exchange.onRequestHeaders(fields(), true);
    await settle();
    exchange.onClosed();
    gate.appending(true);
    await settle();
    expect(shown(gate)).toEqual([['decided'], ['ended', 'not_run']]);
    expect(wire.calls).toEqual([]);
  });

  it('that cannot be recorded is denied, and leaves no half of a record', async () => {
    const { gate, wire, exchange } = walk();
    gate.failAppends(true);
    exchange.onRequestHeaders(fields(), true);
    await settle();
    expect(wire.calls).toEqual(['reply 503 GH_INTERNAL']);
    gate.failAppends(false);
    exchange.onClosed();
    await settle();
    expect(gate.records).toEqual([]);
  });

  it('that fails before it is decided is denied, and leaves no end without a beginning', async () => {
    const { gate, wire, exchange } = walk();
    gate.decide = () => {
      throw new Error('defect');
    };
    exchange.onRequestHeaders(fields(), true);
    await settle();
    expect(wire.calls).toEqual(['reply 503 GH_INTERNAL']);
    expect(gate.records).toEqual([]);
  });

  it('ends with its trailers, which come behind all of its body and bring nothing', async () => {
    const { gate, wire, exchange } = walk();
    gate.appending(false);
    exchange.onRequestHeaders(fields(), false);
    exchange.onRequestBody(Buffer.from('{}'), false);
    exchange.onRequestTrailers([['x-sum', '1']]);
    await settle();
    expect(wire.calls).toEqual([]);
    gate.appending(true);
    await settle();
    expect(wire.calls.filter((each) => each !== 'upstream ')).toEqual([
      'request headers',
      'upstream {}',
      'request trailers -x-sum',
    ]);
  });

  it('is not described where its route is unknown, and nothing is recorded', async () => {
    const { gate, wire, exchange } = walk(testHttpGate(testRoute({ name: 'main/other' })));
    exchange.onRequestHeaders(fields(), true);
    await settle();
    expect(wire.calls).toEqual(['reply 404 GH_HTTP_NO_ROUTE']);
    expect(gate.records).toEqual([]);
  });

  it('that policy would hold is denied, and says so', async () => {
    const { gate, wire, exchange } = walk();
    gate.decide = () => ({
      ...allowing(),
      verdict: 'hold',
      rule: 'http.x',
      reason: 'A reviewer must see it.',
    });
    exchange.onRequestHeaders(fields(), true);
    await settle();
    expect(wire.calls).toEqual(['reply 403 GH_APPROVAL_NEEDED']);
    expect(shown(gate)).toEqual([['decided', 'denied', 'GH_APPROVAL_NEEDED']]);
  });

  it('is ended by a block, whenever that comes', async () => {
    const { gate, wire, exchange } = walk();
    exchange.onRequestHeaders(fields(), true);
    await settle();
    for (const live of gate.live) live.terminate('GH_PRINCIPAL_BLOCKED');
    await settle();
    expect(wire.calls).toEqual(['request headers', 'abort GH_PRINCIPAL_BLOCKED']);
    expect(shown(gate)).toEqual([['decided'], ['ended', 'aborted', 'GH_PRINCIPAL_BLOCKED']]);
    expect(gate.live.size).toBe(0);
  });
});

describe('an answer', () => {
  const answered = async (gate: TestHttpGate = testHttpGate()) => {
    const made = walk(gate);
    made.exchange.onRequestHeaders(fields(), true);
    await settle();
    made.wire.calls.splice(0);
    return made;
  };

  it('whose end cannot be recorded never ends', async () => {
    const { gate, wire, exchange } = await answered();
    exchange.onResponseHeaders(OK, false);
    gate.failAppends(true);
    exchange.onResponseBody(Buffer.from('{"a":1}'), true);
    await settle();
    expect(wire.calls.at(-1)).toBe('abort GH_INTERNAL');
    expect(wire.calls.join()).not.toContain('end');
  });

  it('that is withheld has nothing go on, trailers neither', async () => {
    const gate = testHttpGate();
    gate.decide = () => allowing();
    const { wire, exchange } = await answered(gate);
    gate.appending(false);
    exchange.onResponseHeaders(
      [
        [':status', '200'],
        ['content-type', 'application/pdf'],
      ],
      false,
    );
    exchange.onResponseBody(Buffer.from('%PDF'), false);
    exchange.onResponseTrailers([['x-sum', '1']]);
    gate.appending(true);
    await settle();
    expect(wire.calls).toEqual(['reply 502 GH_HTTP_BODY_UNREADABLE']);
    expect(shown(gate)).toEqual([['decided'], ['ended', 'denied', 'GH_HTTP_BODY_UNREADABLE']]);
  });

  it('that might have had a body is told from one that has, before anything of it goes on', async () => {
    const strict = (): TestHttpGate => {
      const gate = testHttpGate();
      gate.decide = () => allowing();
      return gate;
    };
    const untyped: readonly HeaderField[] = [[':status', '202']];
    const ends = [
      (exchange: HttpRequestExchange) => exchange.onResponseBody(Buffer.alloc(0), true),
      (exchange: HttpRequestExchange) => exchange.onResponseTrailers([['x-sum', '1']]),
    ];
    for (const end of ends) {
      const { gate, wire, exchange } = await answered(strict());
      exchange.onResponseHeaders(untyped, false);
      exchange.onResponseBody(Buffer.alloc(0), false);
      await settle();
      expect(wire.calls).toEqual([]);
      end(exchange);
      await settle();
      expect(['downstream  end', 'response trailers -x-sum']).toContain(wire.calls[1]);
      expect(wire.calls[0]).toBe('response headers');
      expect(shown(gate)).toEqual([['decided'], ['ended', 'ok']]);
    }
    const { gate, wire, exchange } = await answered(strict());
    exchange.onResponseHeaders(untyped, false);
    exchange.onResponseBody(Buffer.from('x'), true);
    await settle();
    expect(wire.calls).toEqual(['reply 502 GH_HTTP_BODY_UNREADABLE']);
    expect(shown(gate)).toEqual([['decided'], ['ended', 'denied', 'GH_HTTP_BODY_UNREADABLE']]);
    const gone = await answered(strict());
    gone.exchange.onResponseHeaders(untyped, false);
    gone.exchange.onClosed();
    await settle();
    expect(gone.wire.calls).toEqual([]);
    expect(shown(gone.gate)).toEqual([['decided'], ['ended', 'aborted']]);
  });

  it('that breaks in the middle is reset, and what follows is not heard', async () => {
    const { gate, wire, exchange } = await answered();
    exchange.onResponseHeaders(OK, false);
    exchange.onResponseBody(Buffer.from('{"a":1,'), false);
    exchange.onResponseBody(Buffer.from('nonsense'), false);
    exchange.onResponseBody(Buffer.from('}'), true);
    await settle();
    expect(wire.calls.filter((each) => each.startsWith('abort'))).toEqual(['abort GH_HTTP_BODY_MALFORMED']);
    expect(wire.calls.at(-1)).toBe('abort GH_HTTP_BODY_MALFORMED');
    expect(shown(gate)).toEqual([['decided'], ['ended', 'error', 'GH_HTTP_BODY_MALFORMED']]);
  });

  it('has a tag that changes with policy, with what it asks for, and with what is looked for', async () => {
    const tagOf = async (gate: TestHttpGate): Promise<string> => {
      let tag = '';
      const own = new HttpRequestExchange(gate, ATTRIBUTES, {
        ...testWire(),
        continueHeaders: (_direction, { set }) =>
          void (tag = set.find(([name]) => name === 'etag')?.[1] ?? tag),
      });
      own.onRequestHeaders(fields(), true);
      await settle();
      own.onResponseHeaders([...OK, ['etag', '"v1"']], true);
      await settle();
      return tag;
    };
    const gates = [1, 2, 3, 4].map(() => testHttpGate());
    const [, marked, other, found] = gates as [TestHttpGate, TestHttpGate, TestHttpGate, TestHttpGate];
    marked.decide = () =>
      allowing({ kind: 'mask_fields', fields: ['a'], style: 'full', direction: 'response' });
    other.decide = () => ({ ...found.decide(), bundleHash: 'c'.repeat(64) });
    found.masking = { ...found.masking, version: '2' };
    const tags = await Promise.all([...gates, testHttpGate()].map(tagOf));
    expect(tags[0]).toMatch(/^W\/"v1~gh\.[0-9a-f]{16}"$/);
    expect(new Set(tags).size).toBe(4);
    expect(tags[4]).toBe(tags[0]);
  });

  it('of Envoy to a request that has not gone on passes', () => {
    const { wire, exchange } = walk();
    exchange.onResponseHeaders([[':status', '408']], false);
    exchange.onResponseBody(Buffer.from('late'), true);
    expect(wire.calls).toEqual(['response headers', 'downstream late end']);
  });
});
