/** Who is shown what others are not, and what the records say of both. */
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGatedSample, type GatedSample } from '../../support/gated-sample.ts';

let side: GatedSample;
beforeAll(async () => {
  side = await startGatedSample({
    extraYaml: `masking:
  columns:
    - { column: public.people.card, tag: payment_card, style: partial }
`,
  });
});
afterAll(() => side?.stop());

async function cards(subject: string, groups: readonly string[], sql: string): Promise<unknown[]> {
  const client = new Client({
    host: '127.0.0.1',
    port: side.gate.port,
    user: 'agent',
    password: await side.gate.token({ subject, groups }),
    database: 'app',
  });
  await client.connect();
  try {
    // Prepared and unnamed, in the extended protocol.
    return (await client.query<{ card: unknown }>(sql, [1])).rows.map(({ card }) => card);
  } finally {
    await client.end();
  }
}

test('a group that policy names sees the value, and its record says so; others see the mask, and theirs counts it', async () => {
  const sql = 'SELECT card FROM people WHERE id = $1';
  const [real] = await side.rows('SELECT card FROM people WHERE id = 1');
  const digits = String(real?.['card']);
  expect(await cards('agent:developer', ['developers'], sql)).toEqual([`****${digits.slice(-4)}`]);
  expect(await cards('agent:officer', ['developers', 'privacy-officers'], sql)).toEqual([digits]);

  const decided = (subject: string) =>
    side.recorded(
      (record) => record['principal_subject'] === subject && record['action_kind'] === 'postgres.execute',
    );
  expect((await decided('agent:officer'))['details']).toEqual({ revealed: '*', revealed_found: '*' });
  const masked = await decided('agent:developer');
  expect(masked['details']).toBeUndefined();
  const ended = await side.recorded(
    (record) => record['type'] === 'ended' && record['event_id'] === masked['event_id'],
  );
  expect(ended['masks']).toEqual({ 'payment_card:public.people.card': 1 });
  expect(JSON.stringify(await side.gate.records())).not.toContain(digits);
});
