/** A bundle that changes under live sessions: the next message is decided by the new one, and the change is a record. */
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ALLOW_ALL_BUNDLE, copyBundle, DEFAULT_BUNDLE } from '../support/policy.ts';
import { startGatedSample, type GatedSample } from '../support/gated-sample.ts';
import type { WireMessage } from '../support/postgres-wire-client.ts';
import { say, type WirePeer } from '../support/wire-peer.ts';

let bundle: Awaited<ReturnType<typeof copyBundle>>;
let side: GatedSample;
let peer: WirePeer;
let inForce = DEFAULT_BUNDLE;

beforeAll(async () => {
  bundle = await copyBundle(DEFAULT_BUNDLE);
  side = await startGatedSample({ bundle: bundle.folder });
});
afterAll(async () => {
  await side?.stop();
  await bundle?.dispose();
});
beforeEach(async () => {
  if (inForce !== DEFAULT_BUNDLE) await putInForce(DEFAULT_BUNDLE);
  peer = await side.gated();
  return () => peer.close();
});

const reloads = async (): Promise<readonly Record<string, unknown>[]> =>
  (await side.gate.records()).filter((row) => row['action_kind'] === 'policy.reload');

/** Waits for the record of what `change` makes of the bundle's files. Copied slowly, they may be refused before. */
async function recordedAfter(
  outcome: 'ok' | 'denied',
  change: () => Promise<void>,
): Promise<Record<string, unknown>> {
  const before = (await reloads()).length;
  await change();
  const found = async () => (await reloads()).slice(before).find((row) => row['outcome'] === outcome);
  await expect.poll(found, { timeout: 10_000 }).toBeDefined();
  return (await found()) as Record<string, unknown>;
}

async function putInForce(source: string): Promise<Record<string, unknown>> {
  inForce = source;
  return recordedAfter('ok', async () => {
    for (const file of ['policy.wasm', 'data.json', 'manifest.json']) {
      await copyFile(join(source, file), join(bundle.folder, file));
    }
  });
}

const said = (messages: readonly WireMessage[]): string =>
  messages.map(({ wire }) => wire.toString()).join('');

it('decides the next statement of a live session by the new bundle', async () => {
  expect(said(await peer.query('DELETE FROM orders WHERE true'))).toContain('delete_without_where');
  const record = await putInForce(ALLOW_ALL_BUNDLE);
  expect(record).toMatchObject({ decision: 'allow', outcome: 'ok', policy_bundle: expect.any(String) });
  await peer.query('BEGIN');
  expect(said(await peer.query('DELETE FROM orders WHERE true'))).toMatch(/DELETE \d+/);
  await peer.query('ROLLBACK');
  const allowed = await side.recorded((row) => row['rule'] === 'allow_all' && row['verbs'] instanceof Array);
  expect(allowed['policy_bundle']).toBe(record['policy_bundle']);
});

it('decides a statement that an earlier bundle let prepare again when it is bound or executed', async () => {
  await putInForce(ALLOW_ALL_BUNDLE);
  await peer.batch(say.parse('gone', 'DELETE FROM orders WHERE true'));
  await peer.query('PREPARE away AS DELETE FROM orders WHERE true');
  await putInForce(DEFAULT_BUNDLE);
  const bound = await peer.batch(say.bind('', 'gone'), say.execute());
  expect(said(bound)).toContain('delete_without_where');
  expect(said(await peer.query('EXECUTE away'))).toContain('delete_without_where');
  expect(Number((await side.rows('SELECT count(*) AS n FROM orders'))[0]?.['n'])).toBeGreaterThan(500);
});

it('refuses a broken bundle, says so in a record, and goes on with the old one', async () => {
  const record = await recordedAfter('denied', () => writeFile(join(bundle.folder, 'data.json'), '{}'));
  expect(record).toMatchObject({
    decision: 'deny',
    outcome: 'denied',
    error_code: 'GH_POLICY_BUNDLE_DIGEST',
  });
  expect(said(await peer.query('DELETE FROM orders WHERE true'))).toContain('delete_without_where');
  expect(said(await peer.query('SELECT count(*) FROM people'))).toContain('300');
});
