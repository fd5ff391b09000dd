/**
 * Two databases that differ in marked values and in nothing else, asked the same: through the gate everything that a
 * client receives is the same, byte for byte. That the comparison can fail is shown without a gate: there the answers
 * of the two differ, and those of two equal databases do not.
 *
 * GATEHOUSE_LEAK_RUNS says how many sequences, GATEHOUSE_LEAK_SEED where to begin; the seed and the attempt of a
 * failing one are in the failure's text. Write what it found into ext-proc/leak-corpus/families/found.ts, and its
 * seed into FOUND_SEEDS.
 */
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CORPUS } from '../../../ext-proc/leak-corpus/corpus.ts';
import type { Step } from '../../../ext-proc/leak-corpus/entry.ts';
import type { Subject } from '../../../ext-proc/leak-corpus/subject.ts';
import {
  encodeCopyFail,
  encodeQuery,
  encodeSync,
} from '../../../ext-proc/protocols/postgres/frontend-encoders.ts';
import { BACKEND } from '../../../ext-proc/protocols/postgres/message-types.ts';
import { LINEAGE_SCHEMA, rowsOf, SECRET_COLUMNS } from '../../evasion/sql/lineage/schema.ts';
import { startGatedPostgres, type GatedPostgres } from '../../support/gated-postgres.ts';
import { GATE_MASKS, marks, MASKS_ONLY_BUNDLE } from '../../support/masked-columns.ts';
import { Dice } from '../../support/message-dice.ts';
import { postgresVersions } from '../../support/postgres.ts';
import { drawAttack, type Attack, type AttackSources } from '../../support/random-attack.ts';
import type { WirePeer } from '../../support/wire-peer.ts';

const RUNS = Number(process.env['GATEHOUSE_LEAK_RUNS'] ?? 40);
const FIRST_SEED = Number(process.env['GATEHOUSE_LEAK_SEED'] ?? 1);
/** Seeds that once showed a leak: run first, always. Append only. */
const FOUND_SEEDS: readonly number[] = [3, 42, 53, 55, 59, 63, 67, 72, 74, 92, 100, 111];
const SEEDS = [...FOUND_SEEDS, ...Array.from({ length: RUNS }, (_, at) => FIRST_SEED + at)];
const DIRECT = ['left_direct', 'right_direct'] as const;
const GATED = ['left_gated', 'right_gated'] as const;
/** Holds what the left one does. */
const TWIN = 'twin_direct';
const ATTACKS = 5;
const READ_TIMEOUT_MS = 15_000;
/** Begins the line of a transcript that says what was asked. */
const ATTEMPT = '# ';

const columns = Object.keys(SECRET_COLUMNS);
const card = SECRET_COLUMNS['public.people.card']?.[0] ?? [];
const SUBJECT: Subject = {
  ground: 'marked',
  schema: 'public',
  relation: 'people',
  column: 'card',
  key: 'id',
  rows: card.slice(0, 3).map((value, at) => ({ key: String(at + 1), value })),
  secrets: card,
  plain: { table: 'copies', column: 'b', others: [['id', '77']], where: 'id = 1' },
  objects: undefined,
};
const SOURCES: AttackSources = {
  // Sessions, locks and statistics of the whole server are the same for both databases, and change by themselves.
  entries: CORPUS.filter(
    ({ name, needs }) =>
      !/^(?:system|statistics|large-object|setting\/activity|written-oracle\/advisory)/.test(name) &&
      !needs.includes('objects') &&
      !needs.includes('superuser') &&
      !needs.includes('owner'),
  ),
  subject: SUBJECT,
  // The true value in the one database, a wrong one in the other.
  guess: card[0] as string,
};

/** Every byte of the answers, but for the event that a denial names. */
async function perform(peer: WirePeer, attacks: readonly Attack[], dice: Dice): Promise<string[]> {
  const seen: string[] = [];
  const timer = setTimeout(() => peer.client.socket.destroy(), READ_TIMEOUT_MS * attacks.length);
  try {
    for (const attack of attacks) {
      seen.push(`${ATTEMPT}${attack.text}`);
      // An attempt leaves nothing behind for the next.
      for (const step of [...attack.steps, 'ROLLBACK', 'DISCARD ALL']) {
        if (typeof step !== 'string' && 'on' in step && step.on !== undefined) continue;
        const { bytes, syncs } = encoded(step);
        if (dice.chance(15)) await peer.sendInPieces(bytes, 1 + dice.below(30));
        else peer.send(bytes);
        for (let ready = 0; ready < syncs;) {
          const message = await peer.client.next();
          if (message === undefined) return [...seen, 'end'];
          if (message.type === BACKEND.CopyInResponse) peer.send(encodeCopyFail('no'));
          if (message.type === BACKEND.ReadyForQuery) ready++;
          seen.push(steady(message.type, message.wire));
        }
      }
    }
    return seen;
  } finally {
    clearTimeout(timer);
    peer.abort();
  }
}

function encoded(step: Step): { bytes: Buffer; syncs: number } {
  if (typeof step === 'string') return { bytes: encodeQuery(step), syncs: 1 };
  if ('query' in step) return { bytes: encodeQuery(step.query), syncs: 1 };
  const syncs = step.syncs ?? 1;
  const tail = step.bare === true ? [] : Array.from({ length: syncs }, () => encodeSync());
  return { bytes: Buffer.concat([...step.messages, ...tail]), syncs };
}

/** Of a denial, and of the schema of a session's temporary objects. */
const BY_CHANCE = /event [0-9a-f]{8}-[0-9a-f-]{27}|pg_temp_\d+/g;
const FIRST_OID_OF_USERS = 16_384;

/** A message without what differs between any two sessions. */
function steady(type: number, wire: Buffer): string {
  const bytes = Buffer.from(wire);
  if (type === BACKEND.NotificationResponse) bytes.fill(0, 5, 9);
  if (type === BACKEND.RowDescription) {
    let at = 7;
    for (let column = bytes.readUInt16BE(5); column > 0; column--) {
      at = bytes.indexOf(0, at) + 1;
      // A temporary table is another one in every session, and so are its types.
      for (const place of [at, at + 6])
        if (bytes.readUInt32BE(place) >= FIRST_OID_OF_USERS) bytes.writeUInt32BE(FIRST_OID_OF_USERS, place);
      at += 18;
    }
  }
  const isText = type === BACKEND.ErrorResponse || type === BACKEND.NoticeResponse;
  const text = (isText ? bytes.subarray(5) : bytes).toString('latin1').replaceAll(BY_CHANCE, '…');
  return isText ? `${String.fromCharCode(type)}${text}` : text;
}

/** The first message that differs, and what it was asked with. */
function difference(seed: number, left: readonly string[], right: readonly string[]): string | undefined {
  // A query that takes too long does so by chance.
  if ([left, right].some((side) => side.some((message) => message.includes('\0C57014\0')))) return undefined;
  const at = left.findIndex((message, index) => message !== right[index]);
  if (at < 0 && left.length === right.length) return undefined;
  const place = at < 0 ? left.length : at;
  const asked = left.slice(0, place + 1).findLast((line) => line.startsWith(ATTEMPT));
  return `seed ${seed}: ${JSON.stringify(left[place])} and ${JSON.stringify(right[place])} for\n${asked}`;
}

describe.each(postgresVersions)(
  'two databases that differ in marked values, PostgreSQL $version',
  ({ binaries }) => {
    let side: GatedPostgres;
    beforeAll(async () => {
      side = await startGatedPostgres({
        binaries,
        settings: {
          autovacuum: 'off',
          jit: 'off',
          max_parallel_workers_per_gather: '0',
          statement_timeout: '5s',
        },
        ...(GATE_MASKS ? { gate: { bundle: MASKS_ONLY_BUNDLE, extraYaml: marks(columns) } } : {}),
      });
      const admin = await connected('postgres');
      await admin.query('CREATE DATABASE model');
      const model = await connected('model');
      await model.query(LINEAGE_SCHEMA);
      await model.end();
      // Copies of one model have the same OIDs: nothing but the values may differ.
      // What goes through the gate has two of its own: what statements leave behind on the disk, plans may tell.
      for (const database of [...DIRECT, ...GATED, TWIN]) {
        await admin.query(`CREATE DATABASE ${database} TEMPLATE model`);
        const client = await connected(database);
        await client.query(rowsOf(new Set(database.startsWith('right') ? columns : [])));
        await client.end();
      }
      await admin.end();
    });
    afterAll(() => side?.stop());

    async function connected(database: string): Promise<Client> {
      const { host, port, user, password } = side.postgres;
      const client = new Client({ host, port, user, password, database });
      await client.connect();
      return client;
    }

    /** The differences between two databases, each reached in the same way. */
    async function compare(
      way: (database: string) => Promise<WirePeer>,
      databases: readonly [string, string],
    ): Promise<{ differences: string[]; answers: number }> {
      const differences: string[] = [];
      let answers = 0;
      for (const seed of SEEDS) {
        const dice = new Dice(seed);
        const attacks = Array.from({ length: ATTACKS }, () => drawAttack(dice, SOURCES));
        const [left, right] = await Promise.all(
          databases.map(async (database) => perform(await way(database), attacks, new Dice(seed))),
        );
        answers += left?.filter((message) => message.startsWith('D')).length ?? 0;
        const found = difference(seed, left ?? [], right ?? []);
        if (found !== undefined) differences.push(found);
      }
      return { differences, answers };
    }

    const direct = (database: string): Promise<WirePeer> => side.direct({ database });
    const gated = (database: string): Promise<WirePeer> => side.gated({ database });
    const timeout = 60_000 + RUNS * 10_000;

    it('a direct connection shows that they differ', { timeout }, async () => {
      const { differences } = await compare(direct, DIRECT);
      expect(differences.length).toBeGreaterThan(SEEDS.length * 0.7);
    });

    it('a direct connection shows hardly anything between equal ones', { timeout }, async () => {
      const { differences } = await compare(direct, [DIRECT[0], TWIN]);
      // Some statements print the name of the database, an OID, or the plan that the server happened to choose.
      expect(differences.length, differences.join('\n')).toBeLessThan(SEEDS.length * 0.03);
    });

    it.runIf(GATE_MASKS)(
      `through the gate they are the same, seeds ${FIRST_SEED} to ${FIRST_SEED + RUNS - 1}`,
      { timeout },
      async () => {
        const { differences, answers } = await compare(gated, GATED);
        expect(differences, `${differences.length} of ${SEEDS.length} sequences differ`).toEqual([]);
        // A gate that refuses everything would be safe too.
        expect(answers).toBeGreaterThan(SEEDS.length);
      },
    );
  },
);
