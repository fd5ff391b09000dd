import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { ensureDevCertificates } from './dev-ca.ts';

const DAY_MS = 86_400_000;
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gh-ca-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const make = (nowMs = Date.now()) => ensureDevCertificates({ directory, names: ['gate'], nowMs });
const gate = async (nowMs?: number) => (await make(nowMs)).servers.get('gate')!;

test.each(['localhost', '127.0.0.1'])('a client that verifies fully accepts %s', async (host) => {
  const { ca, servers } = await make();
  const { certificate, key } = servers.get('gate')!;
  const server = createServer({ cert: certificate, key }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket: TLSSocket = connect({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca,
    checkServerIdentity,
  });
  await once(socket, 'secureConnect');
  expect(socket.authorized).toBe(true);
  expect(new X509Certificate(certificate).checkHost('example.com')).toBeUndefined();
  socket.destroy();
  server.close();

  function checkServerIdentity(): undefined {
    const presented = new X509Certificate(certificate);
    expect(presented.checkHost(host) ?? presented.checkIP(host)).toBe(host);
  }
});

test('keeps what it made, and lets only this account read the keys', async () => {
  const first = await gate();
  const second = await gate();
  expect(second.certificate.trim()).toBe(first.certificate.trim());
  for (const file of ['ca.key', 'gate.key']) {
    expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600);
  }
});

test('renews a server certificate near its end, under the same authority', async () => {
  const now = Date.now();
  const first = await make(now);
  const later = await make(now + 61 * DAY_MS);
  expect(later.ca).toBe(first.ca);
  expect(later.servers.get('gate')!.certificate).not.toBe(first.servers.get('gate')!.certificate);
  expect(
    new X509Certificate(later.servers.get('gate')!.certificate).verify(
      new X509Certificate(first.ca).publicKey,
    ),
  ).toBe(true);
});

test('renews everything when the authority is near its end', async () => {
  const now = Date.now();
  const first = await make(now);
  const later = await make(now + 1_700 * DAY_MS);
  expect(later.ca).not.toBe(first.ca);
  expect(
    new X509Certificate(later.servers.get('gate')!.certificate).verify(
      new X509Certificate(later.ca).publicKey,
    ),
  ).toBe(true);
});

test('makes a pair anew where key and certificate do not belong together', async () => {
  const first = await gate();
  await writeFile(join(directory, 'gate.key'), await readFile(join(directory, 'ca.key')));
  const second = await gate();
  expect(second.certificate).not.toBe(first.certificate);
});
