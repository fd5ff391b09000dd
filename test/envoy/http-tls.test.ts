/** TLS of an HTTP listener: Envoy's own, with HTTP/2 and HTTP/1.1 to choose from, and renewed under a running Envoy. */
import { once } from 'node:events';
import { readFile, rename } from 'node:fs/promises';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeIdentity, type TestIdentity } from '../support/mutual-tls.ts';
import { startRecordedHttpGate, type RecordedHttpGate } from '../support/recorded-http-gate.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';

const HOST = 'api.test';
let directory: TemporaryDirectory;
let shown: TestIdentity;
let gate: RecordedHttpGate;

beforeAll(async () => {
  directory = await temporaryDirectory();
  shown = await makeIdentity(directory.path, 'shown', HOST);
  gate = await startRecordedHttpGate({
    routesYaml: `      - { name: own, host: ${HOST}, upstream: api }`,
    listenerYaml: `    tls: { certificate: { file: ${shown.certificateFile} }, key: { file: ${shown.keyFile} } }`,
  });
});
afterAll(async () => {
  await gate?.stop();
  await directory?.remove();
});

const session = async (caFile: string): Promise<ClientHttp2Session> => {
  const found = connectHttp2(`https://127.0.0.1:${gate.port}`, {
    ca: await readFile(caFile),
    servername: HOST,
  });
  found.on('error', () => undefined);
  return found;
};

async function statusOver(client: ClientHttp2Session): Promise<number> {
  const stream = client.request({
    ':authority': HOST,
    ':path': '/a',
    authorization: `Bearer ${await gate.token()}`,
  });
  const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
  stream.resume();
  return headers[':status'];
}

/** The protocol that both sides settle on, and the version of TLS. */
async function settled(protocols: readonly string[], maxVersion: 'TLSv1.1' | 'TLSv1.3'): Promise<string> {
  const socket = connectTls({
    host: '127.0.0.1',
    port: gate.port,
    servername: HOST,
    ca: await readFile(shown.caFile),
    ALPNProtocols: [...protocols],
    minVersion: 'TLSv1',
    maxVersion,
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  try {
    await once(socket, 'secureConnect');
    return `${socket.alpnProtocol || 'none'} over ${socket.getProtocol()}`;
  } finally {
    socket.destroy();
  }
}

it('offers HTTP/2 and HTTP/1.1 over TLS 1.2 and later, and nothing older', async () => {
  expect(await settled(['h2', 'http/1.1'], 'TLSv1.3')).toBe('h2 over TLSv1.3');
  expect(await settled(['http/1.1'], 'TLSv1.3')).toBe('http/1.1 over TLSv1.3');
  await expect(settled(['h2'], 'TLSv1.1')).rejects.toThrow();
});

it('takes a renewed certificate without a restart, and live connections stay', async () => {
  const before = await session(shown.caFile);
  expect(await statusOver(before)).toBe(200);
  const renewed = await makeIdentity(directory.path, 'renewed', HOST);
  await rename(renewed.keyFile, shown.keyFile);
  await rename(renewed.certificateFile, shown.certificateFile);
  await expect
    .poll(async () => {
      const after = await session(renewed.caFile);
      try {
        return await statusOver(after);
      } catch {
        return 0;
      } finally {
        after.destroy();
      }
    })
    .toBe(200);
  expect(await statusOver(before)).toBe(200);
  before.destroy();
});

it('does not speak to who does not speak TLS', async () => {
  expect(await gate.raw(`GET /a HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)).toBe('');
});
