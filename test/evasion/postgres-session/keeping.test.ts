/** What a session may have the gate keep for it, and what of its token the records may keep: nothing. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { LIMITS } from '../../../ext-proc/domain/limits.ts';
import { BACKEND } from '../../../ext-proc/protocols/postgres/message-types.ts';
import { BUNDLES, testLog } from '../../support/gate.ts';
import { startGatedPostgres, type GatedPostgres } from '../../support/gated-postgres.ts';
import { say, type WirePeer } from '../../support/wire-peer.ts';

let side: GatedPostgres;
let peer: WirePeer;
let token: string;
const logged: string[] = [];
const keep = (fields: object, message: string): void => {
  logged.push(
    message,
    JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? value.stack : value)),
  );
};
beforeAll(async () => {
  side = await startGatedPostgres({
    gate: { bundle: BUNDLES.standard, log: { ...testLog, debug: keep, info: keep, warn: keep, error: keep } },
    labels: '{ env: dev }',
  });
});
afterAll(() => side?.stop());
beforeEach(async () => {
  token = await side.gate.token({ groups: ['developers'] });
  peer = await side.gated({ token });
  return () => peer.abort();
});

const types = (messages: readonly { type: number }[]): string =>
  messages.map(({ type }) => String.fromCharCode(type)).join('');

it('keeps no more prepared text of one session than its limit, and says so', async () => {
  const padding = `/*${'x'.repeat(1_000_000)}*/`;
  let prepared = 0;
  for (; prepared < 100; prepared++) {
    const answer = await peer.batch(say.parse(`s${prepared}`, `SELECT ${prepared} ${padding}`));
    if (answer[0]?.type !== BACKEND.ErrorResponse) continue;
    expect(answer[0].wire.toString()).toContain('GH_PG_TOO_MANY_PREPARED');
    break;
  }
  expect(prepared * padding.length).toBeLessThanOrEqual(LIMITS.preparedCharactersMax + 2 * padding.length);
  expect(
    types(await peer.batch(say.closeStatement('s0'), say.closeStatement('s1'), say.closeStatement('s2'))),
  ).toBe('333Z');
  expect(types(await peer.batch(say.parse('again', 'SELECT 1'), say.bind('', 'again'), say.execute()))).toBe(
    '12DCZ',
  );
}, 60_000);

it('keeps no more parameters of one session than its limit, and says so', async () => {
  await peer.query('BEGIN');
  await peer.batch(say.parse('s', 'SELECT length($1)'));
  const value = 'x'.repeat(4_000_000);
  let bound = 0;
  for (; bound < 30; bound++) {
    const answer = await peer.batch(say.bind(`p${bound}`, 's', [value]));
    if (answer[0]?.type !== BACKEND.ErrorResponse) continue;
    expect(answer[0].wire.toString()).toContain('GH_PG_TOO_MANY_PREPARED');
    break;
  }
  expect(bound * value.length).toBeLessThanOrEqual(LIMITS.portalBytesMax + 2 * value.length);
  await peer.query('ROLLBACK');
  expect(types(await peer.batch(say.bind('p', 's', ['abc']), say.execute('p')))).toBe('2DCZ');
}, 60_000);

it('has no part of a token in any file or log, however its owner misspells the renewal', async () => {
  const texts = [
    `SET gatehouse.tokn = '${token}'`,
    `SET gatehouse . /* x */ token TO '${token}'`,
    `SET gatehouse.token = ${token}`,
    `SET gatehouse.token = '${token}' -- renewed`,
    `SET U&"gatehouse\\002Etoken" = '${token}'`,
    `SET application_name = '${token}'`,
    `SELECT set_config('gatehouse.' || 'token', '${token}', false)`,
    `SELECT '${token}'`,
    `SELECT ${token}`,
    `not sql '${token}`,
    `PREPARE t AS SELECT '${token}'`,
    `EXECUTE t('${token}')`,
    `SELECT 1 AS "${token}"`,
    `-- ${token}`,
  ];
  for (const text of texts) await peer.query(text);
  for (const text of texts) await peer.batch(say.parse('', text), say.bind('', ''), say.execute());
  await peer.close();
  const signature = token.split('.')[2] as string;
  const claims = token.split('.')[1] as string;
  let looked = 0;
  for (const entry of await readdir(side.gate.directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const content = await readFile(join(entry.parentPath, entry.name), 'latin1');
    looked++;
    expect(content.includes(signature) || content.includes(claims), entry.name).toBe(false);
  }
  expect(looked).toBeGreaterThan(3);
  for (const line of logged) expect(line).not.toContain(signature);
});
