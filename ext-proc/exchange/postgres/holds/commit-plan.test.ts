import { expect, test } from 'vitest';
import type { StatementDescription } from '../../../domain/statement.ts';
import { EMPTY_DESCRIPTION } from '../../../protocols/postgres/sql/resolve.ts';
import { guarded, runnable, type CommitSituation } from './commit-plan.ts';
import { COMMIT_NOT_HELD, UNCERTAIN_COMMIT } from './refused-outright.ts';

const statement = (verb: string, more: Partial<StatementDescription> = {}): StatementDescription => ({
  ...EMPTY_DESCRIPTION,
  verb,
  verbs: [verb],
  ...more,
});
const BLOCK: CommitSituation = {
  protocol: 'simple',
  transaction: 'in_transaction',
  unsynced: false,
  implicitOpen: false,
  active: true,
};
const PIPELINE: CommitSituation = { ...BLOCK, protocol: 'extended', transaction: 'idle', unsynced: true };

test('a COMMIT by itself is the commit, in a block and amid a pipeline', () => {
  expect(guarded([statement('COMMIT')], BLOCK)).toBe('commit');
  expect(guarded([statement('COMMIT')], PIPELINE)).toBe('commit');
  expect(guarded([statement('COMMIT')], { ...BLOCK, active: false })).toBeUndefined();
});

test.each([
  ['a COMMIT among others', [statement('COMMIT'), statement('SELECT')]],
  ['PREPARE TRANSACTION', [statement('PREPARE TRANSACTION')]],
  ['what cannot be read', [statement('UNKNOWN')]],
])('%s is refused in a block', (_, statements) => {
  expect(guarded(statements, BLOCK)).toBe(UNCERTAIN_COMMIT);
});

test.each([
  'CALL',
  'DO',
  'VACUUM',
  'CREATE INDEX',
  'CREATE DATABASE',
  'DISCARD',
  'COPY',
  'REINDEX',
  'ALTER SYSTEM',
])('%s is refused amid a pipeline whose Sync is held', (verb) => {
  expect(guarded([statement(verb)], PIPELINE)).toBe(UNCERTAIN_COMMIT);
});

test('a Query amid such a pipeline is refused, whatever it is', () => {
  expect(guarded([statement('SELECT')], { ...PIPELINE, protocol: 'simple' })).toBe(UNCERTAIN_COMMIT);
});

test('what leaves the transaction open goes on', () => {
  for (const verb of ['SELECT', 'UPDATE', 'SAVEPOINT', 'ROLLBACK TO', 'ROLLBACK', 'SET', 'BEGIN']) {
    expect(guarded([statement(verb)], BLOCK), verb).toBeUndefined();
    expect(guarded([statement(verb)], PIPELINE), verb).toBeUndefined();
  }
  expect(guarded([statement('CREATE TABLE')], BLOCK)).toBeUndefined();
});

test('what is understood and stays within its transaction runs', () => {
  const idle: CommitSituation = { ...BLOCK, transaction: 'idle', active: false };
  expect(runnable([statement('UPDATE')], idle)).toBe('try');
  expect(runnable([statement('UPDATE'), statement('DELETE')], BLOCK)).toBe('run');
  expect(runnable([statement('UPDATE')], PIPELINE)).toBe('run');
  expect(runnable([statement('COPY')], BLOCK)).toBe('run');
  for (const [statements, situation] of [
    [[statement('UPDATE'), statement('UPDATE')], idle],
    [[statement('COPY')], idle],
    [[statement('COPY')], PIPELINE],
    [[statement('UPDATE')], { ...idle, unsynced: true }],
    [[statement('UPDATE')], { ...BLOCK, implicitOpen: true }],
    [[statement('UPDATE', { complete: false })], BLOCK],
    [[statement('EXPLAIN', { verbs: ['EXPLAIN', 'UPDATE'] })], BLOCK],
    [[statement('UPDATE'), statement('COMMIT')], BLOCK],
    [[statement('COPY', { traits: ['copy_program'] })], BLOCK],
  ] as const)
    expect(runnable(statements, situation)).toBe(COMMIT_NOT_HELD);
});
