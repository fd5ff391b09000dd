import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGatedPostgres, type GatedPostgres } from './support/gated-postgres.ts';

let gated: GatedPostgres;
beforeAll(async () => {
  gated = await startGatedPostgres({});
});
afterAll(() => gated?.stop());

it('records under which configuration and policy the gate started', async () => {
  const { gate } = gated;
  const records = (await gate.records()).filter((record) => record['action_kind'] === 'config.loaded');
  expect(records).toHaveLength(1);
  const file = await readFile(gate.config.file);
  expect(records[0]).toMatchObject({
    outcome: 'ok',
    details: { config_sha256: createHash('sha256').update(file).digest('hex') },
  });
  expect(records[0]?.['policy_bundle']).toMatch(/^[0-9a-f]{64}$/);
});
