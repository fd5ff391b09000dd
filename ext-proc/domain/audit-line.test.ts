import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decided, ended, eventId } from '../../test/support/audit-records.ts';
import type { AuditRecord, DecidedRecord, EndedRecord } from './audit-event.ts';
import {
  decodeRecord,
  encodeRecord,
  lineHead,
  microseconds,
  RECORD_STATEMENT_CHARS_MAX,
} from './audit-line.ts';

const line = (record: AuditRecord): string => `{"seq":7,${encodeRecord(record)},"hash":"${'0'.repeat(64)}"}`;

const text = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed());
const texts = fc.array(text, { maxLength: 4 });
const anyDecided: fc.Arbitrary<DecidedRecord> = fc
  .record({
    statement: text,
    reason: text,
    rule: text,
    principal_subject: text,
    groups: texts,
    verbs: texts,
    tables: texts,
    report_only: texts,
    details: fc.dictionary(text, text),
    outcome: fc.constantFrom('denied' as const, 'ok' as const, undefined),
  })
  .map(({ outcome, ...more }) =>
    decided(1, outcome === undefined ? more : { ...more, outcome, error_code: '42501' }),
  );
const anyEnded: fc.Arbitrary<EndedRecord> = fc
  .record({
    outcome: fc.constantFrom('ok' as const, 'error' as const, 'cancelled' as const, 'unknown' as const),
    error_code: text,
    // Kept to the microsecond.
    duration_ms: fc.nat({ max: 2 ** 40 }).map((us) => us / 1_000),
    rows: fc.maxSafeNat(),
    masks: fc.dictionary(text, fc.nat()),
  })
  .map((more) => ended(1, more));

describe('a record as a line', () => {
  it('comes back as it was, whatever its text', () => {
    fc.assert(
      fc.property(fc.oneof(anyDecided, anyEnded), (record) => {
        expect(decodeRecord(line(record))).toEqual(record);
      }),
    );
  });

  it('prints times and durations as numbers that read back to the microsecond', () => {
    const micro = (ms: number): number => Math.round(ms * 1_000) / 1_000;
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 4e12, noNaN: true }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        (time, duration) => {
          const written = JSON.parse(line(ended(1, { time, duration_ms: duration }))) as Record<
            string,
            number
          >;
          expect(written['time']).toBe(Math.round(time * 1_000));
          expect(written['duration_ms']).toBe(micro(duration));
        },
      ),
    );
    for (const wrong of [Number.NaN, -1, Infinity]) {
      const written = JSON.parse(line(ended(1, { time: wrong, duration_ms: wrong }))) as Record<
        string,
        number
      >;
      expect(written).toMatchObject({ time: 0, duration_ms: 0 });
    }
  });

  it('shows its head without being parsed, whatever stands in its texts', () => {
    fc.assert(
      fc.property(fc.oneof(anyDecided, anyEnded), text, (record, id) => {
        const written = line({ ...record, event_id: id as DecidedRecord['event_id'] });
        const head = lineHead(written);
        expect(head).toMatchObject({ type: record.type, eventId: id, outcome: record.outcome });
        if (head?.type === 'ended')
          expect(written.slice(head.outcomeAt)).toMatch(/^"outcome":"[a-z_]+",("error_code"|"duration_ms"):/);
      }),
    );
  });

  it('does not take a key called outcome among the details for the outcome', () => {
    const head = lineHead(line(decided(1, { details: { outcome: 'ok' }, statement: '","outcome":"ok",' })));
    expect(head).toMatchObject({ type: 'decided', outcome: undefined, outcomeAt: -1 });
  });

  it('writes the fields of the contract and no others', () => {
    const record = { ...decided(1), password: 'hunter2', toString: () => 'x' };
    expect(encodeRecord(record)).not.toContain('hunter2');
  });

  it('keeps time to the microsecond', () => {
    expect(microseconds(1_764_000_000_000.123)).toBe(1_764_000_000_000_123);
    expect(microseconds(Number.NaN)).toBe(0);
    expect(microseconds(-1)).toBe(0);
  });

  it('mends half a surrogate pair, which ClickHouse would refuse', () => {
    const written = line(
      decided(1, { statement: 'a\ud83d', details: { '\udc00': '\ud800' }, verbs: ['\ud800'] }),
    );
    expect(written).not.toMatch(/\\ud/);
    expect(decodeRecord(written)).toMatchObject({ statement: 'a\ufffd', details: { '\ufffd': '\ufffd' } });
  });

  it('leaves text alone that only looks like half a surrogate pair', () => {
    const statement = String.raw`SELECT '\ud83d'`;
    expect(decodeRecord(line(decided(1, { statement })))).toMatchObject({ statement });
  });

  it('cuts an over-long statement and says how long it was', () => {
    const statement = 'x'.repeat(RECORD_STATEMENT_CHARS_MAX + 5);
    expect(decodeRecord(line(decided(1, { statement })))).toMatchObject({
      statement: statement.slice(5),
      details: { statement_cut: String(statement.length) },
    });
  });

  it('never writes a number that ClickHouse could not store', () => {
    const record = ended(1, {
      rows: -1,
      bytes_in: 1.5,
      bytes_out: Number.POSITIVE_INFINITY,
      duration_ms: Number.NaN,
    });
    expect(decodeRecord(line(record))).toMatchObject({ rows: 0, bytes_in: 1, bytes_out: 0, duration_ms: 0 });
  });

  it('reads nothing out of a line that holds no record', () => {
    for (const other of [
      '',
      '{',
      '[]',
      'null',
      '{"type":"decided"}',
      '{"type":"ended","time":1,"event_id":"x"}',
    ]) {
      expect(decodeRecord(other)).toBeUndefined();
      expect(lineHead(other)).toBeUndefined();
    }
    expect(lineHead('{"seq":1,"type":"closed","time":1')).toEqual({ type: 'closed' });
    expect(eventId(1)).not.toBe(eventId(2));
  });
});
