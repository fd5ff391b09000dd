/**
 * TLS of HTTP from outside: what a listener of the gate shows to a client, and what a server shows to Envoy. Makes a
 * handshake and leaves; no request is sent.
 */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { GatehouseConfig } from '../../config/config.ts';
import type { HttpListenerConfig, HttpUpstreamConfig } from '../../config/http-config.ts';
import { formatAddress, isLoopbackHost, type Address } from '../../config/units.ts';
import { dates } from './certificates.ts';
import type { Check } from './check.ts';
import { failure, ok, reasonOf, skipped, warning } from './check.ts';

const TIMEOUT_MS = 8_000;

/** That a listener is the gate's, and shows the certificate that is configured. */
export async function httpListenerTls({ name, address, tls }: HttpListenerConfig): Promise<Check> {
  const id = 'listener.answers';
  const subject = `listener ${name}`;
  const shown = formatAddress(address);
  const own = { host: reachableHost(address.host), port: address.port };
  try {
    if (tls === undefined) {
      await greet(own);
      return ok(id, subject, `${shown} answers, without TLS`);
    }
    const found = await certificateOf(own, { rejectUnauthorized: false });
    const configured = new X509Certificate(await readFile(tls.certificate.file));
    if (found.fingerprint256 === configured.fingerprint256)
      return ok(id, subject, `${shown} answers with the configured certificate`);
    return failure(
      id,
      subject,
      `${shown} shows another certificate than ${tls.certificate.file}`,
      'see what listens there; Envoy takes a renewed file when it is moved into its directory (docs/network-team.md)',
    );
  } catch (error) {
    return failure(id, subject, `${shown} does not answer: ${reasonOf(error)}`, "see Envoy's log");
  }
}

/** That a server can be reached, and shows a certificate that Envoy will take. */
export async function httpUpstreamTls(
  { service }: GatehouseConfig,
  { name, address, tls }: HttpUpstreamConfig,
  nowMs: number,
): Promise<readonly Check[]> {
  const id = 'upstream.tls';
  const subject = `upstream ${name}`;
  try {
    if (tls === undefined) {
      await greet(address);
      if (isLoopbackHost(address.host)) return [ok(id, subject, 'no TLS, on loopback')];
      return [
        warning(
          id,
          subject,
          'credentials and data go to the server without TLS',
          'set tls.mode: verify-full, unless the server is in the same pod',
        ),
      ];
    }
    const isName = isIP(tls.serverName) === 0;
    const certificate = await certificateOf(address, {
      ca: await readFile(tls.ca.file, 'utf8'),
      ...(isName ? { servername: tls.serverName } : {}),
      // Where the name is an address it is this that is compared, whatever was dialled.
      checkServerIdentity: (_host, peer) => identity(tls.serverName, peer.raw),
    });
    const soon = dates(subject, certificate, nowMs);
    if (soon.length === 0) return [ok(id, subject, `verified as ${tls.serverName}`)];
    return soon.map((check) => ({ ...check, id, next: "renew the server's certificate" }));
  } catch (error) {
    const detail = `${formatAddress(address)} cannot be used: ${reasonOf(error)}`;
    // It is Envoy that speaks to the server, and this is another host.
    if (service.remote !== undefined)
      return [skipped(id, subject, `from here ${detail}`, "look from Envoy's host as well")];
    return [failure(id, subject, detail, 'is the server up, and are tls.ca and tls.serverName right?')];
  }
}

function identity(serverName: string, raw: Buffer): Error | undefined {
  const certificate = new X509Certificate(raw);
  const fits = isIP(serverName) === 0 ? certificate.checkHost(serverName) : certificate.checkIP(serverName);
  return fits === undefined ? new Error(`its certificate is not for ${serverName}`) : undefined;
}

const reachableHost = (host: string): string =>
  host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;

async function greet(address: Address): Promise<void> {
  const socket = connectTcp(address);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } finally {
    socket.destroy();
  }
}

async function certificateOf(
  { host, port }: Address,
  options: Pick<ConnectionOptions, 'ca' | 'servername' | 'rejectUnauthorized' | 'checkServerIdentity'>,
): Promise<X509Certificate> {
  const socket = connectTls({ host, port, ALPNProtocols: ['http/1.1'], ...options });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const found = socket.getPeerX509Certificate();
    if (found === undefined) throw new Error('it shows no certificate');
    return found;
  } finally {
    socket.destroy();
  }
}
