import { expect, test } from 'vitest';
import { formPaths } from './form-name.ts';

test.each([
  ['role', ['role']],
  ['user[role]', ['user[role]', 'user/role']],
  ['user.role', ['user.role', 'user/role', 'user_role']],
  ['is_admin[]', ['is_admin[]', 'is_admin']],
  ['users[0].role', ['users[0].role', 'users/0/role', 'users/role', 'users/.role']],
  ['users[0][role][]', ['users[0][role][]', 'users/0/role', 'users/role']],
  ['is.admin', ['is.admin', 'is/admin', 'is_admin']],
  [' is admin', [' is admin', 'is_admin']],
  ['is[admin', ['is[admin', 'is_admin']],
  ['[role]', ['[role]', 'role']],
  ['role]', ['role]']],
  ['0[role]', ['0[role]', '0/role']],
  ['[]', ['[]']],
])('%s', (name, expected) => {
  expect(formPaths(name).map((path) => path.join('/'))).toEqual(expected);
});

test('takes linear time', () => {
  expect(formPaths('a' + '[b]'.repeat(100_000)).map(({ length }) => length)).toEqual([1, 100_001]);
  expect(formPaths('['.repeat(200_000))).toHaveLength(2);
  expect(formPaths('[]'.repeat(200_000))).toHaveLength(1);
});
