/** A real Envoy for tests, with the configuration that the renderer makes of a gatehouse.yaml. */
import { join } from 'node:path';
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import { parseConfig } from '../../ext-proc/config/load.ts';
import { startChild } from '../../ext-proc/embedded/child.ts';
import { writeEnvoyFiles } from '../../ext-proc/embedded/envoy-process.ts';
import { findEnvoy } from '../../ext-proc/embedded/envoy-binary.ts';
import { freePort, waitUntilReady } from '../../ext-proc/embedded/ready.ts';

export interface TestEnvoy {
  readonly config: GatehouseConfig;
  readonly logFile: string;
  readonly pid: number;
  /** GET of the admin interface. */
  admin(path: string, init?: RequestInit): Promise<Response>;
  /** A counter or gauge; 0 where Envoy has not made it yet. */
  stat(name: string): Promise<number>;
  stop(): Promise<void>;
}

export interface TestConfigOptions {
  /** Sockets, state and logs go here; keep it short. */
  readonly directory: string;
  readonly upstream: string;
  readonly workers?: number;
  /** More lines of gatehouse.yaml's upstream, indented by four. */
  readonly upstreamExtra?: string;
  /** More keys of gatehouse.yaml's service and envoy, in YAML's flow form. */
  readonly serviceExtra?: string;
  readonly envoyExtra?: string;
}

/** A gatehouse.yaml with one listener, `pg`, on a free port, for one upstream, `sample`. */
export async function testConfig(options: TestConfigOptions): Promise<GatehouseConfig> {
  const text = `
version: 1
service: { workers: ${options.workers ?? 1}, stateDirectory: state, socketDirectory: .${flow(options.serviceExtra)} }
envoy: { adminAddress: '127.0.0.1:${await freePort()}', concurrency: 2, accessLog: access.log${flow(options.envoyExtra)} }
listeners:
  - { name: pg, protocol: postgres, address: '127.0.0.1:${await freePort()}', upstream: sample, plaintext: loopback-development }
upstreams:
  - name: sample
    protocol: postgres
    address: ${options.upstream}
    tls: { mode: prefer }
    credentials: [{ groups: ['*'], user: app }]
${options.upstreamExtra ?? ''}
issuers:
  - { issuer: http://127.0.0.1:1, audience: gatehouse, algorithms: [ES256] }
policy: { bundle: { file: bundle.tar.gz } }
`;
  return parseConfig(text, join(options.directory, 'gatehouse.yaml'), {
    cores: 1,
    runtimeDirectory: options.directory,
  });
}

const flow = (keys: string | undefined): string => (keys === undefined ? '' : `, ${keys}`);

/** Starts Envoy and waits until it is ready. Its log and configuration stay in `directory`. */
export async function startTestEnvoy(config: GatehouseConfig, directory: string): Promise<TestEnvoy> {
  const file = await writeEnvoyFiles(config, directory);
  const base = `http://127.0.0.1:${config.envoy.adminAddress.port}`;
  const child = await startChild({
    name: 'Envoy',
    command: await findEnvoy({ env: process.env }),
    args: [
      '-c',
      file,
      '--disable-hot-restart',
      '--file-flush-interval-msec',
      '200',
      '--log-level',
      'warning',
    ],
    logFile: join(directory, 'envoy.log'),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5_000,
  });
  const admin = (path: string, init?: RequestInit): Promise<Response> => fetch(base + path, init);
  await waitUntilReady(child, async () => (await admin('/ready')).ok, { timeoutMs: 15_000 }).catch(
    async (error: unknown) => {
      await child.stop();
      throw error;
    },
  );
  return {
    config,
    logFile: child.logFile,
    pid: child.pid,
    admin,
    stat: async (name) => {
      const text = await (await admin(`/stats?filter=^${name.replaceAll('.', '\\.')}$`)).text();
      return Number(/: (\d+)/.exec(text)?.[1] ?? 0);
    },
    stop: () => child.stop(),
  };
}
