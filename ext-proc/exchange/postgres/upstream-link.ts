/**
 * The upstream's side of a session until it is logged in: what the server's answer to `SSLRequest` means, TLS toward
 * it, and the gate's own login with the credential that the principal maps to.
 */
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { GatehouseError } from '../../domain/errors.ts';
import type { RandomBytes } from '../../domain/ids.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { UpstreamCredential } from '../../domain/ports.ts';
import { MessageFramer } from '../../protocols/postgres/framer.ts';
import { BACKEND_TYPES } from '../../protocols/postgres/message-types.ts';
import { tlsServerEndPoint } from '../../protocols/postgres/tls-server-end-point.ts';
import {
  UpstreamLogin,
  type UpstreamFailed,
  type UpstreamReady,
} from '../../protocols/postgres/upstream-login.ts';
import {
  PlainTransport,
  TlsTransport,
  type ByteTransport,
  type TransportEvents,
  type WireSend,
} from '../byte-transport.ts';
import type { Inbox } from '../inbox.ts';
import type { UpstreamTls } from './gate.ts';

/** What the gate's anchor answers to `SSLRequest` in place of an upstream that is down (edge/anchor.ts). */
export const ANCHOR_ANSWER = 0x41;
const SSL_ACCEPTED = 0x53;
const SSL_DECLINED = 0x4e;

const pbkdf2Async = promisify(pbkdf2);

export type UpstreamAnswer = 'tls' | 'plain' | 'down';

/**
 * One byte, and nothing behind it: a server that says more before the handshake is not the one we asked
 * (CVE-2021-23222 seen from the client's side).
 */
export function readUpstreamAnswer(bytes: Buffer): UpstreamAnswer {
  if (bytes.length === 1) {
    if (bytes[0] === SSL_ACCEPTED) return 'tls';
    if (bytes[0] === SSL_DECLINED) return 'plain';
  }
  return 'down';
}

/**
 * The transport toward the upstream under the configured mode, its handshake done. `onTransport` gets it before that:
 * from then on what arrives belongs to it.
 */
export async function secureUpstream(
  answer: 'tls' | 'plain',
  tls: UpstreamTls,
  wire: WireSend,
  events: TransportEvents,
  onTransport: (transport: ByteTransport) => void,
): Promise<{ transport: ByteTransport; certificate: Buffer | undefined }> {
  if (answer === 'plain') {
    if (tls.mode !== 'prefer') {
      throw new GatehouseError('GH_UPSTREAM_TLS', 'the upstream offers no TLS, and the gate requires it');
    }
    const transport = new PlainTransport(wire, events);
    onTransport(transport);
    return { transport, certificate: undefined };
  }
  const transport = TlsTransport.client(wire, events, {
    ...(tls.ca === undefined ? undefined : { ca: tls.ca }),
    ...(isIP(tls.serverName) === 0 ? { servername: tls.serverName } : { host: tls.serverName }),
    rejectUnauthorized: tls.mode === 'verify-full',
    checkServerIdentity:
      tls.mode === 'verify-full'
        ? (_host, certificate) => checkServerIdentity(tls.serverName, certificate)
        : () => undefined,
    ALPNProtocols: ['postgresql'],
    minVersion: 'TLSv1.2',
  });
  onTransport(transport);
  try {
    await transport.secured;
  } catch (error) {
    throw new GatehouseError('GH_UPSTREAM_TLS', "the upstream's TLS certificate could not be verified", {
      cause: error,
    });
  }
  return { transport, certificate: transport.peerCertificate };
}

/** Logs in and reads to the first ReadyForQuery. What the server sent behind it stays in the inbox. */
export async function loginUpstream(options: {
  readonly transport: ByteTransport;
  readonly inbox: Inbox;
  readonly credential: UpstreamCredential;
  readonly certificate: Buffer | undefined;
  readonly tlsActive: boolean;
  readonly parameters: ReadonlyMap<string, string>;
  readonly protocolMinor: number;
  readonly random: RandomBytes;
}): Promise<UpstreamReady | UpstreamFailed> {
  const login = new UpstreamLogin({
    user: options.credential.user,
    password: options.credential.password,
    parameters: options.parameters,
    protocolMinor: options.protocolMinor,
    channelBinding: options.certificate === undefined ? undefined : tlsServerEndPoint(options.certificate),
    tlsActive: options.tlsActive,
    randomBytes: options.random,
    pbkdf2: (password, salt, iterations, keyBytes) =>
      pbkdf2Async(password, salt, iterations, keyBytes, 'sha256'),
  });
  options.transport.send([login.start()], false);
  for (;;) {
    const { type, wire } = await options.inbox.next(decodeBackendMessage);
    const step = await login.onMessage(type, wire);
    if (step.kind === 'send') options.transport.send([step.bytes], false);
    else if (step.kind !== 'continue') return step;
  }
}

function decodeBackendMessage(
  bytes: Buffer,
): { value: { type: number; wire: Buffer }; consumed: number } | undefined {
  const framer = new MessageFramer({
    streamed: NONE,
    knownTypes: BACKEND_TYPES,
    bytesMax: () => LIMITS.loginMessageBytesMax,
  });
  framer.push(bytes);
  const step = framer.next();
  switch (step.kind) {
    case 'message':
      return { value: { type: step.type, wire: step.wire }, consumed: step.wire.length };
    case 'need-more':
      return undefined;
    default:
      throw new GatehouseError('GH_UPSTREAM_PROTOCOL', 'the upstream does not speak the PostgreSQL protocol');
  }
}

const NONE: ReadonlySet<number> = new Set();
