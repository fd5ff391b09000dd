/**
 * What a client can send that two servers could read in two ways, or by which it would steer Envoy or speak for the gate:
 * refused with nothing sent on, or sent on in the one form that the gate has decided on. Real Envoy, as rendered.
 * Source: RFC 9112 (sections 2.2, 5, 6, 7), RFC 9113 (sections 8.2, 8.3), Envoy's "Configuring Envoy as an edge proxy".
 */
import { once } from 'node:events';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exchange, request, resetAtOnce } from '../support/http2-frames.ts';
import {
  startRecordedHttpGate,
  type ReceivedRequest,
  type RecordedHttpGate,
} from '../support/recorded-http-gate.ts';

const LEVELS = { full: 'full.test', headers: 'headers.test', authz: 'authz.test' } as const;

let gate: RecordedHttpGate;
let token: string;
beforeAll(async () => {
  gate = await startRecordedHttpGate({
    routesYaml: Object.entries(LEVELS)
      .map(
        ([inspection, host]) =>
          `      - { name: ${inspection}, host: ${host}, upstream: api, inspection: ${inspection} }`,
      )
      .join('\n'),
  });
  token = await gate.token();
});
afterAll(() => gate?.stop());
beforeEach(() => gate.server.forget());

/** A request line and lines below it, with a host and a token where they do not say otherwise. */
function text(host: string, line: string, lines: readonly string[] = [], body = ''): string {
  const own = lines.some((each) => /^host:/i.test(each)) ? [] : [`Host: ${host}`];
  return [line, ...own, `Authorization: Bearer ${token}`, ...lines, 'Connection: close', '', body].join(
    '\r\n',
  );
}
const header = ({ headers }: ReceivedRequest, name: string): readonly string[] =>
  headers.filter(([each]) => each === name).map(([, value]) => value);
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
const problemOf = (
  answer: string,
): { type?: string; code: string; detail: string; status: number } | undefined => {
  const found = /\{.*\}/s.exec(answer.slice(answer.indexOf('\r\n\r\n')));
  return found === null
    ? undefined
    : (JSON.parse(found[0]) as { code: string; detail: string; status: number });
};
const CHUNKED = 'Transfer-Encoding: chunked';

describe.each(Object.entries(LEVELS))(
  'a request over HTTP/1.1, on a route of inspection %s',
  (_level, host) => {
    /**
     * What the codec refuses is answered by Envoy on its way through the service, and the connection is closed meanwhile:
     * the client may see the answer or only the end.
     */
    it.concurrent.each<[string, string, readonly string[], string]>([
      ['has both lengths', 'POST /a HTTP/1.1', ['Content-Length: 6', CHUNKED], '0\r\n\r\nG'],
      ['has two lengths', 'POST /a HTTP/1.1', ['Content-Length: 2', 'Content-Length: 3'], '{} '],
      ['has one length twice', 'POST /a HTTP/1.1', ['Content-Length: 2', 'Content-Length: 2'], '{}'],
      ['has a list of lengths', 'POST /a HTTP/1.1', ['Content-Length: 2, 2'], '{}'],
      ['has a length with a sign', 'POST /a HTTP/1.1', ['Content-Length: +2'], '{}'],
      [
        'has a coding behind chunked',
        'POST /a HTTP/1.1',
        ['Transfer-Encoding: chunked, identity'],
        '0\r\n\r\n',
      ],
      ['has the coding identity', 'POST /a HTTP/1.1', ['Transfer-Encoding: identity'], '{}'],
      ['has an unknown coding', 'POST /a HTTP/1.1', ['Transfer-Encoding: xchunked'], '{}'],
      ['has codings in two lines', 'POST /a HTTP/1.1', [CHUNKED, 'Transfer-Encoding: identity'], '0\r\n\r\n'],
      ['is chunked twice', 'POST /a HTTP/1.1', ['Transfer-Encoding: chunked, chunked'], '0\r\n\r\n'],
      ['has a chunk of no number', 'POST /a HTTP/1.1', [CHUNKED], '0x2\r\n{}\r\n0\r\n\r\n'],
      ['has a chunk with more behind it', 'POST /a HTTP/1.1', [CHUNKED], '2\r\n{}xx\r\n0\r\n\r\n'],
      ['has chunks with bare line feeds', 'POST /a HTTP/1.1', [CHUNKED], '2\n{}\n0\n\n'],
      ['hides a line in a chunk extension', 'POST /a HTTP/1.1', [CHUNKED], '2;\nxx\r\n{}\r\n0\r\n\r\n'],
      ['has a space before a colon', 'GET /a HTTP/1.1', ['X-A : b'], ''],
      ['has a space before the colon of its length', 'POST /a HTTP/1.1', ['Content-Length : 2'], '{}'],
      ['has an underscore in a name', 'GET /a HTTP/1.1', ['Content_Length: 5'], ''],
      ['has a NUL in a value', 'GET /a HTTP/1.1', ['X-A: b\0c'], ''],
      ['has a value of 70 kB', 'GET /a HTTP/1.1', [`X-A: ${'a'.repeat(70_000)}`], ''],
      ['has 120 headers', 'GET /a HTTP/1.1', Array.from({ length: 120 }, (_, each) => `X-A${each}: a`), ''],
      ['is of HTTP/1.0', 'GET /a HTTP/1.0', [], ''],
      ['is of HTTP/1.2', 'GET /a HTTP/1.2', [], ''],
      ['is of HTTP/2.0 in text', 'GET /a HTTP/2.0', [], ''],
      ['has a method in lower case', 'get /a HTTP/1.1', [], ''],
      ['has a method that nobody knows', 'BREW /a HTTP/1.1', [], ''],
      ['names another scheme than it came by', `GET https://full.test/a HTTP/1.1`, [], ''],
    ])('is closed where it %s, and nothing is sent on', async (_name, line, lines, body) => {
      const answer = await gate.raw(text(host, line, lines, body));
      expect([0, 400, 426, 431, 501]).toContain(statusOf(answer));
      if (answer !== '') expect(problemOf(answer)).toMatchObject({ code: 'GH_HTTP_ENVOY' });
      expect(gate.server.received).toEqual([]);
    });

    it.concurrent.each<[string, string, readonly string[], number, string]>([
      ['an encoded slash', 'GET /a%2fb HTTP/1.1', [], 400, 'path_normalization_failed'],
      ['an encoded backslash', 'GET /a%5Cb HTTP/1.1', [], 400, 'path_normalization_failed'],
      ['an encoded NUL', 'GET /a%00b HTTP/1.1', [], 400, 'path_normalization_failed'],
      ['a fragment', 'GET /a#b HTTP/1.1', [], 400, 'path_normalization_failed'],
      ['an asterisk for its target', 'OPTIONS * HTTP/1.1', [], 404, 'absolute_path_rejected'],
      [
        'an upgrade that nobody knows',
        'GET /a HTTP/1.1',
        ['Upgrade: foo', 'Connection: upgrade'],
        403,
        'upgrade_failed',
      ],
    ])('with %s is refused by Envoy with a problem', async (_name, line, lines, status, detail) => {
      const answer = await gate.raw(text(host, line, lines));
      expect(statusOf(answer)).toBe(status);
      expect(answer).toContain('content-type: application/problem+json');
      expect(problemOf(answer)).toMatchObject({ type: 'urn:gatehouse:error:GH_HTTP_ENVOY', status, detail });
      expect(gate.server.received).toEqual([]);
    });

    it.concurrent.each<[string, string, readonly string[], number, string]>([
      ['a host of no route', 'GET /a HTTP/1.1', ['Host: other.test'], 404, 'GH_HTTP_NO_ROUTE'],
      ['two hosts', 'GET /a HTTP/1.1', [`Host: full.test`, 'Host: other.test'], 404, 'GH_HTTP_NO_ROUTE'],
      ['a user before its host', 'GET /a HTTP/1.1', ['Host: x@full.test'], 404, 'GH_HTTP_NO_ROUTE'],
      ['CONNECT', 'CONNECT 10.0.0.1:443 HTTP/1.1', ['Host: 10.0.0.1:443'], 404, 'GH_HTTP_NO_ROUTE'],
      ['CONNECT to its own host', 'CONNECT full.test:443 HTTP/1.1', [], 404, 'GH_HTTP_NO_ROUTE'],
      ['TRACE', 'TRACE /a HTTP/1.1', [], 405, 'GH_HTTP_METHOD'],
      ['a path encoded twice', 'GET /a%252fb HTTP/1.1', [], 400, 'GH_HTTP_PATH'],
      ['a percent sign alone', 'GET /a%zz HTTP/1.1', [], 400, 'GH_HTTP_PATH'],
    ])('with %s is refused by the service with a problem', async (_name, line, lines, status, code) => {
      const answer = await gate.raw(text(host, line, lines));
      expect(statusOf(answer)).toBe(status);
      expect(answer).toContain('content-type: application/problem+json');
      expect(problemOf(answer)).toMatchObject({ status, code });
      expect(gate.server.received).toEqual([]);
    });

    it.each<[string, string, readonly string[], string]>([
      ['dot segments', 'GET /a/../b HTTP/1.1', [], '/b'],
      ['encoded dot segments', 'GET /a/%2e%2e/b HTTP/1.1', [], '/b'],
      ['more dot segments than there are', 'GET /../../b HTTP/1.1', [], '/b'],
      ['backslashes', 'GET /a\\..\\b HTTP/1.1', [], '/b'],
      ['empty segments', 'GET //a//b HTTP/1.1', [], '/a/b'],
      ['tabs in its first line', 'GET\t/a HTTP/1.1', [], '/a'],
    ])('with %s goes on in one form alone', async (_name, line, lines, target) => {
      expect(statusOf(await gate.raw(text(host, line, lines)))).toBe(200);
      expect(gate.server.received).toMatchObject([{ method: 'GET', target }]);
    });

    it('with an absolute target is for the host of the target, whatever Host says', async () => {
      const lines = ['Host: other.test'];
      expect(statusOf(await gate.raw(text(host, `GET http://${host}/a HTTP/1.1`, lines)))).toBe(200);
      expect(gate.server.received.map((each) => header(each, 'x-forwarded-host'))).toEqual([[host]]);
    });

    it('with folded lines or bare line ends goes on with one header a line', async () => {
      const bare = text(host, 'GET /a HTTP/1.1', ['X-A: b\nX-C: d']);
      const folded = text(host, 'GET /a HTTP/1.1', ['X-A: b\r\n c']);
      const returned = text(host, 'GET /a HTTP/1.1', ['X-A: b\rX-C: d']);
      for (const each of [bare, folded, returned]) expect(statusOf(await gate.raw(each))).toBe(200);
      expect(gate.server.received.map((each) => [header(each, 'x-a'), header(each, 'x-c')])).toEqual([
        [['b'], ['d']],
        [['b c'], []],
        [['bX-C: d'], []],
      ]);
    });

    it('that asks for HTTP/2 is answered over HTTP/1.1, and the server is not asked to change', async () => {
      const lines = [
        'Connection: Upgrade, HTTP2-Settings',
        'Upgrade: h2c',
        'HTTP2-Settings: AAMAAABkAAQAAP__',
      ];
      expect(statusOf(await gate.raw(text(host, 'GET /a HTTP/1.1', lines), 1_000))).toBe(200);
      expect(gate.server.received).toHaveLength(1);
      for (const name of ['upgrade', 'http2-settings'])
        expect(header(gate.server.received[0] as ReceivedRequest, name)).toEqual([]);
    });

    it('says nothing for Envoy, for the gate, or of its way; and its token stays behind', async () => {
      const lines = [
        'X-Envoy-Retry-On: 5xx',
        'X-Envoy-Original-Path: /x',
        'X-Envoy-Internal: true',
        'X-Gatehouse-Client-Address: 1.2.3.4',
        'X-Forwarded-For: 9.9.9.9',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Host: evil.test',
        'X-Forwarded-Client-Cert: evil',
        'Forwarded: for=9.9.9.9;host=evil.test',
        'X-Real-IP: 9.9.9.9',
        'X-Request-Id: mine',
      ];
      expect(statusOf(await gate.raw(text(host, 'GET /a HTTP/1.1', lines)))).toBe(200);
      const [received] = gate.server.received as [ReceivedRequest];
      expect(JSON.stringify(received.headers)).not.toMatch(
        /evil|9\.9\.9\.9|1\.2\.3\.4|mine|5xx|https|gatehouse/,
      );
      for (const name of [
        'authorization',
        'x-envoy-internal',
        'x-envoy-original-path',
        'x-real-ip',
        'forwarded',
      ])
        expect(header(received, name)).toEqual([]);
      expect(header(received, 'x-forwarded-host')).toEqual([host]);
      expect(header(received, 'x-forwarded-proto')).toEqual(['http']);
    });

    it('is sent once, whatever the server answers and the client asks for', async () => {
      gate.server.answer = (_request, response) => {
        response.statusCode = 503;
        response.end('busy');
      };
      try {
        const lines = [
          'X-Envoy-Retry-On: 5xx,reset,connect-failure',
          'X-Envoy-Max-Retries: 5',
          'X-Envoy-Hedge-On-Per-Try-Timeout: true',
        ];
        expect(statusOf(await gate.raw(text(host, 'GET /a HTTP/1.1', lines)))).toBe(503);
        expect(gate.server.received).toHaveLength(1);
        gate.server.forget();
        gate.server.answer = (_request, response) => void response.socket?.destroy();
        const answer = await gate.raw(text(host, 'GET /a HTTP/1.1', lines));
        expect(statusOf(answer)).toBe(503);
        expect(problemOf(answer)).toMatchObject({
          code: 'GH_HTTP_ENVOY',
          detail: 'UpstreamConnectionTermination',
        });
        expect(gate.server.received).toHaveLength(1);
      } finally {
        gate.server.answer = (_request, response) => void response.end('ok');
      }
    });

    it('that follows another on its connection is a request of its own', async () => {
      const one = text(host, 'GET /a HTTP/1.1').replace('Connection: close\r\n', '');
      await gate.raw(one + text(host, 'GET /b HTTP/1.1'));
      expect(gate.server.received.map(({ target }) => target)).toEqual(['/a', '/b']);
    });
  },
);

describe('a request over HTTP/2', () => {
  const head = (...more: readonly (readonly [string, string])[]): (readonly [string, string])[] => [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':authority', 'full.test'],
    [':path', '/a'],
    ['authorization', `Bearer ${token}`],
    ...more,
  ];

  it('goes on where it is in form', async () => {
    expect(await exchange(gate.port, request(head(['te', 'trailers'])))).toBe('headers');
    expect(gate.server.received).toHaveLength(1);
  });

  it.concurrent.each<[string, (fields: (readonly [string, string])[]) => Buffer]>([
    ['a connection header', (fields) => request([...fields, ['connection', 'close']])],
    ['keep-alive', (fields) => request([...fields, ['keep-alive', '1']])],
    ['proxy-connection', (fields) => request([...fields, ['proxy-connection', 'close']])],
    [
      'a transfer coding',
      (fields) => request([...fields, ['transfer-encoding', 'chunked']], Buffer.from('0\r\n\r\n')),
    ],
    ['an upgrade', (fields) => request([...fields, ['upgrade', 'websocket']])],
    ['te other than trailers', (fields) => request([...fields, ['te', 'gzip']])],
    ['a name in upper case', (fields) => request([...fields, ['X-A', 'b']])],
    ['a line end in a value', (fields) => request([...fields, ['x-a', 'b\r\nx-c: d']])],
    [
      'a line end in its path',
      (fields) =>
        request(
          fields.map(([name, value]) => (name === ':path' ? [name, '/a HTTP/1.1\r\nx: y'] : [name, value])),
        ),
    ],
    [
      'a space in its path',
      (fields) => request(fields.map(([name, value]) => (name === ':path' ? [name, '/a b'] : [name, value]))),
    ],
    [
      'a space in its method',
      (fields) =>
        request(fields.map(([name, value]) => (name === ':method' ? [name, 'GET /x'] : [name, value]))),
    ],
    ['a colon in a name', (fields) => request([...fields, ['x:a', 'b']])],
    ['an empty name', (fields) => request([...fields, ['', 'b']])],
    ['no path', (fields) => request(fields.filter(([name]) => name !== ':path'))],
    [
      'an empty path',
      (fields) => request(fields.map(([name, value]) => (name === ':path' ? [name, ''] : [name, value]))),
    ],
    ['two paths', (fields) => request([...fields.slice(0, 4), [':path', '/b'], ...fields.slice(4)])],
    ['a pseudo-header behind headers', (fields) => request([...fields, [':path', '/b']])],
    ['a pseudo-header that nobody knows', (fields) => request([[':a', 'b'], ...fields])],
    [
      "an answer's pseudo-header",
      (fields) => request([...fields.slice(0, 4), [':status', '200'], ...fields.slice(4)]),
    ],
    [
      'a length that is too long',
      (fields) => request([...fields, ['content-length', '9']], Buffer.from('{}')),
    ],
    [
      'a length that is too short',
      (fields) => request([...fields, ['content-length', '1']], Buffer.from('{}')),
    ],
    [
      'two lengths',
      (fields) => request([...fields, ['content-length', '2'], ['content-length', '3']], Buffer.from('{}')),
    ],
    ['an underscore in a name', (fields) => request([...fields, ['content_length', '3']])],
  ])('with %s is refused, and nothing is sent on', async (_name, make) => {
    await exchange(gate.port, make(head()));
    expect(gate.server.received.filter(({ target }) => target !== '/alive')).toEqual([]);
  });

  it('with an authority and another host is for the authority, and the host stays behind', async () => {
    expect(await exchange(gate.port, request(head(['host', 'authz.test'])))).toBe('headers');
    for (const each of gate.server.received) expect(header(each, 'x-forwarded-host')).toEqual(['full.test']);
    expect(JSON.stringify(gate.server.received)).not.toContain('authz.test');
  });

  it('is not taken for a tunnel', async () => {
    const connected = (...fields: [string, string][]): Buffer =>
      request([
        [':method', 'CONNECT'],
        [':authority', 'full.test:443'],
        ['authorization', `Bearer ${token}`],
        ...fields,
      ]);
    await exchange(gate.port, connected());
    await exchange(gate.port, connected([':protocol', 'websocket'], [':scheme', 'http'], [':path', '/a']));
    expect(gate.server.received).toEqual([]);
  });

  it('has its trailers dropped: nobody decided on them', async () => {
    const session = connectHttp2(`http://127.0.0.1:${gate.port}`);
    for (const host of Object.values(LEVELS)) {
      const stream = session.request(
        {
          ':method': 'POST',
          ':authority': host,
          ':path': '/a',
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
        },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-t': '1', authorization: 'x' }));
      stream.end('{}');
      const [answer] = (await once(stream, 'response')) as [{ ':status': number }];
      expect([host, answer[':status']]).toEqual([host, 200]);
      stream.resume();
      await once(stream, 'end');
    }
    session.close();
    expect(gate.server.received.map(({ body }) => body)).toEqual(['{}', '{}', '{}']);
    expect(JSON.stringify(gate.server.received)).not.toContain('x-t');
  });

  it('loses its connection when more than half of 500 requests would be resets, and nobody else does', async () => {
    const other = connectHttp2(`http://127.0.0.1:${gate.port}`);
    expect(await resetAtOnce(gate.port, head(), 200)).toBe('kept');
    expect(await resetAtOnce(gate.port, head(), 500)).toBe('ended');
    expect(await statusOver(other, '/alive')).toBe(200);
    other.close();
    expect(await gate.envoy.stat('http.gatehouse_web.downstream_rq_too_many_premature_resets')).toBe(1);
  });

  const requestOf = (path: string) => ({
    ':authority': 'full.test',
    ':path': path,
    authorization: `Bearer ${token}`,
  });
  async function statusOver(session: ClientHttp2Session, path: string): Promise<number> {
    const stream = session.request(requestOf(path));
    const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
    stream.resume();
    return headers[':status'];
  }
});

describe('a server that answers more than it was asked', () => {
  it('has what is left over thrown away with its connection: nobody else gets it', async () => {
    const left = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil';
    gate.server.answer = (_request, response) => {
      response.socket?.write(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok${left}`);
    };
    for (const host of [LEVELS.full, LEVELS.headers, LEVELS.authz, LEVELS.full]) {
      expect(await gate.raw(text(host, 'GET /a HTTP/1.1'))).not.toContain('evil');
    }
    gate.server.answer = (_request, response) => void response.end('ok');
    expect(await gate.raw(text(LEVELS.full, 'GET /a HTTP/1.1'))).toMatch(/^HTTP\/1\.1 200 OK[^]*ok/);
  });
});

describe('without what is behind Envoy', () => {
  it('a server that is down is told of, without its address', async () => {
    await gate.server.stop();
    for (const host of Object.values(LEVELS)) {
      const answer = await gate.raw(text(host, 'GET /a HTTP/1.1'));
      expect(statusOf(answer)).toBe(503);
      expect(problemOf(answer)).toMatchObject({ code: 'GH_HTTP_ENVOY', detail: 'UpstreamConnectionFailure' });
      expect(answer).not.toContain(String(gate.server.port));
    }
  });

  it('nothing is sent on without the service, and the client is told so, without paths of this host', async () => {
    await gate.closeWorker();
    for (const [level, host] of Object.entries(LEVELS)) {
      const answer = await gate.raw(text(host, 'GET /a HTTP/1.1'));
      expect(statusOf(answer)).toBe(503);
      expect(answer).toContain('content-type: application/problem+json');
      const detail = level === 'authz' ? 'ext_authz_error' : 'ext_proc_error';
      expect(problemOf(answer)).toMatchObject({ code: 'GH_HTTP_ENVOY', detail });
      expect(answer).not.toContain('.sock');
    }
    expect(gate.server.received).toEqual([]);
    // As docs/network-team.md names them.
    expect(await gate.envoy.stat('http.gatehouse_web.ext_proc.http.streams_failed')).toBe(2);
    expect(await gate.envoy.stat('http.gatehouse_web.ext_authz.http.error')).toBe(1);
  });
});
