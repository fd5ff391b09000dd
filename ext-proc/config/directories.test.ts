import { chmod, lstat, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { preparePrivateDirectory } from './directories.ts';

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'gh-directories-'));
});
afterEach(() => rm(base, { recursive: true }));

describe('preparePrivateDirectory', () => {
  it('makes a directory, and those above it, for this account alone', async () => {
    const path = join(base, 'a', 'b');
    await preparePrivateDirectory(path);
    expect((await lstat(path)).mode & 0o777).toBe(0o700);
    expect((await lstat(join(base, 'a'))).mode & 0o077).toBe(0);
  });

  it('takes the one that it made before', async () => {
    const path = join(base, 'state');
    await preparePrivateDirectory(path);
    await expect(preparePrivateDirectory(path)).resolves.toBeUndefined();
  });

  it('refuses one that others can enter, and says what to do', async () => {
    const path = join(base, 'open');
    await mkdir(path);
    await chmod(path, 0o755);
    await expect(preparePrivateDirectory(path)).rejects.toMatchObject({
      code: 'GH_DIRECTORY_UNSAFE',
      message: `${path} is open to other users; run: chmod 700 ${path}`,
    });
  });

  it('refuses a link, which may lead to where others write', async () => {
    await mkdir(join(base, 'real'), { mode: 0o700 });
    await symlink(join(base, 'real'), join(base, 'link'));
    await expect(preparePrivateDirectory(join(base, 'link'))).rejects.toMatchObject({
      code: 'GH_DIRECTORY_UNSAFE',
    });
  });

  it('refuses a file', async () => {
    await writeFile(join(base, 'file'), '');
    await expect(preparePrivateDirectory(join(base, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  });

  it.runIf(process.getuid?.() === 0)('refuses the directory of another account', async () => {
    const { chown } = await import('node:fs/promises');
    const path = join(base, 'theirs');
    await mkdir(path, { mode: 0o700 });
    await chown(path, 65_534, 65_534);
    await expect(preparePrivateDirectory(path)).rejects.toMatchObject({
      code: 'GH_DIRECTORY_UNSAFE',
      message: expect.stringContaining('belongs to another user') as string,
    });
  });
});
