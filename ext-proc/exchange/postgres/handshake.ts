/**
 * From a client's first byte to a verified token, read as the procedure that it is. Owns the client's side of the
 * handshake: what may be asked, in which order, and that nothing sent ahead of TLS is ever used.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Start-up", "SSL Session Encryption".
 */
import { GatehouseError } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Secret } from '../../domain/secret.ts';
import { encodeAuthenticationCleartextPassword } from '../../protocols/postgres/backend-encoders.ts';
import { decodePassword } from '../../protocols/postgres/frontend.ts';
import { FRONTEND } from '../../protocols/postgres/message-types.ts';
import {
  decodeStartup,
  encodeNegotiateProtocolVersion,
  PROTOCOL_MINOR_MAX,
  type StartupPacket,
} from '../../protocols/postgres/startup.ts';
import { WIRE_ERRORS } from '../../protocols/postgres/wire-errors.ts';
import type { Inbox } from '../inbox.ts';
import { HandshakeRefusal } from './handshake-refusal.ts';

/** The client's side, as the procedure uses it. */
export interface ClientLink {
  readonly inbox: Inbox;
  /** Whether the client is behind TLS. */
  readonly secured: boolean;
  readonly tlsOffered: boolean;
  send(bytes: Buffer): void;
  /** Puts TLS under the link; resolves when the client's handshake is done. `requireAlpn` for direct TLS. */
  startTls(requireAlpn: boolean): Promise<void>;
}

export type ClientRequest =
  | {
      readonly kind: 'startup';
      readonly protocolMinor: number;
      readonly parameters: ReadonlyMap<string, string>;
    }
  | { readonly kind: 'cancel'; readonly processId: number; readonly secretKey: Buffer };

const ACCEPTED = Buffer.from('S');
const DECLINED = Buffer.from('N');
/** One GSSENCRequest and one SSLRequest may come before the startup packet, or direct TLS. */
const PACKETS_MAX = 4;

/** Bytes sent ahead of an encryption handshake: an attacker in between may have put them there. No answer is due. */
function refuseStuffing(link: ClientLink): void {
  if (link.inbox.pending > 0) {
    throw new GatehouseError('GH_PG_STUFFED', 'data was sent ahead of the encryption handshake');
  }
}

/** Reads to the startup packet or a cancel request, agreeing on encryption on the way. */
export async function readClientRequest(link: ClientLink): Promise<ClientRequest> {
  for (let packets = 0; packets < PACKETS_MAX; packets++) {
    const packet = await link.inbox.next(takeStartup);
    switch (packet.kind) {
      case 'direct_tls':
        if (link.secured || !link.tlsOffered)
          throw new GatehouseError('GH_PG_TLS_UNEXPECTED', 'TLS is not offered here');
        await link.startTls(true);
        break;
      case 'ssl_request':
        if (link.secured) throw new HandshakeRefusal('GH_PG_TLS_TWICE', '08P01', 'TLS is on already');
        refuseStuffing(link);
        link.send(link.tlsOffered ? ACCEPTED : DECLINED);
        if (link.tlsOffered) await link.startTls(false);
        break;
      case 'gssenc_request':
        refuseStuffing(link);
        link.send(DECLINED);
        break;
      case 'cancel_request':
        // A copy: the bytes it was read from are reused.
        return { kind: 'cancel', processId: packet.processId, secretKey: Buffer.from(packet.secretKey) };
      case 'startup': {
        const minor = Math.min(packet.protocolMinor, PROTOCOL_MINOR_MAX);
        const options = [...packet.protocolOptions.keys()];
        if (packet.protocolMinor > PROTOCOL_MINOR_MAX || options.length > 0) {
          link.send(encodeNegotiateProtocolVersion(minor, options));
        }
        return { kind: 'startup', protocolMinor: minor, parameters: packet.parameters };
      }
      case 'error': {
        const { sqlstate, message } = WIRE_ERRORS[packet.code];
        throw new HandshakeRefusal(packet.code, sqlstate, message);
      }
    }
  }
  throw new HandshakeRefusal('GH_PG_STARTUP_ORDER', '08P01', 'too many requests before the startup packet');
}

/** Asks for the token and reads it. Only over TLS, unless the listener is for development on loopback. */
export async function readToken(link: ClientLink, plaintextAllowed: boolean): Promise<Secret<string>> {
  if (!link.secured && !plaintextAllowed) {
    throw new HandshakeRefusal(
      'GH_PG_TLS_REQUIRED',
      '28000',
      'tokens are taken over TLS only; connect with sslmode=verify-full',
    );
  }
  link.send(encodeAuthenticationCleartextPassword());
  const wire = await link.inbox.next(takePassword);
  const password = decodePassword(wire);
  if (!password.ok) {
    const { sqlstate, message } = WIRE_ERRORS[password.code];
    throw new HandshakeRefusal(password.code, sqlstate, message);
  }
  return password.password;
}

type KnownPacket = Exclude<StartupPacket, { kind: 'need-more' }>;

function takeStartup(bytes: Buffer): { value: KnownPacket; consumed: number } | undefined {
  const packet = decodeStartup(bytes);
  if (packet.kind === 'need-more') return undefined;
  return { value: packet, consumed: 'consumed' in packet ? packet.consumed : 0 };
}

function takePassword(bytes: Buffer): { value: Buffer; consumed: number } | undefined {
  if (bytes[0] !== FRONTEND.PasswordMessage) {
    throw new HandshakeRefusal(
      'GH_PG_PASSWORD_EXPECTED',
      '08P01',
      'a password message was expected; send the token as the password',
    );
  }
  if (bytes.length < 5) return undefined;
  const length = bytes.readUInt32BE(1);
  if (length < 4 || length > LIMITS.passwordMessageBytesMax) {
    throw new HandshakeRefusal(
      'GH_PG_FRAME_LENGTH',
      '08P01',
      'the password message has an impossible length',
    );
  }
  return bytes.length < length + 1
    ? undefined
    : { value: bytes.subarray(0, length + 1), consumed: length + 1 };
}
