/** The sample database behind a gate with the standard policy, as a developer meets it. */
import { Client } from 'pg';
import { startTestGate, type TestGate, type TestGateOptions } from './gate.ts';
import { startSamplePostgres } from './postgres.ts';
import type { WireClientOptions } from './postgres-wire-client.ts';
import { WirePeer } from './wire-peer.ts';

export type SampleServer = Awaited<ReturnType<typeof startSamplePostgres>>;

export interface GatedSample {
  readonly sample: SampleServer;
  readonly gate: TestGate;
  /** A session through the gate; `groups` of its token default to `developers`. */
  gated(
    options?: Partial<WireClientOptions> & { token?: string; groups?: readonly string[] },
  ): Promise<WirePeer>;
  /** Rows as the superuser sees them, straight from the server. */
  rows(sql: string): Promise<Record<string, unknown>[]>;
  /** Waits until the records hold such a one. */
  recorded(match: (record: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** The upstream's YAML for the sample database: TLS verified, a role for each group, labels of a development server. */
export function sampleUpstreamYaml(sample: SampleServer, labels = '{ env: dev }'): string {
  const password = (login: keyof typeof sample.passwordFiles): string =>
    `{ file: ${sample.passwordFiles[login]} }`;
  return `    tls: { mode: verify-full, ca: { file: ${sample.caFile} }, serverName: localhost }
    labels: ${labels}
    databases: [app]
    credentials:
      - { groups: [developers, schema-owners], user: app_developer, password: ${password('app_developer')} }
      - { groups: [readers, readonly], user: app_readonly, password: ${password('app_readonly')} }
    catalogue: { user: gatehouse_catalogue, password: ${password('gatehouse_catalogue')}, database: app }`;
}

export async function startGatedSample(
  options: Partial<TestGateOptions> & { labels?: string } = {},
): Promise<GatedSample> {
  const sample = await startSamplePostgres();
  const gate = await startTestGate({
    upstream: `127.0.0.1:${sample.server.port}`,
    ...options,
    upstreamYaml: `${sampleUpstreamYaml(sample, options.labels)}\n${options.upstreamYaml ?? ''}`,
  }).catch(async (error: unknown) => {
    await sample.stop();
    throw error;
  });
  return {
    sample,
    gate,
    gated: async ({ token, groups, ...client } = {}) =>
      WirePeer.login({
        port: gate.port,
        user: 'anyone',
        database: 'app',
        password: token ?? (await gate.token(groups === undefined ? {} : { groups })),
        ...client,
        login: { cleartextWithoutTls: true, ...client.login },
      }),
    rows: (sql) => superuserRows(sample, sql),
    recorded: async (match) => {
      for (let attempt = 0; attempt < 100; attempt++) {
        const found = (await gate.records()).find(match);
        if (found !== undefined) return found;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error('no such record');
    },
    stop: async () => {
      await gate.stop();
      await sample.stop();
    },
  };
}

async function superuserRows(sample: SampleServer, sql: string): Promise<Record<string, unknown>[]> {
  const { host, port, user, password } = sample.server;
  const client = new Client({
    host,
    port,
    user,
    password,
    database: sample.database,
    ssl: { ca: sample.ca },
  });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
