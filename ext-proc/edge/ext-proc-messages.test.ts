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

  it('says what Envoy knows of the request, where the filter was asked to', () => {
    const string = (stringValue: string) => ({ stringValue });
    const said = {
      'xds.route_name': string('main/api'),
      'source.address': string('127.0.0.1:4000'),
      'request.protocol': string('HTTP/2'),
      'request.scheme': string('https'),
      'request.size': { numberValue: 7 },
    };
    const wire = (fields: object): Buffer =>
      Process.requestSerialize({
        request_headers: { headers: { headers: [{ key: ':method', raw_value: Buffer.from('GET') }] } },
        attributes: { 'envoy.filters.http.ext_proc': { fields } },
      });
    expect(decodeProcessingRequest(wire(said))).toMatchObject({
      kind: 'headers',
      attributes: {
        route: 'main/api',
        clientAddress: '127.0.0.1:4000',
        protocol: 'HTTP/2',
        scheme: 'https',
      },
    });
    // A route of another type than a string is none.
    expect(decodeProcessingRequest(wire({ 'xds.route_name': { numberValue: 1 } }))).toMatchObject({
      attributes: { route: '' },
    });
  });

  it('has trailers in both directions, each line by itself', () => {
    for (const direction of ['request', 'response'] as const) {
      const headers = ['a', 'b'].map((value) => ({ key: 'x-sum', raw_value: Buffer.from(value) }));
      const wire = Process.requestSerialize({ [`${direction}_trailers`]: { trailers: { headers } } });
      expect(decodeProcessingRequest(wire)).toEqual({
        kind: 'trailers',
        direction,
        fields: [
          ['x-sum', 'a'],
          ['x-sum', 'b'],
        ],
      });
    }
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

  interface Mutation {
    readonly set_headers: readonly {
      readonly header: { readonly key: string; readonly raw_value: Buffer };
      readonly append: { readonly value: boolean } | null;
    }[];
    readonly remove_headers: readonly string[];
  }
  const shown = ({ set_headers: set, remove_headers: remove }: Mutation) => ({
    set: set.map(({ header, append }) => [header.key, header.raw_value.toString(), append?.value ?? false]),
    remove,
  });
  const changes = {
    set: [
      ['x-a', '1'],
      ['set-cookie', 'a=b'],
      ['set-cookie', 'é'],
    ],
    remove: ['authorization', 'cookie'],
  } as const;

  it('changes headers and trailers: the first line of a name replaces what was there, others follow it', () => {
    for (const direction of ['request', 'response'] as const) {
      for (const kind of ['headers', 'trailers'] as const) {
        const answer = decoded(encodeProcessingResponse({ kind, direction, changes }))[
          `${direction}_${kind}`
        ] as unknown as { response: { header_mutation: Mutation }; header_mutation: Mutation };
        expect(shown(kind === 'headers' ? answer.response.header_mutation : answer.header_mutation)).toEqual({
          set: [
            ['x-a', '1', false],
            ['set-cookie', 'a=b', false],
            ['set-cookie', 'é', true],
          ],
          remove: ['authorization', 'cookie'],
        });
      }
    }
  });

  it('changes headers whatever the length of names and values', () => {
    for (const length of [1, 30, 110, 127, 128, 300, 16_383, 16_384, 70_000]) {
      const value = 'é'.repeat(length / 2) + 'v'.repeat(length % 2);
      const long = { set: [['n'.repeat(length), value]] as const, remove: ['r'.repeat(length)] };
      const answer = decoded(
        encodeProcessingResponse({ kind: 'headers', direction: 'request', changes: long }),
      ).request_headers as unknown as { response: { header_mutation: Mutation } };
      expect(shown(answer.response.header_mutation)).toEqual({
        set: [['n'.repeat(length), value, false]],
        remove: long.remove,
      });
    }
  });

  it('that changes nothing is the same as one without changes', () => {
    for (const kind of ['headers', 'trailers'] as const) {
      const nothing = { set: [], remove: [] };
      expect(decoded(encodeProcessingResponse({ kind, direction: 'response', changes: nothing }))).toEqual(
        decoded(encodeProcessingResponse({ kind, direction: 'response' })),
      );
    }
  });

  it('replies with headers and a body of bytes', () => {
    const body = Buffer.from([0x7b, 0xff, 0x00]);
    const reply = decoded(
      encodeProcessingResponse({
        kind: 'immediate',
        status: 401,
        details: 'GH_X',
        headers: [['content-type', 'application/problem+json']],
        body,
      }),
    )['immediate_response'] as unknown as { status: { code: number }; headers: Mutation; body: Buffer };
    expect(reply.status.code).toBe(401);
    expect(shown(reply.headers).set).toEqual([['content-type', 'application/problem+json', false]]);
    expect(Buffer.from(reply.body)).toEqual(body);
  });

  it('replies piece by piece, its header first', () => {
    interface Piece {
      headers_response?: { headers: { headers: { key: string; raw_value: Buffer }[] } };
      body_response?: { body: Buffer; end_of_stream: boolean };
    }
    const piece = (response: Parameters<typeof encodeProcessingResponse>[0]) =>
      decoded(encodeProcessingResponse(response))['streamed_immediate_response'] as unknown as Piece;
    const head = piece({ kind: 'reply-head', status: 200, headers: [['content-type', 'text/event-stream']] });
    expect(
      head.headers_response?.headers.headers.map(({ key, raw_value: value }) => [key, value.toString()]),
    ).toEqual([
      [':status', '200'],
      ['content-type', 'text/event-stream'],
    ]);
    for (const endOfStream of [false, true]) {
      const pieces = [Buffer.from('data: a\n'), Buffer.from('\n')];
      const { body_response: body } = piece({ kind: 'reply-body', pieces, endOfStream });
      expect([body?.body.toString(), body?.end_of_stream ?? false]).toEqual(['data: a\n\n', endOfStream]);
    }
  });
});
