/** Which column a name stands for, where several could be meant. */
import { loadModule } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CatalogueSnapshot } from '../catalogue-snapshot.ts';
import { describeIn, outputLines, snapshotOf } from './catalogue.fixture.ts';

let snapshot: CatalogueSnapshot;
beforeAll(async () => {
  await loadModule();
  snapshot = snapshotOf(
    [
      { name: 'people', columns: ['id', 'name', 'card'] },
      { name: 'orders', columns: ['id', 'people', 'note'] },
      { name: 'old', columns: ['id', 'x'] },
    ],
    [{ name: 'shout' }],
  );
});
const outputs = (sql: string) => outputLines(describeIn(snapshot, sql));

describe('a bare name', () => {
  it('is the innermost level’s column', () => {
    expect(outputs('SELECT (SELECT note FROM orders LIMIT 1) AS n FROM people')).toEqual([
      'n copied orders.note:copied',
    ]);
    expect(outputs('SELECT (SELECT name FROM orders LIMIT 1) AS n FROM people')).toEqual([
      'n copied people.name:copied',
    ]);
  });

  it('is a column before it is a whole row', () => {
    expect(outputs('SELECT people FROM orders')).toEqual(['people plain orders.people:plain']);
    expect(outputs('SELECT people FROM orders, people')).toEqual(['people plain orders.people:plain']);
    expect(outputs('SELECT people FROM people')).toEqual([
      'people derived people.id:derived people.name:derived people.card:derived',
    ]);
  });

  it('is an output in ORDER BY first, in GROUP BY last', () => {
    const uses = (sql: string) =>
      describeIn(snapshot, sql).columns.filter(({ contexts = [] }) => contexts.length > 0);
    expect(uses('SELECT name AS card FROM people ORDER BY card').map(({ name }) => name)).toEqual(['name']);
    // The output is noted besides: a use too many denies, one too few leaks.
    expect(uses('SELECT name AS card FROM people GROUP BY card').map(({ name }) => name)).toContain('card');
  });

  it('that an alias gives to another column is that column', () => {
    expect(outputs('SELECT id FROM people AS p (a, b, id)')).toEqual(['id plain people.card:plain']);
    expect(outputs('SELECT card FROM (SELECT card AS name, name AS card FROM people) s')).toEqual([
      'card plain people.name:plain',
    ]);
  });

  it('that a CTE has taken from a table is the CTE’s', () => {
    expect(outputs("WITH people AS (SELECT 'x' AS card) SELECT card FROM people")).toEqual(['card derived']);
    expect(outputs("WITH people AS (SELECT 'x' AS card) SELECT card FROM public.people")).toEqual([
      'card plain people.card:plain',
    ]);
  });
});

describe('a field of a row', () => {
  it.each([
    ['SELECT (p).card FROM people p', 'card plain people.card:plain'],
    ['SELECT (s.p).card FROM (SELECT p FROM people p) s', 'card copied people.card:copied'],
    ['SELECT (SELECT p FROM people p LIMIT 1).card', 'unknown'],
  ])('is its column, or not told: %s', (sql, line) => {
    const found = outputs(sql);
    if (line === 'unknown') expect(JSON.stringify(found)).toMatch(/card/);
    else expect(found).toEqual([line]);
  });

  it('that no column has is a function’s result, which may be anything', () => {
    expect(outputs('SELECT (p).shout FROM people p')).toEqual(['shout unknown']);
    expect(describeIn(snapshot, 'SELECT p.to_json FROM people p').complete).toBe(false);
  });
});

describe('in RETURNING', () => {
  it('OLD and NEW are the row before and after', () => {
    expect(
      outputs('UPDATE orders SET note = p.card FROM people p RETURNING old.note, new.note, orders.note'),
    ).toEqual([
      'note plain orders.note:plain',
      'note copied orders.note:plain people.card:copied',
      'note copied orders.note:plain people.card:copied',
    ]);
  });

  it('an alias of FROM goes before OLD', () => {
    expect(outputs('UPDATE orders SET note = 1 FROM people old RETURNING old.id')).toEqual([
      'id plain people.id:plain',
    ]);
    // With columns that the target has not, it is left open.
    expect(outputs('UPDATE orders SET note = 1 FROM old RETURNING old.x')).toBe('unknown');
  });

  it('OLD under another name is not found by its own', () => {
    const sql = 'UPDATE orders SET note = 1 RETURNING WITH (OLD AS before) before.note';
    expect(outputs(sql)).toEqual(['note plain orders.note:plain']);
  });
});

describe('EXCLUDED', () => {
  const flows = (sql: string) =>
    describeIn(snapshot, sql).flows?.map(
      ({ column, sources }) => `${column} ${sources.map((each) => `${each.table}.${each.column}`).join(' ')}`,
    );

  it('is what was to be put in, not what is there', () => {
    expect(
      flows(
        'INSERT INTO orders (id, note) SELECT id, card FROM people ON CONFLICT (id) DO UPDATE SET people = excluded.note',
      ),
    ).toEqual(['id people.id', 'note people.card', 'people people.card']);
  });

  it('knows where in a column a value is put', () => {
    expect(
      flows(
        "INSERT INTO orders (id, note[(SELECT card FROM people LIMIT 1)]) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET people = excluded.note",
      ),
    ).toEqual(['note people.card', 'people people.card']);
  });
});
