/** The doctor at a real gate: healthy, and with one part after another broken. */
import { createServer, type Server } from 'node:http';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatEnvoy, renderEnvoy } from '../envoy/render/bootstrap.ts';
import { doctor, examine } from '../ext-proc/cli/doctor.ts';
import type { Check } from '../ext-proc/cli/doctor/check.ts';
import { certificates } from '../ext-proc/cli/doctor/certificates.ts';
import { clocks } from '../ext-proc/cli/doctor/clocks.ts';
import { databaseLogins } from '../ext-proc/cli/doctor/database-logins.ts';
import { maskingMarks } from '../ext-proc/cli/doctor/masking-marks.ts';
import type { ApprovalsConfig } from '../ext-proc/config/approvals-config.ts';
import { policyRules } from '../ext-proc/cli/doctor/policy-rules.ts';
import { listenerTls, upstreamTls } from '../ext-proc/cli/doctor/postgres-tls.ts';
import { doctorPorts } from '../ext-proc/compose-doctor.ts';
import type { GatehouseConfig, UpstreamConfig } from '../ext-proc/config/config.ts';
import { startClickHouse } from '../ext-proc/embedded/clickhouse.ts';
import { startGatedPostgres, type GatedPostgres } from './support/gated-postgres.ts';
import { BUNDLES } from './support/gate.ts';
import { makeIdentity } from './support/mutual-tls.ts';
import { changeBundle, copyBundle, DEFAULT_BUNDLE } from './support/policy.ts';
import { temporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.ts';

const DAY_MS = 86_400_000;
let gated: GatedPostgres;
let config: GatehouseConfig;
let directory: TemporaryDirectory;

beforeAll(async () => {
  directory = await temporaryDirectory();
  gated = await startGatedPostgres({ gate: { bundle: BUNDLES.standard, tls: true } });
  config = gated.gate.config;
});
afterAll(async () => {
  await gated?.stop();
  await directory?.remove();
});

const bad = (checks: readonly Check[]): readonly string[] =>
  checks
    .filter(({ status }) => status === 'failure')
    .map(({ id, subject, detail }) => `${id} ${subject}: ${detail}`);
const statusOf = (checks: readonly Check[], id: string): string | undefined =>
  checks.find((check) => check.id === id)?.status;
const upstream = (): UpstreamConfig => config.upstreams[0] as UpstreamConfig;
const withUpstream = (change: Partial<UpstreamConfig>): GatehouseConfig => ({
  ...config,
  upstreams: [{ ...upstream(), ...change }],
});

describe('a gate that is well', () => {
  it("has no failure but the test's open directories, and says of each thing what it found", async () => {
    const checks = await examine({ config: config.file }, doctorPorts(config.file));
    expect(bad(checks).filter((each) => !each.startsWith('state.directory'))).toEqual([]);
    // No database is named in this configuration, and the embedded ClickHouse is not started with it.
    expect(statusOf(checks, 'upstream.login')).toBe('skipped');
    expect(statusOf(checks, 'clock.clickhouse')).toBe('skipped');
    for (const id of [
      'envoy.version',
      'envoy.fail_closed',
      'envoy.listener',
      'service.workers',
      'listener.answers',
      'tls.certificate',
      'policy.bundle',
      'clock.issuer',
    ]) {
      expect([id, statusOf(checks, id)]).toEqual([id, 'ok']);
    }
  });

  it('prints the same as JSON for scripts, and ends with 0 where nothing failed', async () => {
    await chmod(config.service.stateDirectory, 0o700);
    await chmod(config.service.socketDirectory, 0o700);
    const lines: string[] = [];
    const code = await doctor({ config: config.file, json: true }, doctorPorts(config.file), (line) =>
      lines.push(line),
    );
    const report = JSON.parse(lines.join('')) as {
      healthy: boolean;
      summary: { failures: number };
      checks: Check[];
    };
    expect(bad(report.checks)).toEqual([]);
    expect({ code, healthy: report.healthy }).toEqual({ code: 0, healthy: true });
  });

  it('leaves no row in the evidence that looks as if somebody had tried to get in', async () => {
    const refused = async () => (await gated.gate.records()).filter((row) => row['decision'] === 'deny');
    const before = await refused();
    await examine({ config: config.file }, doctorPorts(config.file));
    // Whatever the examination caused is in the journal before what comes after it.
    const session = new Client({
      host: 'localhost',
      port: gated.gate.port,
      user: 'agent',
      password: await gated.gate.token(),
      database: 'postgres',
      ssl: { ca: await readFile(gated.gate.caFile, 'utf8') },
    });
    await session.connect();
    await session.end();
    await expect
      .poll(async () => (await gated.gate.records()).some((row) => row['action_kind'] === 'postgres.connect'))
      .toBe(true);
    expect(await refused()).toEqual(before);
  });

  it('writes no secret', async () => {
    const text = JSON.stringify(await examine({ config: config.file }, doctorPorts(config.file)));
    expect(text).not.toContain(gated.postgres.password);
  });
});

describe('a configuration file of Envoy', () => {
  it('is judged without a running Envoy, and ends with 1 where a write could run twice', async () => {
    const file = join(directory.path, 'envoy.yaml');
    const text = formatEnvoy(renderEnvoy(config));
    await writeFile(file, text);
    expect(
      await doctor({ config: config.file, envoyConfig: file }, doctorPorts(config.file), () => undefined),
    ).toBe(0);
    await writeFile(file, text.replace('retry_on: connect-failure', 'retry_on: connect-failure,reset'));
    const lines: string[] = [];
    expect(
      await doctor({ config: config.file, envoyConfig: file }, doctorPorts(config.file), (line) =>
        lines.push(line),
      ),
    ).toBe(1);
    expect(lines.join('\n')).toContain('a write could run twice: it is retried on reset');
  });

  it('says so where it cannot be read', async () => {
    const checks = await examine({ config: config.file, envoyConfig: '/nowhere' }, doctorPorts(config.file));
    expect(bad(checks)[0]).toMatch(/^envoy\.settings \/nowhere: cannot be read: .*ENOENT/);
  });
});

describe('a gate that is not well', () => {
  it('names the line of a gatehouse.yaml that is wrong', async () => {
    const file = join(directory.path, 'gatehouse.yaml');
    await writeFile(file, 'version: 2\n');
    const checks = await examine({ config: file }, doctorPorts(file));
    expect(bad(checks)[0]).toContain(`${file}:1:1: version: must be 1`);
  });

  it('names a role that cannot sign in, a superuser, and a server that silent clients could fill', async () => {
    const tryLogin = doctorPorts(config.file).tryLogin;
    const right = await databaseLogins(withUpstream({ databases: ['postgres'] }), tryLogin);
    expect(bad(right)).toEqual([]);
    expect(statusOf(right, 'upstream.catalogue')).toBe('ok');
    expect(statusOf(right, 'upstream.capacity')).toBe('ok');
    const wrong = await databaseLogins(
      withUpstream({
        databases: ['postgres'],
        credentials: [{ groups: ['developers'], user: 'nobody_here', password: { env: 'PATH' } }],
      }),
      tryLogin,
    );
    expect(bad(wrong)[0]).toMatch(
      /^upstream\.login upstream sample: the role nobody_here cannot sign in to postgres/,
    );
    const filling = withUpstream({ databases: ['postgres'] });
    const listener = {
      ...filling.listeners[0]!,
      limits: { ...filling.listeners[0]!.limits, unauthenticatedMax: 100 },
    };
    const checks = await databaseLogins({ ...filling, listeners: [listener] }, tryLogin);
    expect(statusOf(checks, 'upstream.role')).toBe('warning');
    expect(bad(checks)[0]).toMatch(/^upstream\.capacity .* may take all 100 connections/);
  });

  it('names a mark that fits no column with the nearest one, and one that fits views alone', async () => {
    const { host, port, user, password } = gated.postgres;
    const owner = new Client({ host, port, user, password, database: 'postgres' });
    await owner.connect();
    await owner.query(
      'CREATE TABLE people (id int, card text); CREATE VIEW cards AS SELECT card AS c FROM people',
    );
    const checks = (databases: readonly string[], ...columns: readonly string[]) =>
      maskingMarks(
        {
          ...withUpstream({ databases }),
          masking: {
            ...config.masking,
            columns: columns.map((text) => {
              const [schema = '', table = '', column = ''] = text.split('.');
              return { upstream: undefined, schema, table, column, tag: 'marked', style: 'full' as const };
            }),
          },
        },
        doctorPorts(config.file).readTables,
      );
    try {
      expect(await checks(['postgres'], 'public.people.card', 'public.PEOPLE.c*')).toEqual([
        { id: 'masking.columns', status: 'ok', subject: '', detail: '2 of 2 marks fit columns' },
      ]);
      expect(await checks(['postgres'], 'public.people.crad', 'public.cards.c')).toEqual([
        {
          id: 'masking.columns',
          status: 'warning',
          subject: 'mark public.people.crad',
          detail: 'fits no column of postgres: it masks nothing',
          next: 'is public.people.card meant? Correct it in masking.columns, or take it out',
        },
        {
          id: 'masking.columns',
          status: 'warning',
          subject: 'mark public.cards.c',
          detail: 'fits only columns of views in postgres, where a mark does not hold',
          next: 'mark the columns of the tables behind them',
        },
      ]);
      // What one database has not another may have: of one that cannot be asked nothing is said.
      expect(await checks(['template1', 'postgres'], 'public.people.card')).toMatchObject([{ status: 'ok' }]);
      expect(await checks(['nowhere', 'postgres'], 'public.people.crad')).toMatchObject([
        { status: 'skipped', subject: 'upstream sample' },
      ]);
    } finally {
      await owner.query('DROP TABLE people CASCADE');
      await owner.end();
    }
  });

  it('names a server without TLS where TLS is required', async () => {
    const tls = { mode: 'verify-full', ca: undefined, serverName: 'localhost' } as const;
    const checks = await upstreamTls(config, { ...upstream(), tls }, Date.now());
    expect(bad(checks)).toEqual([
      'upstream.tls upstream sample: the server offers no TLS, and the gate requires it',
    ]);
  });

  it('names a listener that shows another certificate, and one that nobody answers on', async () => {
    const other = await makeIdentity(directory.path, 'other', 'other.test');
    const [listener] = config.listeners as [GatehouseConfig['listeners'][number]];
    const tls = { certificate: { file: other.certificateFile }, key: { file: other.keyFile } };
    expect(await listenerTls({ ...listener, tls })).toMatchObject({
      status: 'failure',
      detail: expect.stringContaining('another certificate') as string,
    });
    expect(await listenerTls({ ...listener, address: { host: '127.0.0.1', port: 1 } })).toMatchObject({
      status: 'failure',
    });
    expect(await listenerTls({ ...listener, tls: undefined })).toMatchObject({
      status: 'failure',
      detail: expect.stringContaining('not this gate') as string,
    });
  });

  it('names a certificate that ran out, is not of its key, or can be read by others', async () => {
    const one = await makeIdentity(directory.path, 'one', 'one.test');
    const two = await makeIdentity(directory.path, 'two', 'two.test');
    const listening = (certificate: string, key: string): GatehouseConfig => ({
      ...config,
      listeners: [
        { ...config.listeners[0]!, tls: { certificate: { file: certificate }, key: { file: key } } },
      ],
    });
    const good = listening(one.certificateFile, one.keyFile);
    expect(bad(await certificates(good, Date.now()))).toEqual([]);
    expect(bad(await certificates(good, Date.now() + DAY_MS))[0]).toMatch(/a certificate ran out on/);
    expect(bad(await certificates(good, Date.now() - DAY_MS))[0]).toMatch(/good only from/);
    expect(bad(await certificates(listening(one.certificateFile, two.keyFile), Date.now()))[0]).toMatch(
      /is not the key of/,
    );
    expect(bad(await certificates(listening(one.keyFile, one.keyFile), Date.now()))[0]).toMatch(
      /there is no certificate in it/,
    );
    await chmod(one.keyFile, 0o644);
    expect(statusOf(await certificates(good, Date.now()), 'tls.certificate')).toBe('warning');
  });

  it("names a clock that is too far from an issuer's", async () => {
    const server: Server = createServer((_request, response) => {
      response.setHeader('date', new Date(Date.now() + 60_000).toUTCString());
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const issuer = { ...config.issuers[0]!, issuer: url };
      const ahead = await clocks({ ...config, issuers: [issuer] }, undefined, Date.now);
      expect(bad(ahead)[0]).toMatch(/^clock\.issuer .*its clock is (59|60)\.\d s ahead of ours/);
      const right = await clocks({ ...config, issuers: [issuer] }, undefined, () => Date.now() + 60_000);
      expect(bad(right)).toEqual([]);
    } finally {
      server.close();
    }
  });

  it("reads ClickHouse's clock", async () => {
    const clickhouse = await startClickHouse({
      directory: join(directory.path, 'clickhouse'),
      password: 'test',
    });
    try {
      const checks = await clocks({ ...config, issuers: [] }, clickhouse.url, Date.now);
      expect(checks).toMatchObject([{ id: 'clock.clickhouse', status: 'ok' }]);
    } finally {
      await clickhouse.stop();
    }
  });
});

describe('rules that cannot fire', () => {
  const rules = (changed: GatehouseConfig): Promise<readonly Check[]> =>
    policyRules(changed, doctorPorts(config.file).policy);
  const details = (checks: readonly Check[], id: string): readonly string[] =>
    checks.filter((check) => check.id === id).map(({ detail }) => detail);
  const login = (...groups: string[]): Partial<UpstreamConfig> => ({
    credentials: [{ groups, user: 'app', password: undefined }],
  });
  /** The standard bundle with other settings, in force on an upstream. */
  async function withSettings(
    change: (settings: Settings) => void,
    fields: Partial<UpstreamConfig> = {},
  ): Promise<readonly Check[]> {
    const { folder, dispose } = await copyBundle(DEFAULT_BUNDLE);
    try {
      const data = JSON.parse(await readFile(join(folder, 'data.json'), 'utf8')) as { settings: Settings };
      change(data.settings);
      await changeBundle(folder, { data });
      const changed = withUpstream({ labels: { env: 'dev' }, ...fields });
      return await rules({ ...changed, policy: { ...changed.policy, bundle: { file: folder } } });
    } finally {
      await dispose();
    }
  }

  it('are named where the upstream has no catalogue, no label, or enforces nothing', async () => {
    const checks = await rules(withUpstream({ catalogue: undefined, labels: {}, reportOnly: true }));
    expect(bad(checks)[0]).toMatch(/^policy\.catalogue upstream sample: without a catalogue credential/);
    expect(statusOf(checks, 'policy.labels')).toBe('warning');
    expect(statusOf(checks, 'policy.report_only')).toBe('warning');
  });

  it('are those of another environment, where all others fire on their examples', async () => {
    const [dev] = details(await rules(withUpstream({ labels: { env: 'dev' } })), 'policy.rules');
    expect(dev).toBe(
      '40 of 44 rules fire on their examples; postgres.environment.protected_write is for upstreams with env: prod',
    );
    const [prod] = details(await rules(withUpstream({ labels: { env: 'prod' } })), 'policy.rules');
    expect(prod).toBe(
      '40 of 44 rules fire on their examples; postgres.access.capability is for upstreams with another label env',
    );
    const [none] = details(await rules(withUpstream({ labels: {} })), 'policy.rules');
    expect(none).toBe(prod);
  });

  it('hold for nobody where no approvals are configured and they are enforced', async () => {
    const bare = { ...withUpstream({ labels: { env: 'dev' } }), approvals: undefined };
    expect(details(await rules(bare), 'policy.holds')).toEqual([
      'nobody can approve anything, so what these rules hold is denied: postgres.approval.held_write',
    ]);
    const muted = { ...bare, policy: { ...bare.policy, reportOnly: ['postgres.approval.*'] } };
    expect(details(await rules(muted), 'policy.holds')).toEqual([]);
    const lenient = { ...withUpstream({ labels: { env: 'dev' }, reportOnly: true }), approvals: undefined };
    expect(details(await rules(lenient), 'policy.holds')).toEqual([]);
    const approvals: ApprovalsConfig = {
      store: { kind: 'sqlite', file: 'approvals.db' },
      key: { file: 'approvals.key' },
      console: undefined,
      notifications: [],
      pendingPerPrincipal: 20,
      pendingMax: 2_000,
      noticeIntervalMs: 30_000,
    };
    expect(details(await rules({ ...bare, approvals }), 'policy.holds')).toEqual([]);
  });

  it('are those that look for what settings do not name yet', async () => {
    expect(details(await rules(withUpstream({ labels: { env: 'dev' } })), 'policy.settings')).toEqual([
      'postgres.access.restricted_relation looks for what data.settings.postgres.relations.restricted names, and it names nothing',
    ]);
    const checks = await withSettings((settings) => {
      settings.postgres.relations.restricted = [{ relations: ['hr.*'], groups: ['hr'] }];
    });
    expect(details(checks, 'policy.settings')).toEqual([]);
    expect(details(checks, 'policy.rules')[0]).toMatch(/^41 of 44/);
  });

  it('are named where those with a login are all exempted, and not where somebody is not', async () => {
    const exempt = (settings: Settings): void => {
      settings.exemptions = [{ rules: ['postgres.destructive.*'], groups: ['developers'], labels: {} }];
    };
    const checks = await withSettings(exempt, login('developers'));
    expect(statusOf(checks, 'policy.exempt')).toBe('warning');
    expect(details(checks, 'policy.exempt')).toEqual([
      'cannot fire, since whoever has a login here is exempted: postgres.destructive.alter, postgres.destructive.delete_without_where, postgres.destructive.drop, postgres.destructive.truncate, postgres.destructive.update_without_where',
    ]);
    expect(details(await withSettings(exempt, login('developers', 'readers')), 'policy.exempt')).toEqual([]);
  });

  it('are named where settings switch them off', async () => {
    const checks = await withSettings((settings) => {
      settings.postgres.functions.denied = {};
      settings.postgres.functions.denied_prefixes = {};
      settings.postgres.verbs['BREW'] = 'read';
    });
    expect(statusOf(checks, 'policy.silent')).toBe('warning');
    expect(details(checks, 'policy.silent')[0]).toBe(
      "nobody's example makes them fire: postgres.functions.dangerous, postgres.statement.unlisted_verb",
    );
  });

  it('are named where no group that they are about has a login', async () => {
    const checks = await rules(withUpstream({ labels: { env: 'dev' }, ...login('developers') }));
    expect(details(checks, 'policy.rules')[0]).toContain(
      'postgres.access.read_only_agent is for principals that have no login here',
    );
  });

  it('are named with the tables that a database has not', async () => {
    const client = new Client({
      port: gated.postgres.port,
      host: gated.postgres.host,
      user: gated.postgres.user,
      password: gated.postgres.password,
      database: 'postgres',
    });
    await client.connect();
    await client.query('CREATE SCHEMA hr CREATE TABLE hr.salaries (id int)');
    await client.end();
    const restrict = (settings: Settings): void => {
      settings.postgres.relations.restricted = [
        { relations: ['hr.salaries', 'hr.*', 'hr.salarys', 'rh.*'], groups: ['hr'] },
      ];
    };
    const checks = await withSettings(restrict, { databases: ['postgres'] });
    expect(details(checks, 'policy.relations')).toEqual([
      'settings.postgres.relations.restricted names hr.salarys, which postgres has not',
      'settings.postgres.relations.restricted names rh.*, which postgres has not',
      // This server is not the sample's.
      'settings.postgres.held_writes names public.people, which postgres has not',
    ]);
    expect(statusOf(await withSettings(restrict), 'policy.relations')).toBe('skipped');
  });

  it('are said to be unprobed where they have no example', async () => {
    const { folder, dispose } = await copyBundle(DEFAULT_BUNDLE);
    const { rules: all } = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as {
      rules: { id: string; example?: unknown }[];
    };
    const without = all.map(({ example, ...rule }) =>
      rule.id === 'postgres.destructive.drop' ? rule : { ...rule, example },
    );
    await changeBundle(folder, { manifest: { rules: without } });
    const changed = withUpstream({ labels: { env: 'dev' } });
    const checks = await rules({ ...changed, policy: { ...changed.policy, bundle: { file: folder } } });
    await dispose();
    expect(details(checks, 'policy.probe')).toEqual([
      'not probed, no example in its METADATA: postgres.destructive.drop, postgres.masking.mask, postgres.masking.reveal',
    ]);
    expect(details(checks, 'policy.rules')[0]).toMatch(/^39 of 44/);
  });

  it('are named where they only report, by name or by prefix', async () => {
    const checks = await rules({
      ...config,
      policy: { ...config.policy, reportOnly: ['postgres.destructive.drop', 'postgres.session.*'] },
    });
    const [detail] = details(checks, 'policy.report_only');
    expect(detail).toMatch(/^not enforced: postgres\.destructive\.drop, postgres\.session\.listen_notify, /);
    expect(details(checks, 'policy.rule_name')).toEqual([]);
  });

  it('are named where settings speak of a rule that the bundle does not have', async () => {
    const checks = await rules({
      ...config,
      policy: { ...config.policy, reportOnly: ['postgres.destructive.drp'] },
    });
    const found = checks.find(({ id }) => id === 'policy.rule_name');
    expect(found).toMatchObject({ status: 'failure', next: 'did you mean postgres.destructive.drop?' });
  });

  it('are named with a group that has a login and no grant', async () => {
    const checks = await rules(withUpstream(login('strangers')));
    expect(details(checks, 'policy.groups')).toEqual([
      'group strangers has a login, and policy grants it nothing',
      expect.stringMatching(/^policy knows groups that no upstream has a login for: developers/),
    ]);
  });

  it('are not spoken of where the bundle itself is damaged', async () => {
    const { folder, dispose } = await copyBundle(DEFAULT_BUNDLE);
    await writeFile(join(folder, 'data.json'), '{}');
    const checks = await rules({ ...config, policy: { ...config.policy, bundle: { file: folder } } });
    await dispose();
    expect(bad(checks)).toEqual([
      expect.stringMatching(
        /^policy\.bundle : the bundle cannot be used: .*data\.json does not match the digest/,
      ),
    ]);
  });
});

interface Settings {
  exemptions: unknown;
  postgres: {
    verbs: Record<string, string>;
    relations: { restricted: unknown };
    functions: { denied: unknown; denied_prefixes: unknown };
  };
}

describe('without Envoy', () => {
  it('says that it does not answer, and that no listener does', async () => {
    await gated.gate.envoy.stop();
    const checks = await examine({ config: config.file }, doctorPorts(config.file));
    expect(statusOf(checks, 'envoy.running')).toBe('failure');
    expect(statusOf(checks, 'listener.answers')).toBe('failure');
  });
});
