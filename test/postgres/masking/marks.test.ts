/**
 * What the corpus of ways out cannot plant, against real servers: row policies, names with dots, and what the styles
 * `hash` and `partial` show beside values that a client chose.
 */
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Log } from '../../../ext-proc/domain/log.ts';
import { testLog } from '../../support/gate.ts';
import { startGatedPostgres, type GatedPostgres } from '../../support/gated-postgres.ts';
import { MASKS_ONLY_BUNDLE } from '../../support/masked-columns.ts';
import { postgresVersions } from '../../support/postgres.ts';

const PAN = '4111111111111111';
const SCHEMA = `
CREATE TABLE accounts (id int PRIMARY KEY, owner text, mail text, pan text);
INSERT INTO accounts VALUES (1, 'a', 'ada.lovelace@example.com', '${PAN}');
CREATE TABLE tokens (id int, token text);
INSERT INTO tokens VALUES (1, 'grace.hopper@example.org');
CREATE TABLE notes (id int, body text);
INSERT INTO notes VALUES (1, '${PAN}');
CREATE SCHEMA "odd.name";
CREATE TABLE "odd.name".accounts (id int, pin text);
INSERT INTO "odd.name".accounts VALUES (1, '271828');
CREATE TABLE guarded (id int, open text, pin text);
INSERT INTO guarded VALUES (1, 'x', '271828'), (2, 'y', '314159');
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON guarded USING (pin LIKE current_setting('app.guess', true) || '%');
CREATE TABLE tenants (id int, open text);
INSERT INTO tenants VALUES (1, 'x'), (2, 'y');
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON tenants USING (open = current_setting('app.guess', true));
CREATE ROLE reader LOGIN;
GRANT SELECT, UPDATE ON guarded, tenants TO reader;
`;
const MARKS = `masking:
  key: { env: GATEHOUSE_TEST_MASKING_KEY }
  columns:
    - { column: public.accounts.mail, tag: email, style: partial }
    - { column: public.accounts.pan, tag: payment_card, style: hash }
    - { column: public.tokens.token, tag: secret, style: full }
    - { column: '*.accounts.pin', tag: pin, style: full }
    - { column: public.guarded.pin, tag: pin, style: full }
    - { column: public.guraded.pni, tag: pin, style: full }
`;

describe.each(postgresVersions)('marks, PostgreSQL $version', ({ binaries }) => {
  let side: GatedPostgres;
  let client: Client;
  const warnings: object[] = [];
  beforeAll(async () => {
    process.env['GATEHOUSE_TEST_MASKING_KEY'] = 'k'.repeat(48);
    const log: Log = { ...testLog, warn: (fields) => warnings.push(fields) };
    side = await startGatedPostgres({ binaries, gate: { bundle: MASKS_ONLY_BUNDLE, extraYaml: MARKS, log } });
    const { host, port, user, password } = side.postgres;
    const owner = new Client({ host, port, user, password, database: 'postgres' });
    await owner.connect();
    await owner.query(SCHEMA);
    await owner.end();
    client = new Client({
      host: '127.0.0.1',
      port: side.gate.port,
      user: 'agent',
      password: await side.gate.token(),
      database: 'postgres',
    });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await side?.stop();
    delete process.env['GATEHOUSE_TEST_MASKING_KEY'];
  });

  const values = async (sql: string): Promise<unknown[]> =>
    (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows.map(([value]) => value);
  const refused = async (sql: string): Promise<string> =>
    client.query(sql).then(
      () => 'answered',
      (error: Error & { detail?: string }) =>
        /^rule ([a-z._]+)/.exec(error.detail ?? '')?.[1] ?? error.message,
    );

  it('one that fits no column is told in the log, with the nearest, when the catalogue was read', async () => {
    await client.query('SELECT id FROM notes');
    expect(warnings.filter((fields) => 'mark' in fields)).toEqual([
      {
        code: 'GH_MASKING_MARK_UNUSED',
        upstream: 'sample',
        database: 'postgres',
        mark: 'public.guraded.pni',
        nearest: 'public.guarded.pin',
      },
    ]);
  });

  it('a hash is shown of the column alone, not beside what the client guesses', async () => {
    const [hash] = await values('SELECT pan FROM accounts');
    expect(hash).toMatch(/^\[masked:payment_card#[a-z2-7]{16}\]$/);
    for (const guess of [`SELECT '${PAN}'`, 'SELECT body FROM notes', `VALUES ('x'), ('${PAN}')`]) {
      const shown = await values(`SELECT pan FROM accounts UNION ALL ${guess}`);
      expect(new Set(shown), guess).toEqual(new Set(['[masked:payment_card]']));
    }
    expect(await values(`SELECT v FROM accounts, LATERAL (VALUES (pan), ('${PAN}')) t(v)`)).toEqual([
      '[masked:payment_card]',
      '[masked:payment_card]',
    ]);
  });

  it('a value is not shown in the style of another column', async () => {
    expect(await values('SELECT mail FROM accounts')).toEqual(['a***@example.com']);
    const together = await values('SELECT mail FROM accounts UNION ALL SELECT token FROM tokens');
    expect(together.join()).not.toContain('@');
    expect(await refused('UPDATE accounts SET mail = (SELECT token FROM tokens)')).toBe('gate.masking.flow');
    expect(await values('SELECT mail FROM accounts')).toEqual(['a***@example.com']);
  });

  it('a dot in the name of a schema hides nothing', async () => {
    expect(await values('SELECT pin FROM "odd.name".accounts')).toEqual(['[masked:pin]']);
    expect(await refused('SELECT 1 FROM "odd.name".accounts WHERE pin = \'271828\'')).toBe(
      'gate.masking.inference',
    );
  });

  it('a row policy that looks at a marked column answers no questions; another still chooses rows', async () => {
    // The gate logs in as a superuser, whom no policy concerns; this role it does.
    await client.query('SET ROLE reader');
    await client.query("SET app.guess = '2718'");
    expect(await refused('SELECT id FROM guarded')).toBe('gate.masking.inference');
    expect(await refused("UPDATE guarded SET open = 'z'")).toBe('gate.masking.inference');
    expect(await refused('SELECT count(*) FROM (SELECT id FROM guarded) s')).toBe('gate.masking.inference');
    await client.query("SET app.guess = 'x'");
    expect(await values('SELECT id FROM tenants')).toEqual([1]);
    await client.query('RESET ROLE');
  });
});
