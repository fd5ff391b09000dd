import { loadSync } from '@grpc/proto-loader';
import fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeProcessingRequest, encodeBodyHead, encodeProcessingResponse } from './ext-proc-messages.ts';
import { FRAME_PREFIX_BYTES } from './grpc-server.ts';

const definition = loadSync('envoy/service/ext_proc/v3/external_processor.proto', {
  includeDirs: [join(import.meta.dirname, '../../protos')],
  keepCase: true,
  oneofs: true,
});
const { Process } = definition['envoy.service.ext_proc.v3.ExternalProcessor'] as unknown as {
  Process: {
    requestSerialize(value: object): Buffer;
    responseDeserialize(bytes: Buffer): Record<string, never>;
  };
};

describe('ProcessingRequest', () => {
  it('is read as a general protobuf library writes it, bodies of any size in both directions', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 70_000 }),
        fc.boolean(),
        fc.constantFrom('request', 'response'),
        (bytes, end, direction) => {
          const wire = Process.requestSerialize({
            [`${direction}_body`]: { body: Buffer.from(bytes), end_of_stream: end },
          });
          expect(decodeProcessingRequest(wire)).toEqual({
            kind: 'body',
            direction,
            body: Buffer.from(bytes),
            endOfStream: end,
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  it('keeps headers of one name apart and reads raw values', () => {
    const headers = [
      { key: ':method', raw_value: Buffer.from('CONNECT') },
      { key: 'x-a', raw_value: Buffer.from('1') },
      { key: 'x-a', value: '2' },
    ];
    const wire = Process.requestSerialize({ request_headers: { headers: { headers }, end_of_stream: true } });
    expect(decodeProcessingRequest(wire)).toEqual({
      kind: 'headers',
      direction: 'request',
      fields: [
        [':method', 'CONNECT'],
        ['x-a', '1'],
        ['x-a', '2'],
      ],
      endOfStream: true,
      attributes: undefined,
    });
  });

  it('is unknown where it holds nothing that the service handles', () => {
    expect(decodeProcessingRequest(Buffer.alloc(0))).toEqual({ kind: 'unknown' });
  });

  it('never throws anything but its own code on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeProcessingRequest(Buffer.from(bytes));
        } catch (error) {
          expect(error).toMatchObject({ code: 'GH_EDGE_PROTOBUF' });
        }
      }),
    );
  });
});

describe('ProcessingResponse', () => {
  const decoded = (frame: Buffer): Record<string, never> => {
    expect(frame.readUInt32BE(FRAME_PREFIX_BYTES - 4)).toBe(frame.length - FRAME_PREFIX_BYTES);
    return Process.responseDeserialize(frame.subarray(FRAME_PREFIX_BYTES));
  };

  it('is what a general protobuf library reads, bodies out of several pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 20_000 }), { maxLength: 5 }),
        fc.boolean(),
        fc.constantFrom('request' as const, 'response' as const),
        (pieces, endOfStream, direction) => {
          const buffers = pieces.map((piece) => Buffer.from(piece));
          const chunk = Buffer.concat(buffers);
          for (const frame of [
            encodeProcessingResponse({ kind: 'body', direction, pieces: buffers, endOfStream }),
            Buffer.concat([encodeBodyHead(direction, chunk.length, endOfStream), chunk]),
          ]) {
            const body = decoded(frame)[`${direction}_body`] as unknown as {
              response: { body_mutation: { streamed_response: { body?: Buffer; end_of_stream?: boolean } } };
            };
            const streamed = body.response.body_mutation.streamed_response;
            expect(Buffer.from(streamed.body ?? []).equals(chunk)).toBe(true);
            expect(streamed.end_of_stream ?? false).toBe(endOfStream);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('continues headers and trailers, and replies at once with status and details', () => {
    for (const direction of ['request', 'response'] as const) {
      expect(decoded(encodeProcessingResponse({ kind: 'headers', direction }))).toHaveProperty(
        `${direction}_headers.response`,
      );
      expect(decoded(encodeProcessingResponse({ kind: 'trailers', direction }))).toHaveProperty(
        `${direction}_trailers`,
      );
    }
    expect(
      decoded(encodeProcessingResponse({ kind: 'immediate', status: 503, details: 'GH_X' })),
    ).toMatchObject({
      immediate_response: { status: { code: 503 }, details: 'GH_X' },
    });
  });
});
