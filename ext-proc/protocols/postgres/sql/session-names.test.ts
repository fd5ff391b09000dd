import { describe, expect, it } from 'vitest';
import type { RelationUse, StatementDescription } from '../../../domain/statement.ts';
import { unknownDescription } from './resolve.ts';
import { SessionNames } from './session-names.ts';

function defining(verb: string, names: readonly string[], temporary = false): StatementDescription {
  const relations = names.map((name): RelationUse => ({
    schema: 'public',
    name,
    qualified: `public.${name}`,
    kind: 'table',
    access: 'define',
    resolved: true,
    through: [],
  }));
  return {
    ...unknownDescription(''),
    complete: true,
    unknown: [],
    verb,
    verbs: [verb],
    relations,
    traits: temporary ? ['temporary'] : [],
  };
}

describe('SessionNames', () => {
  it('holds names of a transaction until it ends, and temporary ones until the session does', () => {
    const names = new SessionNames();
    names.passed(defining('CREATE TABLE', ['a']));
    names.passed(defining('CREATE TABLE AS', ['t'], true));
    expect([...names.temporaryNames].toSorted()).toEqual(['a', 't']);
    names.transactionEnded();
    expect([...names.temporaryNames]).toEqual(['t']);
  });

  it('hands out the same set as long as nothing changes', () => {
    const names = new SessionNames();
    const before = names.temporaryNames;
    names.passed({ ...defining('SELECT', []), defines: false });
    names.transactionEnded();
    expect(names.temporaryNames).toBe(before);
  });

  it('trusts no name while a transaction has defined something else, such as a function or an operator', () => {
    const names = new SessionNames();
    names.passed(defining('CREATE FUNCTION', []));
    expect(names.unsettled).toBe(true);
    names.transactionEnded();
    expect(names.unsettled).toBe(false);
  });

  it('says at the end of a transaction, and not before, that the catalogue has changed', () => {
    const names = new SessionNames();
    expect(names.transactionEnded()).toBe(false);
    names.passed(defining('ALTER TABLE', ['a']));
    expect(names.transactionEnded()).toBe(true);
    expect(names.transactionEnded()).toBe(false);
    names.passed({ ...defining('DO', []), defines: false });
    expect(names.transactionEnded()).toBe(true);
    names.passed({ ...defining('SELECT', []), defines: false, writes: false });
    expect(names.transactionEnded()).toBe(false);
  });

  it('says while it may have defined what only it sees, and of relations that stay its own', () => {
    const names = new SessionNames();
    const plain = { ...defining('EXECUTE', []), defines: false, writes: true };
    names.passed(plain);
    expect([names.uncommitted, names.hasRelations]).toEqual([false, false]);
    names.passed({ ...plain, complete: false });
    expect(names.uncommitted).toBe(true);
    names.transactionEnded();
    expect(names.uncommitted).toBe(false);
    names.passed(defining('CREATE TABLE', ['t'], true));
    names.transactionEnded();
    expect([names.uncommitted, names.hasRelations]).toEqual([false, true]);
  });

  it('trusts no name of a session that makes too many', () => {
    const names = new SessionNames();
    names.passed(
      defining(
        'CREATE TABLE',
        Array.from({ length: 1_001 }, (_, index) => `t${index}`),
        true,
      ),
    );
    names.transactionEnded();
    expect(names.unsettled).toBe(true);
  });
});
