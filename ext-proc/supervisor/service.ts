/**
 * The service behind Envoy as one thing to start and stop: the anchor, the workers, the loop that ships their
 * journals, the embedded ClickHouse where none is configured, and the metrics of all of it.
 */
import { randomBytes } from 'node:crypto';
import { rm, writeFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { composeShipping, configuredClickHouse, type ClickHouseLogin } from '../compose-shipping.ts';
import type { GatehouseConfig } from '../config/config.ts';
import { prepareDirectories, preparePrivateDirectory } from '../config/directories.ts';
import { anchorSocket, workerSocket } from '../config/socket-paths.ts';
import type { Log } from '../domain/log.ts';
import { Secret } from '../domain/secret.ts';
import { startAnchor } from '../edge/anchor.ts';
import { startClickHouse } from '../embedded/clickhouse.ts';
import { embeddedPasswordFile } from '../embedded/dev-places.ts';
import { freePort, portIsFree } from '../embedded/ready.ts';
import { startConsole } from './console-process.ts';
import { keepRunning, type KeptRunning, type Stoppable } from './keep-running.ts';
import { startMetricsServer } from './metrics-server.ts';
import { startWorkerPool, type WorkerPool } from './worker-pool.ts';

/** Where the embedded ClickHouse listens when that port is free. */
const CLICKHOUSE_PORT = 18_123;
const WORKER_MODULE = join(import.meta.dirname, '..', 'worker.ts');

export interface ServiceOptions {
  readonly config: GatehouseConfig;
  readonly log: Log;
  /** Workers write to this file; to our own output where absent. */
  readonly workerLogFile?: string;
  /** The same of the console. */
  readonly consoleLogFile?: string;
  /** Of the embedded ClickHouse; its usual one where absent, any free one where 0 or taken. */
  readonly clickhousePort?: number;
  /** Told what is being started and when it is done. */
  readonly step?: <T>(title: string, work: () => Promise<T>) => Promise<T>;
}

export interface Service {
  readonly clickhouseUrl: string;
  /** Of the embedded ClickHouse's users; undefined where a server is configured. */
  readonly clickhousePassword: string | undefined;
  readonly metricsUrl: string;
  /** Where people reach the console; undefined where none is configured. */
  readonly consoleUrl: string | undefined;
  /** What it started, workers included, as it runs now. */
  readonly programs: () => readonly { readonly name: string; readonly pid: number }[];
  readonly isReady: () => boolean;
  /** Drains, ships what is journalled, and ends everything. Idempotent. */
  stop(): Promise<void>;
}

/** Rejects with the first thing that does not start; what had started is stopped then. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { config, log } = options;
  const step = options.step ?? ((_title, work) => work());
  /** What to undo, last first. */
  const stops: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      for (const each of stops.reverse()) {
        await each().catch((error: unknown) => log.error({ error: String(error) }, 'stopping a part failed'));
      }
    })();
    return stopping;
  };
  try {
    await prepareDirectories(config);
    const { remote, socketDirectory } = config.service;
    let pool: WorkerPool | undefined;
    let engine: KeptRunning<Stoppable> | undefined;
    let clickhousePassword: string | undefined;

    const configured = await configuredClickHouse(config);
    const started = configured ?? (await step('ClickHouse', () => startEmbedded()));
    const shipping = composeShipping(config, started, log);
    stops.push(() => shipping.stop());

    const path = anchorSocket(socketDirectory);
    await rm(path, { force: true });
    const anchor = await startAnchor(remote === undefined ? { path } : remote.anchorAddress);
    stops.push(() => anchor.close());

    const metrics = await startMetricsServer({
      address: config.service.metricsAddress,
      pool: () => pool,
      shipping: () => shipping.stats(),
    });
    stops.push(() => metrics.stop());

    const { workers, drainTimeoutMs } = config.service;
    pool = await step(workers === 1 ? '1 worker' : `${workers} workers`, () =>
      startWorkerPool({
        module: WORKER_MODULE,
        args: ['--config', config.file],
        count: workers,
        drainTimeoutMs,
        log,
        // A killed worker leaves its socket, and a name that is taken cannot be listened on.
        prepare: (worker) => rm(workerSocket(socketDirectory, worker), { force: true }),
        ...(options.workerLogFile === undefined ? {} : { logFile: options.workerLogFile }),
      }),
    );
    const running = pool;
    stops.push(() => running.stop());

    const own = config.approvals?.console;
    const pages = own === undefined ? undefined : await step('Console', () => keepConsole());
    stops.push(async () => pages?.stop());

    function keepConsole(): Promise<KeptRunning<Stoppable>> {
      const start = () =>
        startConsole({
          configFile: config.file,
          clickhouseUrl: configured === undefined ? started.url : undefined,
          logFile: options.consoleLogFile,
        });
      return keepRunning('console', start, log);
    }

    async function startEmbedded(): Promise<ClickHouseLogin> {
      const directory = join(config.service.stateDirectory, 'clickhouse');
      await preparePrivateDirectory(directory);
      const password = await embeddedPassword(directory);
      clickhousePassword = password;
      const preferred = options.clickhousePort ?? CLICKHOUSE_PORT;
      const port = preferred !== 0 && (await portIsFree(preferred)) ? preferred : await freePort();
      const start = () => startClickHouse({ directory, port, password });
      const kept = await keepRunning('ClickHouse', start, log);
      engine = kept;
      stops.push(() => kept.stop());
      return {
        url: `http://127.0.0.1:${port}`,
        user: 'gatehouse',
        password: new Secret(password),
      };
    }

    return {
      clickhouseUrl: started.url,
      clickhousePassword,
      metricsUrl: metrics.url,
      consoleUrl: own?.publicUrl,
      programs: () => {
        const programs = running.states().map(({ worker, pid }) => ({ name: `worker ${worker}`, pid }));
        const all = [
          ...programs,
          { name: 'console', pid: pages?.current()?.pid },
          { name: 'ClickHouse', pid: engine?.current()?.pid },
        ];
        return all.flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }]));
      },
      isReady: () => running.states().every((state) => state.ready),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function embeddedPassword(directory: string): Promise<string> {
  const file = embeddedPasswordFile(directory);
  try {
    await writeFile(file, randomBytes(18).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFile(file, 'utf8');
}
