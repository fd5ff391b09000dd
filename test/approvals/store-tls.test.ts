/** The way to an approvals store in PostgreSQL under TLS: verified by name and CA where the configuration says so. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { UpstreamTlsConfig } from '../../ext-proc/config/config.ts';
import type { Postgres } from '../../ext-proc/embedded/postgres.ts';
import { startTestPostgres } from '../support/postgres.ts';
import { selfSigned } from '../support/self-signed.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';
import { newApproval, NO_LIMITS, openStore } from './stores.ts';

let directory: TemporaryDirectory;
let server: Postgres;
let ca: string;
let otherCa: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const kind = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
  const [own, other] = await Promise.all([selfSigned(kind), selfSigned(kind)]);
  server = await startTestPostgres({ tls: { certificate: own.certificate, key: own.key } });
  [ca, otherCa] = [join(directory.path, 'ca.pem'), join(directory.path, 'other.pem')];
  await writeFile(ca, own.certificate);
  await writeFile(otherCa, other.certificate);
  await writeFile(join(directory.path, 'password'), server.password, { mode: 0o600 });
});
afterAll(async () => {
  await server.stop();
  await directory.remove();
});

/** What a first request comes to: that it was opened, or why the store cannot be used. */
async function firstRequest(tls: UpstreamTlsConfig | undefined): Promise<string> {
  const store = await openStore({
    config: {
      kind: 'postgres',
      address: { host: server.host, port: server.port },
      database: 'postgres',
      user: server.user,
      password: { file: join(directory.path, 'password') },
      tls,
    },
    stop: () => Promise.resolve(),
  });
  try {
    return (await store.open(newApproval(store), NO_LIMITS)).kind;
  } catch (error) {
    return `${(error as { code: string }).code} ${(error as Error).message}`;
  } finally {
    await store.close();
  }
}

const verified = (file: string, serverName = 'localhost'): UpstreamTlsConfig => ({
  mode: 'verify-full',
  ca: { file },
  serverName,
});

test('a server of the right name and CA is used', async () => {
  expect(await readFile(ca, 'utf8')).toContain('CERTIFICATE');
  expect(await firstRequest(verified(ca))).toBe('opened');
});

test('one of another CA, or of another name, is not', async () => {
  expect(await firstRequest(verified(otherCa))).toMatch(/^GH_APPROVALS_UNAVAILABLE .*certificate/);
  expect(await firstRequest(verified(ca, 'elsewhere.example'))).toMatch(
    /^GH_APPROVALS_UNAVAILABLE .*altnames/,
  );
  expect(await firstRequest({ mode: 'verify-full', ca: undefined, serverName: 'localhost' })).toMatch(
    /^GH_APPROVALS_UNAVAILABLE .*certificate/,
  );
});

test('require and prefer use TLS and verify nothing, and plaintext is refused by the server', async () => {
  expect(await firstRequest({ mode: 'require', ca: undefined, serverName: 'localhost' })).toBe('opened');
  expect(await firstRequest({ mode: 'prefer', ca: undefined, serverName: 'localhost' })).toBe('opened');
  expect(await firstRequest(undefined)).toMatch(/^GH_APPROVALS_UNAVAILABLE .*no encryption/);
});
