import { describe, expect, it, vi, beforeEach, afterEach } from 'vitest';
import type { AuditRecord, DecidedRecord, Receipt } from '../domain/audit-event.ts';
import { GatehouseError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import { createRefusedConnections, OTHER_SOURCES, type RefusedConnections } from './refused-connections.ts';

let rows: DecidedRecord[];
let full: boolean;
let nowMs: number;
let connections: RefusedConnections;

beforeEach(() => {
  rows = [];
  full = false;
  nowMs = 1_000;
  connections = createRefusedConnections({
    journal: {
      append: (record: AuditRecord) => {
        if (full) return Promise.reject(new GatehouseError('GH_JOURNAL_UNAVAILABLE', 'full'));
        rows.push(record as DecidedRecord);
        return Promise.resolve({} as Receipt);
      },
      appendEncoded: () => Promise.reject(new Error('not used here')),
    },
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    random: (bytes) => new Uint8Array(bytes),
    sourceOf: (address) => address.replace(/:\d+$/, ''),
    log: { debug() {}, info() {}, warn() {}, error() {} },
    policyBundle: () => 'bundle',
  });
});
afterEach(() => connections.close());

const refuse = (clientAddress: string, listener = 'pg'): void =>
  connections.refused({
    protocol: 'postgres',
    kind: 'postgres.flood',
    reason: 'more connections without a token than allowed',
    listener,
    upstream: 'sample',
    clientAddress,
    code: 'GH_TOO_MANY_UNAUTHENTICATED',
  });

const told = (): readonly (readonly [string, string | undefined])[] =>
  rows.map((row) => [row.client_address, row.details?.['refused']]);

describe('refused connections', () => {
  it('records the first of a source at once, as a row that says what, where and who', () => {
    refuse('203.0.113.7:5000');
    expect(rows).toEqual([
      expect.objectContaining({
        action_kind: 'postgres.flood',
        decision: 'deny',
        outcome: 'denied',
        rule: 'gate.GH_TOO_MANY_UNAUTHENTICATED',
        error_code: 'GH_TOO_MANY_UNAUTHENTICATED',
        client_address: '203.0.113.7',
        upstream: 'sample',
        policy_bundle: 'bundle',
        details: { listener: 'pg', refused: '1', since: '1970-01-01T00:00:01.000Z' },
      }),
    ]);
  });

  it('records those that follow as one row an interval, and every one of them is counted', async () => {
    for (let port = 0; port < 10_000; port++) refuse(`203.0.113.7:${port}`);
    expect(rows).toHaveLength(1);
    nowMs = 61_000;
    await connections.flush();
    for (let port = 0; port < 5; port++) refuse(`203.0.113.7:${port}`);
    await connections.flush();
    expect(told()).toEqual([
      ['203.0.113.7', '1'],
      ['203.0.113.7', '9999'],
      ['203.0.113.7', '5'],
    ]);
    expect(rows.map((row) => row.details?.['since'])).toEqual([
      '1970-01-01T00:00:01.000Z',
      '1970-01-01T00:00:01.000Z',
      '1970-01-01T00:01:01.000Z',
    ]);
  });

  it('begins anew after a quiet interval', async () => {
    refuse('203.0.113.7:1');
    await connections.flush();
    await connections.flush();
    refuse('203.0.113.7:1');
    expect(told()).toEqual([
      ['203.0.113.7', '1'],
      ['203.0.113.7', '1'],
    ]);
  });

  it('counts listeners apart', () => {
    refuse('203.0.113.7:1');
    refuse('203.0.113.7:2');
    refuse('203.0.113.7:3', 'other');
    expect(rows.map((row) => row.details?.['listener'])).toEqual(['pg', 'other']);
  });

  it('writes a bounded number of rows, however many sources there are', async () => {
    const intervals = 3;
    const sources = 5_000;
    for (let interval = 0; interval < intervals; interval++) {
      for (let source = 0; source < sources; source++)
        refuse(`10.${interval}.${source >> 8}.${source & 255}:1`);
      await connections.flush();
    }
    expect(rows.length).toBeLessThanOrEqual(intervals * 2 * (LIMITS.refusedSourcesMax + 1));
    const counted = rows.reduce((sum, row) => sum + Number(row.details?.['refused']), 0);
    expect(counted).toBe(intervals * sources);
    expect(told().some(([source]) => source === OTHER_SOURCES)).toBe(true);
  });

  it('tells later what the journal could not take', async () => {
    refuse('203.0.113.7:1');
    full = true;
    refuse('203.0.113.7:2');
    refuse('203.0.113.7:3');
    await connections.flush();
    refuse('203.0.113.7:4');
    full = false;
    await connections.flush();
    expect(told()).toEqual([
      ['203.0.113.7', '1'],
      ['203.0.113.7', '3'],
    ]);
  });

  it('writes what is left when it is closed, and nothing after', async () => {
    refuse('203.0.113.7:1');
    refuse('203.0.113.7:2');
    await connections.close();
    refuse('203.0.113.7:3');
    await connections.flush();
    expect(told()).toEqual([
      ['203.0.113.7', '1'],
      ['203.0.113.7', '1'],
    ]);
  });

  it('has an interval of its own only while there is something to count', async () => {
    vi.useFakeTimers();
    try {
      refuse('203.0.113.7:1');
      refuse('203.0.113.7:2');
      expect(vi.getTimerCount()).toBe(1);
      await vi.advanceTimersByTimeAsync(LIMITS.refusedIntervalMs);
      expect(told()).toHaveLength(2);
      await vi.advanceTimersByTimeAsync(LIMITS.refusedIntervalMs);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
