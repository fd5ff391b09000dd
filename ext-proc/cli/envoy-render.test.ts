import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { renderEnvoyCommand } from './envoy-render.ts';

const config = fileURLToPath(
  new URL('../../envoy/examples/postgres-single-host.gatehouse.yaml', import.meta.url),
);
const committed = fileURLToPath(new URL('../../envoy/postgres-single-host.yaml', import.meta.url));

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gh-render-'));
});
afterAll(() => rm(directory, { recursive: true }));

it('renders what envoy/ holds from the same gatehouse.yaml', async () => {
  expect(await renderEnvoyCommand({ config })).toBe(await readFile(committed, 'utf8'));
});

it('writes a file and leaves nothing else behind', async () => {
  const output = join(directory, 'envoy.yaml');
  const text = await renderEnvoyCommand({ config, output, nodeId: 'edge-1' });
  expect(text).toContain('id: edge-1');
  expect(await readFile(output, 'utf8')).toBe(text);
  expect(await readdir(directory)).toEqual(['envoy.yaml']);
});

it('leaves nothing behind where the file cannot be written', async () => {
  await expect(
    renderEnvoyCommand({ config, output: join(directory, 'missing', 'envoy.yaml') }),
  ).rejects.toMatchObject({ code: 'ENOENT' });
});

it('says what is wrong with a gatehouse.yaml', async () => {
  await expect(renderEnvoyCommand({ config: committed })).rejects.toMatchObject({
    code: 'GH_CONFIG_INVALID',
  });
});
