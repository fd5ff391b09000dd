import { describe, expect, it } from 'vitest';
import { snapshotOf } from './catalogue.fixture.ts';
import { columnValue } from './definitions.ts';
import { mergeColumns } from './merged-join.ts';
import type { Cell, Value } from './value.ts';

const snapshot = snapshotOf([
  { name: 'left_one', columns: ['id', 'a'] },
  { name: 'right_one', columns: ['id', 'b'] },
  {
    name: 'wide_one',
    columns: ['id', 'c'],
    details: { numbers: [1, 2], types: [20, 25], typmods: [-1, -1] },
  },
]);
const cells = (table: string): Cell[] => {
  const relation = snapshot.schemas.get('public')?.relations.get(table);
  return (relation?.columns ?? []).map((name, at) => ({
    name,
    value: {
      ...columnValue({ schema: 'public', name: table }, name),
      origin: { relation: relation?.oid ?? 0, attribute: at + 1 },
    },
  }));
};
const told = ({ sources, origin }: Value): string =>
  [
    ...[...sources.values()].map((each) => `${each.table}.${each.column}:${each.derivation}`),
    origin === undefined ? '-' : '+',
  ].join(' ');
const merged = (
  join: Partial<Parameters<typeof mergeColumns>[0]>,
  [left, right]: readonly [string, string] = ['left_one', 'right_one'],
) =>
  mergeColumns(
    { left: 0, right: 1, using: ['id'], natural: false, type: 'inner', ...join },
    cells(left),
    cells(right),
    snapshot,
  )?.map(({ name, value }) => `${name} ${told(value)}`);

describe('USING', () => {
  it('has the merged column first and once, of the side that always has it', () => {
    const rest = ['a left_one.a:plain +', 'b right_one.b:plain +'];
    expect(merged({})).toEqual(['id left_one.id:plain +', ...rest]);
    expect(merged({ type: 'left' })).toEqual(['id left_one.id:plain +', ...rest]);
    expect(merged({ type: 'right' })).toEqual(['id right_one.id:plain +', ...rest]);
  });

  it('has both sides in the merged column of a full join, and no origin', () => {
    expect(merged({ type: 'full' })?.[0]).toBe('id left_one.id:copied right_one.id:copied -');
  });

  it('has no origin where the two are of different types, and one is converted', () => {
    expect(merged({}, ['left_one', 'wide_one'])?.[0]).toBe('id left_one.id:copied -');
  });

  it('cannot be told where a side has no such column', () => {
    expect(merged({ using: ['a'] })).toBeUndefined();
  });
});

describe('NATURAL', () => {
  it('merges what both have', () => {
    expect(merged({ using: undefined, natural: true })).toEqual([
      'id left_one.id:plain +',
      'a left_one.a:plain +',
      'b right_one.b:plain +',
    ]);
  });

  it('is a plain product where they have nothing in common', () => {
    const left = cells('left_one').slice(1);
    const right = cells('right_one').slice(1);
    const join = { left: 0, right: 1, using: undefined, natural: true, type: 'inner' } as const;
    expect(mergeColumns(join, left, right, snapshot)?.map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

it('keeps every column of both where nothing is merged, also those of one name', () => {
  expect(merged({ using: [] })?.map((line) => line.split(' ')[0])).toEqual(['id', 'a', 'id', 'b']);
});
