/**
 * Everything that `npm start` runs, on loopback: a sample PostgreSQL, a sample API and a sample MCP server with TLS, a
 * development issuer, the service with its ClickHouse, and Envoy in front. All state lies in one directory.
 */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { createLog } from '../adapters/pino-log.ts';
import { createSystemClock } from '../adapters/system-clock.ts';
import type { GatehouseConfig } from '../config/config.ts';
import { preparePrivateDirectory } from '../config/directories.ts';
import { loadConfig } from '../config/load.ts';
import { startGate } from '../supervisor/gate.ts';
import { keepRunning } from '../supervisor/keep-running.ts';
import type { RunEndpoints } from '../supervisor/run-file.ts';
import { ensureDevCertificates, type CertificateFiles } from './dev-ca.ts';
import { devConfigText, devConsoleUrl } from './dev-config.ts';
import { DEV_AUDIENCE, startDevIssuer } from './dev-issuer.ts';
import {
  approvalsKeyFile,
  devCertificates,
  devConfigFile,
  issuerDirectory,
  maskingKeyFile,
  sampleServersDirectory,
} from './dev-places.ts';
import { keptSecret } from './kept-secret.ts';
import { freePort, portIsFree } from './ready.ts';
import type { SampleApi } from './sample-api/sample-api.ts';
import { SAMPLE_DATABASE, samplePasswordFiles, startSampleDatabase } from './sample-database.ts';
import type { SampleMcp } from './sample-mcp/sample-mcp.ts';
import { sampleDataDirectory } from './sample-place.ts';
import { startSampleServers } from './sample-servers.ts';

/** Used when free, so that what one has pasted works again after the next start; any free one otherwise. */
const USUAL_PORTS = {
  gate: 15_432,
  sample: 15_433,
  apis: 18_443,
  sampleApi: 18_444,
  sampleMcp: 18_445,
  issuer: 18_080,
  admin: 19_901,
  metrics: 19_464,
  console: 18_090,
} as const;

const MASKING_KEY_BYTES = 32;
const APPROVALS_KEY_BYTES = 48;

export interface DevStackOptions {
  /** The executable of the pinned Envoy. */
  readonly envoyBinary: string;
  readonly stateDirectory: string;
  readonly step: <T>(title: string, work: () => Promise<T>) => Promise<T>;
  /** Take any free ports, not the usual ones. */
  readonly anyPorts?: boolean;
  /** The sample's data need not survive a crash of the machine. */
  readonly unsafeFast?: boolean;
  readonly workers?: number;
  readonly bundle?: string;
}

export interface DevStack {
  readonly config: GatehouseConfig;
  readonly endpoints: Required<RunEndpoints>;
  readonly metricsUrl: string;
  /** Of the embedded ClickHouse's users. */
  readonly clickhousePassword: string;
  /** `sslrootcert` of clients. */
  readonly caFile: string;
  readonly issuerDirectory: string;
  /** What stands behind the gate: what reached it can be asked there. */
  readonly sampleApi: SampleApi;
  readonly sampleMcp: SampleMcp;
  readonly programs: () => readonly { readonly name: string; readonly pid: number }[];
  readonly isReady: () => boolean;
  stop(): Promise<void>;
}

/** Rejects with the first part that does not start; what had started is stopped then. */
export async function startDevStack(options: DevStackOptions): Promise<DevStack> {
  const { step, anyPorts = false, unsafeFast = false } = options;
  const stateDirectory = resolve(options.stateDirectory);
  await preparePrivateDirectory(stateDirectory);
  const logs = join(stateDirectory, 'logs');
  await preparePrivateDirectory(logs);
  const log = createLog(
    'development',
    process.env['GATEHOUSE_LOG_LEVEL'] ?? 'info',
    join(logs, 'service.log'),
  );
  const stops: (() => Promise<void>)[] = [];
  const stopAll = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) {
      await stop().catch((error: unknown) => log.error({ error: String(error) }, 'stopping a part failed'));
    }
  };
  try {
    const taken = new Set<number>();
    const port = async (name: keyof typeof USUAL_PORTS): Promise<number> => {
      const usual = USUAL_PORTS[name];
      let chosen = !anyPorts && (await portIsFree(usual)) ? usual : await freePort();
      // A port that was free a moment ago is free still: nobody listens there yet.
      while (taken.has(chosen)) chosen = await freePort();
      taken.add(chosen);
      return chosen;
    };
    const ports = {
      gate: await port('gate'),
      sample: await port('sample'),
      apis: await port('apis'),
      sampleApi: await port('sampleApi'),
      sampleMcp: await port('sampleMcp'),
      issuer: await port('issuer'),
      admin: await port('admin'),
      metrics: await port('metrics'),
      console: await port('console'),
    };
    const {
      ca,
      caFile,
      servers: certificates,
    } = await ensureDevCertificates({
      directory: devCertificates(stateDirectory),
      names: ['gate', 'sample'],
      nowMs: createSystemClock().nowMs(),
    });
    const sampleCertificate = certificates.get('sample') as CertificateFiles;
    const directory = join(stateDirectory, 'postgres');
    const dataDirectory = await sampleDataDirectory(directory);

    const startSample = async () => {
      const sample = await startSampleDatabase({
        directory,
        dataDirectory,
        port: ports.sample,
        tls: { certificate: sampleCertificate.certificate, key: sampleCertificate.key, ca },
        unsafeFast,
      });
      const { pid, ended } = sample.server;
      return { ...sample, pid, ended };
    };
    const samplePart = step('Sample PostgreSQL', () => keepRunning('PostgreSQL', startSample, log)).then(
      (kept) => {
        stops.push(() => kept.stop());
        return kept;
      },
    );
    const issuerPart = step('Development issuer', () =>
      startDevIssuer({
        directory: issuerDirectory(stateDirectory),
        port: ports.issuer,
        listeners: [ports.gate, ports.apis, ports.console].map((each) => `127.0.0.1:${each}`),
        consoleUrl: devConsoleUrl(ports.console),
      }),
    ).then((issuer) => {
      stops.push(() => issuer.stop());
      return issuer;
    });
    const serversPart = step('Sample API and MCP server', () =>
      startSampleServers({
        directory: sampleServersDirectory(stateDirectory),
        ports: { api: ports.sampleApi, mcp: ports.sampleMcp },
        tls: sampleCertificate,
      }),
    ).then((servers) => {
      stops.push(() => servers.stop());
      return servers;
    });
    // All settle before anything is undone, or what starts last would be left running.
    await Promise.allSettled([samplePart, issuerPart, serversPart]);
    const [sample, issuer, servers] = await Promise.all([samplePart, issuerPart, serversPart]);

    await keptSecret(maskingKeyFile(stateDirectory), MASKING_KEY_BYTES);
    await keptSecret(approvalsKeyFile(stateDirectory), APPROVALS_KEY_BYTES);
    const file = devConfigFile(stateDirectory);
    const text = devConfigText({
      ports,
      issuer: issuer.issuer,
      audience: DEV_AUDIENCE,
      database: SAMPLE_DATABASE,
      caFile,
      gateCertificate: certificates.get('gate') as CertificateFiles,
      passwordFiles: samplePasswordFiles(directory),
      sampleApiTokenFile: servers.apiTokenFile,
      sampleMcpTokenFile: servers.mcpTokenFile,
      maskingKeyFile: maskingKeyFile(stateDirectory),
      approvalsKeyFile: approvalsKeyFile(stateDirectory),
      bundle: options.bundle ?? join(import.meta.dirname, '../../policies-rego/bundle'),
      socketDirectory: undefined,
      workers: options.workers ?? 'auto',
    });
    await writeFile(file, text, { mode: 0o600 });
    const config = await loadConfig(file);
    const gate = await startGate({
      config,
      envoyBinary: options.envoyBinary,
      log,
      step,
      ...(anyPorts ? { clickhousePort: 0 } : {}),
    });
    stops.push(() => gate.stop());
    return {
      config,
      // Its configuration has a listener of each kind, and a console.
      endpoints: { ...gate.endpoints, issuer: issuer.issuer } as Required<RunEndpoints>,
      metricsUrl: gate.metricsUrl,
      clickhousePassword: gate.clickhousePassword ?? '',
      caFile,
      issuerDirectory: issuerDirectory(stateDirectory),
      sampleApi: servers.api,
      sampleMcp: servers.mcp,
      programs: () => {
        const pid = sample.current()?.pid;
        return [...gate.programs(), ...(pid === undefined ? [] : [{ name: 'PostgreSQL', pid }])];
      },
      isReady: gate.isReady,
      stop: stopAll,
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}
