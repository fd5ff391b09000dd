import { describe, expect, it } from 'vitest';
import type { HeaderField } from './header-fields.ts';
import { readRequestHead, toldHeaders } from './request-head.ts';

const head = (...more: readonly HeaderField[]): readonly HeaderField[] => {
  const own: readonly HeaderField[] = [
    [':method', 'POST'],
    [':authority', 'API.example.com:8443'],
    [':path', '/people/7?x=1'],
  ];
  return [...own.filter(([name]) => !more.some(([each]) => each === name && name.startsWith(':'))), ...more];
};

describe('a request head', () => {
  it('is read into what policy sees', () => {
    const read = readRequestHead(
      head(
        ['authorization', 'Bearer x'],
        ['content-type', 'application/json'],
        ['content-length', '12'],
        ['content-encoding', 'identity'],
      ),
    );
    expect(read).toMatchObject({
      ok: true,
      head: {
        method: 'POST',
        host: 'api.example.com:8443',
        path: '/people/7',
        rawTarget: '/people/7?x=1',
        authorization: 'Bearer x',
        contentType: 'application/json',
        contentLength: 12,
        websocket: false,
      },
    });
  });

  it('is read in no time, whatever quotes stand in it', () => {
    const started = performance.now();
    expect(readRequestHead(head(['content-type', `text/plain; x="${'\\"'.repeat(29_000)}`])).ok).toBe(true);
    expect(readRequestHead(head(['content-type', `text/plain; x="a, b`])).ok).toBe(false);
    expect(performance.now() - started).toBeLessThan(500);
  });

  it.each([
    ['[::1]:443', true],
    ['localhost', true],
    ['10.0.0.7:80', true],
    ['', false],
    ['a b', false],
    ['a,b', false],
    ['user@host', false],
    ['host/path', false],
    ['.host', false],
    ['host:', false],
    ['ho\u0000st', false],
  ])('with host %j is taken: %s', (host, ok) => {
    const read = readRequestHead(head([':authority', host]));
    expect(read.ok).toBe(ok);
    if (!read.ok) expect(read).toMatchObject({ status: 400, code: 'GH_HTTP_HOST' });
  });

  it.each([
    ['GET', true],
    ['M-SEARCH', true],
    ['PROPFIND', true],
    ['get', false],
    ['TRACE', false],
    ['CONNECT', false],
    ['', false],
    ['GET ', false],
    ['A'.repeat(33), false],
  ])('with method %j is taken: %s', (method, ok) => {
    const read = readRequestHead(head([':method', method]));
    expect(read.ok).toBe(ok);
    if (!read.ok) expect(read).toMatchObject({ status: 405, code: 'GH_HTTP_METHOD' });
  });

  it.each([
    [
      [
        ['content-type', 'text/plain'],
        ['content-type', 'application/json'],
      ],
      400,
      'GH_HTTP_HEADERS',
    ],
    [[['content-type', 'text/plain,application/json']], 400, 'GH_HTTP_HEADERS'],
    [
      [
        ['authorization', 'Bearer a'],
        ['authorization', 'Bearer a'],
      ],
      400,
      'GH_HTTP_HEADERS',
    ],
    [
      [
        ['content-length', '1'],
        ['content-length', '2'],
      ],
      400,
      'GH_HTTP_HEADERS',
    ],
    [[['x-http-method-override', 'DELETE']], 400, 'GH_HTTP_HEADERS'],
    [[['x-http-method', '']], 400, 'GH_HTTP_HEADERS'],
    [[['x-method-override', 'GET']], 400, 'GH_HTTP_HEADERS'],
    [[['x-original-url', '/']], 400, 'GH_HTTP_HEADERS'],
    [[['x-rewrite-url', '/']], 400, 'GH_HTTP_HEADERS'],
    [[['x-original-method', 'GET']], 400, 'GH_HTTP_HEADERS'],
    [[['content-encoding', 'gzip']], 415, 'GH_HTTP_ENCODING'],
    [[['content-encoding', '']], 415, 'GH_HTTP_ENCODING'],
    [[['upgrade', 'h2c']], 400, 'GH_HTTP_UPGRADE'],
    [[['upgrade', 'websocket, h2c']], 400, 'GH_HTTP_UPGRADE'],
    [[[':path', '/a//b']], 400, 'GH_HTTP_PATH'],
    [[[':path', '/a?b=%']], 400, 'GH_HTTP_QUERY'],
  ] as [HeaderField[], number, string][])('with %j is %i %s', (fields, status, code) => {
    expect(readRequestHead(head(...fields))).toMatchObject({ ok: false, status, code });
  });

  it('with near misses of those is taken', () => {
    const read = readRequestHead(
      head(
        ['content-type', 'multipart/form-data; boundary="a,b"'],
        ['accept', 'text/html, application/json'],
        ['x-original-host', 'x'],
        ['upgrade', 'WebSocket'],
      ),
    );
    expect(read).toMatchObject({ ok: true, head: { websocket: true } });
  });

  it.each(['', 'x', '-1', '1.5', '0x10', '9'.repeat(16)])('says no length of Content-Length %j', (length) => {
    const read = readRequestHead(head(['content-length', length]));
    expect(read.ok && read.head.contentLength).toBeUndefined();
  });
});

describe('the headers that policy sees', () => {
  it('are those that say something and hold no credential, lines joined, cut', () => {
    const told = toldHeaders([
      ['accept', 'a'],
      ['accept', 'b'],
      ['authorization', 'Bearer x'],
      ['cookie', 'a=b'],
      ['mcp-session-id', 'x'],
      ['user-agent', 'x'.repeat(2_000)],
    ]);
    expect(told).toEqual({ accept: 'a, b', 'user-agent': 'x'.repeat(1_024) });
  });
});
