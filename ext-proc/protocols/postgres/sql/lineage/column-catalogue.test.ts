import { loadModule } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ColumnCatalogue } from '../../../../domain/ports.ts';
import { snapshotOf } from './catalogue.fixture.ts';
import { columnCatalogue } from './column-catalogue.ts';

let columns: ColumnCatalogue;
beforeAll(async () => {
  await loadModule();
  const snapshot = snapshotOf(
    [
      { name: 'people', columns: ['id', 'card'], descendants: [16_385] },
      { name: 'archive', columns: ['id', 'card', 'extra'], ancestors: [16_384], schema: 'old' },
      { name: 'cards', columns: ['number'], view: 'SELECT card FROM public.people' },
      { name: 'opaque', columns: ['x'], view: 'SELECT murky() AS x' },
    ],
    [{ name: 'murky' }],
  );
  columns = columnCatalogue((upstream) => (upstream === 'sample' ? snapshot : undefined));
});

describe('by the numbers of a RowDescription', () => {
  it('a table’s column is made of itself, and of what it inherits', () => {
    expect(columns.column('sample', 'app', 16_385, 2)).toMatchObject({
      schema: 'old',
      table: 'archive',
      column: 'card',
      sources: [
        { table: 'archive', column: 'card', derivation: 'plain' },
        { table: 'people', column: 'card', derivation: 'copied' },
      ],
    });
  });

  it('a view’s column is made of what is behind it', () => {
    expect(columns.column('sample', 'app', 16_386, 1)?.sources).toMatchObject([
      { table: 'people', column: 'card', derivation: 'copied' },
    ]);
  });

  it('a view of what cannot be read has no sources, which means anything', () => {
    const found = columns.column('sample', 'app', 16_387, 1);
    expect(found).toMatchObject({ table: 'opaque', column: 'x' });
    expect(found?.sources).toBeUndefined();
  });

  it('an unknown table, number or upstream is unknown', () => {
    expect(columns.column('sample', 'app', 99_999, 1)).toBeUndefined();
    expect(columns.column('sample', 'app', 16_384, 9)).toBeUndefined();
    expect(columns.column('sample', 'app', 16_384, -6)).toBeUndefined();
    expect(columns.column('other', 'app', 16_384, 1)).toBeUndefined();
  });
});

describe('the family of a column', () => {
  const family = (schema: string, table: string, column: string) =>
    columns
      .family('sample', 'app', { schema, table, column })
      ?.map((each) => `${each.schema}.${each.table}.${each.column}`);

  it('is that column in the tables above and below', () => {
    expect(family('public', 'people', 'card')).toEqual(['public.people.card', 'old.archive.card']);
    expect(family('old', 'archive', 'card')).toEqual(['old.archive.card', 'public.people.card']);
  });

  it('is itself alone where the others have no such column', () => {
    expect(family('old', 'archive', 'extra')).toEqual(['old.archive.extra']);
  });

  it('of any column is any of the family', () => {
    expect(family('old', 'archive', '*')).toEqual(['old.archive.*', 'public.people.*']);
  });

  it('is unknown for what the catalogue lacks', () => {
    expect(family('public', 'people', 'number')).toBeUndefined();
    expect(family('public', 'nowhere', '*')).toBeUndefined();
  });
});
