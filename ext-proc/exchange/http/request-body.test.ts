import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../domain/limits.ts';
import type { HeaderField } from '../../protocols/http/header-fields.ts';
import { readRequestHead } from '../../protocols/http/request-head.ts';
import { asksGraphql, readRequestBody, type BodyRefusal, type ReadBody } from './request-body.ts';
import { RequestIntake } from './request-intake.ts';

async function read(
  contentType: string | undefined,
  body: Buffer | string | undefined,
  more: readonly HeaderField[] = [],
): Promise<ReadBody | BodyRefusal | undefined> {
  const head = readRequestHead([
    [':method', 'POST'],
    [':authority', 'x'],
    [':path', '/'],
    ...(contentType === undefined ? [] : [['content-type', contentType] as const]),
    ...more,
  ]);
  if (!head.ok) throw new Error(head.code);
  const intake = new RequestIntake(() => undefined);
  if (body !== undefined) intake.receive(Buffer.from(body), true);
  return readRequestBody(head.head, intake, body === undefined);
}

describe('a body', () => {
  it.each([
    [
      'application/json',
      '{"a":[1,{}]}',
      'json',
      { a: [1, {}] },
      { fields: { a: [1, {}] }, members: { a: [1, null] } },
    ],
    ['application/vnd.api+json; charset=utf-8', '1', 'json', 1, { fields: 1 }],
    [
      'application/x-www-form-urlencoded',
      'a=1&a=2&b=x+y',
      'form',
      { a: ['1', '2'], b: ['x y'] },
      { fields: { a: ['1', '2'], b: ['x y'] }, members: { a: ['1', '2'], b: ['x y'] } },
    ],
  ])('of %s is read', async (type, body, kind, value, members) => {
    expect(await read(type, body)).toEqual({
      ok: true,
      policy: { kind, complete: true, bytes: body.length, value, ...members },
      ...(kind === 'json' ? { value } : {}),
      kind,
      bytes: Buffer.from(body),
      graphql: false,
    });
  });

  it.each([
    '{"query":"mutation { a }"}',
    ' \n\t\r[{"user":{"Role":"admin"}}]',
    `${' '.repeat(1_000)}{"a":1,"a":2}`,
    '{"a=b&c":1}',
    '{"role":"admin","x":NaN}',
    '{"a":NaN,"query":"mutation { deleteAll }"}',
    '{"a":1,}',
    '{"a":1}x=1',
    '{ }',
    '[]=1',
    '[[1]]',
    '[1, 2]',
    '[null,-1.5e3,{"role":"admin"}]',
    '[NaN,"a"]',
    Buffer.from('{"role":"admin"}', 'utf16le'),
    Buffer.from('{"role":"admin"}', 'utf16le').swap16(),
    'a=1\0',
  ])('of a form that is JSON is refused: %s', async (body) => {
    expect(await read('application/x-www-form-urlencoded', body)).toMatchObject({
      ok: false,
      status: 400,
      code: 'GH_HTTP_BODY_MALFORMED',
    });
  });

  it.each(['[a]=1', '[a][b]=1', '[1]=1', '{a}=1', '{a}="x"', ' a=1', '1'])(
    'of a form that only begins as JSON does is a form: %s',
    async (body) => {
      expect(await read('application/x-www-form-urlencoded', body)).toMatchObject({ ok: true, kind: 'form' });
    },
  );

  it.each([
    ['text/plain', 'text', 'text'],
    ['application/x-ndjson', 'ndjson', 'ndjson'],
    ['text/event-stream', 'text', 'sse'],
    ['application/octet-stream', 'binary', undefined],
    ['multipart/form-data; boundary=x', 'binary', undefined],
    ['text/plain; charset=utf-16', 'binary', undefined],
    ['application/x-ndjson; charset=utf-16', 'binary', undefined],
    ['nonsense', 'binary', undefined],
    [undefined, 'binary', undefined],
  ])('of %s is %s to policy, with the length that is said', async (type, kind, carried) => {
    expect(await read(type, '{"a":1}', [['content-length', '7']])).toEqual({
      ok: true,
      policy: { kind, complete: false, bytes: 7 },
      kind: carried,
      bytes: undefined,
      graphql: false,
    });
  });

  it('that is none, or empty, is none whatever its type', async () => {
    for (const type of ['application/json', 'application/graphql', undefined]) {
      expect(await read(type, undefined)).toMatchObject({
        policy: { kind: 'none', complete: true, bytes: 0 },
        kind: 'none',
        bytes: undefined,
      });
    }
    expect(await read('application/json', '')).toMatchObject({ kind: 'none', bytes: Buffer.alloc(0) });
  });

  it('over the limit is incomplete, and is read on its way', async () => {
    const large = JSON.stringify('x'.repeat(LIMITS.httpReadBodyBytesMax));
    expect(await read('application/json', large)).toMatchObject({
      policy: { kind: 'json', complete: false, bytes: null },
      kind: 'json',
      bytes: undefined,
    });
  });

  it.each([
    ['application/json', '{"a":1,"a":2}', 400, 'GH_HTTP_BODY_DUPLICATE_KEY'],
    ['application/json', '{', 400, 'GH_HTTP_BODY_MALFORMED'],
    ['application/json', Buffer.from([0x22, 0xff, 0x22]), 400, 'GH_HTTP_BODY_MALFORMED'],
    ['application/json', '\ufeff{}', 400, 'GH_HTTP_BODY_MALFORMED'],
    ['application/x-www-form-urlencoded', 'a=%', 400, 'GH_HTTP_BODY_MALFORMED'],
    ['application/x-www-form-urlencoded', 'a=é', 400, 'GH_HTTP_BODY_MALFORMED'],
    // Some servers take it for an ampersand, as in a query.
    ['application/x-www-form-urlencoded', 'a=1;role=admin', 400, 'GH_HTTP_BODY_MALFORMED'],
    ['application/x-www-form-urlencoded', 'a=1;role', 400, 'GH_HTTP_BODY_MALFORMED'],
    ['application/json; charset=utf-16', '{}', 415, 'GH_HTTP_BODY_UNREADABLE'],
    ['application/vnd.api+json; charset', '{}', 415, 'GH_HTTP_BODY_UNREADABLE'],
    ['application/x-www-form-urlencoded; charset=utf-32', 'a=1', 415, 'GH_HTTP_BODY_UNREADABLE'],
    ['application/json; charset=utf-8; charset=utf-16', '{}', 415, 'GH_HTTP_BODY_UNREADABLE'],
    ['application/graphql', '{a}', 415, 'GH_HTTP_GRAPHQL'],
    ['application/graphql+json', '{}', 415, 'GH_HTTP_GRAPHQL'],
    ['application/grpc', 'x', 415, 'GH_HTTP_GRPC'],
    ['application/grpc-web+proto', 'x', 415, 'GH_HTTP_GRPC'],
  ])('of %s %j is refused', async (type, body, status, code) => {
    expect(await read(type, body)).toMatchObject({ ok: false, status, code });
  });

  it('whose stream is gone is nothing', async () => {
    const head = readRequestHead([
      [':method', 'POST'],
      [':authority', 'x'],
      [':path', '/'],
      ['content-type', 'application/json'],
    ]);
    const intake = new RequestIntake(() => undefined);
    const reading = head.ok ? readRequestBody(head.head, intake, false) : undefined;
    intake.close();
    expect(await reading).toBeUndefined();
  });

  it('is read whole where policy is not given all of it: it is not complete then', async () => {
    const long = JSON.stringify({ a: 'x'.repeat(140_000) });
    expect(await read('application/json', long)).toMatchObject({
      policy: { kind: 'json', complete: false, bytes: long.length },
      value: { a: expect.any(String) as string },
      graphql: false,
    });
    const document = JSON.stringify({ query: `{ a } #${'x'.repeat(140_000)}` });
    expect(await read('application/json', document)).toMatchObject({ graphql: true });
    expect(((await read('application/json', long)) as { policy: object }).policy).not.toHaveProperty('value');
  });
});

describe('GraphQL', () => {
  it.each([
    ['{"query":"{a}"}', true],
    ['{"query":"query Q($x: Int) { a }","variables":{}}', true],
    ['{"query":"\\n# comment\\n mutation { a }"}', true],
    ['{"query":"subscription S { a }"}', true],
    ['{"query":"fragment F on T { a } query { ...F }"}', true],
    ['[{"x":1},{"query":"{ ...F }"}]', true],
    ['{"query":"{ # comment\\n a }"}', true],
    ['{"query":"# comment\\rmutation { a }"}', true],
    ['{"query":"\\"what it does\\" query { a }"}', true],
    ['{"query":"\\"\\"\\"what \\"it\\" does\\"\\"\\"\\n# comment\\r\\n mutation { a }"}', true],
    ['{"Query":"{a}"}', true],
    ['{"x":1,"QUERY":"{a}"}', true],
    ['{"query":"people"}', false],
    ['{"query":"\\"quoted words\\" and more"}', false],
    ['{"query":"{\\"match\\":{}}"}', false],
    ['{"query":{"match_all":{}}}', false],
    ['{"query":"queryless {"}', false],
    ['{"search":"{a}"}', false],
  ])('%s: %s', async (body, graphql) => {
    expect(await read('application/json', body)).toMatchObject({ ok: true, graphql });
  });

  it('is seen in forms and queries', async () => {
    expect(await read('application/x-www-form-urlencoded', 'query=%7Ba%7D')).toMatchObject({ graphql: true });
    expect(asksGraphql({ query: ['x', 'mutation{a}'] })).toBe(true);
    expect(asksGraphql({ Query: ['{a}'] })).toBe(true);
    expect(asksGraphql({ q: ['{a}'] })).toBe(false);
  });
});
