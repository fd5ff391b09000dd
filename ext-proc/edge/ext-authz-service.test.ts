import { describe, expect, it } from 'vitest';
import type { HttpExchange, HttpWire } from '../exchange/http/http-wire.ts';
import type { Log } from '../domain/log.ts';
import { checkMethod } from './ext-authz-service.ts';
import { bytesField, messageField } from './protobuf-writer.ts';

const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** An exchange that does with its wire what a test says, and remembers how it was called. */
function check(
  act: (wire: HttpWire) => void,
  request: Buffer = Buffer.alloc(0),
): {
  readonly calls: string[];
  readonly answer: Promise<Buffer>;
} {
  const calls: string[] = [];
  const note = (name: string) => (): void => void calls.push(name);
  const method = checkMethod(
    (_attributes, wire): HttpExchange => ({
      onRequestHeaders(_fields, endOfStream) {
        calls.push(`headers ${endOfStream}`);
        act(wire);
      },
      onRequestBody: note('body'),
      onRequestTrailers: note('trailers'),
      onResponseHeaders: note('response'),
      onResponseBody: note('response body'),
      onResponseTrailers: note('response trailers'),
      onClosed: note('closed'),
    }),
    QUIET,
  );
  if (method.kind !== 'unary') throw new Error('a check has one answer');
  return { calls, answer: Promise.resolve(method.answer(request)) };
}

describe('a check', () => {
  it.each([
    ['that allows', (wire: HttpWire) => wire.continueHeaders('request', { set: [], remove: [] })],
    [
      'that denies',
      (wire: HttpWire) =>
        wire.reply({ status: 403, headers: [], body: Buffer.from('{}'), details: 'GH_DENIED' }),
    ],
  ])('%s is over with its answer', async (_, act) => {
    const { calls, answer } = check(act);
    expect((await answer).length).toBeGreaterThan(0);
    expect(calls).toEqual(['headers false', 'closed']);
  });

  it('that cannot be decided has no answer, which is a denial of Envoy’s', async () => {
    const { calls, answer } = check((wire) => wire.abort('GH_INTERNAL'));
    await expect(answer).rejects.toThrow('GH_INTERNAL');
    expect(calls).toEqual(['headers false', 'closed']);
  });

  it('knows that there is no body only where Envoy says so', async () => {
    const allow = (wire: HttpWire): void => wire.continueHeaders('request', { set: [], remove: [] });
    const of = (protocol: string): Buffer =>
      messageField(1, [messageField(4, [messageField(2, [bytesField(10, protocol)])])]);
    for (const [protocol, call] of [
      ['HTTP/1.1', 'headers true'],
      ['HTTP/2', 'headers false'],
    ] as const) {
      const { calls, answer } = check(allow, of(protocol));
      await answer;
      expect(calls[0]).toBe(call);
    }
  });
});
