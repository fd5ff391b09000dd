import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as ws from 'ws';

import { FrameDecoder, type FrameStep } from './frame-decoder.ts';
import { encodeFrame } from './frame-encoder.ts';
import { applyMask } from './frame.ts';

const KEY = Buffer.from([1, 2, 3, 4]);
const LIMIT = 100_000;

/** Every step until nothing more can be read of what was pushed. */
function read(masked: boolean, chunks: readonly Buffer[], payloadBytesMax = LIMIT): FrameStep[] {
  const decoder = new FrameDecoder({ masked, payloadBytesMax });
  const steps: FrameStep[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (;;) {
      const step = decoder.next();
      if (step.kind === 'need-more') break;
      steps.push(step);
      if (step.kind === 'refused') return steps;
    }
  }
  return steps;
}

const readHex = (masked: boolean, hex: string): FrameStep[] =>
  read(masked, [Buffer.from(hex.replaceAll(' ', ''), 'hex')]);

const framesOf = (steps: readonly FrameStep[]) =>
  steps.map((step) => {
    if (step.kind !== 'frame') throw new Error(step.kind);
    return step.frame;
  });

/** As Envoy may hand them over: cut anywhere. */
const splits = (bytes: Buffer) =>
  fc
    .array(fc.nat(bytes.length), { maxLength: 20 })
    .map((cuts) => [0, ...cuts.sort((a, b) => a - b), bytes.length])
    .map((edges) => edges.slice(1).map((end, index) => bytes.subarray(edges[index], end)));

describe('the examples of RFC 6455 section 5.7', () => {
  test('a text of a server’s', () => {
    expect(framesOf(readHex(false, '81 05 48 65 6c 6c 6f'))).toEqual([
      { opcode: 'text', final: true, payload: Buffer.from('Hello'), wireBytes: 7 },
    ]);
  });

  test('a text of a client’s', () => {
    expect(framesOf(readHex(true, '81 85 37 fa 21 3d 7f 9f 4d 51 58'))).toEqual([
      { opcode: 'text', final: true, payload: Buffer.from('Hello'), wireBytes: 11 },
    ]);
  });

  test('a text in two fragments', () => {
    expect(framesOf(readHex(false, '01 03 48 65 6c 80 02 6c 6f'))).toMatchObject([
      { opcode: 'text', final: false, payload: Buffer.from('Hel') },
      { opcode: 'continuation', final: true, payload: Buffer.from('lo') },
    ]);
  });

  test('256 bytes and 64 KiB of a binary message', () => {
    for (const length of [256, 65_536]) {
      const payload = Buffer.alloc(length, 7);
      const frame = encodeFrame('binary', payload);
      expect(frame.subarray(0, 2).toString('hex')).toBe(length === 256 ? '827e' : '827f');
      expect(framesOf(read(false, [frame]))[0]?.payload).toEqual(payload);
    }
  });
});

describe('what is no frame here is refused, and stays refused', () => {
  test.each([
    ['a reserved bit: a compressed frame', false, 'c1 00'],
    ['the second reserved bit', false, 'a1 00'],
    ['the third reserved bit', false, '91 00'],
    ['a data opcode that is not defined', false, '83 00'],
    ['a control opcode that is not defined', false, '8b 00'],
    ['a client’s frame without a mask', true, '81 05 48'],
    ['a server’s frame with a mask', false, '81 85 37'],
    ['a control frame in fragments', false, '09 00'],
    ['a control frame of 126 bytes', false, '89 7e 00 7e'],
    ['a short length in 16 bits', false, '81 7e 00 7d'],
    ['a 16-bit length in 64 bits', false, '81 7f 00 00 00 00 00 00 ff ff'],
    ['a length with its first bit set', false, '81 7f 80 00 00 00 00 01 00 00'],
  ])('%s', (_, masked, hex) => {
    const steps = readHex(masked, hex);
    expect(steps).toMatchObject([{ kind: 'refused', refusal: { code: 'GH_WS_FRAME', closeCode: 1002 } }]);
  });

  test('a frame over the limit, by its length alone', () => {
    for (const hex of ['81 7f 00 00 00 00 00 01 86 a1', '81 7f 7f ff ff ff ff ff ff ff']) {
      expect(readHex(false, hex)).toMatchObject([
        { kind: 'refused', refusal: { code: 'GH_WS_TOO_LARGE', closeCode: 1009 } },
      ]);
    }
  });

  test('nothing is read behind it', () => {
    const decoder = new FrameDecoder({ masked: false, payloadBytesMax: LIMIT });
    decoder.push(Buffer.from('8300', 'hex'));
    expect(decoder.next().kind).toBe('refused');
    decoder.push(encodeFrame('text', Buffer.from('late')));
    expect(decoder.next().kind).toBe('refused');
  });
});

const frames = fc.array(
  fc.record({
    opcode: fc.constantFrom('text' as const, 'binary' as const, 'ping' as const, 'pong' as const),
    payload: fc.oneof(
      fc.uint8Array({ maxLength: 125 }),
      fc.integer({ min: 120, max: 140 }).map((length) => new Uint8Array(length).fill(length)),
      fc.integer({ min: 65_530, max: 65_540 }).map((length) => new Uint8Array(length).fill(3)),
    ),
  }),
  { minLength: 1, maxLength: 6 },
);
const short = (each: { opcode: string; payload: Uint8Array }): Uint8Array =>
  each.opcode === 'ping' || each.opcode === 'pong' ? each.payload.subarray(0, 125) : each.payload;

test.each([true, false])(
  'any split gives the same frames, with their lengths on the wire (masked: %s)',
  (masked) => {
    fc.assert(
      fc.property(
        frames.chain((list) => {
          const wire = list.map((each) => encodeFrame(each.opcode, short(each), masked ? KEY : undefined));
          return splits(Buffer.concat(wire)).map((chunks) => ({ list, wire, chunks }));
        }),
        ({ list, wire, chunks }) => {
          const read_ = framesOf(read(masked, chunks));
          expect(read_.map(({ opcode, wireBytes }) => [opcode, wireBytes])).toEqual(
            list.map(({ opcode }, index) => [opcode, wire[index]?.length]),
          );
          expect(read_.every(({ payload }, index) => payload.equals(short(list[index]!)))).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  },
);

test('bytes that come one by one are read in linear time, and no frame shares its bytes', () => {
  const wire = encodeFrame('binary', Buffer.alloc(60_000, 9), KEY);
  const chunks = Array.from({ length: wire.length }, (_, at) => wire.subarray(at, at + 1));
  const started = performance.now();
  const [frame] = framesOf(read(true, chunks));
  expect(performance.now() - started).toBeLessThan(2_000);
  expect(frame?.payload.equals(Buffer.alloc(60_000, 9))).toBe(true);
});

test('whatever ws reads without complaint is read here to the same messages', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          first: fc.constantFrom(0x81, 0x82, 0x89, 0x8a, 0x01, 0x00, 0x80, 0xc1, 0x83),
          payload: fc.string({ maxLength: 20 }),
        }),
        { maxLength: 5 },
      ),
      async (list) => {
        const wire = Buffer.concat(
          list.map(({ first, payload }) => {
            const frame = encodeFrame('text', Buffer.from(payload));
            frame[0] = first;
            return frame;
          }),
        );
        const theirs = await byWs(wire);
        if (theirs === undefined) return;
        const ours = framesOf(read(false, [wire]));
        const whole: string[] = [];
        for (const { opcode, payload } of ours) {
          if (opcode === 'text' || opcode === 'binary') whole.push('');
          if (opcode === 'text' || opcode === 'binary' || opcode === 'continuation')
            whole[whole.length - 1] += payload.toString();
        }
        expect(whole.slice(0, theirs.length)).toEqual(theirs);
      },
    ),
    { numRuns: 200 },
  );
});

/** Exported by ws, and left out of its types. */
interface WithReceiver {
  readonly Receiver: new (options: object) => NodeJS.WritableStream;
}

/** Messages that ws reads; undefined where it refuses the bytes. */
function byWs(wire: Buffer): Promise<readonly string[] | undefined> {
  return new Promise((resolve) => {
    const receiver = new (ws as unknown as WithReceiver).Receiver({
      isServer: false,
      skipUTF8Validation: true,
    });
    const messages: string[] = [];
    receiver.on('message' as never, (data: Buffer) => messages.push(data.toString()));
    receiver.on('error', () => resolve(undefined));
    receiver.end(wire, () => setImmediate(() => resolve(messages)));
  });
}

test('a mask is taken off by itself', () => {
  const bytes = Buffer.from('some bytes');
  applyMask(bytes, KEY);
  expect(bytes.toString()).not.toBe('some bytes');
  applyMask(bytes, KEY);
  expect(bytes.toString()).toBe('some bytes');
});
