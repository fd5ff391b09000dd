/**
 * One PostgreSQL connection from its first byte to its session, or to a cancel request, or to a refusal: opening the
 * upstream, handshake, identity, admission, login. Owns the order of these; fails closed in each of them.
 * The order, and why: envoy-facts "Injection" (the upstream's one-byte answer opens the response direction) and
 * "Dialling and failing upstreams" (the anchor).
 */
import { GatehouseError } from '../../domain/errors.ts';
import { asSessionId, uuidV7, type SessionId } from '../../domain/ids.ts';
import type { VerifiedIdentity } from '../../domain/principal.ts';
import type { Secret } from '../../domain/secret.ts';
import { encodeSslRequest } from '../../protocols/postgres/startup.ts';
import type { Exchange, ExchangeWire } from '../exchange.ts';
import { admit } from './admission.ts';
import { passCancelRequest } from './cancel-request.ts';
import { Connection } from './connection.ts';
import type { Refusal } from './denial.ts';
import type { PostgresGate, PostgresRoute } from './gate.ts';
import { HandshakeRefusal, RecordedRefusal, toldAbout } from './handshake-refusal.ts';
import { readClientRequest, readToken } from './handshake.ts';
import { ReadySession } from './ready-session.ts';
import { credentialOf, logIn } from './session-login.ts';
import { recordSessionEvent, type SessionEvent, type SessionFacts } from './session-records.ts';
import { checkStartup } from './startup-checks.ts';
import { readUpstreamAnswer } from './upstream-link.ts';

const SSL_REQUEST = encodeSslRequest();

export class PostgresExchange implements Exchange {
  readonly #gate: PostgresGate;
  readonly #route: PostgresRoute;
  readonly #connection: Connection;
  readonly #clientAddress: string;
  readonly #sessionId: SessionId;
  readonly #openedMs: number;
  #facts: SessionFacts;
  #started = false;
  #unauthenticated = false;
  #refused = false;
  #session: ReadySession | undefined;
  #handshakeTimer: NodeJS.Timeout | undefined;

  constructor(gate: PostgresGate, route: PostgresRoute, stream: ExchangeWire, clientAddress: string) {
    this.#gate = gate;
    this.#route = route;
    this.#clientAddress = clientAddress;
    this.#openedMs = gate.clock.monotonicMs();
    this.#sessionId = asSessionId(uuidV7(gate.clock.nowMs(), gate.random(10)));
    this.#facts = {
      sessionId: this.#sessionId,
      principal: undefined,
      clientAddress,
      upstream: route.upstream.name,
      database: '',
      role: '',
    };
    this.#connection = new Connection(stream, {
      onTransportError: (side, error) =>
        gate.log.debug({ err: error, side, session: this.#sessionId }, 'transport failed'),
      onClosed: () => this.#connectionClosed(),
    });
    this.#handshakeTimer = setTimeout(() => {
      this.#abandon(new HandshakeRefusal('GH_HANDSHAKE_TIMEOUT', '57014', 'the handshake took too long'));
    }, route.handshakeTimeoutMs);
    this.#enter();
  }

  // --- what Envoy brings --------------------------------------------------------------------------------------

  onRequestBody(body: Buffer, endOfStream: boolean): void {
    if (this.#connection.closed) return;
    if (!this.#started && body.length > 0) this.#start();
    this.#connection.fromClient(body, endOfStream);
  }

  onResponseHeaders(headers: ReadonlyMap<string, string>): void {
    // Envoy's own 5xx: not even the anchor could be reached, and the client cannot be told.
    if (headers.get(':status') !== '200')
      this.#connection.clientInbox.fail(
        new GatehouseError('GH_UPSTREAM_DOWN', 'the upstream cannot be reached'),
      );
  }

  onResponseBody(body: Buffer, endOfStream: boolean): void {
    if (!this.#connection.closed) this.#connection.fromUpstream(body, endOfStream);
  }

  onClosed(): void {
    this.#connection.close();
  }

  #connectionClosed(): void {
    clearTimeout(this.#handshakeTimer);
    this.#leaveUnauthenticated();
    this.#session?.closed();
  }

  // --- who is not yet known -----------------------------------------------------------------------------------

  /** Before Envoy dials: a stream over the cap costs the server no connection. */
  #enter(): void {
    if (!this.#gate.state.enterUnauthenticated(this.#route.listener, this.#sourceHost())) {
      this.#gate.metrics.refused('GH_TOO_MANY_UNAUTHENTICATED');
      this.#gate.refusedConnections.refused({
        protocol: 'postgres',
        kind: 'postgres.flood',
        reason: "more connections without a token than the listener's limits allow",
        listener: this.#route.listener,
        upstream: this.#route.upstream.name,
        clientAddress: this.#clientAddress,
        code: 'GH_TOO_MANY_UNAUTHENTICATED',
      });
      this.#connection.abort('GH_TOO_MANY_UNAUTHENTICATED');
      return;
    }
    this.#unauthenticated = true;
  }

  #leaveUnauthenticated(): void {
    if (!this.#unauthenticated) return;
    this.#unauthenticated = false;
    this.#gate.state.leaveUnauthenticated(this.#route.listener, this.#sourceHost());
  }

  #sourceHost(): string {
    const colon = this.#clientAddress.lastIndexOf(':');
    return colon < 0 ? this.#clientAddress : this.#clientAddress.slice(0, colon);
  }

  // --- the handshake ------------------------------------------------------------------------------------------

  #start(): void {
    this.#started = true;
    this.#handshake().catch((error: unknown) => this.#abandon(error));
  }

  async #handshake(): Promise<void> {
    const gate = this.#gate;
    const route = this.#route;
    const connection = this.#connection;
    const record = (event: SessionEvent) => this.#record(event);
    connection.sendUpstream([SSL_REQUEST], false);
    const answer = await connection.upstreamInbox.next((bytes) => ({
      value: readUpstreamAnswer(bytes),
      consumed: bytes.length,
    }));

    const link = connection.clientLink(route.secureContext);
    const request = await readClientRequest(link);
    if (request.kind === 'cancel') {
      this.#leaveUnauthenticated();
      await passCancelRequest(gate, route, connection, record, request, answer);
      return this.#end(undefined);
    }
    const checked = checkStartup(request.parameters, route.upstream.databases);
    if (!checked.ok) throw new HandshakeRefusal(checked.code, checked.sqlstate, checked.publicMessage);
    const startup = checked.request;
    this.#facts = { ...this.#facts, database: startup.database };

    const identity = await this.#identify(await readToken(link, route.plaintextAllowed));
    const { principal } = identity;
    this.#leaveUnauthenticated();
    const admission = await admit(gate, route, record, {
      principal,
      clientAddress: this.#clientAddress,
      startup,
    });
    if (answer === 'down') {
      throw new HandshakeRefusal(
        'GH_UPSTREAM_DOWN',
        '08006',
        'the database server cannot be reached; try again later',
      );
    }
    const { protocolMinor } = request;
    const credential = await credentialOf(gate, route, principal);
    this.#facts = { ...this.#facts, role: credential.user };
    const login = await logIn(gate, route, connection, {
      credential,
      principal,
      startup,
      protocolMinor,
      answer,
    });
    if (this.#refused || !connection.open) return;
    clearTimeout(this.#handshakeTimer);
    this.#session = new ReadySession({
      gate,
      route,
      connection,
      record,
      sessionId: this.#sessionId,
      openedMs: this.#openedMs,
      clientAddress: this.#clientAddress,
      identity,
      admission,
      startup,
      role: credential.user,
      login,
      protocolMinor,
    });
    this.#session.start();
  }

  async #identify(token: Secret<string>): Promise<VerifiedIdentity> {
    const verdict = await this.#gate.verifier.verify(token);
    if (!verdict.ok) throw new HandshakeRefusal(verdict.code, '28000', verdict.publicMessage);
    this.#facts = { ...this.#facts, principal: verdict.identity.principal };
    return verdict.identity;
  }

  /** The handshake ends without a session. What is not the client's to hear is only logged. */
  #abandon(error: unknown): void {
    if (this.#session !== undefined) return this.#notStarted(this.#session, error);
    if (this.#refused || !this.#connection.open) return;
    this.#refused = true;
    const code = error instanceof GatehouseError ? error.code : 'GH_TRANSPORT';
    this.#gate.metrics.refused(code);
    this.#gate.log.info(
      {
        code,
        session: this.#sessionId,
        listener: this.#route.listener,
        err: error instanceof HandshakeRefusal ? undefined : error,
      },
      'connection refused',
    );
    const told = toldAbout(error);
    if (error instanceof RecordedRefusal || code === 'GH_HANDSHAKE_CLOSED') return this.#end(told);
    const { receipt } = this.#record({
      kind: 'postgres.connect',
      decision: 'deny',
      rule: `gate.${code}`,
      reason: told?.publicMessage ?? 'the handshake failed',
      outcome: 'denied',
      errorCode: code,
    });
    // The refusal is told whether or not it could be recorded: nothing was let through.
    receipt.then(
      () => this.#end(told),
      () => this.#end(told),
    );
  }

  /** The handshake went well, but what must know of the session could not be told. */
  #notStarted(session: ReadySession, error: unknown): void {
    this.#gate.log.error({ err: error, session: this.#sessionId }, 'a session could not be started');
    session.terminate({
      kind: 'postgres.failed',
      code: 'GH_INTERNAL',
      sqlstate: 'XX000',
      publicMessage: 'internal error; the session is closed',
    });
  }

  #end(refusal: Refusal | undefined): void {
    clearTimeout(this.#handshakeTimer);
    this.#connection.end(refusal);
  }

  #record(event: SessionEvent) {
    return recordSessionEvent(this.#gate, this.#facts, event);
  }
}
