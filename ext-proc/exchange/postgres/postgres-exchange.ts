/**
 * One PostgreSQL connection from its first byte to its end: opening the upstream, handshake, identity, login, and
 * then the walk of every message. Owns the connection's phases and ends; fails closed in each of them.
 * The order, and why: envoy-facts "Injection" (the upstream's one-byte answer opens the response direction) and
 * "Dialling and failing upstreams" (the anchor).
 */
import type { SecureContext } from 'node:tls';
import { GatehouseError } from '../../domain/errors.ts';
import { asSessionId, uuidV7, type SessionId } from '../../domain/ids.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Principal, VerifiedIdentity } from '../../domain/principal.ts';
import type { Secret } from '../../domain/secret.ts';
import {
  encodeAuthenticationOk,
  encodeBackendKeyData,
  encodeParameterStatus,
  encodeReadyForQuery,
} from '../../protocols/postgres/backend-encoders.ts';
import { encodeTerminate } from '../../protocols/postgres/frontend-encoders.ts';
import { encodeCancelRequest, encodeSslRequest } from '../../protocols/postgres/startup.ts';
import type { UpstreamFailed, UpstreamReady } from '../../protocols/postgres/upstream-login.ts';
import type { Exchange, ExchangeWire } from '../exchange.ts';
import { PlainTransport, TlsTransport, type ByteTransport, type TransportEvents } from '../byte-transport.ts';
import { Inbox } from '../inbox.ts';
import { ReleaseQueue } from '../release-queue.ts';
import { BackendWalk } from './backend-walk.ts';
import { Decider } from './decider.ts';
import { refusalResponse, type Refusal } from './denial.ts';
import { FrontendWalk } from './frontend/frontend-walk.ts';
import type { PostgresGate, PostgresRoute, TerminableSession, Termination } from './gate.ts';
import { HandshakeRefusal, readClientRequest, readToken, type ClientLink } from './handshake.ts';
import { recordSessionEvent, type SessionEvent, type SessionFacts } from './session-records.ts';
import { SessionContext } from './session-context.ts';
import { SessionWalk } from './session-walk.ts';
import { checkStartup, type StartupRequest } from './startup-checks.ts';
import { loginUpstream, readUpstreamAnswer, secureUpstream, type UpstreamAnswer } from './upstream-link.ts';

const SSL_REQUEST = encodeSslRequest();
const TERMINATE = encodeTerminate();
const ALPN = 'postgresql';
/** How long a peer may take to close after both directions were ended. */
const LINGER_MS = 5_000;
/** Node's timers take no more. */
const TIMER_MS_MAX = 2 ** 31 - 1;
const APPLICATION_NAME_BYTES_MAX = 63;
const PRINCIPAL_BLOCKED: Termination = {
  kind: 'postgres.killed',
  code: 'GH_PRINCIPAL_BLOCKED',
  sqlstate: '57P01',
  publicMessage: "this principal is blocked; ask the gate's operators",
};
const CANCEL_KEY_BYTES = { protocol30: 4, protocol32: 32 } as const;

interface ReadySession {
  readonly walk: SessionWalk;
  readonly frontend: FrontendWalk;
  readonly backend: BackendWalk;
}

export class PostgresExchange implements Exchange, TerminableSession {
  readonly #gate: PostgresGate;
  readonly #route: PostgresRoute;
  readonly #stream: ExchangeWire;
  readonly #clientAddress: string;
  readonly #sessionId: SessionId;
  readonly #clientInbox = new Inbox(LIMITS.handshakeBytesMax);
  readonly #upstreamInbox = new Inbox(LIMITS.handshakeBytesMax);
  readonly #openedMs: number;
  #client: ByteTransport;
  #clientSecured = false;
  #upstream: ByteTransport;
  #started = false;
  #closing = false;
  #closed = false;
  #unauthenticated = false;
  #ready: ReadySession | undefined;
  #facts: SessionFacts;
  #identity: VerifiedIdentity | undefined;
  #upstreamUser = '';
  #upstreamKey: { processId: number; secretKey: Buffer } | undefined;
  #registered = false;
  #draining = false;
  #handshakeTimer: NodeJS.Timeout | undefined;
  #expiryTimer: NodeJS.Timeout | undefined;
  #lingerTimer: NodeJS.Timeout | undefined;

  constructor(gate: PostgresGate, route: PostgresRoute, stream: ExchangeWire, clientAddress: string) {
    this.#gate = gate;
    this.#route = route;
    this.#stream = stream;
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
    this.#client = new PlainTransport(
      (pieces, end) => stream.sendDownstream(pieces, end),
      this.#clientEvents(),
    );
    this.#upstream = new PlainTransport(
      (pieces, end) => stream.sendUpstream(pieces, end),
      this.#upstreamEvents(),
    );
    this.#handshakeTimer = setTimeout(() => {
      this.#abandonHandshake(
        new HandshakeRefusal('GH_HANDSHAKE_TIMEOUT', '57014', 'the handshake took too long'),
      );
    }, route.handshakeTimeoutMs);
    this.#enter();
  }

  // --- what Envoy brings --------------------------------------------------------------------------------------

  onRequestBody(body: Buffer, endOfStream: boolean): void {
    if (this.#closed) return;
    if (!this.#started && body.length > 0) this.#start();
    if (body.length > 0) this.#client.receive(body);
    if (endOfStream) this.#client.receiveEnd();
  }

  onResponseHeaders(headers: ReadonlyMap<string, string>): void {
    // Envoy's own 5xx: not even the anchor could be reached, and the client cannot be told.
    if (headers.get(':status') !== '200')
      this.#clientInbox.fail(new GatehouseError('GH_UPSTREAM_DOWN', 'the upstream cannot be reached'));
  }

  onResponseBody(body: Buffer, endOfStream: boolean): void {
    if (this.#closed) return;
    if (body.length > 0) this.#upstream.receive(body);
    if (endOfStream) this.#upstream.receiveEnd();
  }

  onClosed(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#handshakeTimer);
    clearTimeout(this.#expiryTimer);
    clearTimeout(this.#lingerTimer);
    const gone = new GatehouseError('GH_HANDSHAKE_CLOSED', 'the connection closed');
    this.#clientInbox.fail(gone);
    this.#upstreamInbox.fail(gone);
    this.#client.destroy();
    this.#upstream.destroy();
    this.#leaveUnauthenticated();
    this.#endSession();
  }

  // --- transports ---------------------------------------------------------------------------------------------

  #clientEvents(): TransportEvents {
    return {
      onData: (chunk) => {
        if (this.#ready !== undefined) this.#ready.frontend.receive(chunk);
        else this.#clientInbox.push(chunk);
      },
      onEnd: () => {
        if (this.#ready !== undefined) this.#ready.frontend.end();
        else this.#clientInbox.end();
      },
      onError: (error) => this.#transportFailed('client', error),
    };
  }

  #upstreamEvents(): TransportEvents {
    return {
      onData: (chunk) => {
        if (this.#ready !== undefined) this.#ready.backend.receive(chunk);
        else this.#upstreamInbox.push(chunk);
      },
      onEnd: () => {
        if (this.#ready !== undefined) this.#upstreamEnded();
        else this.#upstreamInbox.end();
      },
      onError: (error) => this.#transportFailed('upstream', error),
    };
  }

  #transportFailed(side: 'client' | 'upstream', error: Error): void {
    if (this.#closed) return;
    this.#gate.log.debug({ err: error, side, session: this.#sessionId }, 'transport failed');
    if (this.#ready !== undefined) this.#stream.abort('GH_TRANSPORT');
    else this.#clientInbox.fail(error);
    if (this.#ready !== undefined) this.onClosed();
  }

  async #startClientTls(secureContext: SecureContext, requireAlpn: boolean): Promise<void> {
    const transport = TlsTransport.server(
      (pieces, end) => this.#stream.sendDownstream(pieces, end),
      this.#clientEvents(),
      { secureContext, alpn: ALPN },
    );
    const early = this.#clientInbox.drain();
    this.#client = transport;
    this.#clientSecured = true;
    if (early.length > 0) transport.receive(early);
    await transport.secured;
    // Direct TLS without ALPN could be another protocol's client led here (PostgreSQL 18, "SSL Session Encryption").
    if (requireAlpn && transport.alpnProtocol !== ALPN) {
      throw new GatehouseError('GH_PG_ALPN', 'direct TLS needs ALPN "postgresql"');
    }
  }

  // --- the handshake ------------------------------------------------------------------------------------------

  /** Before Envoy dials: a stream over the cap costs the server no connection. */
  #enter(): void {
    if (!this.#gate.state.enterUnauthenticated(this.#route.listener, this.#sourceHost())) {
      this.#gate.metrics.refused('GH_TOO_MANY_UNAUTHENTICATED');
      this.#stream.abort('GH_TOO_MANY_UNAUTHENTICATED');
      this.onClosed();
      return;
    }
    this.#unauthenticated = true;
  }

  #start(): void {
    this.#started = true;
    this.#handshake().catch((error: unknown) => this.#abandonHandshake(error));
  }

  #sourceHost(): string {
    const colon = this.#clientAddress.lastIndexOf(':');
    return colon < 0 ? this.#clientAddress : this.#clientAddress.slice(0, colon);
  }

  #leaveUnauthenticated(): void {
    if (!this.#unauthenticated) return;
    this.#unauthenticated = false;
    this.#gate.state.leaveUnauthenticated(this.#route.listener, this.#sourceHost());
  }

  async #handshake(): Promise<void> {
    this.#upstream.send([SSL_REQUEST], false);
    const answer = await this.#upstreamInbox.next((bytes) => ({
      value: readUpstreamAnswer(bytes),
      consumed: bytes.length,
    }));

    const link = this.#clientLink();
    const request = await readClientRequest(link);
    if (request.kind === 'cancel') return this.#cancel(request.processId, request.secretKey, answer);

    const startup = checkStartup(request.parameters, this.#route.upstream.databases);
    if (!startup.ok) throw new HandshakeRefusal(startup.code, startup.sqlstate, startup.publicMessage);
    this.#facts = { ...this.#facts, database: startup.request.database };

    const identity = await this.#identify(await readToken(link, this.#route.plaintextAllowed));
    this.#leaveUnauthenticated();
    await this.#admit(identity.principal, startup.request);
    if (answer === 'down') {
      throw new HandshakeRefusal(
        'GH_UPSTREAM_DOWN',
        '08006',
        'the database server cannot be reached; try again later',
      );
    }
    const ready = await this.#login(identity.principal, startup.request, request.protocolMinor, answer);
    if (this.#closed) return;
    this.#open(identity, startup.request, ready, request.protocolMinor);
  }

  #clientLink(): ClientLink {
    const exchange = this;
    const { secureContext } = this.#route;
    return {
      inbox: this.#clientInbox,
      tlsOffered: secureContext !== undefined,
      get secured() {
        return exchange.#clientSecured;
      },
      send: (bytes) => this.#client.send([bytes], false),
      startTls: (requireAlpn) => {
        if (secureContext === undefined)
          throw new GatehouseError('GH_PG_TLS_UNEXPECTED', 'TLS is not offered here');
        return this.#startClientTls(secureContext(), requireAlpn);
      },
    };
  }

  async #identify(token: Secret<string>): Promise<VerifiedIdentity> {
    const verdict = await this.#gate.verifier.verify(token);
    if (!verdict.ok) throw new HandshakeRefusal(verdict.code, '28000', verdict.publicMessage);
    this.#identity = verdict.identity;
    this.#facts = { ...this.#facts, principal: verdict.identity.principal };
    return verdict.identity;
  }

  /** Blocks first, then policy; the record is appended before a byte of the login goes upstream. */
  async #admit(principal: Principal, startup: StartupRequest): Promise<void> {
    if (this.#gate.state.isBlocked(principal)) {
      throw new HandshakeRefusal(
        'GH_PRINCIPAL_BLOCKED',
        '28000',
        "this principal is blocked; ask the gate's operators",
      );
    }
    const decision = this.#gate.policy.decide({
      version: 1,
      principal: {
        subject: principal.subject,
        on_behalf_of: principal.onBehalfOf ?? '',
        issuer: principal.issuer,
        groups: principal.groups,
      },
      upstream: {
        name: this.#route.upstream.name,
        protocol: 'postgres',
        labels: this.#route.upstream.labels,
      },
      session: {
        client_address: this.#clientAddress,
        database: startup.database,
        role: '',
        search_path: null,
        transaction: 'idle',
        application_name: startup.applicationName,
      },
      action: { kind: 'postgres.connect' },
    });
    this.#gate.metrics.decided(this.#route.upstream.name, decision.verdict);
    const allowed = decision.verdict === 'allow';
    const { eventId, receipt } = this.#record({
      kind: 'postgres.connect',
      decision: decision.verdict,
      rule: decision.rule,
      reason: decision.reason,
      outcome: allowed ? 'ok' : 'denied',
      policyBundle: decision.bundleHash,
      reportOnly: decision.reportOnly.map((finding) => finding.rule),
      ...(allowed ? undefined : { errorCode: '42501' }),
      details: { application_name: startup.applicationName.slice(0, 256) },
    });
    await receipt;
    if (!allowed) {
      throw new RecordedRefusal(
        'GH_DENIED',
        '42501',
        `denied: ${decision.reason} (rule ${decision.rule}, event ${eventId})`,
      );
    }
  }

  async #login(
    principal: Principal,
    startup: StartupRequest,
    protocolMinor: number,
    answer: Exclude<UpstreamAnswer, 'down'>,
  ): Promise<UpstreamReady> {
    const credential = await this.#gate.credentials.credentialFor(
      this.#route.upstream.name,
      principal.groups,
    );
    if (credential === undefined) {
      throw new HandshakeRefusal(
        'GH_NO_CREDENTIAL',
        '28000',
        "no database role is mapped to this principal's groups; ask the gate's operators",
      );
    }
    this.#upstreamUser = credential.user;
    this.#facts = { ...this.#facts, role: credential.user };
    const started = this.#gate.clock.monotonicMs();
    const { transport, certificate } = await secureUpstream(
      answer,
      this.#route.upstream.tls,
      (pieces, end) => this.#stream.sendUpstream(pieces, end),
      this.#upstreamEvents(),
      (made) => {
        this.#upstream = made;
      },
    );
    const parameters = new Map<string, string>([['database', startup.database], ...startup.settings]);
    parameters.set('application_name', applicationName(principal));
    const outcome = await loginUpstream({
      transport,
      inbox: this.#upstreamInbox,
      credential,
      certificate,
      tlsActive: answer === 'tls',
      parameters,
      protocolMinor,
      random: this.#gate.random,
    });
    this.#gate.metrics.stage('login', this.#gate.clock.monotonicMs() - started);
    if (outcome.kind === 'failed') throw loginRefusal(outcome);
    this.#upstreamKey = outcome.backendKey;
    return outcome;
  }

  /** The session is ready: from here on every message is walked. */
  #open(
    identity: VerifiedIdentity,
    startup: StartupRequest,
    ready: UpstreamReady,
    protocolMinor: number,
  ): void {
    clearTimeout(this.#handshakeTimer);
    const gate = this.#gate;
    const context = new SessionContext({
      sessionId: this.#sessionId,
      principal: identity.principal,
      clientAddress: this.#clientAddress,
      upstreamName: this.#route.upstream.name,
      upstreamLabels: this.#route.upstream.labels,
      database: startup.database,
      loginRole: this.#upstreamUser,
      applicationName: startup.applicationName,
    });
    for (const [name, value] of ready.parameters) context.parameterChanged(name, value);
    let walk: SessionWalk | undefined;
    const failed = (error: unknown): void => walk?.journalFailed(error);
    const up = new ReleaseQueue((pieces, end) => this.#upstream.send(pieces, end), failed);
    const down = new ReleaseQueue((pieces, end) => this.#client.send(pieces, end), failed);
    walk = new SessionWalk({
      gate,
      context,
      decider: new Decider(gate, context),
      up,
      down,
      terminate: (cause) => this.terminate(cause),
      onIdle: () => {
        if (this.#draining) this.drain();
      },
      hold: (held) => this.#stream.hold(held),
      namesUnknown: context.searchPath === undefined,
    });
    const frontend = new FrontendWalk(walk, (token) => this.#renew(token));
    const backend = new BackendWalk(walk);
    this.#ready = { walk, frontend, backend };

    gate.sessions.set(this.#sessionId, this);
    gate.state.sessionStarted({
      sessionId: this.#sessionId,
      worker: gate.worker,
      principalSubject: identity.principal.subject,
      onBehalfOf: identity.principal.onBehalfOf ?? '',
      upstream: this.#route.upstream.name,
      database: startup.database,
      clientAddress: this.#clientAddress,
      startedAtMs: gate.clock.nowMs(),
    });
    this.#registered = true;
    gate.metrics.sessionOpened();
    // A block given while the login waited on the network has reached nobody yet.
    if (gate.state.isBlocked(identity.principal)) return this.terminate(PRINCIPAL_BLOCKED);
    this.#armExpiry(identity.expiresAtMs);

    const greeting = [encodeAuthenticationOk()];
    for (const [name, value] of ready.parameters) greeting.push(encodeParameterStatus(name, value));
    if (ready.backendKey !== undefined) greeting.push(this.#makeCancelKey(ready.backendKey, protocolMinor));
    greeting.push(...ready.notices, encodeReadyForQuery(ready.transactionStatus));
    this.#client.send(greeting, false);

    const fromServer = this.#upstreamInbox.drain();
    if (fromServer.length > 0) backend.receive(fromServer);
    const fromClient = this.#clientInbox.drain();
    if (fromClient.length > 0) frontend.receive(fromClient);
    if (this.#upstreamInbox.ended) this.#upstreamEnded();
    else if (this.#clientInbox.ended) frontend.end();
    if (this.#draining) this.drain();
  }

  /** The server's own process id, because clients compare it with what notifications carry; the key is the gate's. */
  #makeCancelKey(upstreamKey: { processId: number; secretKey: Buffer }, protocolMinor: number): Buffer {
    const bytes = protocolMinor >= 2 ? CANCEL_KEY_BYTES.protocol32 : CANCEL_KEY_BYTES.protocol30;
    const secretKey = this.#gate.random(bytes);
    this.#gate.state.putCancelKey(upstreamKey.processId, secretKey, {
      upstream: this.#route.upstream.name,
      sessionId: this.#sessionId,
      processId: upstreamKey.processId,
      secretKey: upstreamKey.secretKey,
    });
    return encodeBackendKeyData(upstreamKey.processId, secretKey);
  }

  /** A cancel request: only a key that the gate gave out is turned into the server's; any other is dropped. */
  async #cancel(processId: number, secretKey: Buffer, answer: UpstreamAnswer): Promise<void> {
    this.#leaveUnauthenticated();
    const target = this.#gate.state.cancelTarget(processId, secretKey);
    const known = target !== undefined && target.upstream === this.#route.upstream.name;
    await this.#record({
      kind: 'postgres.cancel',
      decision: known ? 'allow' : 'deny',
      rule: known ? 'gate.cancel_key' : 'gate.unknown_cancel_key',
      reason: known ? 'the key is one that the gate gave out' : 'the key is none that the gate gave out',
      outcome: known ? 'ok' : 'denied',
      ...(known
        ? { details: { cancelled_session: target.sessionId } }
        : { errorCode: 'GH_PG_CANCEL_KEY_UNKNOWN' }),
    }).receipt;
    if (known && answer !== 'down') {
      const { transport } = await secureUpstream(
        answer,
        this.#route.upstream.tls,
        (pieces, end) => this.#stream.sendUpstream(pieces, end),
        this.#upstreamEvents(),
        (made) => {
          this.#upstream = made;
        },
      );
      transport.send([encodeCancelRequest(target.processId, Buffer.from(target.secretKey))], true);
      // Envoy takes the end toward the client for the end of everything: the server must have read the request first.
      await this.#upstreamInbox.next(() => undefined).catch(() => undefined);
    }
    this.#end(undefined);
  }

  /** The handshake ends without a session. What is not the client's to hear is only logged. */
  #abandonHandshake(error: unknown): void {
    if (this.#closed || this.#closing || this.#ready !== undefined) return;
    const refusal = error instanceof HandshakeRefusal ? error : undefined;
    const code = error instanceof GatehouseError ? error.code : 'GH_TRANSPORT';
    this.#gate.metrics.refused(code);
    this.#gate.log.info(
      {
        code,
        session: this.#sessionId,
        listener: this.#route.listener,
        err: refusal === undefined ? error : undefined,
      },
      'connection refused',
    );
    const told = refusal ?? toldAbout(error);
    if (error instanceof RecordedRefusal || code === 'GH_HANDSHAKE_CLOSED') {
      this.#end(told);
      return;
    }
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

  // --- a ready session ----------------------------------------------------------------------------------------

  #armExpiry(expiresAtMs: number): void {
    clearTimeout(this.#expiryTimer);
    const wait = Math.max(0, expiresAtMs - this.#gate.clock.nowMs());
    this.#expiryTimer = setTimeout(
      () => {
        if (wait > TIMER_MS_MAX) return this.#armExpiry(expiresAtMs);
        this.terminate({
          kind: 'postgres.expired',
          code: 'GH_TOKEN_EXPIRED',
          sqlstate: '28000',
          publicMessage: 'the token of this session has expired',
          hint: "Connect with a new token, or renew in time with SET gatehouse.token = '<token>'.",
        });
      },
      Math.min(wait, TIMER_MS_MAX),
    );
  }

  /** Only the same principal may go on; groups that lead to another database role need a new connection. */
  async #renew(token: Secret<string>): Promise<Refusal | undefined> {
    const before = this.#identity?.principal;
    const verdict = await this.#gate.verifier.verify(token);
    const refuse = (code: string, publicMessage: string): Refusal => {
      this.#keep(
        this.#record({
          kind: 'postgres.token_renewed',
          decision: 'deny',
          rule: `gate.${code}`,
          reason: publicMessage,
          outcome: 'denied',
          errorCode: code,
        }).receipt,
      );
      return { code, sqlstate: '28000', publicMessage };
    };
    if (!verdict.ok) return refuse(verdict.code, verdict.publicMessage);
    const { principal, expiresAtMs } = verdict.identity;
    if (
      before === undefined ||
      principal.subject !== before.subject ||
      principal.onBehalfOf !== before.onBehalfOf ||
      principal.issuer !== before.issuer
    ) {
      return refuse(
        'GH_TOKEN_OTHER_PRINCIPAL',
        'the new token is of another principal; open a new connection for it',
      );
    }
    if (
      principal.groups.length !== before.groups.length ||
      !principal.groups.every((group) => before.groups.includes(group))
    ) {
      return refuse('GH_TOKEN_OTHER_GROUPS', 'the new token has other groups; open a new connection with it');
    }
    if (this.#gate.state.isBlocked(principal))
      return refuse('GH_PRINCIPAL_BLOCKED', "this principal is blocked; ask the gate's operators");
    await this.#record({
      kind: 'postgres.token_renewed',
      decision: 'allow',
      rule: 'gate.token',
      reason: 'the new token is of the same principal',
      outcome: 'ok',
      details: { expires_at: new Date(expiresAtMs).toISOString() },
    }).receipt;
    this.#identity = verdict.identity;
    this.#armExpiry(expiresAtMs);
    return undefined;
  }

  get principal(): { subject: string; onBehalfOf: string | undefined } {
    return this.#identity?.principal ?? { subject: '', onBehalfOf: undefined };
  }

  /** Ends the session: what runs is cancelled, the server rolls back, the client is told why. */
  terminate(cause: Termination): void {
    if (this.#closed || this.#closing) return;
    const ready = this.#ready;
    if (ready === undefined)
      return this.#abandonHandshake(new HandshakeRefusal(cause.code, cause.sqlstate, cause.publicMessage));
    ready.frontend.stop();
    ready.walk.up.close();
    ready.walk.down.close();
    if (ready.walk.replies.length > 0 && this.#upstreamKey !== undefined) {
      void this.#gate.canceller.cancel({
        upstream: this.#route.upstream.name,
        sessionId: this.#sessionId,
        ...this.#upstreamKey,
      });
    }
    const record = this.#record({
      kind: cause.kind,
      decision: 'deny',
      rule: `gate.${cause.code}`,
      reason: cause.publicMessage,
      outcome: 'ok',
      errorCode: cause.code,
    });
    record.receipt.catch((error: unknown) =>
      this.#gate.log.error(
        { err: error, session: this.#sessionId },
        'the end of a session could not be recorded',
      ),
    );
    this.#gate.log.info({ code: cause.code, session: this.#sessionId }, 'session ended by the gate');
    if (!ready.frontend.midMessage) this.#upstream.send([TERMINATE], true);
    this.#end(ready.backend.midMessage ? undefined : cause);
  }

  drain(): void {
    this.#draining = true;
    const ready = this.#ready;
    if (ready === undefined || ready.walk.replies.length > 0 || ready.walk.context.transaction !== 'idle')
      return;
    // The last answer may still wait for its record: a client must hear of its commit.
    if (ready.walk.down.waitingBytes > 0) return ready.walk.down.whenEmpty(() => this.drain());
    this.terminate({
      kind: 'postgres.drained',
      code: 'GH_DRAINED',
      sqlstate: '57P01',
      publicMessage: 'the gate is restarting; connect again',
    });
  }

  #upstreamEnded(): void {
    const ready = this.#ready;
    if (ready === undefined || this.#closing) return;
    this.#closing = true;
    ready.frontend.stop();
    ready.backend.abandon();
    ready.walk.down.end();
    ready.walk.down.flush();
    this.#stream.sendUpstream([], true);
    this.#linger();
  }

  /** Tells the client, where there is something to tell, and ends both directions. */
  #end(refusal: Refusal | undefined): void {
    if (this.#closed || this.#closing) return;
    this.#closing = true;
    clearTimeout(this.#handshakeTimer);
    // Whatever still comes while the connection lingers must not take the handshake further.
    const over = new GatehouseError('GH_HANDSHAKE_CLOSED', 'the handshake is over');
    this.#clientInbox.fail(over);
    this.#upstreamInbox.fail(over);
    this.#client.send(refusal === undefined ? [] : [refusalResponse('FATAL', refusal)], true);
    this.#upstream.send([], true);
    this.#linger();
  }

  /** A peer that does not close is reset. */
  #linger(): void {
    this.#lingerTimer = setTimeout(() => {
      this.#stream.abort('GH_CLOSED');
      this.onClosed();
    }, LINGER_MS);
  }

  /** Everything that is still open is ended in the records, and the session leaves the shared state. */
  #endSession(): void {
    const ready = this.#ready;
    if (ready !== undefined) {
      ready.frontend.stop();
      ready.backend.abandon();
      ready.walk.up.close();
      ready.walk.down.close();
    }
    if (!this.#registered) return;
    this.#registered = false;
    this.#gate.sessions.delete(this.#sessionId);
    this.#gate.state.sessionEnded(this.#sessionId);
    this.#gate.metrics.sessionClosed();
    const durationMs = Math.round(this.#gate.clock.monotonicMs() - this.#openedMs);
    const { receipt } = this.#record({
      kind: 'postgres.disconnect',
      decision: 'allow',
      rule: 'gate.disconnect',
      reason: 'the connection ended',
      outcome: 'ok',
      details: { session_duration_ms: String(durationMs) },
    });
    receipt.catch((error: unknown) =>
      this.#gate.log.error(
        { err: error, session: this.#sessionId },
        'the end of a session could not be recorded',
      ),
    );
  }

  #record(event: SessionEvent) {
    return recordSessionEvent(this.#gate, this.#facts, event);
  }

  #keep(receipt: Promise<unknown>): void {
    receipt.catch((error: unknown) => this.#ready?.walk.journalFailed(error));
  }
}

/**
 * What a client is told of an end that is the gate's or the upstream's: nothing where the client itself broke the
 * handshake, because nobody knows who is listening then.
 */
function toldAbout(error: unknown): Refusal | undefined {
  if (!(error instanceof GatehouseError)) return undefined;
  const sqlstate = TOLD_SQLSTATE[error.code] ?? (error.code.startsWith('GH_UPSTREAM') ? '08006' : undefined);
  return sqlstate === undefined
    ? undefined
    : { code: error.code, sqlstate, publicMessage: error.publicMessage };
}

const TOLD_SQLSTATE: Readonly<Record<string, string>> = {
  GH_JOURNAL_UNAVAILABLE: '58030',
  GH_CREDENTIAL_UNAVAILABLE: '58000',
  GH_STATE_UNAVAILABLE: '58000',
};

/** A refusal whose record is written already. */
class RecordedRefusal extends HandshakeRefusal {}

/** What the server sees as `application_name`: who acts, and for whom; printable ASCII, as PostgreSQL keeps it. */
function applicationName(principal: Principal): string {
  const name =
    principal.onBehalfOf === undefined
      ? principal.subject
      : `${principal.subject} for ${principal.onBehalfOf}`;
  return name.replace(/[^\x20-\x7e]/g, '?').slice(0, APPLICATION_NAME_BYTES_MAX);
}

/** Why the server refused, as far as it is the client's business: never the role's name or how it logs in (I7). */
function loginRefusal(failed: UpstreamFailed): HandshakeRefusal {
  const sqlstate = failed.serverError?.get('C') ?? '';
  const message = failed.serverError?.get('M') ?? '';
  // Too many connections, starting up or shutting down, no such database: what the client can do something about.
  if (/^(53|57P|3D)/.test(sqlstate)) return new HandshakeRefusal('GH_PG_UPSTREAM_REFUSED', sqlstate, message);
  return new HandshakeRefusal(
    failed.code,
    '08006',
    'the gate could not log in to the database server; tell its operators',
  );
}
