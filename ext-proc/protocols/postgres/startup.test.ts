import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../domain/limits.ts';
import {
  decodeNegotiateProtocolVersion,
  decodeStartup,
  encodeCancelRequest,
  encodeGssEncRequest,
  encodeNegotiateProtocolVersion,
  encodeSslRequest,
  encodeStartup,
} from './startup.ts';

function packet(code: number, body: string | Buffer): Buffer {
  const content = Buffer.from(body as string, 'latin1');
  const wire = Buffer.alloc(8 + content.length);
  wire.writeUInt32BE(wire.length, 0);
  wire.writeUInt32BE(code, 4);
  content.copy(wire, 8);
  return wire;
}

const VERSION_3_0 = 0x0003_0000;
const word = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
  .filter((text) => !text.includes('\0'));
const parameters = fc
  .array(fc.tuple(word, word), { maxLength: 12 })
  .map((pairs) => new Map(pairs.filter(([name]) => !name.startsWith('_pq_.'))));

describe('decodeStartup', () => {
  it('reads what encodeStartup wrote, and asks for more at every earlier byte', () => {
    fc.assert(
      fc.property(parameters, fc.constantFrom(0, 2), (sent, minor) => {
        const wire = encodeStartup(minor, sent);
        expect(decodeStartup(wire)).toEqual({
          kind: 'startup',
          protocolMajor: 3,
          protocolMinor: minor,
          parameters: sent,
          protocolOptions: new Map(),
          consumed: wire.length,
        });
        for (let length = 0; length < wire.length; length++) {
          expect(decodeStartup(wire.subarray(0, length)).kind).toBe('need-more');
        }
      }),
    );
  });

  it('says how much it consumed, so that stuffed bytes are seen', () => {
    const stuffed = Buffer.concat([encodeSslRequest(), encodeStartup(0, [['user', 'x']])]);
    expect(decodeStartup(stuffed)).toEqual({ kind: 'ssl_request', consumed: 8 });
    expect(decodeStartup(Buffer.concat([encodeGssEncRequest(), Buffer.from([1])]))).toEqual({
      kind: 'gssenc_request',
      consumed: 8,
    });
  });

  it.each([4, 32, 256])('reads a cancel request with a key of %i bytes', (bytes) => {
    const key = Buffer.alloc(bytes, 0xab);
    const wire = encodeCancelRequest(0xfedc_ba98, key);
    expect(decodeStartup(wire)).toEqual({
      kind: 'cancel_request',
      processId: 0xfedc_ba98,
      secretKey: key,
      consumed: 12 + bytes,
    });
    expect(decodeStartup(wire.subarray(0, -1)).kind).toBe('need-more');
  });

  it('tells a TLS handshake by its first byte', () => {
    expect(decodeStartup(Buffer.from([0x16]))).toEqual({ kind: 'direct_tls' });
  });

  it('keeps protocol options apart from parameters', () => {
    const read = decodeStartup(
      encodeStartup(9999, [
        ['user', 'x'],
        ['_pq_.shiny', '1'],
      ]),
    );
    expect(read).toMatchObject({ kind: 'startup', protocolMinor: 9999 });
    if (read.kind !== 'startup') return;
    expect([...read.parameters.keys()]).toEqual(['user']);
    expect([...read.protocolOptions]).toEqual([['_pq_.shiny', '1']]);
  });

  it('never throws on random bytes, and gives the same answer with more bytes behind', () => {
    const headed = fc
      .tuple(
        fc.integer({ min: 0, max: 400 }),
        fc.constantFrom(VERSION_3_0, 0x0003_0002, 80_877_102, 80_877_103, 0x0002_0000),
        fc.uint8Array({ maxLength: 400 }),
      )
      .map(([length, code, body]) => {
        const bytes = packet(code, Buffer.from(body));
        bytes.writeUInt32BE(length, 0);
        return bytes;
      });
    fc.assert(
      fc.property(
        fc.oneof(
          headed,
          fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
        ),
        (bytes) => {
          const read = decodeStartup(bytes);
          if (read.kind === 'need-more') return;
          expect(decodeStartup(Buffer.concat([bytes, Buffer.alloc(7, 1)]))).toEqual(read);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('encodeStartup', () => {
  it('refuses a NUL, which would smuggle in another parameter', () => {
    expect(() => encodeStartup(0, [['user', 'x\0options\0-c a=b']])).toThrowError(
      expect.objectContaining({ code: 'GH_PG_ENCODE_NUL' }),
    );
  });

  it('makes a packet at the limit that decodes, and one above that does not', () => {
    const overhead = encodeStartup(0, [['user', '']]).length;
    const most = LIMITS.startupPacketBytesMax + 4;
    expect(decodeStartup(encodeStartup(0, [['user', 'x'.repeat(most - overhead)]])).kind).toBe('startup');
    expect(decodeStartup(encodeStartup(0, [['user', 'x'.repeat(most - overhead + 1)]]))).toEqual({
      kind: 'error',
      code: 'GH_PG_STARTUP_LENGTH',
    });
  });
});

describe('NegotiateProtocolVersion', () => {
  it('reads what it wrote', () => {
    expect(decodeNegotiateProtocolVersion(encodeNegotiateProtocolVersion(2, ['_pq_.a', '_pq_.b']))).toEqual({
      ok: true,
      protocolMajor: 3,
      protocolMinor: 2,
      unknownOptions: ['_pq_.a', '_pq_.b'],
    });
  });

  it('reads a minor version that stands alone', () => {
    const wire = encodeNegotiateProtocolVersion(0, []);
    wire.writeUInt32BE(2, 5);
    expect(decodeNegotiateProtocolVersion(wire)).toMatchObject({ protocolMajor: 3, protocolMinor: 2 });
  });

  it.each([
    ['a negative count', -1, 'GH_PG_MESSAGE_VALUE'],
    ['more options than it holds', 2_000_000_000, 'GH_PG_MESSAGE_UNTERMINATED'],
  ])('refuses %s', (_, count, code) => {
    const wire = encodeNegotiateProtocolVersion(0, ['_pq_.a']);
    wire.writeInt32BE(count, 9);
    expect(decodeNegotiateProtocolVersion(wire)).toEqual({ ok: false, code });
  });
});
