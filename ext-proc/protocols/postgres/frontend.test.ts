import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { revealSecret } from '../../domain/secret.ts';
import {
  decodeBind,
  decodeClose,
  decodeCopyFail,
  decodeDescribe,
  decodeEmpty,
  decodeExecute,
  decodeParse,
  decodePassword,
  decodeQuery,
  decodeSaslInitialResponse,
  decodeSaslResponse,
} from './frontend.ts';
import type { FormatCode } from './frontend.ts';
import {
  encodeBind,
  encodeClose,
  encodeCopyDone,
  encodeCopyFail,
  encodeDescribe,
  encodeExecute,
  encodeParse,
  encodePassword,
  encodeQuery,
  encodeSaslInitialResponse,
  encodeSaslResponse,
  encodeSync,
} from './frontend-encoders.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 400 }).filter((value) => !value.includes('\0'));
const name = text.map((value) => {
  let cut = value;
  while (Buffer.byteLength(cut) > 63) cut = [...cut].slice(0, -1).join('');
  return cut;
});
const formatCode = fc.constantFrom<FormatCode>(0, 1);
const DECODERS = [
  decodeQuery,
  decodeParse,
  decodeBind,
  decodeExecute,
  decodeDescribe,
  decodeClose,
  decodePassword,
  decodeSaslInitialResponse,
  decodeSaslResponse,
  decodeCopyFail,
  decodeEmpty,
];

describe('frontend decoders', () => {
  it('read a Query as it was written', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(decodeQuery(encodeQuery(value))).toEqual({ ok: true, text: value });
      }),
    );
  });

  it('read a Parse as it was written', () => {
    fc.assert(
      fc.property(name, text, fc.array(fc.nat({ max: 0xffff_ffff })), (statement, value, parameterTypes) => {
        const message = { statement, text: value, parameterTypes };
        expect(decodeParse(encodeParse(message))).toEqual({ ok: true, ...message });
      }),
    );
  });

  it('read a Bind as it was written', () => {
    const values = fc.array(fc.option(fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes))), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(
        fc.record({ portal: name, statement: name, values, resultFormats: fc.array(formatCode) }),
        fc.constantFrom('none', 'one', 'each'),
        (parts, kind) => {
          const count = kind === 'none' ? 0 : kind === 'one' ? 1 : parts.values.length;
          const parameterFormats = Array.from({ length: count }, (_, index): FormatCode =>
            index % 2 === 0 ? 1 : 0,
          );
          const message = { ...parts, parameterFormats };
          expect(decodeBind(encodeBind(message))).toEqual({ ok: true, ...message });
        },
      ),
    );
  });

  it('take 65,535 parameters, as PostgreSQL does', () => {
    const values = Array.from({ length: 65_535 }, () => Buffer.from('1'));
    const read = decodeBind(
      encodeBind({ portal: '', statement: '', parameterFormats: [], values, resultFormats: [1] }),
    );
    expect(read.ok && read.values.length).toBe(65_535);
  });

  it('read Execute, Describe and Close as they were written', () => {
    fc.assert(
      fc.property(
        name,
        fc.nat({ max: 0x7fff_ffff }),
        fc.constantFrom('statement', 'portal'),
        (value, rowsMax, target) => {
          expect(decodeExecute(encodeExecute(value, rowsMax))).toEqual({ ok: true, portal: value, rowsMax });
          expect(decodeDescribe(encodeDescribe(target, value))).toEqual({ ok: true, target, name: value });
          expect(decodeClose(encodeClose(target, value))).toEqual({ ok: true, target, name: value });
        },
      ),
    );
  });

  it('take a negative row count for all rows, as the server does', () => {
    expect(decodeExecute(encodeExecute('p', -5))).toEqual({ ok: true, portal: 'p', rowsMax: 0 });
  });

  it('read the answers to an authentication request', () => {
    const password = decodePassword(encodePassword('eyJ.a.b'));
    expect(password.ok && revealSecret(password.password)).toBe('eyJ.a.b');
    expect(JSON.stringify(password)).not.toContain('eyJ');
    const data = Buffer.from('n,,n=,r=abc');
    expect(decodeSaslInitialResponse(encodeSaslInitialResponse('SCRAM-SHA-256', data))).toEqual({
      ok: true,
      mechanism: 'SCRAM-SHA-256',
      data,
    });
    expect(decodeSaslResponse(encodeSaslResponse(data))).toEqual({ ok: true, data });
  });

  it('read CopyFail and the messages without a body', () => {
    expect(decodeCopyFail(encodeCopyFail('stop'))).toEqual({ ok: true, reason: 'stop' });
    expect(decodeEmpty(encodeSync())).toEqual({ ok: true });
    expect(decodeEmpty(encodeCopyDone())).toEqual({ ok: true });
    expect(decodeEmpty(Buffer.from([0x53, 0, 0, 0, 5, 0]))).toEqual({
      ok: false,
      code: 'GH_PG_MESSAGE_TRAILING',
    });
  });

  it('keep a byte order mark and a replacement character that the sender wrote', () => {
    expect(decodeQuery(encodeQuery('\ufeffSELECT 1'))).toEqual({ ok: true, text: '\ufeffSELECT 1' });
    expect(decodeQuery(encodeQuery("SELECT '\ufffd'"))).toEqual({ ok: true, text: "SELECT '\ufffd'" });
  });

  it('never throw, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const decode of DECODERS) expect(typeof decode(Buffer.from(bytes)).ok).toBe('boolean');
      }),
      { numRuns: 2000 },
    );
  });

  it('refuse every truncation of a Parse and a Bind', () => {
    const parse = encodeParse({ statement: 's', text: 'SELECT $1', parameterTypes: [23] });
    const bind = encodeBind({
      portal: 'p',
      statement: 's',
      parameterFormats: [1],
      values: [Buffer.from('value'), null],
      resultFormats: [0, 1],
    });
    for (let length = 0; length < parse.length; length++) {
      expect(decodeParse(parse.subarray(0, length)).ok).toBe(false);
    }
    for (let length = 0; length < bind.length; length++) {
      expect(decodeBind(bind.subarray(0, length)).ok).toBe(false);
    }
  });

  it('refuse a name that PostgreSQL would cut, and take one that it would not', () => {
    expect(decodeDescribe(encodeDescribe('statement', 'x'.repeat(63))).ok).toBe(true);
    for (const long of ['x'.repeat(64), 'é'.repeat(32)]) {
      expect(decodeDescribe(encodeDescribe('statement', long))).toEqual({
        ok: false,
        code: 'GH_PG_NAME_TOO_LONG',
      });
    }
  });
});
