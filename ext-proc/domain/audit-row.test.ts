import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decided, ended } from '../../test/support/audit-records.ts';
import type { AuditRecord } from './audit-event.ts';
import { encodeRecord, lineHead, type RecordHead } from './audit-line.ts';
import { decidedRow, endedRow, ROW_VERSION, type RowLine } from './audit-row.ts';

const origin = { worker: '0', chain: '20251124160000000-00112233445566aa' };
function rowLine(seq: number, record: AuditRecord, intact = true): RowLine {
  const body = `{"seq":${seq},${encodeRecord(record)}`;
  return { seq, body, hash: String(seq).repeat(64).slice(0, 64), head: lineHead(body) as RecordHead, intact };
}

/** Keys of the top level, in order, doubles included: JSON.parse would hide a doubled one. */
function keysOf(json: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (char === '"') {
      const from = at;
      for (at++; json[at] !== '"'; at++) if (json[at] === '\\') at++;
      if (depth === 1 && json[at + 1] === ':') keys.push(JSON.parse(json.slice(from, at + 1)) as string);
    } else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
  }
  return keys;
}

describe('a row', () => {
  it('has each column once and the values of both records, whatever their text', () => {
    const text = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed());
    fc.assert(
      fc.property(
        text,
        text,
        fc.dictionary(text, text),
        fc.dictionary(text, fc.nat()),
        (statement, code, details, masks) => {
          const first = decided(1, { statement, details });
          const last = ended(1, { error_code: code, masks });
          const json = endedRow(origin, rowLine(3, first), rowLine(9, last));
          // What is empty is absent, and the table's columns are then empty.
          const row = { statement: '', error_code: '', masks: {}, ...(JSON.parse(json) as object) };
          expect(row).toMatchObject({
            statement,
            details,
            masks,
            error_code: code,
            outcome: 'ok',
            event_id: first.event_id,
            time: 1_764_000_000_000_001,
            ended_time: 1_764_000_000_001_251,
            seq: 3,
            hash: '3'.repeat(64),
            ended_seq: 9,
            ended_hash: '9'.repeat(64),
            worker: '0',
            intact: true,
            version: ROW_VERSION.ended,
          });
          const keys = keysOf(json);
          expect(keys.toSorted()).toEqual([...new Set(keys)].toSorted());
        },
      ),
    );
  });

  it('of a decision without an end is open, and one with an outcome is final', () => {
    const open = JSON.parse(decidedRow(origin, rowLine(3, decided(1)))) as Record<string, unknown>;
    expect(open).toMatchObject({ version: ROW_VERSION.open });
    expect(open).not.toHaveProperty('outcome');
    const denied = decided(1, { outcome: 'denied', error_code: '42501', decision: 'deny' });
    expect(JSON.parse(decidedRow(origin, rowLine(3, denied)))).toMatchObject({
      outcome: 'denied',
      error_code: '42501',
      version: ROW_VERSION.ended,
    });
  });

  it('keeps one key in all its versions, so that the later one replaces the earlier', () => {
    const open = JSON.parse(decidedRow(origin, rowLine(3, decided(1)))) as { time: number; event_id: string };
    const end = JSON.parse(endedRow(origin, rowLine(3, decided(1)), rowLine(4, ended(1)))) as typeof open;
    expect([end.time, end.event_id]).toEqual([open.time, open.event_id]);
  });

  it('lets a real end replace the end that recovery made up', () => {
    const unknown = endedRow(origin, rowLine(3, decided(1)), rowLine(4, ended(1, { outcome: 'unknown' })));
    expect(JSON.parse(unknown)).toMatchObject({ version: ROW_VERSION.recovered, outcome: 'unknown' });
    expect(ROW_VERSION.open).toBeLessThan(ROW_VERSION.recovered);
    expect(ROW_VERSION.recovered).toBeLessThan(ROW_VERSION.ended);
  });

  it('says so where one of its lines did not fit the chain', () => {
    const json = endedRow(origin, rowLine(3, decided(1), false), rowLine(4, ended(1)));
    expect(JSON.parse(json)).toMatchObject({ intact: false });
    const strange = { ...rowLine(3, decided(1), false), hash: 'a","outcome":"ok' };
    expect(JSON.parse(decidedRow(origin, strange))).toMatchObject({ hash: strange.hash, intact: false });
  });
});
