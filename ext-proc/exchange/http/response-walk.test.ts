import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../domain/limits.ts';
import type { BodyDecoder } from '../../protocols/http/body/content-encoding.ts';
import { ResponseBody } from './response-walk.ts';

/** A decoder that takes its time: each chunk is decoded when the test says so. */
function slowDecoder() {
  const waiting: (() => void)[] = [];
  const decoder = {
    push: (chunk: Buffer) =>
      new Promise<readonly Buffer[]>((resolve) => waiting.push(() => resolve([chunk]))),
    end: () => Promise.resolve([]),
    destroy: () => undefined,
  } as unknown as BodyDecoder;
  const decodeOne = async (): Promise<void> => {
    waiting.shift()?.();
    await turn();
  };
  return { decoder, decodeOne };
}

function body(decoder?: BodyDecoder, recorded: () => Promise<unknown> = () => Promise.resolve()) {
  const sent: { bytes: number; end: boolean }[] = [];
  const holds: boolean[] = [];
  const response = new ResponseBody(
    {
      send: (pieces, end) =>
        void sent.push({ bytes: pieces.reduce((sum, { length }) => sum + length, 0), end }),
      count: () => undefined,
      recorded,
      hold: (held) => void holds.push(held),
      failed: () => undefined,
    },
    undefined,
    decoder,
  );
  return { response, sent, holds };
}

describe('an answer that is compressed', () => {
  it('is not read further while much of it waits to be decoded, and again when half of that is done', async () => {
    const { decoder, decodeOne } = slowDecoder();
    const { response, sent, holds } = body(decoder);
    const chunk = Buffer.alloc(LIMITS.httpWaitingBytesHigh / 4);
    for (let index = 0; index < 4; index++) response.receive(chunk, false);
    expect(holds).toEqual([]);
    response.receive(chunk, true);
    expect(holds).toEqual([true]);
    await turn();
    for (let index = 0; index < 2; index++) await decodeOne();
    expect(holds).toEqual([true]);
    await decodeOne();
    expect(holds).toEqual([true, false]);
    for (let index = 0; index < 2; index++) await decodeOne();
    expect(sent.map(({ bytes }) => bytes)).toEqual(Array.from({ length: 5 }, () => chunk.length));
    expect(sent.at(-1)?.end).toBe(true);
  });

  it('of which little waits is never held', async () => {
    const { decoder, decodeOne } = slowDecoder();
    const { response, holds } = body(decoder);
    for (let index = 0; index < 100; index++) {
      response.receive(Buffer.alloc(65_536), false);
      await turn();
      await decodeOne();
    }
    expect(holds).toEqual([]);
  });
});

describe('an answer as it is', () => {
  it('goes on as one where its end comes in the same read, behind its record', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { response, sent } = body(undefined, () => promise);
    response.receive(Buffer.alloc(5), false);
    response.receive(Buffer.alloc(7), false);
    response.receive(Buffer.alloc(0), true);
    await turn();
    expect(sent).toEqual([]);
    resolve();
    await turn();
    expect(sent).toEqual([{ bytes: 12, end: true }]);
  });

  it('goes on piece by piece where its end is not there yet', async () => {
    const { response, sent } = body(undefined, () => new Promise(() => undefined));
    response.receive(Buffer.alloc(5), false);
    await turn();
    response.receive(Buffer.alloc(7), false);
    await turn();
    response.receive(Buffer.alloc(0), true);
    await turn();
    expect(sent).toEqual([
      { bytes: 5, end: false },
      { bytes: 7, end: false },
    ]);
  });

  it('is all there before its trailers, whatever came with them', async () => {
    const { response, sent } = body();
    response.receive(Buffer.alloc(5), false);
    await expect(response.finish()).resolves.toBe(true);
    expect(sent).toEqual([{ bytes: 5, end: false }]);
  });
});
