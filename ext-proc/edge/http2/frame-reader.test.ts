import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePingAck, encodeSettings, FRAME, frameWith, writeFrameHeader } from './frame.ts';
import { FrameReader } from './frame-reader.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const data = (streamId: number, payload: Uint8Array): Buffer => {
  const frame = frameWith(payload.length, FRAME.data, 0, streamId);
  frame.set(payload, 9);
  return frame;
};

describe('FrameReader', () => {
  it('gives the same frames for any split of the same bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }),
        fc.array(fc.nat({ max: 30 })),
        (payloads, cuts) => {
          const bytes = Buffer.concat([
            PREFACE,
            encodeSettings([]),
            ...payloads.map((payload, index) => data(index + 1, payload)),
          ]);
          const seen: string[] = [];
          const reader = new FrameReader(1_000, (type, flags, id, payload) =>
            seen.push(`${type}/${flags}/${id}/${payload.toString('hex')}`),
          );
          let at = 0;
          for (const cut of cuts) {
            reader.push(bytes.subarray(at, at + cut));
            at = Math.min(at + cut, bytes.length);
          }
          reader.push(bytes.subarray(at));
          expect(seen).toEqual([
            '4/0/0/',
            ...payloads.map((payload, index) => `0/0/${index + 1}/${Buffer.from(payload).toString('hex')}`),
          ]);
        },
      ),
    );
  });

  it('refuses a frame above the limit before it keeps a byte of it', () => {
    const reader = new FrameReader(1_000, () => {});
    reader.push(Buffer.concat([PREFACE, encodeSettings([])]));
    const header = Buffer.alloc(9);
    writeFrameHeader(header, 1_001, FRAME.data, 0, 1);
    expect(() => reader.push(header)).toThrow('above the announced size');
  });

  it('refuses what does not begin as HTTP/2 does', () => {
    expect(() => new FrameReader(1_000, () => {}).push(Buffer.from('GET / HTTP/1.1'))).toThrow('preface');
    expect(() =>
      new FrameReader(1_000, () => {}).push(Buffer.concat([PREFACE, encodePingAck(Buffer.alloc(8))])),
    ).toThrow('SETTINGS');
  });
});
