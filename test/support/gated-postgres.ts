/** A real PostgreSQL with a gate before it, and bare clients on both ways to it. */
import type { Postgres } from '../../ext-proc/embedded/postgres.ts';
import { startTestGate, BUNDLES, type TestGate, type TestGateOptions } from './gate.ts';
import { startTestPostgres } from './postgres.ts';
import type { WireClientOptions } from './postgres-wire-client.ts';
import { WirePeer } from './wire-peer.ts';

export interface GatedPostgres {
  readonly postgres: Postgres;
  readonly gate: TestGate;
  /** A session straight to the server, as its superuser. */
  direct(options?: Partial<WireClientOptions>): Promise<WirePeer>;
  /** A session through the gate, which logs in as the same superuser. */
  gated(options?: Partial<WireClientOptions> & { token?: string }): Promise<WirePeer>;
  stop(): Promise<void>;
}

export interface GatedPostgresOptions {
  readonly binaries?: string | undefined;
  readonly settings?: Readonly<Record<string, string>>;
  readonly gate?: Partial<TestGateOptions>;
  /** Without a catalogue nothing but built-ins resolves. */
  readonly catalogue?: boolean;
  /** Of the upstream, as YAML. */
  readonly labels?: string;
}

/** The allow-all bundle unless another is given. */
export async function startGatedPostgres(options: GatedPostgresOptions = {}): Promise<GatedPostgres> {
  const postgres = await startTestPostgres({
    binaries: options.binaries,
    ...(options.settings === undefined ? {} : { settings: options.settings }),
  });
  const variable = `GATEHOUSE_TEST_PASSWORD_${postgres.port}`;
  process.env[variable] = postgres.password;
  const gate = await startTestGate({
    upstream: `127.0.0.1:${postgres.port}`,
    upstreamYaml: `    tls: { mode: prefer }
    credentials: [{ groups: ['*'], user: postgres, password: { env: ${variable} } }]
${options.catalogue === false ? '' : `    catalogue: { user: postgres, password: { env: ${variable} } }`}
${options.labels === undefined ? '' : `    labels: ${options.labels}`}`,
    bundle: BUNDLES.allowAll,
    ...options.gate,
  }).catch(async (error: unknown) => {
    await postgres.stop();
    throw error;
  });
  return {
    postgres,
    gate,
    direct: (client = {}) =>
      WirePeer.login({ port: postgres.port, user: 'postgres', password: postgres.password, ...client }),
    gated: async ({ token, ...client } = {}) =>
      WirePeer.login({
        port: gate.port,
        user: 'anyone',
        password: token ?? (await gate.token()),
        ...client,
        // The gate asks for a token in clear text; without TLS only because its listener is for development.
        login: { cleartextWithoutTls: true, ...client.login },
      }),
    stop: async () => {
      await gate.stop();
      await postgres.stop();
      Reflect.deleteProperty(process.env, variable);
    },
  };
}
