import { loadSync } from '@grpc/proto-loader';
import fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeCheckRequest, encodeAllowed, encodeDenied } from './ext-authz-messages.ts';

const definition = loadSync('envoy/service/auth/v3/external_auth.proto', {
  includeDirs: [join(import.meta.dirname, '../../protos')],
  keepCase: true,
  oneofs: true,
});
const { Check } = definition['envoy.service.auth.v3.Authorization'] as unknown as {
  Check: {
    requestSerialize(value: object): Buffer;
    responseDeserialize(bytes: Buffer): Record<string, never>;
  };
};

const peer = (address: string, port: number) => ({
  address: { socket_address: { address, port_value: port } },
});

describe('CheckRequest', () => {
  it('is read as a general protobuf library writes it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string()), fc.string(), (headers, route) => {
        const wire = Check.requestSerialize({
          attributes: {
            source: peer('10.0.0.7', 4_000),
            request: { http: { method: 'GET', headers, scheme: 'https', protocol: 'HTTP/2', path: '/x' } },
            context_extensions: { other: 'x', route },
          },
        });
        const { attributes, fields } = decodeCheckRequest(wire);
        expect(attributes).toEqual({
          route,
          clientAddress: '10.0.0.7:4000',
          protocol: 'HTTP/2',
          scheme: 'https',
        });
        expect([...fields].sort()).toEqual(Object.entries(headers).sort());
      }),
      { numRuns: 50 },
    );
  });

  it('names a client of IPv6 in brackets, and is empty where Envoy says nothing', () => {
    const wire = Check.requestSerialize({ attributes: { source: peer('::1', 4_000) } });
    expect(decodeCheckRequest(wire).attributes.clientAddress).toBe('[::1]:4000');
    expect(decodeCheckRequest(Buffer.alloc(0))).toMatchObject({ attributes: { route: '' }, fields: [] });
  });

  it.each([
    ['HTTP/2', {}, undefined, undefined],
    ['HTTP/3', {}, undefined, undefined],
    ['', {}, undefined, undefined],
    ['HTTP/1.1', {}, undefined, false],
    ['HTTP/1.1', { 'transfer-encoding': 'chunked' }, undefined, true],
    ['HTTP/1.1', { 'content-length': '2' }, undefined, true],
    ['HTTP/2', { 'content-length': '0' }, undefined, false],
    ['HTTP/2', { 'content-length': '2' }, 'awaited', true],
    ['HTTP/2', { 'x-envoy-auth-partial-body': 'false' }, 'awaited', true],
    ['HTTP/2', { 'x-envoy-auth-partial-body': 'true' }, undefined, true],
    ['HTTP/2', {}, 'awaited', false],
    ['HTTP/2', {}, 'x', undefined],
  ])('over %s with %j, the body %s: there is one: %s', (protocol, headers, body, hasBody) => {
    const wire = Check.requestSerialize({
      attributes: {
        request: { http: { headers, protocol } },
        context_extensions: { route: 'r', ...(body === undefined ? {} : { body }) },
      },
    });
    expect(decodeCheckRequest(wire).hasBody).toBe(hasBody);
  });

  it('never throws anything but its own code on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeCheckRequest(Buffer.from(bytes));
        } catch (error) {
          expect(error).toMatchObject({ code: 'GH_EDGE_PROTOBUF' });
        }
      }),
    );
  });
});

describe('CheckResponse', () => {
  it('allows with headers that replace, and others that are taken off', () => {
    const allowed = encodeAllowed({ set: [['authorization', 'Bearer x']], remove: ['cookie', 'x-api-key'] });
    expect(Check.responseDeserialize(allowed)).toMatchObject({
      status: { code: 0 },
      http_response: 'ok_response',
      ok_response: {
        headers: [{ header: { key: 'authorization', value: 'Bearer x' }, append: {} }],
        headers_to_remove: ['cookie', 'x-api-key'],
      },
    });
  });

  it('denies with status, headers and body', () => {
    const denied = encodeDenied({
      status: 403,
      headers: [['content-type', 'application/problem+json']],
      body: Buffer.from('{"é":1}'),
      details: 'GH_DENIED',
    });
    expect(Check.responseDeserialize(denied)).toMatchObject({
      status: { code: 7 },
      http_response: 'denied_response',
      denied_response: {
        status: { code: 403 },
        headers: [{ header: { key: 'content-type', value: 'application/problem+json' } }],
        body: '{"é":1}',
      },
    });
  });
});
