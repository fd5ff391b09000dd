/** What is neither a plain allow nor a plain denial: holds while nobody can approve, and rules that only report. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeErrorFields } from '../../ext-proc/protocols/postgres/backend.ts';
import { startGatedSample, type GatedSample } from '../support/gated-sample.ts';

const DELETE_RULE = 'postgres.destructive.delete_without_where';
const INSERT = "INSERT INTO orders (id, person_id, item, quantity, total) VALUES (20001, 1, 'x', 1, 1)";

const text = (wire: Buffer | undefined): string => wire?.toString() ?? '';

describe('a hold on a protected server', () => {
  let side: GatedSample;
  beforeAll(async () => {
    side = await startGatedSample({ labels: '{ env: prod }' });
  });
  afterAll(() => side?.stop());

  it('denies, and says that a human would have to approve', async () => {
    const peer = await side.gated();
    const [error] = await peer.query(INSERT);
    const decoded = decodeErrorFields(error?.wire ?? Buffer.alloc(0));
    expect(decoded.ok && decoded.fields.get('C')).toBe('42501');
    expect(decoded.ok && decoded.fields.get('M')).toMatch(
      /needs a human's approval, and approvals are not available here/,
    );
    expect(await side.rows('SELECT 1 FROM orders WHERE id = 20001')).toEqual([]);
    expect(await side.recorded((row) => row['decision'] === 'hold')).toMatchObject({
      outcome: 'denied',
      statement: INSERT,
    });
    const [, row] = await peer.query('SELECT count(*) FROM people');
    expect(text(row?.wire)).toContain('300');
    await peer.close();
  });
});

describe('a rule in report-only mode', () => {
  let side: GatedSample;
  beforeAll(async () => {
    side = await startGatedSample({ policyYaml: `  reportOnly: [${DELETE_RULE}]` });
  });
  afterAll(() => side?.stop());

  it('is recorded as it would decide, and not enforced; other rules are', async () => {
    const peer = await side.gated();
    await peer.query('BEGIN');
    const [complete] = await peer.query('DELETE FROM orders');
    expect(text(complete?.wire)).toMatch(/DELETE \d+/);
    await peer.query('ROLLBACK');
    expect(await side.recorded((row) => row['statement'] === 'DELETE FROM orders')).toMatchObject({
      decision: 'allow',
      report_only: [DELETE_RULE],
    });
    const [denied] = await peer.query('TRUNCATE orders');
    expect(text(denied?.wire)).toContain('42501');
    await peer.close();
  });
});

describe('an upstream in report-only mode', () => {
  let side: GatedSample;
  beforeAll(async () => {
    side = await startGatedSample({ upstreamYaml: '    reportOnly: true' });
  });
  afterAll(() => side?.stop());

  it('lets everything through and records what each rule would have said', async () => {
    const peer = await side.gated();
    await peer.query('BEGIN');
    const [complete] = await peer.query('DELETE FROM orders');
    expect(text(complete?.wire)).toMatch(/DELETE \d+/);
    await peer.query('ROLLBACK');
    const record = await side.recorded((row) => row['statement'] === 'DELETE FROM orders');
    expect(record).toMatchObject({ decision: 'allow' });
    expect(record['report_only']).toContain(DELETE_RULE);
    await peer.close();
  });
});
