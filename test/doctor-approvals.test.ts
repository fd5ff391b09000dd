/** What the doctor says of approvals: with both stores, real, and with what goes wrong with them. */
import { chmod, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvals } from '../ext-proc/cli/doctor/approvals.ts';
import { issuerSubjects } from '../ext-proc/cli/doctor/issuer-subjects.ts';
import { doctorPorts } from '../ext-proc/compose-doctor.ts';
import type { ApprovalsConfig, ApprovalsStoreConfig } from '../ext-proc/config/approvals-config.ts';
import type { IssuerConfig } from '../ext-proc/config/config.ts';
import { asOwner, openStore, startPostgresStore, type TestServer } from './approvals/stores.ts';
import { temporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.ts';

const ISSUER = 'https://issuer.example';
let directory: TemporaryDirectory;
let keyFile: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  keyFile = join(directory.path, 'approvals.key');
  await writeFile(keyFile, 'k'.repeat(48), { mode: 0o600 });
});
afterAll(() => directory.remove());

const configured = (store: ApprovalsStoreConfig, given: Partial<ApprovalsConfig> = {}): ApprovalsConfig => ({
  store,
  key: { file: keyFile },
  console: {
    address: { host: '127.0.0.1', port: 1 },
    publicUrl: 'https://gate.example',
    tls: undefined,
    login: { issuer: ISSUER, clientId: 'console', clientSecret: undefined, scopes: [] },
    roles: { reviewer: [], auditor: [], admin: [] },
    sessionMs: 1,
    evidence: undefined,
  },
  notifications: [],
  pendingPerPrincipal: 1,
  pendingMax: 1,
  noticeIntervalMs: 1,
  ...given,
});

async function said(config: ApprovalsConfig | undefined): Promise<Readonly<Record<string, string>>> {
  const issuers = [{ issuer: ISSUER } as IssuerConfig];
  const checks = await approvals({ approvals: config, issuers }, doctorPorts('/nowhere'));
  return Object.fromEntries(checks.map(({ id, status, detail }) => [id, `${status}: ${detail}`]));
}

const sqlite = (name: string): ApprovalsStoreConfig => ({ kind: 'sqlite', file: join(directory.path, name) });

describe('the doctor of approvals', () => {
  it('has nothing to look at where none are configured', async () => {
    expect(await said(undefined)).toEqual({
      approvals: 'skipped: none are configured: what policy holds is denied',
    });
  });

  it('finds a file good that is, or that can be made, and makes none', async () => {
    const store = sqlite('approvals.db');
    expect(await said(configured(store))).toEqual({
      'approvals.store': 'ok: can be used; the gate makes it when it starts',
      'approvals.key': 'ok: long enough',
      'approvals.console': `ok: people log in at ${ISSUER}`,
    });
    expect(store.kind === 'sqlite' && existsSync(store.file)).toBe(false);
    const opened = await openStore({ config: store, stop: () => Promise.resolve() });
    expect((await said(configured(store)))['approvals.store']).toBe('ok: can be used');
    await opened.close();
  });

  it('names a file that is no store', async () => {
    const store = sqlite('broken.db');
    if (store.kind === 'sqlite') await writeFile(store.file, 'x'.repeat(8_192), { mode: 0o600 });
    expect((await said(configured(store)))['approvals.store']).toMatch(
      /^failure: cannot be used: .*not a database/,
    );
  });

  it('names a key that is short, missing, or open to others, and says nothing of what it is', async () => {
    const keyed = async (key: ApprovalsConfig['key']) =>
      (await said(configured(sqlite('approvals.db'), { key })))['approvals.key'];
    const short = join(directory.path, 'short.key');
    await writeFile(short, 'hunter2', { mode: 0o600 });
    expect(await keyed({ file: short })).toMatch(/^failure: .*has 7 bytes, and must have 32 at least/);
    expect(await keyed({ file: short })).not.toContain('hunter2');
    expect(await keyed({ file: join(directory.path, 'nowhere.key') })).toMatch(
      /^failure: cannot be used: .*ENOENT/,
    );
    const open = join(directory.path, 'open.key');
    await writeFile(open, 'k'.repeat(48));
    await chmod(open, 0o640);
    expect(await keyed({ file: open })).toMatch(/^failure: others can read it/);
  });

  it('says that nobody can decide where there is no console, and names an issuer that nobody knows', async () => {
    const store = sqlite('approvals.db');
    expect((await said(configured(store, { console: undefined })))['approvals.console']).toMatch(
      /^warning: there is none, so nobody can decide/,
    );
    const { console: page } = configured(store);
    const elsewhere = page && { ...page, login: { ...page.login, issuer: 'https://other.example' } };
    expect((await said(configured(store, { console: elsewhere })))['approvals.console']).toMatch(
      /^failure: /,
    );
  });
});

describe('the doctor of approvals in PostgreSQL', () => {
  let place: TestServer;
  let store: ApprovalsStoreConfig & { kind: 'postgres' };
  beforeAll(async () => {
    place = await startPostgresStore();
    if (place.config.kind === 'postgres') store = place.config;
  });
  afterAll(() => place.stop());

  const storeCheck = async (given: Partial<typeof store>): Promise<string | undefined> =>
    (await said(configured({ ...store, ...given })))['approvals.store'];

  it('finds a server good, before and after the gate has used it, and makes no table', async () => {
    expect(await storeCheck({})).toBe('ok: can be used; the gate makes it when it starts');
    const { rows } = await asOwner(store, (client) =>
      client.query(`SELECT to_regclass('gatehouse_approval') AS made`),
    );
    expect(rows).toEqual([{ made: null }]);
    await (await openStore(place)).close();
    expect(await storeCheck({})).toBe('ok: can be used');
  });

  it('goes without TLS where the server has none and prefer says that it may, and else does not', async () => {
    const tls = (mode: 'prefer' | 'require') => ({ mode, ca: undefined, serverName: 'localhost' });
    expect(await storeCheck({ tls: tls('prefer') })).toBe('ok: can be used');
    expect(await storeCheck({ tls: tls('require') })).toMatch(
      /^failure: cannot be used: .*does not support SSL/,
    );
    const opened = await openStore({ ...place, config: { ...store, tls: tls('prefer') } });
    expect(await opened.list({ limit: 1 })).toEqual([]);
    await opened.close();
  });

  it('names a wrong password without it, a server that is not there, and a role that may make no tables', async () => {
    process.env['GATEHOUSE_TEST_WRONG'] = 'hunter2';
    const wrong = await storeCheck({ password: { env: 'GATEHOUSE_TEST_WRONG' } });
    expect(wrong).toMatch(/^failure: cannot be used: .*password authentication failed/);
    expect(wrong).not.toContain('hunter2');
    expect(await storeCheck({ address: { host: '127.0.0.1', port: 1 } })).toMatch(/^failure: .*ECONNREFUSED/);
    await asOwner(store, (client) => client.query(`CREATE ROLE guest LOGIN PASSWORD 'hunter2'`));
    await asOwner(store, (client) => client.query('CREATE DATABASE fresh'));
    expect(
      await storeCheck({ user: 'guest', database: 'fresh', password: { env: 'GATEHOUSE_TEST_WRONG' } }),
    ).toMatch(/^failure: .*this role may not create them/);
  });
});

describe('the doctor of four eyes', () => {
  let issuer: Server;
  let types: unknown;
  let address: string;
  beforeAll(async () => {
    issuer = createServer((_request, response) => {
      response.end(JSON.stringify({ subject_types_supported: types }));
    });
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  });
  afterAll(() => void issuer.close());

  const found = async (person?: string, at = address): Promise<readonly string[]> => {
    const issuers = [{ issuer: at, claims: { groups: 'groups', person } } as IssuerConfig];
    const checks = await issuerSubjects({ approvals: configured(sqlite('approvals.db')), issuers });
    return checks.map(({ id, status, subject }) => `${id} ${status} ${subject}`);
  };

  it('warns where an issuer has another sub for each client, and no claim names the person', async () => {
    types = ['pairwise'];
    expect(await found()).toEqual([`approvals.four_eyes warning issuer ${address}`]);
    expect(await found('oid')).toEqual([`approvals.four_eyes ok issuer ${address}`]);
  });

  it('is content with one that has public subjects, or does not say', async () => {
    for (types of [['public'], ['public', 'pairwise'], undefined])
      expect(await found()).toEqual([`approvals.four_eyes ok issuer ${address}`]);
  });

  it('skips one that does not answer, which is another check’s, and says nothing without approvals', async () => {
    expect(await found(undefined, 'http://127.0.0.1:1')).toEqual([
      'approvals.four_eyes skipped issuer http://127.0.0.1:1',
    ]);
    expect(await issuerSubjects({ approvals: undefined, issuers: [] })).toEqual([]);
  });
});
