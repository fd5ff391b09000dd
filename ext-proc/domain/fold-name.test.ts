import { expect, test } from 'vitest';
import { foldName } from './fold-name.ts';

test('makes one of the names that some reader takes for one', () => {
  for (const name of ['is_admin', 'IS_ADMIN', 'Is_Admin', 'i\u017f_admin', '\u0131s_adm\u0130n'])
    expect(foldName(name)).toBe('is_admin');
  expect(foldName('\u212aey')).toBe('key');
  expect(foldName('\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2')).toBe(
    foldName('\u03c3\u03af\u03c2\u03c5\u03c6\u03bf\u03c3'),
  );
  expect(foldName('STRA\u1e9eE')).toBe(foldName('stra\u00dfe'));
});

test('keeps apart what is another name', () => {
  for (const [one, other] of [
    ['stra\u00dfe', 'strasse'],
    ['is_admin', 'isadmin'],
    ['n\u00e4me', 'name'],
    ['', ' '],
  ] as const)
    expect(foldName(one)).not.toBe(foldName(other));
  expect(foldName('__proto__ \u{1f600}')).toBe('__proto__ \u{1f600}');
});
