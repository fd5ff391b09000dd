import { describe, expect, it } from 'vitest';
import { NameTable } from './name-table.ts';

describe('NameTable', () => {
  it('shows a change before it is answered, and what was there before when it fails', () => {
    const table = new NameTable<string>();
    table.change('s', 'first', 1).took();
    const second = table.change('s', 'second', 2);
    expect(table.get('s')).toBe('second');
    second.undone();
    expect(table.get('s')).toBe('first');
  });

  it('is as it was when several changes of one name are skipped', () => {
    const table = new NameTable<string>();
    table.change('s', 'kept', 1).took();
    const changes = [table.change('s', 'a', 2), table.change('s', undefined, 2), table.change('s', 'b', 2)];
    for (const change of changes) change.undone();
    expect(table.get('s')).toBe('kept');
  });

  it('keeps a later change that is still on its way when an earlier one fails', () => {
    const table = new NameTable<string>();
    const first = table.change('s', 'a', 1);
    const second = table.change('s', 'b', 2);
    first.undone();
    expect(table.get('s')).toBe('b');
    second.took();
    expect(table.get('s')).toBe('b');
    expect(table.names()).toEqual(['s']);
  });

  it('calls a name uncertain in a later batch while its replacement may still fail', () => {
    const table = new NameTable<string>();
    table.change('s', 'old', 1).took();
    const change = table.change('s', 'new', 2);
    expect(table.uncertain('s', 2)).toBe(false);
    expect(table.uncertain('s', 3)).toBe(true);
    change.took();
    expect(table.uncertain('s', 3)).toBe(false);
  });

  it('calls a new name certain: it is the new thing or nothing', () => {
    const table = new NameTable<string>();
    table.change('s', 'new', 1);
    expect(table.uncertain('s', 2)).toBe(false);
  });

  it('forgets a closed name only when the close was taken', () => {
    const table = new NameTable<string>();
    table.change('s', 'kept', 1).took();
    const close = table.change('s', undefined, 2);
    expect(table.get('s')).toBeUndefined();
    expect(table.uncertain('s', 3)).toBe(true);
    close.undone();
    expect(table.get('s')).toBe('kept');
  });

  it('takes tens of thousands of changes of one name on their way, in any order of answers', () => {
    const table = new NameTable<number>();
    const changes = Array.from({ length: 50_000 }, (_, index) => table.change('', index, index));
    const began = performance.now();
    for (const [index, change] of changes.entries()) {
      if (index % 5 === 0) change.undone();
      else change.took();
    }
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(table.get('')).toBe(49_999);
    expect(table.size).toBe(1);
  });

  it('weighs what names stand for and may come to, and nothing that is gone', () => {
    const table = new NameTable<string>((value) => value.length);
    const first = table.change('a', 'four', 1);
    const second = table.change('a', 'sixsix', 2);
    expect(table.weight).toBe(10);
    first.took();
    second.undone();
    expect(table.weight).toBe(4);
    table.change('a', 'x', 3).took();
    expect(table.weight).toBe(1);
    table.change('a', undefined, 4).took();
    table.change('b', 'lost', 5).took();
    table.drop('b');
    expect(table.weight).toBe(0);
  });
});
