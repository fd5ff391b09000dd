import { describe, expect, it } from 'vitest';

import { gateDenial } from '../../../domain/decision.ts';
import { columnPattern, type MaskStyle } from '../../../domain/masking-rules.ts';
import type { ColumnCatalogue } from '../../../domain/ports.ts';
import type { StatementDescription } from '../../../domain/statement.ts';
import { EMPTY_DESCRIPTION } from '../../../protocols/postgres/sql/resolve.ts';
import { ColumnMarks } from './column-marks.ts';
import { StatementMasking } from './statement-masking.ts';

const COLUMNS = ['id', 'card', 'secret', 'number', 'open'];
const STYLES: readonly (readonly [string, string, MaskStyle])[] = [
  ['card', 'payment_card', 'partial'],
  ['number', 'payment_card', 'partial'],
  ['secret', 'secret', 'full'],
];
const catalogue: ColumnCatalogue = {
  version: () => '1',
  column: () => undefined,
  named: () => undefined,
  family: () => undefined,
  columns: (_upstream, _database, { table }) => (table === 'people' ? COLUMNS : undefined),
};
const scope = { upstream: 'u', database: 'd' };
const marks = new ColumnMarks(
  STYLES.flatMap(([column, tag, style]) => {
    const pattern = columnPattern(`public.*.${column}`);
    return pattern === undefined ? [] : [{ upstream: undefined, ...pattern, tag, style }];
  }),
  gateDenial('', ''),
  catalogue,
  scope,
);
const ruleOf = (changed: Partial<StatementDescription>): string | undefined =>
  new StatementMasking({
    description: { ...EMPTY_DESCRIPTION, ...changed },
    marks,
    catalogue,
    scope,
    masker: undefined,
  }).denial?.rule;
const flow = (from: string, to: string, table = 'people'): Partial<StatementDescription> => ({
  verb: 'UPDATE',
  verbs: ['UPDATE'],
  writes: true,
  flows: [
    {
      schema: 'public',
      table,
      column: to,
      derivation: 'plain',
      sources: [{ schema: 'public', table: 'people', column: from, derivation: 'plain' }],
    },
  ],
});

describe('a hidden value that is written', () => {
  it('goes where it is hidden in full, or as before', () => {
    expect(ruleOf(flow('card', 'secret'))).toBeUndefined();
    expect(ruleOf(flow('card', 'number'))).toBeUndefined();
    expect(ruleOf(flow('card', 'open'))).toBe('gate.masking.flow');
  });

  it('does not go where another mark shows a part of it', () => {
    expect(ruleOf(flow('secret', 'card'))).toBe('gate.masking.flow');
  });

  it('does not go along with the cascade of a foreign key', () => {
    expect(ruleOf({ ...flow('card', 'secret'), traits: ['has_cascades'] })).toBe('gate.masking.flow');
  });

  it('does not go into a column that the session itself has just given a marked name', () => {
    expect(ruleOf({ ...flow('card', 'secret', 'new_table') })).toBeUndefined();
    const unseen = { ...catalogue, columns: () => ['id'] };
    const masking = new StatementMasking({
      description: { ...EMPTY_DESCRIPTION, ...flow('card', 'secret') },
      marks,
      catalogue: unseen,
      scope,
      masker: undefined,
    });
    expect(masking.denial?.rule).toBe('gate.masking.flow');
  });
});

it.each(['CREATE FOREIGN TABLE', 'IMPORT FOREIGN SCHEMA', 'CREATE SUBSCRIPTION'])(
  '%s is another way to what is hidden',
  (verb) => {
    expect(ruleOf({ verb, defines: true })).toBe('gate.masking.definition');
  },
);

it('what earlier statements have put off is run by a few', () => {
  const runs = (verb: string): boolean =>
    new StatementMasking({
      description: { ...EMPTY_DESCRIPTION, verb },
      marks,
      catalogue,
      scope,
      masker: undefined,
    }).runsDeferred;
  expect(['COMMIT', 'SET CONSTRAINTS', 'PREPARE TRANSACTION'].map(runs)).toEqual([true, true, true]);
  expect(['SELECT', 'ROLLBACK', 'BEGIN'].map(runs)).toEqual([false, false, false]);
});
