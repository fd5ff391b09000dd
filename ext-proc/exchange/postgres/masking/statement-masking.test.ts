/** What is denied and what is masked, and how: descriptions are made by the real lineage over a hand-made catalogue. */
import { loadModule } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Decision } from '../../../domain/decision.ts';
import type { ColumnMarkRule, MaskStyle } from '../../../domain/masking-rules.ts';
import type { ColumnDescription } from '../../../protocols/postgres/backend.ts';
import type { CatalogueSnapshot } from '../../../protocols/postgres/sql/catalogue-snapshot.ts';
import { describeIn, snapshotOf } from '../../../protocols/postgres/sql/lineage/catalogue.fixture.ts';
import { columnCatalogue } from '../../../protocols/postgres/sql/lineage/column-catalogue.ts';
import { ColumnMarks } from './column-marks.ts';
import { StatementMasking } from './statement-masking.ts';

const PEOPLE = 16_384;
const ARCHIVE = 16_388;

let snapshot: CatalogueSnapshot;
beforeAll(async () => {
  await loadModule();
  snapshot = snapshotOf(
    [
      { name: 'people', columns: ['id', 'name', 'card', 'mail', 'token'], descendants: [ARCHIVE] },
      { name: 'copies', columns: ['id', 'a'] },
      { name: 'people', columns: ['id', 'pin'], schema: 'dotted.name' },
      {
        name: 'cards',
        columns: ['number'],
        view: 'SELECT card FROM public.people',
        through: ['public.people'],
      },
      { name: 'archive', columns: ['id', 'name', 'card', 'mail', 'token'], ancestors: [PEOPLE] },
    ],
    [{ name: 'murky' }, { name: 'murky_writer', volatility: 'volatile' }],
  );
});

const mark = (text: string, style: MaskStyle, tag: string): ColumnMarkRule => {
  const [schema = '', table = '', column = ''] = text.split('.');
  return { upstream: undefined, schema, table, column, style, tag };
};
const RULES = [
  mark('public.people.card', 'hash', 'payment_card'),
  mark('public.people.mail', 'partial', 'email'),
  mark('public.people.token', 'full', 'secret'),
  mark('dotted*.people.pin', 'full', 'pin'),
];
const ALLOW: Decision = {
  verdict: 'allow',
  rule: 'r',
  reason: '',
  obligations: [],
  reportOnly: [],
  bundleHash: '',
};

function masking(sql: string, obligations: Decision['obligations'] = []): StatementMasking {
  const catalogue = columnCatalogue(() => snapshot);
  const scope = { upstream: 'sample', database: 'app' };
  const marks = new ColumnMarks(RULES, { ...ALLOW, obligations }, catalogue, scope);
  return new StatementMasking({
    description: describeIn(snapshot, sql),
    marks,
    catalogue,
    scope,
    masker: undefined,
  });
}
const denied = (sql: string) => masking(sql).denial?.rule;
const column = (tableOid = 0, attributeNumber = 0): ColumnDescription => ({
  name: 'x',
  tableOid,
  attributeNumber,
  typeOid: 25,
  typeSize: -1,
  typeModifier: -1,
  format: 'text',
});
/** The styles of the columns of a result that the server gives no origins for. */
const styles = (sql: string, ...columns: readonly ColumnDescription[]) =>
  masking(sql)
    .treatments(columns.length > 0 ? columns : [column()])
    .map((treatment) =>
      treatment.kind === 'mask' ? `${treatment.mark.kind} ${treatment.mark.style}` : 'pass',
    );

describe('a column that comes back', () => {
  it('is masked in the style of its mark where it is one column’s value', () => {
    expect(styles('SELECT card FROM people')).toEqual(['payment_card hash']);
    expect(styles('SELECT number FROM cards')).toEqual(['payment_card hash']);
    expect(styles('SELECT mail FROM archive')).toEqual(['email partial']);
    expect(styles('SELECT card FROM people UNION ALL SELECT card FROM archive')).toEqual([
      'payment_card hash',
    ]);
    expect(styles('SELECT a FROM copies')).toEqual(['pass']);
  });

  it('is masked in full where values of differently marked columns are in it, whichever comes first', () => {
    expect(styles('SELECT mail FROM people UNION ALL SELECT token FROM people')).toEqual(['secret full']);
    expect(styles('SELECT token FROM people UNION ALL SELECT mail FROM people')).toEqual(['email full']);
    expect(styles('SELECT mail FROM people UNION ALL SELECT card FROM people')).toEqual([
      'payment_card full',
    ]);
  });

  it('shows no hash beside values that the client may have chosen', () => {
    for (const other of ["SELECT '4111'", 'SELECT $1', 'SELECT a FROM copies', 'VALUES ($1), ($2)'])
      expect(styles(`SELECT card FROM people UNION ALL ${other}`), other).toEqual(['payment_card full']);
    expect(styles("SELECT v FROM people, LATERAL (VALUES (card), ('4111')) t(v)")).toEqual([
      'payment_card full',
    ]);
  });

  it('keeps its style where the other values only choose it', () => {
    expect(
      styles("SELECT (SELECT card FROM people p WHERE p.id = c.id AND c.a = 'x') FROM copies c"),
    ).toEqual(['payment_card hash']);
  });

  it('is masked where the description does not say what it is', () => {
    expect(styles('SELECT murky()')).toEqual(['unknown full']);
    expect(styles('SELECT a FROM nowhere')).toEqual(['unknown full']);
    // The server has another number of columns than the description.
    expect(styles('SELECT a FROM copies', column(), column())).toEqual(['unknown full', 'unknown full']);
  });

  it('is masked where the server names a column that is marked, or that nobody knows', () => {
    expect(styles('SELECT a FROM copies', column(PEOPLE, 3))).toEqual(['payment_card hash']);
    expect(styles('SELECT a FROM copies', column(99_999, 1))).toEqual(['unknown full']);
    expect(styles('SELECT a FROM copies', column(PEOPLE, 2))).toEqual(['pass']);
  });
});

describe('a use that answers questions', () => {
  it.each([
    'SELECT 1 FROM people WHERE card = $1',
    'SELECT 1 FROM archive WHERE card = $1',
    'SELECT 1 FROM archive a WHERE a::text = $1',
    'SELECT 1 FROM people p WHERE p::text = $1',
    'SELECT number FROM cards ORDER BY number',
    'SELECT 1 FROM "dotted.name".people WHERE pin = $1',
    'SELECT 1 WHERE murky() = $1',
  ])('is denied: %s', (sql) => {
    expect(denied(sql)).toBe('gate.masking.inference');
  });

  it.each(['SELECT card FROM people WHERE id = 1', 'SELECT a FROM copies WHERE a = $1', 'SELECT murky()'])(
    'is not: %s',
    (sql) => {
      expect(denied(sql)).toBeUndefined();
    },
  );
});

describe('a value that is written', () => {
  it.each([
    ['a column that is not marked', 'UPDATE copies SET a = card FROM people'],
    ['a column whose mark shows a part of it', 'UPDATE people SET mail = token'],
    ['a column whose mark shows a hash of it', 'UPDATE people SET card = mail'],
    ['something unknown', 'UPDATE copies SET a = murky()'],
    ['something unknown of a function that may write', 'UPDATE copies SET a = murky_writer()'],
    ['something unknown, into a new table', 'CREATE TABLE made AS SELECT murky_writer() AS a'],
    ['something unknown, into a column that shows a part', 'UPDATE people SET mail = murky()'],
    ['a place within a document', "UPDATE copies SET a[people.token] = 'x' FROM people"],
    ['a default', 'CREATE TABLE made (a text DEFAULT murky())'],
  ])('does not go to %s', (_, sql) => {
    expect(denied(sql)).toBe('gate.masking.flow');
  });

  it.each([
    ['the same column', 'INSERT INTO people (card) SELECT card FROM people'],
    ['the same column of the family', 'INSERT INTO archive (mail) SELECT mail FROM people'],
    ['a column that shows nothing', 'UPDATE people SET token = card'],
    ['a column that is not marked, from another', 'UPDATE copies SET a = name FROM people'],
  ])('goes to %s', (_, sql) => {
    expect(denied(sql)).toBeUndefined();
  });
});

describe('a definition', () => {
  it.each([
    'ALTER TABLE people ADD x text',
    'ALTER TABLE archive ADD CHECK (card > $$4$$)',
    'CREATE INDEX ON archive (id)',
    'CREATE TABLE heir (CHECK (card > $$4$$)) INHERITS (people)',
    'CREATE TABLE heir () INHERITS (archive)',
    'DROP TABLE archive',
    'CREATE RULE r AS ON UPDATE TO cards DO INSTEAD NOTHING',
    'ALTER TABLE "dotted.name".people RENAME pin TO note',
    'ALTER SCHEMA public RENAME TO other',
  ])('of what holds hidden columns is denied: %s', (sql) => {
    expect(denied(sql)).toBe('gate.masking.definition');
  });

  it.each([
    'ALTER TABLE copies ADD x text DEFAULT lower($$X$$)',
    'CREATE TABLE made (LIKE copies)',
    'CREATE TABLE made (a int REFERENCES people (id), b int REFERENCES copies)',
    'CREATE INDEX ON copies (lower(a))',
    'CREATE TABLE made (a text CHECK (length(a) > 3))',
    'CREATE VIEW made AS SELECT a FROM copies',
    'CREATE FUNCTION made() RETURNS text LANGUAGE sql RETURN lower($$X$$)',
  ])('of anything else is not: %s', (sql) => {
    expect(denied(sql)).toBeUndefined();
  });

  it.each([
    ['a reference', 'CREATE TABLE made (a text REFERENCES people (card))'],
    ['a reference to whatever the key is', 'ALTER TABLE copies ADD FOREIGN KEY (a) REFERENCES people'],
    ['an index', 'CREATE UNIQUE INDEX ON copies ((murky()))'],
    [
      'the bound of a partition',
      'CREATE TABLE made PARTITION OF copies FOR VALUES FROM (murky()) TO ($$x$$)',
    ],
    ['a generated column', 'ALTER TABLE copies ADD b text GENERATED ALWAYS AS (murky()) STORED'],
    [
      'a condition of a trigger',
      'CREATE TRIGGER t BEFORE UPDATE ON copies FOR EACH ROW WHEN (murky() = $$x$$) EXECUTE FUNCTION murky()',
    ],
  ])('that would answer questions is denied: %s', (_, sql) => {
    expect(denied(sql)).toBe('gate.masking.inference');
  });

  it('of what is read from elsewhere under other names is denied', () => {
    for (const sql of [
      'CREATE FOREIGN TABLE made (a text) SERVER s',
      'CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw',
      'IMPORT FOREIGN SCHEMA public FROM SERVER s INTO other',
    ])
      expect(denied(sql), sql).toBe('gate.masking.definition');
    expect(denied('DROP SERVER s')).toBeUndefined();
  });

  it('whose body is text is not understood', () => {
    for (const sql of [
      "CREATE FUNCTION made() RETURNS int LANGUAGE sql AS 'SELECT 1'",
      "CREATE PROCEDURE made() LANGUAGE plpgsql AS 'BEGIN END'",
    ])
      expect(denied(sql), sql).toBe('gate.masking.not_understood');
  });
});

describe('errors', () => {
  it('are withheld where a row of the family may be in them', () => {
    for (const sql of [
      'UPDATE people SET name = NULL',
      'UPDATE archive SET name = NULL',
      'TABLE cards',
      'SELECT murky()',
    ])
      expect(masking(sql).withholdsErrors, sql).toBe(true);
    expect(masking('UPDATE copies SET a = NULL').withholdsErrors).toBe(false);
  });
});

it('who sees everything meets nothing of it', () => {
  const all: Decision['obligations'] = [{ kind: 'reveal', columns: ['*'] }];
  const open = masking('SELECT 1 FROM people WHERE card = $1', all);
  expect([open.denial, open.withholdsErrors, open.passes]).toEqual([undefined, false, true]);
});

it('who sees a column of the parent alone does not see it in the heir', () => {
  const some: Decision['obligations'] = [{ kind: 'reveal', columns: ['public.archive.*'] }];
  expect(masking('SELECT 1 FROM archive WHERE card = $1', some).denial?.rule).toBe('gate.masking.inference');
});
