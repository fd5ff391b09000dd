/**
 * PostgreSQL's TLS from outside: what a listener of the gate shows to a client, and what a server shows to the gate.
 * Sends an SSLRequest and a TLS handshake, nothing else.
 */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { GatehouseConfig, ListenerConfig, UpstreamConfig } from '../../config/config.ts';
import { catalogueSocket } from '../../config/socket-paths.ts';
import { formatAddress, isLoopbackHost } from '../../config/units.ts';
import { dates } from './certificates.ts';
import type { Check } from './check.ts';
import { failure, ok, reasonOf, warning } from './check.ts';

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const TIMEOUT_MS = 8_000;
const GOODBYE_MS = 1_000;

export type Endpoint = { readonly path: string } | { readonly host: string; readonly port: number };

/** The service's own way to a server, through Envoy. */
export const ownWay = (config: GatehouseConfig, { name, serviceAddress }: UpstreamConfig): Endpoint =>
  serviceAddress === undefined
    ? { path: catalogueSocket(config.service.socketDirectory, name) }
    : serviceAddress;

/** The answer to SSLRequest; the socket stays open. Rejects with why there is none. */
async function askForTls(endpoint: Endpoint): Promise<{ socket: Socket; answer: string }> {
  const socket = connectTcp({ ...endpoint, timeout: TIMEOUT_MS });
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    socket.write(SSL_REQUEST);
    const closed = once(socket, 'close', { signal }).then(() =>
      Promise.reject(new Error('it closed the connection without an answer')),
    );
    closed.catch(() => undefined);
    const [bytes] = (await Promise.race([once(socket, 'data', { signal }), closed])) as [Buffer];
    return { socket, answer: bytes.toString('latin1') };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** The peer's certificate after a handshake that is verified as `verify` says. */
async function handshake(
  socket: Socket,
  verify: { serverName: string; ca: string | undefined } | undefined,
): Promise<X509Certificate> {
  const tls: TLSSocket = connectTls({
    socket,
    ALPNProtocols: ['postgresql'],
    rejectUnauthorized: verify !== undefined,
    ...(verify === undefined
      ? { checkServerIdentity: () => undefined }
      : {
          ...(verify.ca === undefined ? {} : { ca: verify.ca }),
          ...(isIP(verify.serverName) === 0
            ? { servername: verify.serverName }
            : { host: verify.serverName }),
        }),
  });
  try {
    await once(tls, 'secureConnect', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const found = tls.getPeerX509Certificate();
    if (found === undefined) throw new Error('it shows no certificate');
    // Said goodbye to in order: a broken connection would be a row in the evidence, as if somebody had tried to get in.
    tls.end();
    await once(tls, 'close', { signal: AbortSignal.timeout(GOODBYE_MS) }).catch(() => undefined);
    return found;
  } finally {
    tls.destroy();
  }
}

/** That a listener is the gate's, and shows the certificate that is configured. */
export async function listenerTls(listener: ListenerConfig): Promise<Check> {
  const id = 'listener.answers';
  const subject = `listener ${listener.name}`;
  const host =
    listener.address.host === '0.0.0.0'
      ? '127.0.0.1'
      : listener.address.host === '::'
        ? '::1'
        : listener.address.host;
  const shown = formatAddress(listener.address);
  try {
    const { socket, answer } = await askForTls({ host, port: listener.address.port });
    if (listener.tls === undefined) {
      socket.destroy();
      if (answer === 'N') return ok(id, subject, `${shown} answers, without TLS`);
      return failure(
        id,
        subject,
        `${shown} offers TLS, and none is configured: it is not this gate`,
        'see what listens there',
      );
    }
    if (answer !== 'S') {
      socket.destroy();
      return failure(
        id,
        subject,
        `${shown} does not offer TLS`,
        "see the service's log for why its certificate cannot be used",
      );
    }
    const found = await handshake(socket, undefined);
    const configured = new X509Certificate(await readFile(listener.tls.certificate.file));
    if (found.fingerprint256 !== configured.fingerprint256) {
      return failure(
        id,
        subject,
        `${shown} shows another certificate than ${listener.tls.certificate.file}`,
        'see what listens there; a renewed file is taken within seconds',
      );
    }
    return ok(id, subject, `${shown} answers with the configured certificate`);
  } catch (error) {
    return failure(
      id,
      subject,
      `${shown} does not answer: ${reasonOf(error)}`,
      "see Envoy's and the service's logs",
    );
  }
}

/** What a server shows to the gate, judged by the upstream's TLS mode. */
export async function upstreamTls(
  config: GatehouseConfig,
  upstream: UpstreamConfig,
  nowMs: number,
): Promise<readonly Check[]> {
  const id = 'upstream.tls';
  const subject = `upstream ${upstream.name}`;
  const { mode, ca, serverName } = upstream.tls;
  const away = !isLoopbackHost(upstream.address.host);
  try {
    const { socket, answer } = await askForTls(ownWay(config, upstream));
    if (answer !== 'S') {
      socket.destroy();
      if (mode !== 'prefer')
        return [
          failure(
            id,
            subject,
            'the server offers no TLS, and the gate requires it',
            'turn TLS on at the server',
          ),
        ];
      return [
        away
          ? failure(
              id,
              subject,
              'passwords and data go to the server without TLS',
              'turn TLS on at the server, and set mode: verify-full',
            )
          : ok(id, subject, 'no TLS, on loopback'),
      ];
    }
    const verified =
      mode === 'verify-full'
        ? { serverName, ca: ca === undefined ? undefined : await readFile(ca.file, 'utf8') }
        : undefined;
    const certificate = await handshake(socket, verified);
    const soon = dates(subject, certificate, nowMs).map((check) => ({
      ...check,
      id,
      next: "renew the server's certificate",
    }));
    if (verified === undefined && away) {
      return [
        warning(
          id,
          subject,
          `the server is not verified (mode ${mode}): whoever is on the way can be it`,
          'set mode: verify-full',
        ),
        ...soon,
      ];
    }
    return soon.length > 0
      ? soon
      : [
          ok(
            id,
            subject,
            verified === undefined ? 'TLS, not verified, on loopback' : `verified as ${serverName}`,
          ),
        ];
  } catch (error) {
    return [
      failure(
        id,
        subject,
        `no TLS with the server: ${reasonOf(error)}`,
        'is the server up, and are tls.ca and tls.serverName right?',
      ),
    ];
  }
}
