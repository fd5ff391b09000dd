/** The gate's own side of a session: how it verifies and logs in to a server, and what a client hears when it cannot. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ensureDevCertificates,
  type CertificateFiles,
  type DevCertificates,
} from '../../ext-proc/embedded/dev-ca.ts';
import type { Postgres } from '../../ext-proc/embedded/postgres.ts';
import { freePort } from '../../ext-proc/embedded/ready.ts';
import { BUNDLES, startTestGate, type TestGate } from '../support/gate.ts';
import { postgresVersions, startTestPostgres } from '../support/postgres.ts';
import { selfSigned } from '../support/self-signed.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';
import { WirePeer } from '../support/wire-peer.ts';
import { readFileSync } from 'node:fs';

const SECRETS = {
  scram_user: 'scram secret',
  md5_user: 'md5 secret',
  clear_user: 'clear secret',
  trust_user: undefined,
};
const ROLES = `
  SET password_encryption = 'scram-sha-256';
  CREATE ROLE scram_user LOGIN PASSWORD 'scram secret';
  CREATE ROLE clear_user LOGIN PASSWORD 'clear secret';
  CREATE ROLE trust_user LOGIN;
  SET password_encryption = 'md5';
  CREATE ROLE md5_user LOGIN PASSWORD 'md5 secret';
`;
const HBA = ['trust_user trust', 'md5_user md5', 'clear_user password', 'all scram-sha-256'].map((line) => {
  const [user, method] = line.split(' ');
  return `host all ${user} 127.0.0.1/32 ${method}`;
});

let directory: TemporaryDirectory;
let certificates: DevCertificates;
beforeAll(async () => {
  directory = await temporaryDirectory();
  certificates = await ensureDevCertificates({
    directory: join(directory.path, 'tls'),
    names: ['db'],
    nowMs: Date.now(),
  });
});
afterAll(() => directory?.remove());

async function login(gate: TestGate, tls = false): Promise<WirePeer> {
  return WirePeer.login({
    port: gate.port,
    user: 'anyone',
    database: 'postgres',
    password: await gate.token(),
    ...(tls ? { ca: readFileSync(gate.caFile, 'utf8') } : { login: { cleartextWithoutTls: true } }),
  });
}

/** A gate in front of the server for as long as `work` takes. */
async function withGate<T>(
  upstream: string,
  upstreamYaml: string,
  work: (gate: TestGate) => Promise<T>,
  tls = false,
): Promise<T> {
  const gate = await startTestGate({ upstream, upstreamYaml, bundle: BUNDLES.allowAll, tls });
  try {
    return await work(gate);
  } finally {
    await gate.stop();
  }
}

const refused = (login: Promise<WirePeer>): Promise<string> => login.then(() => 'let in', String);

describe.each(postgresVersions)('PostgreSQL $version', ({ binaries }) => {
  let server: Postgres;
  beforeAll(async () => {
    const { certificate, key } = certificates.servers.get('db') as CertificateFiles;
    server = await startTestPostgres({ binaries, hba: HBA, tls: { certificate, key } });
    const admin = await WirePeer.login({
      port: server.port,
      user: 'postgres',
      password: server.password,
      ca: certificates.ca,
    });
    await admin.query(ROLES);
    await admin.close();
  });
  afterAll(() => server?.stop());

  async function credential(user: keyof typeof SECRETS): Promise<string> {
    const secret = SECRETS[user];
    if (secret === undefined) return `    credentials: [{ groups: ['*'], user: ${user} }]`;
    const file = join(directory.path, `${user}.password`);
    await writeFile(file, secret, { mode: 0o600 });
    return `    credentials: [{ groups: ['*'], user: ${user}, password: { file: ${file} } }]`;
  }

  it.each(['scram_user', 'md5_user', 'clear_user', 'trust_user'] as const)(
    'takes the gate in as %s over verified TLS',
    async (user) => {
      const yaml = `    tls: { mode: verify-full, ca: { file: ${certificates.caFile} }, serverName: localhost }\n${await credential(user)}`;
      await withGate(`127.0.0.1:${server.port}`, yaml, async (gate) => {
        const peer = await login(gate);
        const [, row] = await peer.query(
          'select current_user, (select ssl from pg_stat_ssl where pid = pg_backend_pid())',
        );
        expect(row?.wire.toString('latin1')).toContain(user);
        expect(row?.wire.subarray(-1).toString()).toBe('t');
        await peer.close();
      });
    },
  );

  it('is refused with a wrong password, and the client hears neither role nor reason', async () => {
    const file = join(directory.path, 'wrong.password');
    await writeFile(file, 'not the secret', { mode: 0o600 });
    const yaml = `    tls: { mode: prefer }\n    credentials: [{ groups: ['*'], user: scram_user, password: { file: ${file} } }]`;
    await withGate(`127.0.0.1:${server.port}`, yaml, async (gate) => {
      const told = await refused(login(gate));
      expect(told).toMatch(/"08006"/);
      expect(told).not.toContain('scram_user');
      expect(told).not.toContain('28P01');
    });
  });

  it('is not talked to under a certificate of another authority, or of another name', async () => {
    const other = await selfSigned({ name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' });
    const otherCa = join(directory.path, 'other.crt');
    await writeFile(otherCa, other.certificate);
    for (const tls of [
      `{ mode: verify-full, ca: { file: ${otherCa} }, serverName: localhost }`,
      `{ mode: verify-full, ca: { file: ${certificates.caFile} }, serverName: db.example.com }`,
    ]) {
      await withGate(
        `127.0.0.1:${server.port}`,
        `    tls: ${tls}\n${await credential('trust_user')}`,
        async (gate) => {
          expect(await refused(login(gate))).toMatch(/"08006".*GH_UPSTREAM_TLS/);
        },
      );
    }
  });
});

describe('a server without TLS', () => {
  it('is refused where TLS is required', async () => {
    const server = await startTestPostgres();
    try {
      const yaml = "    tls: { mode: require }\n    credentials: [{ groups: ['*'], user: postgres }]";
      await withGate(`127.0.0.1:${server.port}`, yaml, async (gate) => {
        expect(await refused(login(gate))).toMatch(/"08006".*GH_UPSTREAM_TLS/);
      });
    } finally {
      await server.stop();
    }
  });
});

describe.each([false, true])('a server that is down, with TLS toward the client: %s', (tls) => {
  it('is told as FATAL 08006, once the client has shown its token', async () => {
    const yaml = "    tls: { mode: prefer }\n    credentials: [{ groups: ['*'], user: postgres }]";
    await withGate(
      `127.0.0.1:${await freePort()}`,
      yaml,
      async (gate) => {
        const told = await refused(login(gate, tls));
        expect(told).toMatch(/"FATAL".*"08006".*GH_UPSTREAM_DOWN/);
        expect((await gate.records()).at(-1)).toMatchObject({
          action_kind: 'postgres.connect',
          error_code: 'GH_UPSTREAM_DOWN',
        });
      },
      tls,
    );
  });
});
