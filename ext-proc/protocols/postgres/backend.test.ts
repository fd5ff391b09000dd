import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeAuthentication,
  decodeBackendKeyData,
  decodeCommandComplete,
  decodeCopyResponse,
  decodeDataRow,
  decodeErrorFields,
  decodeNotification,
  decodeParameterDescription,
  decodeParameterStatus,
  decodeReadyForQuery,
  decodeRowDescription,
} from './backend.ts';
import {
  encodeAuthenticationCleartextPassword,
  encodeAuthenticationOk,
  encodeBackendKeyData,
  encodeBindComplete,
  encodeCloseComplete,
  encodeCommandComplete,
  encodeDataRow,
  encodeEmptyQueryResponse,
  encodeErrorResponse,
  encodeNoData,
  encodeNoticeResponse,
  encodeParameterDescription,
  encodeParameterStatus,
  encodeParseComplete,
  encodePortalSuspended,
  encodeReadyForQuery,
  encodeRowDescription,
  encodeWireError,
} from './backend-encoders.ts';
import { BACKEND } from './message-types.ts';
import { WIRE_ERRORS } from './wire-errors.ts';
import type { WireErrorCode } from './wire-errors.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 80 }).filter((value) => !value.includes('\0'));
const DECODERS = [
  decodeAuthentication,
  decodeBackendKeyData,
  decodeCommandComplete,
  decodeCopyResponse,
  decodeDataRow,
  decodeErrorFields,
  decodeNotification,
  decodeParameterDescription,
  decodeParameterStatus,
  decodeReadyForQuery,
  decodeRowDescription,
];

function message(type: number, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1')));
  const head = Buffer.alloc(5, type);
  head.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

describe('backend decoders', () => {
  it('read every authentication request', () => {
    const request = (method: string, rest = ''): Buffer =>
      message(BACKEND.Authentication, `\0\0\0${method}`, rest);
    expect(decodeAuthentication(encodeAuthenticationOk())).toEqual({ ok: true, kind: 'ok' });
    expect(decodeAuthentication(encodeAuthenticationCleartextPassword())).toEqual({
      ok: true,
      kind: 'cleartext_password',
    });
    expect(decodeAuthentication(request('\x02'))).toEqual({ ok: true, kind: 'kerberos_v5' });
    expect(decodeAuthentication(request('\x05', 'salt'))).toEqual({
      ok: true,
      kind: 'md5_password',
      salt: Buffer.from('salt'),
    });
    expect(decodeAuthentication(request('\x07'))).toEqual({ ok: true, kind: 'gss' });
    expect(decodeAuthentication(request('\x08', 'xy'))).toMatchObject({ kind: 'gss_continue' });
    expect(decodeAuthentication(request('\x09'))).toEqual({ ok: true, kind: 'sspi' });
    expect(decodeAuthentication(request('\x0a', 'SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0'))).toEqual({
      ok: true,
      kind: 'sasl',
      mechanisms: ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'],
    });
    expect(decodeAuthentication(request('\x0b', 'r=1'))).toMatchObject({ kind: 'sasl_continue' });
    expect(decodeAuthentication(request('\x0c', 'v=1'))).toMatchObject({ kind: 'sasl_final' });
    expect(decodeAuthentication(request('\x0d'))).toEqual({ ok: false, code: 'GH_PG_MESSAGE_VALUE' });
    expect(decodeAuthentication(request('\x05', 'sal'))).toEqual({
      ok: false,
      code: 'GH_PG_MESSAGE_TRUNCATED',
    });
    expect(decodeAuthentication(request('\0', 'x'))).toEqual({ ok: false, code: 'GH_PG_MESSAGE_TRAILING' });
  });

  it('read what the encoders wrote', () => {
    fc.assert(
      fc.property(text, text, fc.nat({ max: 0xffff_ffff }), (first, second, number) => {
        expect(decodeParameterStatus(encodeParameterStatus(first, second))).toEqual({
          ok: true,
          name: first,
          value: second,
        });
        expect(decodeParameterDescription(encodeParameterDescription([number, 0]))).toEqual({
          ok: true,
          parameterTypes: [number, 0],
        });
        const error = { sqlstate: '42501', message: first, detail: second, hint: first };
        expect(decodeErrorFields(encodeErrorResponse('ERROR', error))).toEqual({
          ok: true,
          fields: new Map([
            ['S', 'ERROR'],
            ['V', 'ERROR'],
            ['C', '42501'],
            ['M', first],
            ['D', second],
            ['H', first],
          ]),
        });
        const values = [Buffer.from(first), null, Buffer.alloc(0)];
        expect(decodeDataRow(encodeDataRow(values))).toEqual({ ok: true, values });
      }),
    );
  });

  it('read a row description as it was written', () => {
    const column = fc.record({
      name: text,
      tableOid: fc.nat({ max: 0xffff_ffff }),
      attributeNumber: fc.integer({ min: -32_768, max: 32_767 }),
      typeOid: fc.nat({ max: 0xffff_ffff }),
      typeSize: fc.integer({ min: -32_768, max: 32_767 }),
      typeModifier: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
      format: fc.constantFrom<'text' | 'binary'>('text', 'binary'),
    });
    fc.assert(
      fc.property(fc.array(column), (columns) => {
        expect(decodeRowDescription(encodeRowDescription(columns))).toEqual({ ok: true, columns });
      }),
    );
  });

  it.each([4, 32, 256])('read a cancel key of %i bytes', (bytes) => {
    const secretKey = Buffer.alloc(bytes, 7);
    expect(decodeBackendKeyData(encodeBackendKeyData(77, secretKey))).toEqual({
      ok: true,
      processId: 77,
      secretKey,
    });
  });

  it.each([0, 3, 257])('refuse a cancel key of %i bytes', (bytes) => {
    expect(decodeBackendKeyData(encodeBackendKeyData(77, Buffer.alloc(bytes)))).toEqual({
      ok: false,
      code: 'GH_PG_CANCEL_KEY',
    });
  });

  it('refuse a key longer than 4 bytes where protocol 3.0 was agreed', () => {
    expect(decodeBackendKeyData(encodeBackendKeyData(77, Buffer.alloc(32)), 4)).toEqual({
      ok: false,
      code: 'GH_PG_CANCEL_KEY',
    });
  });

  it.each(['I', 'T', 'E'] as const)('read the transaction status %s', (status) => {
    expect(decodeReadyForQuery(encodeReadyForQuery(status))).toEqual({ ok: true, status });
  });

  it('refuse a transaction status that is none', () => {
    expect(decodeReadyForQuery(message(BACKEND.ReadyForQuery, 'x'))).toEqual({
      ok: false,
      code: 'GH_PG_MESSAGE_VALUE',
    });
    expect(decodeReadyForQuery(message(BACKEND.ReadyForQuery, 'II')).ok).toBe(false);
    expect(decodeReadyForQuery(message(BACKEND.ReadyForQuery)).ok).toBe(false);
  });

  it.each([
    ['SELECT 5', 5],
    ['INSERT 0 12', 12],
    ['COPY 1000000', 1_000_000],
    ['CREATE TABLE', undefined],
    ['BEGIN', undefined],
    ['', undefined],
    ['SELECT ', undefined],
  ])('find the rows of the tag %j', (tag, rows) => {
    expect(decodeCommandComplete(encodeCommandComplete(tag))).toEqual({ ok: true, tag, rows });
  });

  it('read copy responses, notifications and notices', () => {
    expect(decodeCopyResponse(message(BACKEND.CopyOutResponse, '\x01\0\x02\0\x01\0\x01'))).toEqual({
      ok: true,
      format: 'binary',
      columnFormats: ['binary', 'binary'],
    });
    expect(decodeNotification(message(BACKEND.NotificationResponse, '\0\0\x01\0', 'jobs\0', '42\0'))).toEqual(
      {
        ok: true,
        processId: 256,
        channel: 'jobs',
        payload: '42',
      },
    );
    const notice = decodeErrorFields(encodeNoticeResponse('NOTICE', { sqlstate: '00000', message: 'm' }));
    expect(notice.ok && notice.fields.get('S')).toBe('NOTICE');
  });

  it('take a server’s text in any encoding', () => {
    expect(decodeParameterStatus(message(BACKEND.ParameterStatus, 'a\0', Buffer.from([0xe9, 0])))).toEqual({
      ok: true,
      name: 'a',
      value: '\ufffd',
    });
  });

  it('never throw, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const decode of DECODERS) expect(typeof decode(Buffer.from(bytes)).ok).toBe('boolean');
      }),
      { numRuns: 2000 },
    );
  });

  it('refuse every truncation of a row description, a data row and an error', () => {
    const column = {
      name: 'c',
      tableOid: 1,
      attributeNumber: 1,
      typeOid: 25,
      typeSize: -1,
      typeModifier: -1,
    };
    const cases = [
      [decodeRowDescription, encodeRowDescription([{ ...column, format: 'text' }])],
      [decodeDataRow, encodeDataRow([Buffer.from('abc'), null])],
      [decodeErrorFields, encodeErrorResponse('FATAL', { sqlstate: '08P01', message: 'm' })],
    ] as const;
    for (const [decode, wire] of cases) {
      for (let length = 0; length < wire.length; length++)
        expect(decode(wire.subarray(0, length)).ok).toBe(false);
    }
  });
});

describe('backend encoders', () => {
  it('write the messages without a body', () => {
    const types = [
      [encodeParseComplete(), BACKEND.ParseComplete],
      [encodeBindComplete(), BACKEND.BindComplete],
      [encodeCloseComplete(), BACKEND.CloseComplete],
      [encodeNoData(), BACKEND.NoData],
      [encodeEmptyQueryResponse(), BACKEND.EmptyQueryResponse],
      [encodePortalSuspended(), BACKEND.PortalSuspended],
    ] as const;
    for (const [wire, type] of types) expect(wire).toEqual(Buffer.from([type, 0, 0, 0, 4]));
  });

  it('tell every refusal with a SQLSTATE, what to do, and the code', () => {
    for (const code of Object.keys(WIRE_ERRORS) as WireErrorCode[]) {
      const read = decodeErrorFields(encodeWireError('FATAL', code));
      expect(read.ok && read.fields.get('C')).toMatch(/^[0-9A-Z]{5}$/);
      expect(read.ok && read.fields.get('D')).toBe(code);
      expect(read.ok && read.fields.get('H')).not.toBe('');
    }
  });

  it('refuse a NUL in a text, which would end the field early', () => {
    expect(() => encodeErrorResponse('ERROR', { sqlstate: '42501', message: 'a\0Cxx' })).toThrowError(
      expect.objectContaining({ code: 'GH_PG_ENCODE_NUL' }),
    );
  });
});
