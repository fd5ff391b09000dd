/** What is not known must be said to be unknown, and what chooses rows must be a use: by hand-made catalogues. */
import { loadModule } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CatalogueSnapshot } from '../catalogue-snapshot.ts';
import { describeIn, outputLines, snapshotOf, useLines } from './catalogue.fixture.ts';

const PEOPLE = { name: 'people', columns: ['id', 'name', 'card'] };
const COPIES = { name: 'copies', columns: ['id', 'a'] };

let snapshot: CatalogueSnapshot;
beforeAll(async () => {
  await loadModule();
  snapshot = snapshotOf(
    [
      PEOPLE,
      COPIES,
      { name: 'renamed', columns: ['number'], view: 'SELECT card FROM public.people' },
      { name: 'chosen', columns: ['id'], view: "SELECT id FROM public.people WHERE card ~~ '4%'" },
      { name: 'longer', columns: ['id', 'card'], view: 'SELECT id FROM public.people' },
      { name: 'unreadable', columns: ['x'], view: 'SELECT murky() AS x' },
      { name: 'circle', columns: ['x'], view: 'SELECT x FROM public.circle' },
      { name: 'undefined_view', columns: ['x'], kind: 'view' as const },
    ],
    [
      { name: 'card_of', body: 'SELECT card FROM public.people WHERE id = $1' },
      { name: 'murky' },
      { name: 'murky_set', columns: ['x', 'y'] },
      { name: 'loops', body: 'SELECT loops()' },
      { name: 'defaulted', body: 'SELECT 1', plainDefaults: false, argumentsMax: 1 },
    ],
  );
});
const outputs = (sql: string) => outputLines(describeIn(snapshot, sql));
const uses = (sql: string) => useLines(describeIn(snapshot, sql));

describe('nothing is told of what is not known', () => {
  it.each([
    ['a relation that the catalogue lacks', 'SELECT card FROM nowhere'],
    ['a column that its table lacks', 'SELECT number FROM people'],
    ['a function that the catalogue lacks', 'SELECT nowhere(1)'],
    ['a temporary name', 'SELECT card FROM pg_temp.people'],
    ['another database', 'SELECT card FROM other.public.people'],
  ])('%s', (_, sql) => {
    const description = describeIn(snapshot, sql);
    expect(description.complete).toBe(false);
    expect(description.outputs).toBeUndefined();
    expect(description.flows).toBeUndefined();
  });

  it('any relation, where there is no catalogue', () => {
    const description = describeIn(undefined, 'SELECT card FROM people');
    expect([description.complete, description.outputs]).toEqual([false, undefined]);
  });
});

describe('what may be anything is said to be', () => {
  it.each([
    ['the result of a function that cannot be read', 'SELECT murky()', ['murky unknown']],
    ['each column of its rows', 'SELECT * FROM murky_set()', ['x unknown', 'y unknown']],
    ['a part of an expression', 'SELECT lower(murky()) AS l', ['l unknown']],
    ['one of several rows', "SELECT 'x' AS v UNION ALL SELECT murky()", ['v unknown']],
    ['a column of a view of it', 'SELECT x FROM unreadable', ['x unknown']],
    ['a view whose query is not known', 'SELECT x FROM undefined_view', ['x unknown']],
    ['a view whose columns are not those of its query', 'SELECT card FROM longer', ['card unknown']],
    ['a view of itself', 'SELECT x FROM circle', ['x unknown']],
    ['a function of itself', 'SELECT loops()', ['loops unknown']],
    ['a default argument that runs something', 'SELECT defaulted()', ['defaulted unknown']],
    ['a subquery of it', 'SELECT (SELECT murky()) AS s', ['s unknown']],
    [
      'a recursive query that begins with it',
      'WITH RECURSIVE r(x) AS (SELECT murky() UNION ALL SELECT x FROM r) SELECT x FROM r',
      ['x unknown'],
    ],
  ])('%s', (_, sql, expected) => {
    expect(outputs(sql)).toEqual(expected);
  });

  it.each([
    ['WHERE', "SELECT 1 WHERE murky() = 'x'"],
    ['a join', "SELECT 1 FROM people JOIN copies ON murky() = 'x'"],
    ['an aggregate', 'SELECT max(x) FROM murky_set()'],
    ['ORDER BY of an output', 'SELECT murky() AS m ORDER BY m'],
    ['DISTINCT', 'SELECT DISTINCT x FROM murky_set()'],
    ['SELECT INTO', "SELECT 1 AS a INTO made WHERE murky() = 'x'"],
    ['a rule', "CREATE RULE r AS ON INSERT TO copies WHERE murky() = 'x' DO INSTEAD NOTHING"],
    ['a policy', "CREATE POLICY p ON copies USING (murky() = 'x')"],
    ['a constraint', "CREATE TABLE made (a text CHECK (murky() = 'x'))"],
    ['the default of a domain', 'CREATE DOMAIN made AS text DEFAULT murky()'],
  ])('in %s it is a use of anything', (_, sql) => {
    expect(uses(sql).filter((line) => line.startsWith('.*'))).toHaveLength(1);
  });

  it('as a default it may be in the column', () => {
    for (const sql of [
      'CREATE TABLE made (a text DEFAULT murky())',
      'ALTER TABLE copies ALTER a SET DEFAULT murky()',
      'ALTER TABLE copies ADD b text DEFAULT murky()',
    ])
      expect(describeIn(snapshot, sql).flows?.map(({ derivation }) => derivation)).toEqual(['unknown']);
  });

  it('is known to be written also where a function may write besides', () => {
    const volatile = snapshotOf([COPIES], [{ name: 'murky', volatility: 'volatile' }]);
    const { flows } = describeIn(volatile, 'UPDATE copies SET a = murky()');
    expect(flows).toEqual([
      { schema: 'public', table: 'copies', column: 'a', derivation: 'unknown', sources: [] },
    ]);
    expect(describeIn(volatile, 'SELECT murky()').flows).toBeUndefined();
  });
});

describe('a definition that is followed where it is used', () => {
  it('asks nothing by itself', () => {
    expect(uses("CREATE VIEW made AS SELECT 1 AS x WHERE murky() = 'x'")).toEqual([]);
  });

  it('carries its conditions along', () => {
    expect(uses('SELECT id FROM chosen')).toEqual(['people.card where+operator_argument via public.chosen']);
    expect(uses('SELECT card_of(1)')).toEqual(['people.id where+operator_argument via public.card_of']);
  });

  it('is made of the columns behind it', () => {
    expect(outputs('SELECT number FROM renamed')).toEqual(['number copied people.card:copied']);
    expect(outputs('SELECT card_of(1)')).toEqual(['card_of derived people.card:derived people.id:condition']);
  });
});

describe('beside what the statement says itself, a value is no plain copy', () => {
  it.each([
    ['SELECT card FROM people UNION ALL SELECT name FROM people', 'copied'],
    ["SELECT card FROM people UNION ALL SELECT 'x'", 'derived'],
    ['SELECT $1 AS card UNION ALL SELECT card FROM people', 'derived'],
    ['SELECT card FROM people UNION ALL SELECT g::text FROM generate_series(1, 9) g', 'derived'],
    ["SELECT v FROM people, LATERAL (VALUES (card), ('x')) t(v)", 'derived'],
    ['SELECT v FROM people, LATERAL (VALUES (card), (name)) t(v)', 'copied'],
    [
      "WITH RECURSIVE r(x) AS (SELECT card FROM people UNION ALL SELECT 'x' FROM r) SELECT x FROM r",
      'derived',
    ],
  ])('%s', (sql, derivation) => {
    expect(describeIn(snapshot, sql).outputs?.[0]?.derivation).toBe(derivation);
  });
});

describe('tables that belong together', () => {
  const family = () =>
    snapshotOf([
      {
        name: 'parent',
        columns: ['id', 'shown'],
        generated: new Map([['shown', ['id']]]),
        descendants: [16_385],
      },
      {
        name: 'heir',
        columns: ['id', 'shown', 'card'],
        generated: new Map([['shown', ['card']]]),
        ancestors: [16_384],
      },
      { name: 'murky_parent', columns: ['shown'], descendants: [16_387] },
      {
        name: 'murky_heir',
        columns: ['shown'],
        generated: new Map([['shown', 'unknown' as const]]),
        ancestors: [16_386],
      },
      { name: 'parted', columns: ['id', 'card'], partitionKey: ['card'], descendants: [16_389] },
      { name: 'part', columns: ['id', 'card'], ancestors: [16_388] },
    ]);

  it('a generated column is made of what any heir makes it of', () => {
    expect(outputLines(describeIn(family(), 'SELECT shown FROM parent'))).toEqual([
      'shown derived parent.shown:plain parent.id:derived heir.card:derived',
    ]);
    expect(outputLines(describeIn(family(), 'SELECT shown FROM murky_parent'))).toEqual([
      'shown unknown murky_parent.shown:plain',
    ]);
  });

  it('the rows of a partition are chosen by the key, those of the whole table are not', () => {
    expect(useLines(describeIn(family(), 'SELECT id FROM part'))).toEqual([
      'parted.card where via public.part',
    ]);
    expect(useLines(describeIn(family(), 'DELETE FROM part'))).toEqual(['parted.card where via public.part']);
    expect(useLines(describeIn(family(), 'SELECT id FROM parted'))).toEqual([]);
  });

  it('tableoid tells the partition, and the other system columns do not', () => {
    expect(outputLines(describeIn(family(), 'SELECT tableoid, ctid FROM parted'))).toEqual([
      'tableoid derived parted.tableoid:plain parted.card:derived',
      'ctid plain parted.ctid:plain',
    ]);
  });

  it('a row policy is a condition wherever its table is read', () => {
    const guarded = snapshotOf([
      PEOPLE,
      {
        name: 'guarded',
        columns: ['id'],
        policyColumns: [{ schema: 'public', table: 'people', column: 'card' }],
      },
      { name: 'over', columns: ['id'], view: 'SELECT id FROM public.guarded' },
    ]);
    for (const sql of ['SELECT id FROM guarded', 'SELECT id FROM over', 'UPDATE guarded SET id = 1'])
      expect(useLines(describeIn(guarded, sql)), sql).toEqual(['people.card where via public.guarded']);
    expect(outputLines(describeIn(guarded, 'SELECT (SELECT count(*) FROM guarded) AS many'))).toEqual([
      'many condition people.card:condition',
    ]);
  });
});
