import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { md5Answer } from './md5.ts';

it('answers as a server that stores md5(password user) expects', () => {
  // What pg_authid holds for user md5_user and password md5_pass, and the server's own check.
  const stored = createHash('md5').update('md5_passmd5_user').digest('hex');
  const salt = Buffer.from([1, 2, 0, 255]);
  const expected =
    'md5' +
    createHash('md5')
      .update(Buffer.concat([Buffer.from(stored), salt]))
      .digest('hex');
  expect(md5Answer('md5_user', 'md5_pass', salt)).toBe(expected);
});
