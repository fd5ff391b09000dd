import { describe, expect, it, test } from 'vitest';
import { builtinOnlyReads, functionTraits } from '../known-functions.ts';
import {
  LEAKING_FUNCTIONS,
  LEAKING_RELATIONS,
  leakingFunction,
  leakingRelation,
  leaksColumn,
} from './leaking-sources.ts';

describe('a relation', () => {
  it('leaks in the system’s schemas, and nothing of that name elsewhere does', () => {
    expect(leakingRelation('pg_catalog', 'pg_stats')?.trait).toBe('column_statistics');
    expect(leakingRelation('information_schema', 'columns')?.trait).toBe('definition_texts');
    expect(leakingRelation('public', 'pg_stats')).toBeUndefined();
  });

  it('of TOAST holds values whatever its name is', () => {
    expect(leakingRelation('pg_toast', 'pg_toast_99999')).toMatchObject({
      trait: 'stored_values',
      values: true,
    });
  });

  it('leaks by the columns that show it, by all where none is listed, and by `*` always', () => {
    const statistics = LEAKING_RELATIONS.find(({ name }) => name === 'pg_stats');
    const whole = LEAKING_RELATIONS.find(({ name }) => name === 'pg_statistic');
    if (statistics === undefined || whole === undefined) throw new Error('not listed');
    expect(['most_common_vals', '*', 'tablename'].map((column) => leaksColumn(statistics, column))).toEqual([
      true,
      true,
      false,
    ]);
    expect(leaksColumn(whole, 'starelid')).toBe(true);
  });
});

describe('a function', () => {
  it.each(['query_to_xml', 'dblink', 'ts_stat', 'run_command_on_workers'])(
    'that runs what it is given is dynamic, and may show anything: %s',
    (name) => {
      expect(leakingFunction(name)).toMatchObject({ trait: 'dynamic_sql', values: true });
      expect(functionTraits(name)).toContain('dynamic_sql');
      expect(builtinOnlyReads(name, 'stable')).toBe(false);
    },
  );

  it('that reads files or large objects says so in both lists', () => {
    for (const name of ['pg_read_file', 'pg_read_binary_file', 'lo_get', 'loread'])
      expect(functionTraits(name), name).toContain(leakingFunction(name)?.trait);
  });

  it('that shows nothing is not listed', () => {
    for (const name of ['lower', 'count', 'pg_sleep']) expect(leakingFunction(name)).toBeUndefined();
  });
});

test('a name is listed once, or the first entry would be lost', () => {
  for (const list of [LEAKING_FUNCTIONS, LEAKING_RELATIONS]) {
    const names = list.map(({ name }) => name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  }
});
