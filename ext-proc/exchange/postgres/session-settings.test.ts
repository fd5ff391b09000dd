import { describe, expect, it } from 'vitest';
import type { StatementDescription } from '../../domain/statement.ts';
import { SessionSettings } from './session-settings.ts';

const statement = (given: Partial<StatementDescription>): StatementDescription =>
  ({ verb: 'SET', verbs: ['SET'], traits: [], setting: undefined, inner: undefined, ...given }) as never;
const set = (name: string, value: string | undefined, local = false): StatementDescription =>
  statement({ setting: { name, value, local } });
const reset = (name: string): StatementDescription =>
  statement({ verb: 'RESET', verbs: ['RESET'], setting: { name, value: undefined, local: false } });

describe('what a session has set', () => {
  it('is known where constants are set by themselves', () => {
    const settings = new SessionSettings();
    expect(settings.forwarded(set('app.tenant', '5'), true)).toBe(true);
    expect(settings.forwarded(set('a.b', 'x'), true)).toBe(true);
    settings.forwarded(set('app.tenant', '7'), true);
    expect(settings.made).toEqual([
      ['a.b', 'x'],
      ['app.tenant', '7'],
    ]);
    settings.forwarded(reset('a.b'), true);
    expect(settings.made).toEqual([['app.tenant', '7']]);
    expect(settings.certain).toBe(true);
    settings.forwarded(reset('all'), true);
    expect(settings.made).toEqual([]);
  });

  it('leaves out what is bound otherwise and what changes no meaning', () => {
    const settings = new SessionSettings();
    for (const name of ['search_path', 'role', 'timezone', 'statement_timeout', 'enable_seqscan'])
      expect(settings.forwarded(set(name, 'x'), false)).toBe(false);
    expect(settings.forwarded(statement({ verb: 'SELECT', verbs: ['SELECT'] }), false)).toBe(false);
    expect(settings.certain).toBe(true);
  });

  it.each<[string, StatementDescription, boolean]>([
    ['among others, of which an error undoes all', set('app.tenant', '5'), false],
    ['for a transaction', set('app.tenant', '5', true), true],
    ['to what is no constant', set('app.tenant', undefined), true],
    ['to something that is too long to be kept', set('app.tenant', 'x'.repeat(501)), true],
    ['by set_config amid a query', statement({ verb: 'SELECT', traits: ['set_config'] }), true],
    [
      'by what is explained',
      statement({ verb: 'EXPLAIN', inner: statement({ traits: ['set_config'] }) }),
      true,
    ],
  ])('cannot be told once it is set %s', (_how, description, alone) => {
    const settings = new SessionSettings();
    expect(settings.forwarded(description, alone)).toBe(true);
    expect(settings.certain).toBe(false);
    settings.forwarded(set('app.tenant', '5'), true);
    expect(settings.certain).toBe(false);
  });

  it('keeps only so many names', () => {
    const settings = new SessionSettings();
    for (let n = 0; n < 60; n++) settings.forwarded(set(`app.n${n}`, 'x'), true);
    expect(settings.made).toHaveLength(50);
    expect(settings.certain).toBe(false);
  });
});
