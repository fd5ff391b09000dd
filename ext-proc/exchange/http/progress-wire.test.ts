import { hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { LIMITS } from '../../domain/limits.ts';
import type { EgressCall, EgressAnswer } from '../../domain/ports.ts';
import { NO_HEADER_CHANGES, type HeaderFields } from '../../protocols/http/header-fields.ts';
import { readRequestHead } from '../../protocols/http/request-head.ts';
import { apiProgress } from './api-progress.ts';
import type { DescribedRequest } from './dialect.ts';
import { HttpAnswer } from './http-answer.ts';
import { HttpEvent } from './http-event.ts';
import { allowing, testHttpGate, testRoute } from './http-gate.fixture.ts';
import { readObligations } from './obligations.ts';
import type { ProgressForm } from './progress-form.ts';
import { ProgressWire } from './progress-wire.ts';

const FIELDS: HeaderFields = [
  [':method', 'GET'],
  [':authority', 'h.example.com'],
  [':path', '/x'],
  ['prefer', 'wait=50'],
  ['accept', 'text/event-stream'],
];

/** What the client of a request that was told while it waited gets of this answer, and how it failed. */
async function told(fields: HeaderFields, chunks: readonly Buffer[]) {
  const route = testRoute();
  const gate = testHttpGate(route);
  const read = readRequestHead(FIELDS);
  if (!read.ok) throw new Error(read.code);
  const sent: Buffer[] = [];
  const failures: string[] = [];
  let receiver: EgressAnswer | undefined;
  let isCancelled = false;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const call: EgressCall = { hold: () => undefined, cancel: () => void (isCancelled = true) };
  const wire: ProgressWire = new ProgressWire({
    progress: {
      noticeIntervalMs: 60_000,
      egress: {
        send: (_upstream, _request, given) => {
          receiver = given;
          return call;
        },
      },
    },
    stream: {
      openReply: () => undefined,
      sendReply: (pieces, isEnd) => {
        sent.push(...pieces);
        if (isEnd) end();
      },
    },
    form: apiProgress(read.head) as ProgressForm,
    upstream: 'api',
    eventId: 'e',
    fields: FIELDS,
    hasBody: false,
    receiver: {
      onResponseHeaders: (given, isEnd) => answer.onHeaders(given, isEnd),
      onResponseBody: (given, isEnd) => answer.onBody(given, isEnd),
    },
    failed: (code) => {
      failures.push(code);
      // As the walk does once the end is recorded.
      setImmediate(() => {
        wire.abort(code);
        answer.closed();
      });
    },
  });
  const answer: HttpAnswer = new HttpAnswer({
    gate,
    route,
    wire,
    event: new HttpEvent(gate),
    admitted: {
      described: {
        responseHeaders: () => NO_HEADER_CHANGES,
        takesAnswer: () => true,
        responseTransform: () => undefined,
        numbersStayNumbers: false,
      } as unknown as DescribedRequest,
      obligations: readObligations(allowing(), route, gate.masking),
      method: 'GET',
      upgrade: undefined,
    },
    takeClient: () => undefined,
    streams: () => undefined,
    broken: (code) => failures.push(code),
    unexpected: (error) => failures.push(String(error)),
    gone: () => undefined,
  });
  wire.continueHeaders('request', NO_HEADER_CHANGES);
  receiver?.onHeaders(200, fields);
  for (const chunk of chunks) receiver?.onBody(chunk);
  receiver?.onEnd();
  await ended;
  return { text: Buffer.concat(sent).toString(), failures, isCancelled };
}

/** Letters, in which nothing is masked, that repeat themselves only after 8 KiB. */
const LINES = Array.from(
  { length: 128 },
  (_, at) =>
    `${hash('sha256', String(at), 'hex')
      .slice(1)
      .replaceAll(/\d/g, (digit) => 'ghijklmnop'[Number(digit)] ?? '')}\n`,
).join('');
const text = (bytes: number): Buffer => Buffer.from(LINES.repeat(bytes / LINES.length));
const GZIP: HeaderFields = [
  ['content-type', 'text/plain'],
  ['content-encoding', 'gzip'],
];

it('passes on what is within the limit, decoded', async () => {
  const body = text(1_048_576);
  const { text: got, failures } = await told(GZIP, [gzipSync(body)]);
  expect(failures).toEqual([]);
  expect(got).toContain(JSON.stringify(body.toString()));
});

it('counts an answer as it is read, however small it came', async () => {
  const compressed = gzipSync(text(LIMITS.progressReadAnswerBytesMax * 2));
  expect(compressed.length).toBeLessThan(LIMITS.progressAnswerBytesMax);
  for (const size of [compressed.length, 4_096]) {
    const chunks: Buffer[] = [];
    for (let at = 0; at < compressed.length; at += size) chunks.push(compressed.subarray(at, at + size));
    const { text: got, failures, isCancelled } = await told(GZIP, chunks);
    expect(failures).toEqual(['GH_APPROVAL_ANSWER_TOO_LARGE']);
    expect(isCancelled).toBe(true);
    expect(got.length).toBeLessThan(4_096);
    expect(got).toContain('It was approved and has been sent to the server, once');
  }
});
