import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeErrorFields, decodeNotification, decodeParameterStatus } from '../backend.ts';
import {
  encodeErrorResponse,
  encodeNoticeResponse,
  encodeParameterStatus,
  encodeReadyForQuery,
} from '../backend-encoders.ts';
import { BACKEND } from '../message-types.ts';
import { CARD, plainMasker } from '../types/plain-masker.fixture.ts';
import { WireWriter } from '../wire-writer.ts';
import { MaskCounts } from './mask-counts.ts';
import { maskErrorMessage, maskNotification, maskParameterStatus } from './message-texts.ts';

const masking = () => ({ masker: plainMasker(), counts: new MaskCounts() });

function errorWire(fields: Readonly<Record<string, string>>, type: number = BACKEND.ErrorResponse): Buffer {
  const writer = new WireWriter(type);
  for (const [code, text] of Object.entries(fields)) writer.uint8(code.charCodeAt(0)).text(text);
  return writer.uint8(0).finish();
}

function fieldsOf(wire: Buffer | undefined): Record<string, string> {
  const decoded = decodeErrorFields(wire as Buffer);
  if (!decoded.ok) throw new Error(decoded.code);
  return Object.fromEntries(decoded.fields);
}

const UNIQUE = {
  S: 'ERROR',
  V: 'ERROR',
  C: '23505',
  M: 'duplicate key value violates unique constraint "people_card_key"',
  D: `Key (card)=(${CARD}) already exists.`,
  H: 'none',
  P: '12',
  p: '3',
  q: `select '${CARD}'`,
  W: `PL/pgSQL function f(${CARD})`,
  s: 'public',
  t: 'people',
  c: 'card',
  d: 'int8',
  n: 'people_card_key',
  F: 'nbtinsert.c',
  L: '666',
  R: '_bt_check_unique',
  Z: 'of a later version',
};

describe('an error of a statement that touches marked columns', () => {
  it('keeps its SQLSTATE, its place and the names of objects, and loses its words', () => {
    expect(fieldsOf(maskErrorMessage(errorWire(UNIQUE), masking(), true))).toEqual({
      S: 'ERROR',
      V: 'ERROR',
      C: '23505',
      M: 'gatehouse: integrity constraint violation (23505); the text is withheld, as the statement touches masked columns',
      P: '12',
      s: 'public',
      t: 'people',
      c: 'card',
      d: 'int8',
      n: 'people_card_key',
      F: 'nbtinsert.c',
      L: '666',
      R: '_bt_check_unique',
    });
  });

  it('loses names and a SQLSTATE that a function may have made of a value', () => {
    const raised = { ...UNIQUE, F: 'pl_exec.c', R: 'exec_stmt_raise' };
    for (const [sqlstate, told] of [
      ['41234', 'P0001'],
      ['22012', '22012'],
      ['23505', '23505'],
      ['22999', 'P0001'],
      ['P0001', 'P0001'],
    ] as const) {
      const fields = fieldsOf(maskErrorMessage(errorWire({ ...raised, C: sqlstate }), masking(), true));
      expect(fields['C']).toBe(told);
      for (const name of ['s', 't', 'c', 'd', 'n']) expect(fields).not.toHaveProperty(name);
    }
    // Without a file nobody knows who speaks; with a strange one it is not the server's core.
    const { F: _, ...anonymous } = UNIQUE;
    expect(
      fieldsOf(maskErrorMessage(errorWire({ ...anonymous, C: '99ABC' }), masking(), true)),
    ).toMatchObject({ C: 'P0001' });
    expect(
      fieldsOf(maskErrorMessage(errorWire({ ...UNIQUE, F: '../x/plpy_elog.c' }), masking(), true)),
    ).not.toHaveProperty('n');
    expect(
      fieldsOf(maskErrorMessage(errorWire({ ...UNIQUE, F: '../src/backend/nbtinsert.c' }), masking(), true)),
    ).toHaveProperty('n');
  });

  it('is the same for notices, and tells nothing of a value, whatever the fields', () => {
    const text = fc.constantFrom('x', CARD, `é ${CARD}`, '');
    const code = fc.constantFrom(...'MDHWqpstcdnZ');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(code, text)),
        fc.constantFrom('pl_exec.c', 'int8.c', ''),
        (list, file) => {
          const writer = new WireWriter(BACKEND.NoticeResponse);
          for (const [name, value] of [['S', 'NOTICE'], ['C', '00000'], ['F', file], ...list] as const)
            writer.uint8(name.charCodeAt(0)).text(value);
          const masked = maskErrorMessage(writer.uint8(0).finish(), masking(), true) as Buffer;
          expect(masked[0]).toBe(BACKEND.NoticeResponse);
          expect(masked.toString('latin1')).not.toContain(CARD);
          expect(fieldsOf(masked)).toMatchObject({ S: 'NOTICE', C: '00000' });
        },
      ),
    );
  });
});

describe('other texts of the server', () => {
  it('go on as the bytes they are where nothing is found', () => {
    const error = encodeErrorResponse('ERROR', {
      sqlstate: '42601',
      message: 'syntax error',
      detail: 'd',
      hint: 'h',
    });
    expect(maskErrorMessage(error, masking(), false)).toBe(error);
    const latin1 = Buffer.concat([errorWire({ M: 'x' }).subarray(0, 6), Buffer.from([0xe9, 0, 0])]);
    latin1.writeUInt32BE(latin1.length - 1, 1);
    expect(maskErrorMessage(latin1, masking(), false)).toBe(latin1);
    const status = encodeParameterStatus('application_name', 'psql');
    expect(maskParameterStatus(status, masking())).toBe(status);
  });

  it('lose what detectors find, and that is counted', () => {
    const state = masking();
    const notice = encodeNoticeResponse('NOTICE', {
      sqlstate: '00000',
      message: `card ${CARD}!`,
      detail: 'key-abc',
    });
    expect(fieldsOf(maskErrorMessage(notice, state, false))).toEqual({
      S: 'NOTICE',
      V: 'NOTICE',
      C: '00000',
      M: 'card 1000!',
      D: '<key>',
    });
    const notification = new WireWriter(BACKEND.NotificationResponse)
      .uint32(7)
      .text('key-a')
      .text(CARD)
      .finish();
    expect(decodeNotification(maskNotification(notification, state) as Buffer)).toEqual({
      ok: true,
      processId: 7,
      channel: '<key>',
      payload: '1000',
    });
    const status = encodeParameterStatus('application_name', `x ${CARD}`);
    expect(decodeParameterStatus(maskParameterStatus(status, state) as Buffer)).toMatchObject({
      value: 'x 1000',
    });
    expect(state.counts.list()).toEqual([
      { kind: 'card', column: '', count: 3 },
      { kind: 'key', column: '', count: 2 },
    ]);
  });

  it('that cannot be read are not passed on', () => {
    const error = errorWire({ M: 'x', D: 'y' });
    for (const wire of [
      error.subarray(0, error.length - 1),
      error.subarray(0, 7),
      Buffer.concat([error, Buffer.from('x')]),
      encodeReadyForQuery('I'),
      error.subarray(0, 5),
    ])
      for (const withhold of [true, false])
        expect(maskErrorMessage(wire, masking(), withhold)).toBeUndefined();
    for (const wire of [
      encodeReadyForQuery('I'),
      Buffer.concat([encodeParameterStatus('a', 'b'), Buffer.from('c')]),
    ]) {
      expect(maskParameterStatus(wire, masking())).toBeUndefined();
      expect(maskNotification(wire, masking())).toBeUndefined();
    }
  });
});
