/**
 * Everything that `npm start` runs, on loopback: a sample PostgreSQL with TLS, a development issuer, the service with
 * its ClickHouse, and Envoy in front. All state lies in one directory.
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
import { devConfigText } from './dev-config.ts';
import { DEV_AUDIENCE, startDevIssuer } from './dev-issuer.ts';
import { devCertificates, devConfigFile, issuerDirectory, maskingKeyFile } from './dev-places.ts';
import { keptSecret } from './kept-secret.ts';
import { freePort, portIsFree } from './ready.ts';
import { SAMPLE_DATABASE, samplePasswordFiles, startSampleDatabase } from './sample-database.ts';
import { sampleDataDirectory } from './sample-place.ts';

/** Used when free, so that what one has pasted works again after the next start; any free one otherwise. */
const USUAL_PORTS = { gate: 15_432, sample: 15_433, issuer: 18_080, admin: 19_901, metrics: 19_464 } as const;

const MASKING_KEY_BYTES = 32;

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
    const port = async (name: keyof typeof USUAL_PORTS): Promise<number> =>
      !anyPorts && (await portIsFree(USUAL_PORTS[name])) ? USUAL_PORTS[name] : freePort();
    const ports = {
      gate: await port('gate'),
      sample: await port('sample'),
      issuer: await port('issuer'),
      admin: await port('admin'),
      metrics: await port('metrics'),
    };
    const { ca, caFile, servers } = await ensureDevCertificates({
      directory: devCertificates(stateDirectory),
      names: ['gate', 'sample'],
      nowMs: createSystemClock().nowMs(),
    });
    const sampleCertificate = servers.get('sample') as CertificateFiles;
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
        listeners: [`127.0.0.1:${ports.gate}`],
      }),
    ).then((issuer) => {
      stops.push(() => issuer.stop());
      return issuer;
    });
    // Both settle before anything is undone, or what starts last would be left running.
    await Promise.allSettled([samplePart, issuerPart]);
    const [sample, issuer] = await Promise.all([samplePart, issuerPart]);

    await keptSecret(maskingKeyFile(stateDirectory), MASKING_KEY_BYTES);
    const file = devConfigFile(stateDirectory);
    const text = devConfigText({
      ports,
      issuer: issuer.issuer,
      audience: DEV_AUDIENCE,
      database: SAMPLE_DATABASE,
      caFile,
      gateCertificate: servers.get('gate') as CertificateFiles,
      passwordFiles: samplePasswordFiles(directory),
      maskingKeyFile: maskingKeyFile(stateDirectory),
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
      endpoints: { ...gate.endpoints, issuer: issuer.issuer },
      metricsUrl: gate.metricsUrl,
      clickhousePassword: gate.clickhousePassword ?? '',
      caFile,
      issuerDirectory: issuerDirectory(stateDirectory),
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
