/**
 * With the allow-all bundle a session through the gate is what a direct one is: the same messages in the same order,
 * byte for byte after authentication, with the same ends. What may differ is in `comparable` (wire-peer.ts) alone.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGatedPostgres, type GatedPostgres } from '../support/gated-postgres.ts';
import { postgresVersions } from '../support/postgres.ts';
import type { WirePeer } from '../support/wire-peer.ts';
import { copyScripts } from './scripts/copy.ts';
import { extendedScripts } from './scripts/extended.ts';
import { foundScripts } from './scripts/found.ts';
import { FIXTURE, type Script } from './scripts/script.ts';
import { sessionScripts } from './scripts/session.ts';
import { simpleScripts } from './scripts/simple.ts';

const SIDES = ['direct_side', 'gated_side'] as const;
const GROUPS = {
  simple: simpleScripts,
  extended: extendedScripts,
  copy: copyScripts,
  session: sessionScripts,
  found: foundScripts,
};

describe.each(postgresVersions)('through the gate as directly, PostgreSQL $version', ({ binaries }) => {
  let side: GatedPostgres;

  beforeAll(async () => {
    side = await startGatedPostgres({ binaries });
    const admin = await side.direct();
    for (const database of SIDES) await admin.query(`create database ${database}`);
    await admin.close();
  });
  afterAll(() => side?.stop());

  beforeEach(async () => {
    for (const database of SIDES) {
      const admin = await side.direct({ database });
      await admin.query(FIXTURE);
      await admin.close();
    }
  });

  /** Everything that the sessions of a script were told. */
  async function perform(
    script: Script,
    login: () => Promise<WirePeer>,
    database: string,
  ): Promise<string[]> {
    const peers: WirePeer[] = [];
    const another = async (): Promise<WirePeer> => {
      const made = await login();
      peers.push(made);
      return made;
    };
    const peer = await another();
    try {
      await script({
        peer,
        another,
        admin: () => side.direct({ database }),
        backendPid: async () => {
          const [, row] = await peer.query('select pg_backend_pid()');
          peer.transcript.length = 0;
          return Number(row?.wire.subarray(11).toString());
        },
      });
      for (const open of peers) await open.close();
    } finally {
      for (const open of peers) open.client.socket.destroy();
    }
    return peers.flatMap((open, index) => open.transcript.map((line) => `${index}: ${line}`));
  }

  for (const [group, scripts] of Object.entries(GROUPS)) {
    describe(group, () => {
      for (const [name, script] of Object.entries(scripts)) {
        it(name, async () => {
          const [direct, gated] = SIDES;
          const expected = await perform(script, () => side.direct({ database: direct }), direct);
          const seen = await perform(script, () => side.gated({ database: gated }), gated);
          expect(seen).toEqual(expected);
        });
      }
    });
  }
});
