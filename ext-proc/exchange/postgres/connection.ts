/**
 * The two peers of one exchange, each behind its transport. Owns where their bytes go (to the handshake, then to the
 * session), TLS on both sides, and how both directions are ended; knows nothing of what the bytes say.
 */
import type { SecureContext } from 'node:tls';
import { GatehouseError } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import { PlainTransport, TlsTransport, type ByteTransport, type TransportEvents } from '../byte-transport.ts';
import type { ExchangeWire } from '../exchange.ts';
import { Inbox } from '../inbox.ts';
import { refusalResponse, type Refusal } from './denial.ts';
import type { UpstreamTls } from './gate.ts';
import type { ClientLink } from './handshake.ts';
import { secureUpstream } from './upstream-link.ts';

const ALPN = 'postgresql';
/** How long a peer may take to close after both directions were ended. */
const LINGER_MS = 5_000;

/** Who takes the peers' bytes once the handshake is done. */
export interface ConnectionSession {
  readonly frontend: { receive(chunk: Buffer): void; end(): void };
  readonly backend: { receive(chunk: Buffer): void };
  upstreamEnded(): void;
}

export interface ConnectionEvents {
  readonly onTransportError: (side: 'client' | 'upstream', error: Error) => void;
  /** The connection is over, however it ended. Called once. */
  readonly onClosed: () => void;
}

export class Connection {
  readonly clientInbox = new Inbox(LIMITS.handshakeBytesMax);
  readonly upstreamInbox = new Inbox(LIMITS.handshakeBytesMax);
  readonly #stream: ExchangeWire;
  readonly #events: ConnectionEvents;
  #client: ByteTransport;
  #clientSecured = false;
  #upstream: ByteTransport;
  #session: ConnectionSession | undefined;
  #ending = false;
  #closed = false;
  #lingerTimer: NodeJS.Timeout | undefined;

  constructor(stream: ExchangeWire, events: ConnectionEvents) {
    this.#stream = stream;
    this.#events = events;
    this.#client = new PlainTransport(
      (pieces, end) => stream.sendDownstream(pieces, end),
      this.#clientEvents(),
    );
    this.#upstream = new PlainTransport(
      (pieces, end) => stream.sendUpstream(pieces, end),
      this.#upstreamEvents(),
    );
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Neither over nor being ended. */
  get open(): boolean {
    return !this.#closed && !this.#ending;
  }

  // --- bytes in -----------------------------------------------------------------------------------------------

  fromClient(body: Buffer, endOfStream: boolean): void {
    if (body.length > 0) this.#client.receive(body);
    if (endOfStream) this.#client.receiveEnd();
  }

  fromUpstream(body: Buffer, endOfStream: boolean): void {
    if (body.length > 0) this.#upstream.receive(body);
    if (endOfStream) this.#upstream.receiveEnd();
  }

  #clientEvents(): TransportEvents {
    return {
      onData: (chunk) => {
        if (this.#session !== undefined) this.#session.frontend.receive(chunk);
        else this.clientInbox.push(chunk);
      },
      onEnd: () => {
        if (this.#session !== undefined) this.#session.frontend.end();
        else this.clientInbox.end();
      },
      onError: (error) => this.#transportFailed('client', error),
    };
  }

  #upstreamEvents(): TransportEvents {
    return {
      onData: (chunk) => {
        if (this.#session !== undefined) this.#session.backend.receive(chunk);
        else this.upstreamInbox.push(chunk);
      },
      onEnd: () => {
        if (this.#session !== undefined) this.#session.upstreamEnded();
        else this.upstreamInbox.end();
      },
      onError: (error) => this.#transportFailed('upstream', error),
    };
  }

  #transportFailed(side: 'client' | 'upstream', error: Error): void {
    if (this.#closed) return;
    this.#events.onTransportError(side, error);
    if (this.#session === undefined) return this.clientInbox.fail(error);
    this.abort('GH_TRANSPORT');
  }

  /** From here on the peers' bytes are the session's. */
  handTo(session: ConnectionSession): void {
    this.#session = session;
  }

  /** Gives the session what came behind the handshake's last message, and an end that came then. */
  deliverEarly(): void {
    const session = this.#session as ConnectionSession;
    const fromServer = this.upstreamInbox.drain();
    if (fromServer.length > 0) session.backend.receive(fromServer);
    const fromClient = this.clientInbox.drain();
    if (fromClient.length > 0) session.frontend.receive(fromClient);
    if (this.upstreamInbox.ended) session.upstreamEnded();
    else if (this.clientInbox.ended) session.frontend.end();
  }

  // --- bytes out ----------------------------------------------------------------------------------------------

  sendClient(pieces: readonly Buffer[], end: boolean): void {
    this.#client.send(pieces, end);
  }

  sendUpstream(pieces: readonly Buffer[], end: boolean): void {
    this.#upstream.send(pieces, end);
  }

  /** While held nothing more is read from either peer. */
  hold(held: boolean): void {
    this.#stream.hold(held);
  }

  /** While narrow little of either peer's is under way that was not read yet. */
  narrow(narrow: boolean): void {
    this.#stream.narrow(narrow);
  }

  // --- TLS ----------------------------------------------------------------------------------------------------

  /** The client's side, as the handshake uses it. TLS is offered where there is a certificate for it. */
  clientLink(secureContext: (() => SecureContext) | undefined): ClientLink {
    const connection = this;
    return {
      inbox: this.clientInbox,
      tlsOffered: secureContext !== undefined,
      get secured() {
        return connection.#clientSecured;
      },
      send: (bytes) => this.#client.send([bytes], false),
      startTls: (requireAlpn) => {
        if (secureContext === undefined)
          throw new GatehouseError('GH_PG_TLS_UNEXPECTED', 'TLS is not offered here');
        return this.#startClientTls(secureContext(), requireAlpn);
      },
    };
  }

  async #startClientTls(secureContext: SecureContext, requireAlpn: boolean): Promise<void> {
    const transport = TlsTransport.server(
      (pieces, end) => this.#stream.sendDownstream(pieces, end),
      this.#clientEvents(),
      { secureContext, alpn: ALPN },
    );
    const early = this.clientInbox.drain();
    this.#client = transport;
    this.#clientSecured = true;
    if (early.length > 0) transport.receive(early);
    await transport.secured;
    // Direct TLS without ALPN could be another protocol's client led here (PostgreSQL 18, "SSL Session Encryption").
    if (requireAlpn && transport.alpnProtocol !== ALPN) {
      throw new GatehouseError('GH_PG_ALPN', 'direct TLS needs ALPN "postgresql"');
    }
  }

  /** Puts under the upstream's side what its answer to `SSLRequest` and the configuration call for. */
  secureUpstream(
    answer: 'tls' | 'plain',
    tls: UpstreamTls,
  ): Promise<{ transport: ByteTransport; certificate: Buffer | undefined }> {
    return secureUpstream(
      answer,
      tls,
      (pieces, end) => this.#stream.sendUpstream(pieces, end),
      this.#upstreamEvents(),
      (made) => {
        this.#upstream = made;
      },
    );
  }

  // --- ends ---------------------------------------------------------------------------------------------------

  /** Tells the client, where there is something to tell, and ends both directions. */
  end(refusal: Refusal | undefined): void {
    if (!this.#beginEnd()) return;
    // Whatever still comes while the connection lingers must not take the handshake further.
    this.#failInboxes('the handshake is over');
    this.#client.send(refusal === undefined ? [] : [refusalResponse('FATAL', refusal)], true);
    this.#upstream.send([], true);
    this.#linger();
  }

  /** The server has ended: `finish` ends the client's direction behind what waits for it. */
  endAfterUpstream(finish: () => void): void {
    if (!this.#beginEnd()) return;
    finish();
    this.#stream.sendUpstream([], true);
    this.#linger();
  }

  #beginEnd(): boolean {
    if (!this.open) return false;
    this.#ending = true;
    return true;
  }

  /** A peer that does not close is reset. */
  #linger(): void {
    this.#lingerTimer = setTimeout(() => this.abort('GH_CLOSED'), LINGER_MS);
  }

  /** Resets both peers; nothing that waits is delivered. */
  abort(reason: string): void {
    this.#stream.abort(reason);
    this.close();
  }

  /** The stream is gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#lingerTimer);
    this.#failInboxes('the connection closed');
    this.#client.destroy();
    this.#upstream.destroy();
    this.#events.onClosed();
  }

  #failInboxes(publicMessage: string): void {
    const over = new GatehouseError('GH_HANDSHAKE_CLOSED', publicMessage);
    this.clientInbox.fail(over);
    this.upstreamInbox.fail(over);
  }
}
