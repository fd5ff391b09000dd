/** Answers: what is marked or found is masked whatever form it comes in, and what cannot be masked is withheld. */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { SAMPLE_TEMPLATES } from '../../ext-proc/embedded/sample-api/routes.ts';
import { startSampleApi, type SampleApi } from '../../ext-proc/embedded/sample-api/sample-api.ts';
import { SampleRecords } from '../../ext-proc/embedded/sample-records.ts';
import { startHttpGate, UPSTREAM_TOKEN, type HttpGate } from '../support/http-gate.ts';
import { curl, h1, h2, type Answer } from '../support/http-clients.ts';
import { answer, startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';
import { selfSigned } from '../support/self-signed.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const CARD = '4111111111111111';
const SSN = '730-11-4408';
const PERSON = JSON.stringify({ id: 7, name: 'Ada', card: CARD, ssn: SSN, nested: { list: [{ ssn: SSN }] } });

let api: ScriptedServer;
let sample: SampleApi;
let gate: HttpGate;
let files: TemporaryDirectory;
beforeAll(async () => {
  files = await temporaryDirectory();
  const tls = await selfSigned({ name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' });
  await writeFile(join(files.path, 'sample-ca.crt'), tls.certificate);
  api = await startScriptedServer();
  sample = await startSampleApi({ port: 0, tls, token: UPSTREAM_TOKEN, records: new SampleRecords() });
  gate = await startHttpGate({
    routesYaml: `      - { name: sample, host: sample.test, upstream: sample }
      - { name: sensitive, prefix: /sensitive, upstream: sensitive }
      - { name: api, prefix: /, upstream: api }`,
    upstreamsYaml: `${plain('api', '{ env: dev }')}
${plain('sensitive', '{ env: dev, sensitivity: high }')}
  - name: sample
    protocol: http
    address: 127.0.0.1:${sample.port}
    tls: { mode: verify-full, ca: { file: ${join(files.path, 'sample-ca.crt')} }, serverName: localhost }
    labels: { env: dev }
    templates: ['${SAMPLE_TEMPLATES[0]}']
    credentials: [{ groups: ['*'], bearer: { file: token.txt } }]`,
    extraYaml: `masking:
  fields:
    - { field: '**.ssn', tag: us_ssn, style: full }
    - { field: '**.card', tag: payment_card, style: partial }
    - { field: '**.email', tag: email, style: partial }`,
    settings: ({ masking }) =>
      masking.reveal.push({ groups: ['browsers'], labels: { env: ['dev'] }, headers: ['set-cookie'] }),
  });
});
const plain = (name: string, labels: string): string => `  - name: ${name}
    protocol: http
    address: 127.0.0.1:${api.port}
    tls: { mode: disable }
    labels: ${labels}
    credentials: [{ groups: ['*'], bearer: { file: token.txt } }]`;
beforeEach(() => void api.arrived.splice(0));
afterAll(async () => {
  await gate?.stop();
  await api?.stop();
  await sample?.stop();
  await files?.remove();
});

/** Where nothing has gone on yet, Envoy can still say 503 in place of a reset. */
const isWhole = (got: Answer | undefined): boolean => got !== undefined && got.complete && got.status !== 503;

const MASKED = { id: 7, name: 'Ada', card: '****1111', ssn: '[masked:us_ssn]' };
const SAMPLE = { host: 'sample.test' };

describe('JSON', () => {
  it.each([
    ['HTTP/1.1', h1],
    ['HTTP/2', h2],
  ])('is masked over %s, and the row counts what was', async (_, client) => {
    api.on('/person', answer('application/json; charset=utf-8', PERSON, { etag: '"1"', digest: 'x=y' }));
    const token = await gate.token({ subject: `agent:${_}` });
    const got = await client(gate, '/person', { token });
    expect(got.json).toEqual({ ...MASKED, nested: { list: [{ ssn: '[masked:us_ssn]' }] } });
    expect(got.complete).toBe(true);
    expect(got.headers['digest']).toBeUndefined();
    expect(got.headers['cache-control']).toBe('private');
    const row = await gate.row((each) => each['principal_subject'] === `agent:${_}`);
    expect(row).toMatchObject({
      decision: 'allow',
      outcome: 'ok',
      status: 200,
      statement: 'GET /person',
      verbs: ['GET'],
      masks: { 'us_ssn:**.ssn': 2, 'payment_card:**.card': 1 },
      bytes_out: got.body.length,
    });
  });

  it('is masked as the sample API sends it, over its own TLS, by template and with fetch', async () => {
    const got = await h2(gate, '/people/1', { headers: { ':authority': 'sample.test' } });
    expect(got.json).toMatchObject({ id: 1, ssn: '[masked:us_ssn]' });
    expect(got.json['card']).toMatch(/^\*{4}\d{4}$/);
    const row = await gate.row((each) => each['tables'] !== undefined);
    expect(row).toMatchObject({ tables: ['/people/{id}'], upstream: 'sample' });
    const cards = await h1(gate, '/cards?limit=5', { headers: SAMPLE });
    expect(cards.status).toBe(200);
    expect(cards.text).not.toMatch(/\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}/);
  });

  it('with any split of its bytes is the same', async () => {
    api.on('/slow', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const pieces = PERSON.match(/.{1,9}/gs) ?? [];
      const next = (): void => {
        const piece = pieces.shift();
        if (piece === undefined) return void response.end();
        response.write(piece);
        setTimeout(next, 1);
      };
      next();
    });
    expect((await h1(gate, '/slow')).json).toMatchObject(MASKED);
  });

  it('in UTF-16 is withheld, whatever the policy says of its kind, or passed as bytes where it may be', async () => {
    const utf16 = Buffer.from(`\ufeff${PERSON}`, 'utf16le');
    api.on('/sensitive/utf16', answer('application/json; charset=utf-16', utf16));
    api.on('/utf16-undeclared', answer('application/json', utf16));
    const got = await h1(gate, '/sensitive/utf16');
    expect([got.status, got.json['code']]).toEqual([502, 'GH_HTTP_BODY_UNREADABLE']);
    const broken = await h1(gate, '/utf16-undeclared').catch(() => undefined);
    expect(isWhole(broken)).toBe(false);
    expect(broken?.text ?? '').not.toContain(CARD.slice(0, 6));
  });

  it('that is broken in the middle resets the stream, and never ends it cleanly', async () => {
    api.on('/broken', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write(`[${PERSON},`);
      setTimeout(() => response.end(`${PERSON} nonsense ${PERSON}]`), 60);
    });
    const one = await h1(gate, '/broken');
    const two = await h2(gate, '/broken', { token: await gate.token({ subject: 'agent:broken' }) });
    for (const got of [one, two]) {
      expect([got.status, got.complete]).toEqual([200, false]);
      expect(got.text).toContain('"ssn":"[masked:us_ssn]"');
      expect(got.text).not.toContain(SSN);
    }
    const row = await gate.row((each) => each['principal_subject'] === 'agent:broken');
    expect(row).toMatchObject({ outcome: 'error', error_code: 'GH_HTTP_BODY_MALFORMED', status: 200 });
  });

  it('that is broken at once is no answer', async () => {
    api.on('/nonsense', answer('application/json', 'nonsense'));
    for (const client of [h1, h2]) {
      const got = await client(gate, '/nonsense').catch(() => undefined);
      expect(isWhole(got)).toBe(false);
    }
  });
});

describe('a stream of events', () => {
  it('is masked event by event, while it goes on', async () => {
    // The second event is not sent before the first has been read.
    let goOn = (): void => undefined;
    api.on('/events', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`id: 1\ndata: ${PERSON}\n\n`);
      goOn = () => void response.end(`data: card ${CARD}\n\ndata: plain\n\n`);
    });
    const { body } = await fetchFrom('/events');
    const reader = body!.getReader();
    const first = Buffer.from((await reader.read()).value!).toString();
    expect(first).toContain('"ssn":"[masked:us_ssn]"');
    goOn();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      rest += Buffer.from(value).toString();
    }
    expect(rest).toBe(`data: card [masked:payment_card]\n\ndata: plain\n\n`);
  });

  it('of the sample API holds no card', async () => {
    const got = await h2(gate, '/events?count=30&everyMs=0', { headers: { ':authority': 'sample.test' } });
    expect(got.text).toContain('event: end');
    expect(got.text).not.toMatch(/\d{16}|\d{4} \d{4} \d{4} \d{4}/);
  });
});

/** undici, as Node brings it, over HTTP/1.1. */
async function fetchFrom(path: string, headers: Record<string, string> = {}): Promise<Response> {
  const { setDefaultCACertificates, getCACertificates } = await import('node:tls');
  setDefaultCACertificates([...getCACertificates('default'), gate.ca]);
  return fetch(gate.url + path, {
    headers: { authorization: `Bearer ${await gate.token()}`, ...headers },
  });
}

describe('a compressed answer although identity was asked', () => {
  it.each([
    ['gzip', gzipSync(PERSON)],
    ['x-gzip', gzipSync(PERSON)],
    ['deflate', deflateSync(PERSON)],
    ['deflate', deflateRawSync(PERSON)],
    ['gzip, gzip', gzipSync(gzipSync(PERSON))],
  ])('in %s is decoded and masked', async (coding, body) => {
    api.on('/coded', answer('application/json', body, { 'content-encoding': coding }));
    const { output } = await curl(
      gate,
      ...['--compressed', '-i', '-H', `Authorization: Bearer ${await gate.token()}`, `${gate.url}/coded`],
    );
    expect(output.toLowerCase()).not.toContain('content-encoding');
    expect(output).toContain('"ssn":"[masked:us_ssn]"');
    expect(api.arrived.at(-1)?.headers['accept-encoding']).toBe('identity');
  });

  it('in br is withheld from a sensitive upstream', async () => {
    api.on(
      '/sensitive/br',
      answer('application/json', brotliCompressSync(PERSON), { 'content-encoding': 'br' }),
    );
    const got = await h1(gate, '/sensitive/br');
    expect([got.status, got.json['code']]).toEqual([502, 'GH_HTTP_BODY_UNREADABLE']);
  });

  it('that ends too early, or has more behind its end, is cut off', async () => {
    const whole = gzipSync(PERSON);
    for (const body of [
      whole.subarray(0, -6),
      Buffer.concat([whole, Buffer.from('x')]),
      Buffer.from(PERSON),
    ]) {
      api.on('/cut', answer('application/json', body, { 'content-encoding': 'gzip' }));
      const got = await h2(gate, '/cut');
      expect(isWhole(got)).toBe(false);
      expect(got.text).not.toContain(SSN);
    }
  });
});

describe('a body that cannot be read', () => {
  const pdf = Buffer.from(`%PDF-1.4 ${SSN} \xff\xfe`, 'latin1');
  beforeAll(() => {
    for (const path of ['/report', '/sensitive/report'])
      api.on(path, answer('application/pdf', pdf, { etag: '"r1"', 'accept-ranges': 'bytes' }));
    for (const path of ['/untyped', '/sensitive/untyped'])
      api.on(path, (_request, response) => {
        response.writeHead(200).end(PERSON);
      });
  });

  it('passes as it is from an ordinary upstream, without an offer of ranges', async () => {
    const got = await h1(gate, '/report', { headers: { range: 'bytes=0-3', 'if-range': '"r1"' } });
    expect([got.status, got.body]).toEqual([200, pdf]);
    expect(got.headers['accept-ranges']).toBeUndefined();
    expect(api.arrived[0]?.headers).not.toHaveProperty('range');
    expect(api.arrived[0]?.headers).not.toHaveProperty('if-range');
  });

  it('is withheld from an ordinary one too where it could be data with marked fields', async () => {
    api.on('/br', answer('application/json', brotliCompressSync(PERSON), { 'content-encoding': 'br' }));
    api.on('/csv', answer('text/csv', `ssn\n${SSN}`));
    for (const path of ['/untyped', '/br', '/csv']) {
      const got = await h1(gate, path);
      expect([got.status, got.json['code']]).toEqual([502, 'GH_HTTP_BODY_UNREADABLE']);
    }
  });

  it('is withheld from a sensitive one', async () => {
    for (const path of ['/sensitive/report', '/sensitive/untyped']) {
      const got = await h2(gate, path);
      expect([got.status, got.json['code']]).toEqual([502, 'GH_HTTP_BODY_UNREADABLE']);
      expect(got.headers['content-type']).toBe('application/problem+json');
      const row = await gate.row((each) => each['event_id'] === got.json['event_id']);
      expect(row).toMatchObject({ decision: 'allow', outcome: 'denied', status: 502 });
    }
  });

  it('is withheld where it is a part that nobody asked for', async () => {
    const part = answer('application/json', '{"ssn":', { 'content-range': 'bytes 0-6/99' }, 206);
    api.on('/part', part);
    const got = await h1(gate, '/part');
    expect([got.status, got.json['code']]).toEqual([502, 'GH_HTTP_PARTIAL']);
  });
});

describe('an answer that has no body after all', () => {
  it.each([
    ['without a type', {}],
    ['of JSON', { 'content-type': 'application/json' }],
    ['of a document', { 'content-type': 'application/pdf' }],
  ])('%s passes, although its header left that open', async (_, headers) => {
    for (const path of ['/accepted', '/sensitive/accepted'])
      // Node sends this in chunks, of which the only one is the last.
      api.on(path, (_request, response) => void response.writeHead(202, headers).end());
    for (const client of [h1, h2]) {
      for (const path of ['/accepted', '/sensitive/accepted']) {
        const got = await client(gate, path);
        expect([got.status, got.text, got.complete], path).toEqual([202, '', true]);
      }
    }
  });

  it('is withheld as soon as there is a byte of one', async () => {
    api.on('/sensitive/late', (_request, response) => {
      response.writeHead(202).flushHeaders();
      setTimeout(() => response.end('x'), 50);
    });
    const got = await h2(gate, '/sensitive/late');
    expect([got.status, got.json['code']]).toEqual([502, 'GH_HTTP_BODY_UNREADABLE']);
  });
});

const bareOf = (value: string): string => value.replace('Bearer ', '');

describe("the gate's own credential", () => {
  it.each([
    [
      'application/json',
      (value: string) => JSON.stringify({ headers: { authorization: value, Authorization: [value] } }),
    ],
    ['text/plain', (value: string) => `GET /echo HTTP/1.1\r\nAuthorization: ${value}\r\nHost: x\r\n`],
    ['text/html', (value: string) => `<td>authorization</td><td>${value}</td>`],
    ['text/event-stream', (value: string) => `data: {"authorization":"${value}"}\n\n`],
    [
      'application/json',
      (value: string) => JSON.stringify([bareOf(value), { note: `it is ${bareOf(value)}.` }]),
    ],
    ['text/plain', (value: string) => `${bareOf(value)}\n${encodeURIComponent(bareOf(value))}\n`],
  ])('does not come back in %s, where a server shows what it was sent', async (type, show) => {
    api.on('/echo', (request, response) => {
      const value = request.headers.authorization ?? '';
      response
        .writeHead(200, { 'content-type': type, 'x-echo': value, 'x-bare': bareOf(value) })
        .end(show(value));
    });
    for (const groups of [['developers'], ['developers', 'privacy-officers']]) {
      const got = await h1(gate, '/echo', { token: await gate.token({ groups }) });
      expect(got.status).toBe(200);
      expect(got.text).not.toContain(UPSTREAM_TOKEN);
      expect(JSON.stringify(got.headers)).not.toContain(UPSTREAM_TOKEN);
    }
  });
});

describe('headers', () => {
  it('what detectors find in them is masked, in each line of its name', async () => {
    api.on(
      '/headers',
      answer('text/plain', 'ok', {
        location: `/people?card=${CARD}`,
        'x-note': ['plain', `card ${CARD}`],
        'x-other': ['a', 'b'],
      }),
    );
    const { output } = await curl(
      gate,
      ...['--http1.1', '-i', '-H', `Authorization: Bearer ${await gate.token()}`, `${gate.url}/headers`],
    );
    expect(output).not.toContain(CARD);
    expect(output).toContain('location: /people?card=[masked:payment_card]');
    expect(output.match(/^x-note: .*/gm)).toEqual(['x-note: plain', 'x-note: card [masked:payment_card]']);
    expect(output.match(/^x-other: .*/gm)).toEqual(['x-other: a', 'x-other: b']);
  });

  it('Set-Cookie is withheld, and shown with its way back to whom policy reveals it', async () => {
    const refused = await h1(gate, '/session', { headers: SAMPLE });
    expect(refused.headers['set-cookie']).toBeUndefined();
    const token = await gate.token({ subject: 'agent:browser', groups: ['developers', 'browsers'] });
    const first = await h1(gate, '/session', { headers: SAMPLE, token });
    const [cookie = ''] = first.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^sample_session=/);
    const headers = { ...SAMPLE, cookie: cookie.split(';')[0] as string };
    expect((await h1(gate, '/session', { headers, token })).json).toEqual({ session: 'known' });
    expect((await h1(gate, '/session', { headers })).json).toEqual({ session: 'new' });
    const row = await gate.row((each) => each['principal_subject'] === 'agent:browser');
    expect(row['details']).toMatchObject({ revealed_headers: 'set-cookie' });
  });

  it('trailers of an answer stay behind, and its body is whole', async () => {
    api.on('/trailers', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', trailer: 'x-sum' });
      response.write(PERSON);
      response.addTrailers({ 'x-sum': CARD });
      response.end();
    });
    for (const client of [h1, h2]) {
      const got = await client(gate, '/trailers');
      expect(got.json).toMatchObject(MASKED);
      expect([got.complete, got.trailers['x-sum']]).toEqual([true, undefined]);
    }
  });
});

describe('answers without a body', () => {
  it('HEAD has the header alone, and no length that is not that of GET', async () => {
    api.on('/person', answer('application/json', PERSON, { etag: '"1"' }));
    for (const client of [h1, h2]) {
      const got = await client(gate, '/person', { method: 'HEAD' });
      expect([got.status, got.text, got.complete]).toEqual([200, '', true]);
      expect(got.headers['content-length']).toBeUndefined();
      expect(got.headers.etag).toMatch(/^W\/"[\w-]{23}~gh\.[0-9a-f]+"$/);
    }
  });

  it('204 passes', async () => {
    const got = await h1(gate, '/people/300', { method: 'DELETE', headers: SAMPLE });
    expect([got.status, got.text]).toEqual([204, '']);
  });

  it('an ETag of the gate brings 304, until other masks hold', async () => {
    const conditional = (request: { headers: { [name: string]: unknown } }): boolean =>
      String(request.headers['if-none-match'] ?? '').includes('"v1"') ||
      request.headers['if-modified-since'] !== undefined;
    api.on('/cached', (request, response) => {
      const headers = { etag: '"v1"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' };
      if (conditional(request)) response.writeHead(304, headers).end();
      else response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(PERSON);
    });
    const first = await h1(gate, '/cached');
    const kept = first.headers.etag as string;
    const again = { 'if-none-match': kept, 'if-modified-since': 'Thu, 01 Jan 2026 00:00:00 GMT' };
    expect(first.headers.etag).toMatch(/^W\/"[\w-]{24}~gh\.[0-9a-f]{16}"$/);
    for (const client of [h1, h2]) {
      const second = await client(gate, '/cached', { headers: again });
      expect([second.status, second.text, second.headers.etag]).toEqual([304, '', kept]);
    }
    // The server's own tag is no tag of the gate's.
    expect((await h1(gate, '/cached', { headers: { 'if-none-match': '"v1"' } })).status).toBe(200);
    expect((await h1(gate, '/cached', { headers: { 'if-modified-since': 'x' } })).status).toBe(200);
    const officer = await gate.token({ groups: ['developers', 'privacy-officers'] });
    const revealed = await h1(gate, '/cached', { headers: again, token: officer });
    expect([revealed.status, revealed.text]).toEqual([200, PERSON]);
    await gate.changeSettings(({ masking }) =>
      masking.mask.push({ groups: ['*'], fields: ['name'], style: 'full', direction: 'response' }),
    );
    const other = await h1(gate, '/cached', { headers: again });
    expect([other.status, other.json['name']]).toEqual([200, '[masked:policy]']);
    expect(other.headers.etag).not.toBe(kept);
  });
});
