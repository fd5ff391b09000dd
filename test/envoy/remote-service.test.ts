/** Envoy and the service on different hosts: mutual TLS between them, and nothing without it. */
import { readFileSync } from 'node:fs';
import { ServerCredentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEchoProcessor, type EchoProcessor } from '../../bench/echo-processor.ts';
import { startAnchor } from '../../ext-proc/edge/anchor.ts';
import type { Postgres } from '../../ext-proc/embedded/postgres.ts';
import { freePort } from '../../ext-proc/embedded/ready.ts';
import { startTestEnvoy, testConfig } from '../support/envoy.ts';
import { makeIdentity, type TestIdentity } from '../support/mutual-tls.ts';
import { openSocket, readToEnd, readUntil, startupPacket } from '../support/postgres-socket.ts';
import { startTestPostgres } from '../support/postgres.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';

const NAME = 'gate.internal.test';
const READY_FOR_QUERY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
const DIALS = 'cluster.gatehouse_server_sample.upstream_cx_total';

let directory: TemporaryDirectory;
let postgres: Postgres;
let service: TestIdentity;
let envoyIdentity: TestIdentity;
let stranger: TestIdentity;

beforeAll(async () => {
  directory = await temporaryDirectory();
  service = await makeIdentity(directory.path, 'service', NAME);
  envoyIdentity = await makeIdentity(directory.path, 'envoy', 'envoy.internal.test');
  stranger = await makeIdentity(directory.path, 'stranger', 'stranger.internal.test');
  postgres = await startTestPostgres({ hba: ['host all all 127.0.0.1/32 trust'] });
});
afterAll(async () => {
  await postgres?.stop();
  await directory?.remove();
});

/** A service that takes only clients whose certificate is of `envoy-ca.crt`. */
const startService = (port: number, own: TestIdentity): Promise<EchoProcessor> =>
  startEchoProcessor({
    address: `127.0.0.1:${port}`,
    credentials: ServerCredentials.createSsl(
      readFileSync(envoyIdentity.caFile),
      [{ cert_chain: readFileSync(own.certificateFile), private_key: readFileSync(own.keyFile) }],
      true,
    ),
  });

interface Setting {
  /** What the service shows. */
  readonly service: TestIdentity;
  /** What Envoy shows. */
  readonly envoy: TestIdentity;
  /** The name that Envoy asks of the service. */
  readonly serverName: string;
  readonly upstreamPort: number;
}

/** What a client gets that sends a startup packet, and how often the server was dialled for it. */
async function tryOne(
  setting: Setting,
): Promise<{ reached: boolean; dials: number; bytes: Buffer; ownConnection: boolean }> {
  const own = await temporaryDirectory();
  const [port, anchorPort, servicePort] = [await freePort(), await freePort(), await freePort()];
  const config = await testConfig({
    directory: own.path,
    upstream: `127.0.0.1:${setting.upstreamPort}`,
    upstreamExtra: `    serviceAddress: 127.0.0.1:${servicePort}`,
    serviceExtra:
      `remote: { address: '127.0.0.1:${port}', anchorAddress: '127.0.0.1:${anchorPort}', ` +
      `certificate: { file: x }, key: { file: x }, clientCa: { file: x } }`,
    envoyExtra:
      `serviceTls: { certificate: { file: ${setting.envoy.certificateFile} }, key: { file: ${setting.envoy.keyFile} }, ` +
      `ca: { file: ${service.caFile} }, serverName: ${setting.serverName} }`,
  });
  const processor = await startService(port, setting.service);
  const anchor = await startAnchor({ host: '127.0.0.1', port: anchorPort });
  const envoy = await startTestEnvoy(config, own.path);
  try {
    const socket = await openSocket(config.listeners[0]?.address.port as number);
    socket.write(startupPacket('postgres', 'postgres'));
    const got = await readUntil(socket, READY_FOR_QUERY, 1_500).then(
      (bytes) => ({ reached: true, bytes }),
      () => ({ reached: false, bytes: Buffer.alloc(0) }),
    );
    socket.destroy();
    const dials = await envoy.stat(DIALS);
    const direct = await openSocket(servicePort);
    direct.write(startupPacket('postgres', 'postgres'));
    const ownConnection = await readUntil(direct, READY_FOR_QUERY, 2_000).then(
      () => true,
      () => false,
    );
    direct.destroy();
    return { ...got, dials, ownConnection };
  } finally {
    await envoy.stop();
    processor.stop();
    await anchor.close();
    await own.remove();
  }
}

describe('a service on another host', () => {
  it('serves an Envoy that shows its certificate, and has its own way to the server', async () => {
    const { reached, ownConnection } = await tryOne({
      service,
      envoy: envoyIdentity,
      serverName: NAME,
      upstreamPort: postgres.port,
    });
    expect({ reached, ownConnection }).toEqual({ reached: true, ownConnection: true });
  });

  it('is not taken for the service when its certificate carries another name', async () => {
    const { reached, dials } = await tryOne({
      service,
      envoy: envoyIdentity,
      serverName: 'other.internal.test',
      upstreamPort: postgres.port,
    });
    expect({ reached, dials }).toEqual({ reached: false, dials: 0 });
  });

  it('is not taken for the service when its certificate comes from another authority', async () => {
    const { reached, dials } = await tryOne({
      service: stranger,
      envoy: envoyIdentity,
      serverName: 'stranger.internal.test',
      upstreamPort: postgres.port,
    });
    expect({ reached, dials }).toEqual({ reached: false, dials: 0 });
  });

  it('refuses an Envoy whose certificate comes from another authority', async () => {
    const { reached, dials } = await tryOne({
      service,
      envoy: stranger,
      serverName: NAME,
      upstreamPort: postgres.port,
    });
    expect({ reached, dials }).toEqual({ reached: false, dials: 0 });
  });

  it('answers for a server that is down from its anchor', async () => {
    const own = await temporaryDirectory();
    const [port, anchorPort] = [await freePort(), await freePort()];
    const config = await testConfig({
      directory: own.path,
      upstream: `localhost.localdomain.invalid:5432`,
      upstreamExtra: `    serviceAddress: 127.0.0.1:${await freePort()}`,
      serviceExtra: `remote: { address: '127.0.0.1:${port}', anchorAddress: '127.0.0.1:${anchorPort}', certificate: { file: x }, key: { file: x }, clientCa: { file: x } }`,
      envoyExtra: `serviceTls: { certificate: { file: ${envoyIdentity.certificateFile} }, key: { file: ${envoyIdentity.keyFile} }, ca: { file: ${service.caFile} }, serverName: ${NAME} }`,
    });
    const processor = await startService(port, service);
    const anchor = await startAnchor({ host: '127.0.0.1', port: anchorPort });
    const envoy = await startTestEnvoy(config, own.path);
    try {
      const socket = await openSocket(config.listeners[0]?.address.port as number);
      const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
      socket.write(SSL_REQUEST);
      const { bytes } = await readToEnd(socket, 2_000);
      expect(bytes.length).toBe(1);
      expect(['S', 'N']).not.toContain(bytes.toString());
      socket.destroy();
    } finally {
      await envoy.stop();
      processor.stop();
      await anchor.close();
      await own.remove();
    }
  });
});
