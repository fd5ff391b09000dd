import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { renderEnvoyCommand, whatIsLeft } from './envoy-render.ts';

const config = fileURLToPath(
  new URL('../../envoy/examples/postgres-single-host.gatehouse.yaml', import.meta.url),
);
const committed = fileURLToPath(new URL('../../envoy/postgres-single-host.yaml', import.meta.url));
const remote = fileURLToPath(
  new URL('../../envoy/examples/postgres-remote-service-mtls.gatehouse.yaml', import.meta.url),
);
const committedSecrets = fileURLToPath(new URL('../../envoy/postgres-remote-service-mtls/', import.meta.url));

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gh-render-'));
});
afterAll(() => rm(directory, { recursive: true }));

it('renders what envoy/ holds from the same gatehouse.yaml', async () => {
  const rendered = await renderEnvoyCommand({ config });
  expect(rendered).toEqual({
    text: await readFile(committed, 'utf8'),
    written: [],
    beside: [],
  });
  expect(whatIsLeft(rendered)).toBeUndefined();
});

it('writes a file and leaves nothing else behind', async () => {
  const output = join(directory, 'envoy.yaml');
  const { text, written } = await renderEnvoyCommand({ config, output, nodeId: 'edge-1' });
  expect(written).toEqual([output]);
  expect(text).toContain('id: edge-1');
  expect(await readFile(output, 'utf8')).toBe(text);
  expect(await readdir(directory)).toEqual(['envoy.yaml']);
});

it('writes what Envoy watches beside it, where the service is on another host, and says where that belongs', async () => {
  const folder = join(directory, 'remote');
  await mkdir(folder);
  const rendered = await renderEnvoyCommand({ config: remote, output: join(folder, 'envoy.yaml') });
  const names = ['gatehouse_service_ca.yaml', 'gatehouse_service_certificate.yaml'];
  expect((await readdir(folder)).toSorted()).toEqual(['envoy.yaml', ...names]);
  for (const name of names) {
    expect(await readFile(join(folder, name), 'utf8')).toBe(
      await readFile(join(committedSecrets, name), 'utf8'),
    );
  }
  expect(whatIsLeft(rendered)).toBe(
    'Envoy reads gatehouse_service_certificate.yaml and gatehouse_service_ca.yaml in /etc/envoy/tls of its host: put them there.',
  );
  expect(whatIsLeft(await renderEnvoyCommand({ config: remote }))).toMatch(/--output FILE writes them/);
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
