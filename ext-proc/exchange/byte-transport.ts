/**
 * What lies between a peer and the walk: nothing, or TLS. Owns the TLS sessions of an exchange (in-band on both
 * sides, envoy-facts "TLS for PostgreSQL without contrib"); knows nothing of the protocol inside.
 */
import { Duplex } from 'node:stream';
import { connect, TLSSocket, type ConnectionOptions, type SecureContext } from 'node:tls';

/** Bytes of a peer, clear. */
export interface TransportEvents {
  onData(chunk: Buffer): void;
  /** The peer will send no more. */
  onEnd(): void;
  /** The transport broke: a TLS alert, a bad record, a certificate that does not verify. */
  onError(error: Error): void;
}

/** Bytes as they go to and come from Envoy. */
export type WireSend = (pieces: readonly Buffer[], end: boolean) => void;

export interface ByteTransport {
  /** Bytes from the wire. */
  receive(chunk: Buffer): void;
  receiveEnd(): void;
  /** Clear bytes to the peer; `end` closes this direction after them. */
  send(pieces: readonly Buffer[], end: boolean): void;
  destroy(): void;
}

export class PlainTransport implements ByteTransport {
  readonly #wire: WireSend;
  readonly #events: TransportEvents;
  constructor(wire: WireSend, events: TransportEvents) {
    this.#wire = wire;
    this.#events = events;
  }
  receive(chunk: Buffer): void {
    this.#events.onData(chunk);
  }
  receiveEnd(): void {
    this.#events.onEnd();
  }
  send(pieces: readonly Buffer[], end: boolean): void {
    this.#wire(pieces, end);
  }
  destroy(): void {}
}

/** TLS over the wire, as server toward a client or as client toward an upstream. */
export class TlsTransport implements ByteTransport {
  readonly #wire: WireSend;
  readonly #wireSide: Duplex;
  readonly #socket: TLSSocket;
  /** Resolves when the handshake is done; rejects where it fails, and `onError` is not called then. */
  readonly secured: Promise<void>;

  private constructor(
    wire: WireSend,
    wireSide: Duplex,
    socket: TLSSocket,
    secureEvent: 'secure' | 'secureConnect',
    events: TransportEvents,
  ) {
    this.#wire = wire;
    this.#wireSide = wireSide;
    this.#socket = socket;
    let settled = false;
    this.secured = new Promise((resolve, reject) => {
      socket.once(secureEvent, () => {
        settled = true;
        resolve();
      });
      const fail = (error: Error): void => {
        if (settled) return events.onError(error);
        settled = true;
        socket.destroy();
        reject(error);
      };
      socket.on('error', fail);
      socket.once('close', () => fail(new Error('the TLS connection closed')));
      wireSide.on('error', fail);
      socket.on('end', () => {
        // Nothing else tells of a peer that leaves amid the handshake.
        if (!settled) return fail(new Error('the peer left during the TLS handshake'));
        events.onEnd();
      });
    });
    socket.on('data', (chunk: Buffer) => events.onData(chunk));
  }

  static server(
    wire: WireSend,
    events: TransportEvents,
    options: { secureContext: SecureContext; alpn: string },
  ): TlsTransport {
    const wireSide = wireDuplex(wire);
    const socket = new TLSSocket(wireSide, {
      isServer: true,
      secureContext: options.secureContext,
      ALPNProtocols: [options.alpn],
      requestCert: false,
    });
    return new TlsTransport(wire, wireSide, socket, 'secure', events);
  }

  static client(wire: WireSend, events: TransportEvents, options: ConnectionOptions): TlsTransport {
    const wireSide = wireDuplex(wire);
    const socket = connect({ ...options, socket: wireSide });
    return new TlsTransport(wire, wireSide, socket, 'secureConnect', events);
  }

  /** The protocol agreed on by ALPN, if any. */
  get alpnProtocol(): string | undefined {
    const protocol = this.#socket.alpnProtocol;
    return typeof protocol === 'string' ? protocol : undefined;
  }

  /** DER of the peer's certificate, where it showed one. */
  get peerCertificate(): Buffer | undefined {
    const certificate = this.#socket.getPeerCertificate();
    return certificate?.raw;
  }

  receive(chunk: Buffer): void {
    this.#wireSide.push(chunk);
  }
  receiveEnd(): void {
    this.#wireSide.push(null);
  }
  send(pieces: readonly Buffer[], end: boolean): void {
    // What TLS can no longer say is left out, but the peer's connection still has to end.
    if (this.#socket.destroyed) {
      if (end) this.#wire([], true);
      return;
    }
    if (pieces.length > 0) {
      this.#socket.write(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces));
    }
    if (end) this.#socket.end();
  }
  destroy(): void {
    this.#socket.destroy();
  }
}

function wireDuplex(wire: WireSend): Duplex {
  return new Duplex({
    allowHalfOpen: true,
    read() {},
    // The backlog is counted, and reading paused, where the bytes leave (edge/exchange-stream.ts).
    write(chunk: Buffer, _encoding, callback) {
      wire([chunk], false);
      callback();
    },
    writev(chunks, callback) {
      wire(
        chunks.map((entry) => entry.chunk as Buffer),
        false,
      );
      callback();
    },
    final(callback) {
      wire([], true);
      callback();
    },
  });
}
