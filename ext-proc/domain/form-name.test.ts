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

test('goes down no further than anybody looks, in linear time', () => {
  for (const path of formPaths('a' + '[b]'.repeat(100_000))) expect(path.length).toBeLessThanOrEqual(64);
  expect(formPaths('['.repeat(200_000))).toHaveLength(2);
  expect(formPaths('[]'.repeat(200_000))).toHaveLength(1);
});
