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
const RULES = STYLES.flatMap(([column, tag, style]) => {
  const pattern = columnPattern(`public.*.${column}`);
  return pattern === undefined ? [] : [{ upstream: undefined, ...pattern, tag, style }];
});
const marks = new ColumnMarks(RULES, gateDenial('', ''), catalogue, scope);
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

  it.each(['has_cascades', 'has_triggers', 'calls_functions'])(
    'does not go where it goes on: %s',
    (trait) => {
      expect(ruleOf({ ...flow('card', 'secret'), traits: [trait] })).toBe('gate.masking.flow');
    },
  );

  it('is not taken along by the cascade of a deletion', () => {
    expect(
      ruleOf({ ...flow('card', 'secret'), verb: 'INSERT', verbs: ['INSERT'], traits: ['has_cascades'] }),
    ).toBeUndefined();
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

it('a table that holds what is hidden is not defined anew, one that is made has nothing to hide', () => {
  const relation = {
    schema: 'public',
    name: 'people',
    qualified: 'public.people',
    access: 'define',
    resolved: true,
    through: [],
  } as const;
  expect(ruleOf({ relations: [{ ...relation, kind: 'table' }] })).toBe('gate.masking.definition');
  expect(ruleOf({ relations: [{ ...relation, kind: 'unknown', resolved: false }] })).toBe(
    'gate.masking.definition',
  );
  const made = { ...relation, name: 'new_people', qualified: 'public.new_people', kind: 'unknown' } as const;
  expect(ruleOf({ relations: [made] })).toBeUndefined();
});

it('a table whose name a mark fits keeps it: another session may have given it the column just now', () => {
  const orders = {
    schema: 'public',
    name: 'orders',
    qualified: 'public.orders',
    access: 'define',
    kind: 'table',
    resolved: true,
    through: [],
  } as const;
  const moved = { ...orders, name: 'renamed', qualified: 'public.renamed', kind: 'unknown' } as const;
  const known = { ...catalogue, columns: () => ['id'] };
  const rule = (relations: StatementDescription['relations']): string | undefined =>
    new StatementMasking({
      description: { ...EMPTY_DESCRIPTION, verb: 'ALTER TABLE', relations },
      marks: new ColumnMarks(RULES, gateDenial('', ''), known, scope),
      catalogue: known,
      scope,
      masker: undefined,
    }).denial?.rule;
  expect(rule([orders])).toBeUndefined();
  expect(rule([orders, moved])).toBe('gate.masking.definition');
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
