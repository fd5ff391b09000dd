/**
 * The corpus against real servers through the gate: whatever a client plays, a table changes only by an action that
 * was recorded as allowed with that table's name, and the record says that it ran.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BUNDLES } from '../../support/gate.ts';
import { startGatedPostgres, type GatedPostgres } from '../../support/gated-postgres.ts';
import { postgresVersions } from '../../support/postgres.ts';
import type { WirePeer } from '../../support/wire-peer.ts';
import { EVASIONS } from './corpus.ts';

const TABLES = ['one.t', 'two.t'] as const;
const FIXTURE = ['one', 'two']
  .map(
    (schema) =>
      `DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}; ` +
      `CREATE TABLE ${schema}.t (id int, n int); INSERT INTO ${schema}.t VALUES (1, 0)`,
  )
  .join('; ');

test('has no two entries with one id', () => {
  expect(new Set(EVASIONS.map(({ id }) => id)).size).toBe(EVASIONS.length);
});

describe.each(postgresVersions)('PostgreSQL $version', ({ binaries }) => {
  let side: GatedPostgres;
  let admin: WirePeer;
  let before: number;

  beforeAll(async () => {
    // Definitions are allowed, so that entries can play with them.
    side = await startGatedPostgres({
      binaries,
      gate: { bundle: BUNDLES.standard },
      labels: '{ env: dev }',
    });
    admin = await side.direct();
  });
  afterAll(async () => {
    admin?.abort();
    await side?.stop();
  });
  beforeEach(async () => {
    await admin.query(FIXTURE);
    before = (await side.gate.records()).length;
  });
  let peer: WirePeer;
  afterEach(() => peer.abort());

  /** How often the table changed: rows that were added, and updates. */
  async function changes(table: string): Promise<number> {
    const answer = await admin.query(`SELECT coalesce(sum(n), 0) FROM ${table}`);
    return Number(answer[1]?.wire.subarray(11).toString());
  }

  test.each(EVASIONS.map((entry) => [`${entry.id} ${entry.what}`, entry] as const))(
    '%s',
    async (_, entry) => {
      peer = await side.gated({
        token: await side.gate.token({ groups: ['schema-owners'] }),
        login: { parameters: new Map(Object.entries({ database: 'postgres', ...entry.startup })) },
      });
      await entry.play(peer).catch((error: unknown) => {
        // An entry may wait for answers that a closed connection no longer gives.
        if (!peer.ended) throw error;
      });
      await peer.close();
      const records = (await side.gate.records()).slice(before);
      const ended = new Map(
        records.filter((row) => row['type'] === 'ended').map((row) => [row['event_id'], row['outcome']]),
      );
      for (const table of TABLES) {
        const allowed = records.filter(
          (row) =>
            row['type'] === 'decided' &&
            row['decision'] === 'allow' &&
            (row['tables'] as string[] | undefined)?.includes(table) === true &&
            ended.get(row['event_id']) === 'ok' &&
            row['action_kind'] !== 'postgres.parse',
        );
        const done = await changes(table);
        if (process.env['DEBUG_EVASION'] !== undefined)
          console.log(entry.id, table, done, allowed.length, peer.transcript);
        expect(done, `${table} changed without an action that says so`).toBeLessThanOrEqual(allowed.length);
      }
    },
  );
});
