/** The configurations that a network team deploys: up to date, accepted by Envoy, and hardened. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderExamples } from '../../envoy/examples.ts';
import { loadConfig } from '../../ext-proc/config/load.ts';
import { renderEnvoy, formatEnvoy } from '../../envoy/render/bootstrap.ts';
import { secretFiles, type EnvoyFile } from '../../envoy/render/watched-secrets.ts';
import { ensureDevCertificates, type CertificateFiles } from '../../ext-proc/embedded/dev-ca.ts';
import { findEnvoy } from '../../ext-proc/embedded/envoy-binary.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);
const examples = await renderExamples();

let directory: TemporaryDirectory;
let envoy: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  envoy = await findEnvoy({ env: process.env });
  // The certificate files that a configuration names: Envoy opens them when it validates.
  const tls = join(directory.path, 'tls');
  await mkdir(tls);
  const made = await ensureDevCertificates({ directory: tls, names: ['envoy'], nowMs: Date.now() });
  for (const name of ['service-ca.crt', 'internal-ca.crt']) await writeFile(join(tls, name), made.ca);
  const { certificate, key } = made.servers.get('envoy') as CertificateFiles;
  await writeFile(join(tls, 'apis.crt'), certificate);
  await writeFile(join(tls, 'apis.key'), key);
});
afterAll(() => directory.remove());

/** The same with the files that were made: one pair for all, and one CA. */
const inDirectory = (tls: string, text: string): string =>
  text
    .replaceAll(/\/etc\/(?:envoy|gatehouse)\/tls/g, tls)
    .replaceAll(/[\w-]+\.(crt|key)$/gm, (file, kind: string) =>
      file.endsWith('-ca.crt') ? 'service-ca.crt' : `envoy.${kind}`,
    );

/** What `envoy --mode validate` says, warnings included. */
async function validate(name: string, text: string, secrets: readonly EnvoyFile[] = []): Promise<string> {
  const file = join(directory.path, `${name}.yaml`);
  const tls = join(directory.path, 'tls');
  for (const each of [{ name: file, text }, ...secrets]) {
    await writeFile(resolve(tls, each.name), inDirectory(tls, each.text));
  }
  const { stdout, stderr } = await run(envoy, ['--mode', 'validate', '-c', file, '--log-level', 'warning']);
  return stdout + stderr;
}

describe.each(examples)('envoy/$name.yaml', ({ name, file, text, secrets }) => {
  it('is what the code renders today; write it anew with: node envoy/write-examples.ts', async () => {
    expect(await readFile(file, 'utf8')).toBe(text);
    for (const secret of secrets) {
      expect(await readFile(join(file, '..', name, secret.name), 'utf8')).toBe(secret.text);
    }
  });

  it('passes envoy --mode validate without a warning', async () => {
    expect(await validate(name, text, secrets)).toBe(
      `configuration '${join(directory.path, name)}.yaml' OK\n`,
    );
  });

  it("fails closed everywhere, keeps the processor's connections alive and closes them gracefully", () => {
    const found = [...text.matchAll(/failure_mode_allow: (\w+)/g)].map((match) => match[1]);
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found)).toEqual(new Set(['false']));
    expect(text).toContain('connection_keepalive');
    expect(text).toContain('envoy.reloadable_features.ext_proc_graceful_grpc_close: true');
  });

  it('retries nothing but a connection that was never made, and mirrors nothing', () => {
    // Of PostgreSQL's tunnels alone: what HTTP sends is sent once.
    expect(new Set([...text.matchAll(/retry_on: (.*)/g)].map((match) => match[1]))).toEqual(
      new Set(name.startsWith('postgres') ? ['connect-failure'] : []),
    );
    expect(text).not.toMatch(/request_mirror_policies|hedge_policy|internal_redirect_policy/);
  });

  it("has no secret and no path to one of the service's", () => {
    expect(text).not.toMatch(/secrets|password/);
  });

  it('bounds what a client can make Envoy hold', () => {
    const bootstrap = parse(text) as {
      static_resources: { listeners: { name: string; per_connection_buffer_limit_bytes?: number }[] };
    };
    for (const listener of bootstrap.static_resources.listeners) {
      expect(listener.per_connection_buffer_limit_bytes, listener.name).toBe(65_536);
    }
    expect(text).toContain('max_active_downstream_connections');
    expect(text).toContain('max_heap_size_bytes');
  });
});

describe('the example of every key', () => {
  it('renders to a configuration that Envoy takes', async () => {
    const config = await loadConfig(new URL('../../docs/gatehouse.example.yaml', import.meta.url).pathname);
    expect(await validate('every-key', formatEnvoy(renderEnvoy(config)), secretFiles(config))).toMatch(
      / OK\n$/,
    );
  });
});

/** Every setting that may end what is silent, wherever it is, with its path. */
function* timeouts(value: unknown, path: string): Iterable<[path: string, value: unknown]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    const at = `${path}.${key}`;
    if (
      /^(idle_timeout|stream_idle_timeout|max_(stream|connection|downstream_connection)_duration)$/.test(key)
    )
      yield [at, member];
    // Of a route: everything from the request's end to the answer's.
    else if (key === 'timeout' && path.endsWith('.route')) yield [at, member];
    else yield* timeouts(member, at);
  }
}

it.each(examples.filter(({ name }) => name.startsWith('postgres')))(
  'nothing in envoy/$name.yaml ends a PostgreSQL session that waits in silence for an hour',
  ({ text }) => {
    const found = [...timeouts(parse(text), '')];
    expect(found.length).toBeGreaterThan(4);
    expect(found.filter(([, value]) => value !== '0s')).toEqual([]);
  },
);
