import { loadModule } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CatalogueSnapshot } from '../catalogue-snapshot.ts';
import { describeIn, outputLines, snapshotOf } from './catalogue.fixture.ts';

let snapshot: CatalogueSnapshot;
beforeAll(async () => {
  await loadModule();
  snapshot = snapshotOf(
    [{ name: 'people', columns: ['id', 'name', 'card'] }],
    [
      { name: 'card_of', body: 'SELECT card FROM public.people' },
      { name: 'pairs', columns: ['a', 'b'], body: 'SELECT name, card FROM public.people' },
      { name: 'short', columns: ['a', 'b'], body: 'SELECT name FROM public.people' },
      { name: 'records', columns: 'unknown', body: 'SELECT name, card FROM public.people' },
      { name: 'murky', columns: ['a', 'b'] },
    ],
  );
});
const outputs = (sql: string) => outputLines(describeIn(snapshot, sql));

describe('a function in FROM', () => {
  it('of one value gives a column named as its alias, or as itself', () => {
    expect(outputs('SELECT * FROM card_of()')).toEqual(['card_of derived people.card:derived']);
    expect(outputs('SELECT c FROM card_of() AS c')).toEqual(['c derived people.card:derived']);
    expect(outputs('SELECT x FROM card_of() AS c (x)')).toEqual(['x derived people.card:derived']);
  });

  it('of several gives each what its body gives it', () => {
    expect(outputs('SELECT b, a FROM pairs()')).toEqual([
      'b derived people.card:derived',
      'a derived people.name:derived',
    ]);
  });

  it('whose body gives another number of columns may be anything of it in each', () => {
    for (const line of outputs('SELECT * FROM short()')) expect(line).toMatch(/unknown|people\.name/);
  });

  it('is made of its arguments too', () => {
    expect(outputs('SELECT g FROM people, generate_series(1, id) AS g')).toEqual([
      'g derived people.id:derived',
    ]);
    expect(outputs('SELECT a FROM people p, pairs(p.card)')).toEqual([
      'a derived people.card:derived people.name:derived',
    ]);
  });

  it('of records has the columns that the statement gives it, each of the whole', () => {
    expect(outputs('SELECT y FROM records() AS t (x text, y text)')).toEqual([
      'y derived people.card:derived',
    ]);
    expect(outputs('SELECT * FROM records()')).toBe('unknown');
  });

  it('that cannot be read is anything under any name', () => {
    expect(outputs('SELECT z FROM murky() AS t (z)')).toEqual(['z unknown']);
    expect(outputs('SELECT t FROM murky() t')).toEqual(['t unknown']);
  });

  it('has numbers of its own WITH ORDINALITY, beside others in ROWS FROM', () => {
    expect(outputs('SELECT ordinality FROM pairs() WITH ORDINALITY')).toEqual(['ordinality derived']);
    expect(outputs('SELECT * FROM ROWS FROM (card_of(), generate_series(1, 2)) AS t (x, y)')).toEqual([
      'x derived people.card:derived',
      'y derived',
    ]);
  });
});
