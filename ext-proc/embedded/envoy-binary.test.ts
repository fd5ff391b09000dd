import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENVOY_VERSION } from '../../envoy/render/bootstrap.ts';
import { envoyVersion, findEnvoy, installedEnvoy } from './envoy-binary.ts';

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'gh-envoy-'));
});
afterEach(() => rm(base, { recursive: true }));

/** A program that says it is an Envoy of a version. */
async function envoyThatSays(path: string, version: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "envoy  version: abc/${version}/Clean/RELEASE/BoringSSL"\n`, {
    mode: 0o755,
  });
  return path;
}

describe('findEnvoy', () => {
  it('takes the one that GATEHOUSE_ENVOY names', async () => {
    const named = await envoyThatSays(join(base, 'named'), ENVOY_VERSION);
    expect(await findEnvoy({ env: { GATEHOUSE_ENVOY: named, PATH: '' } })).toBe(named);
  });

  it('refuses the named one where it is another version, and does not look further', async () => {
    const named = await envoyThatSays(join(base, 'named'), '1.38.4');
    await envoyThatSays(join(base, 'bin', 'envoy'), ENVOY_VERSION);
    await expect(
      findEnvoy({ env: { GATEHOUSE_ENVOY: named, PATH: join(base, 'bin') } }),
    ).rejects.toMatchObject({
      code: 'GH_ENVOY_VERSION',
      message: expect.stringContaining('is Envoy 1.38.4') as string,
    });
  });

  it('takes the installed one before the PATH, and passes over other versions', async () => {
    const install = join(base, 'install');
    const installed = await envoyThatSays(installedEnvoy(install), ENVOY_VERSION);
    const onPath = await envoyThatSays(join(base, 'bin', 'envoy'), ENVOY_VERSION);
    const env = { PATH: `${join(base, 'empty')}:${join(base, 'bin')}` };
    expect(await findEnvoy({ installDirectory: install, env })).toBe(installed);
    await envoyThatSays(installed, '1.39.1');
    expect(await findEnvoy({ installDirectory: install, env })).toBe(onPath);
  });

  it('says how to get one where there is none', async () => {
    await expect(findEnvoy({ env: { PATH: base } })).rejects.toMatchObject({
      code: 'GH_ENVOY_MISSING',
      message: expect.stringMatching(/npm start|GATEHOUSE_ENVOY/) as string,
    });
  });
});

describe('envoyVersion', () => {
  it('is undefined for what is no Envoy', async () => {
    const path = join(base, 'other');
    await writeFile(path, '#!/bin/sh\necho hello\n', { mode: 0o755 });
    expect(await envoyVersion(path)).toBeUndefined();
    expect(await envoyVersion(join(base, 'missing'))).toBeUndefined();
  });
});
