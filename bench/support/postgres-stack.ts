/**
 * The ways to one PostgreSQL server that the bench compares, all up at once and TLS off: direct, Envoy's tcp_proxy
 * alone, pgbouncer in session mode (where installed), the echo processor behind the gate's own Envoy configuration, the
 * same on the gate's own gRPC server, and the gate with the standard policy, its journal and its catalogue.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import { parseConfig } from '../../ext-proc/config/load.ts';
import { anchorSocket } from '../../ext-proc/config/socket-paths.ts';
import { startAnchor } from '../../ext-proc/edge/anchor.ts';
import { startChild, type Child } from '../../ext-proc/embedded/child.ts';
import { DEV_AUDIENCE, mintToken, startDevIssuer } from '../../ext-proc/embedded/dev-issuer.ts';
import { findEnvoy } from '../../ext-proc/embedded/envoy-binary.ts';
import { freePort, waitUntilReady } from '../../ext-proc/embedded/ready.ts';
import { BUILT_IN_KINDS } from '../../ext-proc/masking/finding.ts';
import { startWorkerPool } from '../../ext-proc/supervisor/worker-pool.ts';
import { startTestEnvoy } from '../../test/support/envoy.ts';
import { startTestPostgres } from '../../test/support/postgres.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { testLog } from '../../test/support/gate.ts';

export type TargetName =
  'direct' | 'tcp_proxy' | 'pgbouncer' | 'echo' | 'bare' | 'gate' | 'unmasked' | 'masked';

export interface Target {
  readonly name: TargetName;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Process ids of what stands between client and server. */
  readonly pids: () => { readonly envoy: readonly number[]; readonly service: readonly number[] };
}

export interface PostgresStack {
  readonly targets: readonly Target[];
  readonly database: string;
  stop(): Promise<void>;
}

const PGBOUNCER = '/usr/sbin/pgbouncer';
const DATABASE = 'postgres';
const SERVICE_WORKERS = 2;

export interface StackOptions {
  /** Node's flags for the gate's workers, `--cpu-prof` for example. */
  readonly execArgv?: readonly string[];
  readonly only?: readonly TargetName[];
  readonly bundle?: string;
  readonly workers?: number;
  /** Gates by name and their `masking` of gatehouse.yaml. Default: one, named `gate`, with its defaults. */
  readonly gates?: readonly { readonly name: TargetName; readonly masking?: object }[];
}

/** `masking` of a gate that looks at nothing: rows go by as they are. */
export const MASKING_OFF = { detectors: Object.fromEntries(BUILT_IN_KINDS.map((kind) => [kind, 'off'])) };

const STANDARD_BUNDLE = join(import.meta.dirname, '../../policies-rego/bundle/manifest.json');

export async function startPostgresStack(options: StackOptions = {}): Promise<PostgresStack> {
  const temporary = await temporaryDirectory();
  const stops: (() => Promise<unknown>)[] = [() => temporary.remove()];
  const stop = async (): Promise<void> => {
    for (const each of stops.reverse()) await each();
  };
  const wanted = (name: TargetName): boolean => options.only?.includes(name) ?? true;
  try {
    const server = await startTestPostgres();
    stops.push(() => server.stop());
    const { password } = server;
    if (password === undefined) throw new Error('the server has no password');
    const upstream = `127.0.0.1:${server.port}`;
    const none = () => ({ envoy: [], service: [] });
    const targets: Target[] = [];
    if (wanted('direct'))
      targets.push({ name: 'direct', port: server.port, user: 'postgres', password, pids: none });
    if (wanted('tcp_proxy')) {
      const { child, port } = await startTcpProxy(join(temporary.path, 'tcp'), server.port);
      stops.push(() => child.stop());
      targets.push({
        name: 'tcp_proxy',
        port,
        user: 'postgres',
        password,
        pids: () => ({ envoy: [child.pid], service: [] }),
      });
    }
    if (wanted('pgbouncer') && existsSync(PGBOUNCER)) {
      const { child, port } = await startPgbouncer(join(temporary.path, 'bouncer'), server.port, password);
      stops.push(() => child.stop());
      targets.push({
        name: 'pgbouncer',
        port,
        user: 'postgres',
        password,
        pids: () => ({ envoy: [], service: [child.pid] }),
      });
    }
    const workers = options.workers ?? SERVICE_WORKERS;
    for (const name of ['echo', 'bare'] as const) {
      if (!wanted(name)) continue;
      const directory = join(temporary.path, name);
      const { config, port } = await gateConfig(
        directory,
        upstream,
        'http://127.0.0.1:1',
        password,
        workers,
        STANDARD_BUNDLE,
      );
      const pids: number[] = [];
      for (let index = 0; index < workers; index++) {
        const child = await startChild({
          name,
          command: process.execPath,
          args: [
            join(import.meta.dirname, `../${name}-processor.ts`),
            '--socket',
            join(directory, `worker-${index}.sock`),
          ],
          logFile: join(directory, `${name}-${index}.log`),
          stopSignal: 'SIGTERM',
          stopTimeoutMs: 2_000,
        });
        await waitUntilReady(child, async () => existsSync(join(directory, `worker-${index}.sock`)), {
          timeoutMs: 10_000,
        });
        stops.push(() => child.stop());
        pids.push(child.pid);
      }
      const envoy = await startTestEnvoy(config, directory);
      stops.push(() => envoy.stop());
      targets.push({
        name,
        port,
        user: 'postgres',
        password,
        pids: () => ({ envoy: [envoy.pid], service: pids }),
      });
    }
    for (const { name, masking } of options.gates ?? [{ name: 'gate' as const, masking: undefined }]) {
      if (!wanted(name)) continue;
      const directory = join(temporary.path, name);
      const issuerDirectory = join(temporary.path, `${name}-issuer`);
      const issuer = await startDevIssuer({
        directory: issuerDirectory,
        port: 0,
        listeners: ['127.0.0.1:1'],
      });
      stops.push(() => issuer.stop());
      const { config, port } = await gateConfig(
        directory,
        upstream,
        issuer.issuer,
        password,
        workers,
        options.bundle ?? STANDARD_BUNDLE,
        masking,
      );
      const anchor = await startAnchor({ path: anchorSocket(config.service.socketDirectory) });
      stops.push(() => anchor.close());
      const pool = await startWorkerPool({
        module: join(import.meta.dirname, '../../ext-proc/worker.ts'),
        args: ['--config', config.file],
        count: workers,
        drainTimeoutMs: 2_000,
        log: testLog,
        ...(options.execArgv === undefined ? {} : { execArgv: options.execArgv }),
      });
      stops.push(() => pool.stop());
      const envoy = await startTestEnvoy(config, directory);
      stops.push(() => envoy.stop());
      const token = await mintToken({
        directory: issuerDirectory,
        issuer: issuer.issuer,
        audience: DEV_AUDIENCE,
        subject: 'agent:bench',
        groups: ['developers'],
        ttlMs: 4 * 3_600_000,
        clock: createSystemClock(),
      });
      targets.push({
        name,
        port,
        user: 'bench',
        password: token,
        pids: () => ({
          envoy: [envoy.pid],
          service: pool.states().flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
        }),
      });
    }
    return { targets, database: DATABASE, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function gateConfig(
  directory: string,
  upstream: string,
  issuer: string,
  password: string,
  workers: number,
  bundle: string,
  masking?: object,
) {
  await mkdir(join(directory, 'state'), { recursive: true });
  const passwordFile = join(directory, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  const port = await freePort();
  const text = stringify({
    version: 1,
    service: { workers, stateDirectory: 'state', socketDirectory: '.' },
    envoy: { adminAddress: `127.0.0.1:${await freePort()}`, concurrency: 2, accessLog: 'access.log' },
    listeners: [
      {
        name: 'pg',
        protocol: 'postgres',
        address: `127.0.0.1:${port}`,
        upstream: 'bench',
        plaintext: 'loopback-development',
        limits: { unauthenticatedPerSource: 256, unauthenticatedMax: 256 },
      },
    ],
    upstreams: [
      {
        name: 'bench',
        protocol: 'postgres',
        address: upstream,
        tls: { mode: 'prefer' },
        labels: { env: 'dev' },
        credentials: [{ groups: ['*'], user: 'postgres', password: { file: 'password' } }],
        catalogue: { user: 'postgres', password: { file: 'password' } },
      },
    ],
    issuers: [{ issuer, audience: DEV_AUDIENCE, algorithms: ['ES256'] }],
    policy: { bundle: { file: bundle } },
    ...(masking === undefined ? {} : { masking }),
  });
  const file = join(directory, 'gatehouse.yaml');
  await writeFile(file, text);
  return { config: parseConfig(text, file, { cores: workers, runtimeDirectory: directory }), port };
}

/** Envoy as the plainest proxy there is: the floor under every figure. */
async function startTcpProxy(
  directory: string,
  upstreamPort: number,
): Promise<{ child: Child; port: number }> {
  await mkdir(directory, { recursive: true });
  const port = await freePort();
  const adminPort = await freePort();
  const address = (value: number) => ({ socket_address: { address: '127.0.0.1', port_value: value } });
  const file = join(directory, 'envoy.yaml');
  await writeFile(
    file,
    stringify({
      admin: { address: address(adminPort) },
      static_resources: {
        listeners: [
          {
            name: 'postgres',
            address: address(port),
            filter_chains: [
              {
                filters: [
                  {
                    name: 'envoy.filters.network.tcp_proxy',
                    typed_config: {
                      '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
                      stat_prefix: 'postgres',
                      cluster: 'server',
                    },
                  },
                ],
              },
            ],
          },
        ],
        clusters: [
          {
            name: 'server',
            type: 'STATIC',
            load_assignment: {
              cluster_name: 'server',
              endpoints: [{ lb_endpoints: [{ endpoint: { address: address(upstreamPort) } }] }],
            },
          },
        ],
      },
    }),
  );
  const child = await startChild({
    name: 'Envoy',
    command: await findEnvoy({ env: process.env }),
    args: ['-c', file, '--use-dynamic-base-id', '--concurrency', '2', '--log-level', 'warning'],
    logFile: join(directory, 'envoy.log'),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5_000,
  });
  await waitUntilReady(child, async () => (await fetch(`http://127.0.0.1:${adminPort}/ready`)).ok, {
    timeoutMs: 15_000,
  });
  return { child, port };
}

async function startPgbouncer(
  directory: string,
  upstreamPort: number,
  password: string,
): Promise<{ child: Child; port: number }> {
  await mkdir(directory, { recursive: true });
  const port = await freePort();
  await writeFile(
    join(directory, 'pgbouncer.ini'),
    `[databases]
${DATABASE} = host=127.0.0.1 port=${upstreamPort} dbname=${DATABASE} user=postgres password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${join(directory, 'users.txt')}
pool_mode = session
max_client_conn = 500
default_pool_size = 90
ignore_startup_parameters = extra_float_digits
`,
  );
  await writeFile(join(directory, 'users.txt'), `"postgres" "${password}"\n`);
  await chmod(directory, 0o755);
  const asNobody = process.getuid?.() === 0;
  const child = await startChild({
    name: 'pgbouncer',
    command: PGBOUNCER,
    args: [join(directory, 'pgbouncer.ini')],
    logFile: join(directory, 'pgbouncer.log'),
    stopSignal: 'SIGINT',
    stopTimeoutMs: 5_000,
    ...(asNobody ? { account: { uid: 65_534, gid: 65_534 } } : {}),
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  return { child, port };
}
