/**
 * A session from its greeting to its end. Owns what the two walks of its messages are made of, and every way in which
 * it ends: expiry, a kill, a block, a drain, a failure, the server's close, the client's.
 */
import type { Decision } from '../../domain/decision.ts';
import type { SessionId } from '../../domain/ids.ts';
import type { VerifiedIdentity } from '../../domain/principal.ts';
import {
  encodeAuthenticationOk,
  encodeParameterStatus,
  encodeReadyForQuery,
} from '../../protocols/postgres/backend-encoders.ts';
import { encodeTerminate } from '../../protocols/postgres/frontend-encoders.ts';
import type { UpstreamReady } from '../../protocols/postgres/upstream-login.ts';
import { ReleaseQueue } from '../release-queue.ts';
import { BackendWalk } from './backend-walk.ts';
import { giveCancelKey } from './cancel-request.ts';
import type { Connection, ConnectionSession } from './connection.ts';
import { Decider } from './decider.ts';
import { FrontendWalk } from './frontend/frontend-walk.ts';
import type { PostgresGate, PostgresRoute, TerminableSession, Termination } from './gate.ts';
import { SessionContext } from './session-context.ts';
import type { RecordSession } from './session-records.ts';
import { SessionToken } from './session-token.ts';
import { SessionMasking } from './masking/session-masking.ts';
import { SessionWalk } from './session-walk.ts';
import type { StartupRequest } from './startup-checks.ts';

const TERMINATE = encodeTerminate();

const PRINCIPAL_BLOCKED: Termination = {
  kind: 'postgres.killed',
  code: 'GH_PRINCIPAL_BLOCKED',
  sqlstate: '57P01',
  publicMessage: "this principal is blocked; ask the gate's operators",
};
const TOKEN_EXPIRED: Termination = {
  kind: 'postgres.expired',
  code: 'GH_TOKEN_EXPIRED',
  sqlstate: '28000',
  publicMessage: 'the token of this session has expired',
  hint: "Connect with a new token, or renew in time with SET gatehouse.token = '<token>'.",
};
const DRAINED: Termination = {
  kind: 'postgres.drained',
  code: 'GH_DRAINED',
  sqlstate: '57P01',
  publicMessage: 'the gate is restarting; connect again',
};

export interface ReadySessionOptions {
  readonly gate: PostgresGate;
  readonly route: PostgresRoute;
  readonly connection: Connection;
  readonly record: RecordSession;
  readonly sessionId: SessionId;
  readonly openedMs: number;
  readonly clientAddress: string;
  readonly identity: VerifiedIdentity;
  /** What policy said of the connection. */
  readonly admission: Decision;
  readonly startup: StartupRequest;
  readonly role: string;
  readonly login: UpstreamReady;
  readonly protocolMinor: number;
}

export class ReadySession implements ConnectionSession, TerminableSession {
  readonly frontend: FrontendWalk;
  readonly backend: BackendWalk;
  readonly #options: ReadySessionOptions;
  readonly #walk: SessionWalk;
  readonly #token: SessionToken;
  #draining = false;

  constructor(options: ReadySessionOptions) {
    this.#options = options;
    const { gate, connection, identity, record } = options;
    const context = contextOf(options);
    const failed = (error: unknown): void => this.#walk.journalFailed(error);
    const masking = new SessionMasking(gate.masking, context);
    masking.connected(options.admission);
    this.#walk = new SessionWalk({
      gate,
      context,
      decider: new Decider(gate, context, masking),
      masking,
      up: new ReleaseQueue((pieces, end) => connection.sendUpstream(pieces, end), failed),
      down: new ReleaseQueue((pieces, end) => connection.sendClient(pieces, end), failed),
      terminate: (cause) => this.terminate(cause),
      onIdle: () => {
        if (this.#draining) this.drain();
      },
      hold: (held) => connection.hold(held),
      narrow: (narrow) => connection.narrow(narrow),
      namesUnknown: context.searchPath === undefined,
    });
    this.#token = new SessionToken({
      gate,
      identity,
      record,
      keep: (receipt) => this.#walk.keep(receipt),
      onExpired: () => this.terminate(TOKEN_EXPIRED),
    });
    this.frontend = new FrontendWalk(this.#walk, this.#token);
    this.backend = new BackendWalk(this.#walk);
  }

  /** Makes the session known, greets the client, and takes what either peer has sent already. */
  start(): void {
    const { gate, route, connection, sessionId, identity, startup } = this.#options;
    connection.handTo(this);
    gate.sessions.set(sessionId, this);
    gate.state.sessionStarted({
      sessionId,
      worker: gate.worker,
      principalSubject: identity.principal.subject,
      onBehalfOf: identity.principal.onBehalfOf ?? '',
      upstream: route.upstream.name,
      database: startup.database,
      clientAddress: this.#options.clientAddress,
      startedAtMs: gate.clock.nowMs(),
    });
    gate.metrics.sessionOpened();
    // A block given while the login waited on the network has reached nobody yet.
    if (gate.state.isBlocked(identity.principal)) return this.terminate(PRINCIPAL_BLOCKED);
    this.#token.watch(identity.expiresAtMs);
    this.#greet();
    connection.deliverEarly();
  }

  #greet(): void {
    const { gate, route, connection, sessionId, login, protocolMinor } = this.#options;
    const greeting = [encodeAuthenticationOk()];
    for (const [name, value] of login.parameters) greeting.push(encodeParameterStatus(name, value));
    if (login.backendKey !== undefined)
      greeting.push(giveCancelKey(gate, route, sessionId, login.backendKey, protocolMinor));
    greeting.push(...login.notices, encodeReadyForQuery(login.transactionStatus));
    connection.sendClient(greeting, false);
  }

  get principal(): { subject: string; onBehalfOf: string | undefined } {
    return this.#token.principal;
  }

  /** Ends the session: what runs is cancelled, the server rolls back, the client is told why. */
  terminate(cause: Termination): void {
    const { gate, route, connection, sessionId, login, record } = this.#options;
    if (!connection.open) return;
    this.frontend.stop();
    this.#walk.up.close();
    this.#walk.down.close();
    if (this.#walk.replies.length > 0 && login.backendKey !== undefined) {
      void gate.canceller.cancel({ upstream: route.upstream.name, sessionId, ...login.backendKey });
    }
    this.#recordEnd(
      record({
        kind: cause.kind,
        decision: 'deny',
        rule: `gate.${cause.code}`,
        reason: cause.publicMessage,
        outcome: 'ok',
        errorCode: cause.code,
      }).receipt,
    );
    gate.log.info({ code: cause.code, session: sessionId }, 'session ended by the gate');
    if (!this.frontend.midMessage) connection.sendUpstream([TERMINATE], true);
    connection.end(this.backend.midMessage ? undefined : cause);
  }

  /** Ends the session as soon as it is idle outside a transaction. */
  drain(): void {
    this.#draining = true;
    this.frontend.endHold();
    const { replies, context, down } = this.#walk;
    if (replies.length > 0 || context.transaction !== 'idle') return;
    // The last answer may still wait for its record: a client must hear of its commit.
    if (down.waitingBytes > 0) return down.whenEmpty(() => this.drain());
    this.terminate(DRAINED);
  }

  /** What the server has said before its end still reaches the client. */
  upstreamEnded(): void {
    this.#options.connection.endAfterUpstream(() => {
      this.frontend.stop();
      this.backend.abandon();
      this.#walk.down.end();
      this.#walk.down.flush();
    });
  }

  /** The connection is gone: everything that is still open is ended in the records, and in the shared state. */
  closed(): void {
    const { gate, sessionId, openedMs, record } = this.#options;
    this.#token.stop();
    this.frontend.stop();
    this.backend.abandon();
    this.#walk.up.close();
    this.#walk.down.close();
    gate.sessions.delete(sessionId);
    gate.state.sessionEnded(sessionId);
    gate.metrics.sessionClosed();
    const durationMs = Math.round(gate.clock.monotonicMs() - openedMs);
    this.#recordEnd(
      record({
        kind: 'postgres.disconnect',
        decision: 'allow',
        rule: 'gate.disconnect',
        reason: 'the connection ended',
        outcome: 'ok',
        details: { session_duration_ms: String(durationMs) },
      }).receipt,
    );
  }

  #recordEnd(receipt: Promise<unknown>): void {
    const { gate, sessionId } = this.#options;
    receipt.catch((error: unknown) =>
      gate.log.error({ err: error, session: sessionId }, 'the end of a session could not be recorded'),
    );
  }
}

function contextOf(options: ReadySessionOptions): SessionContext {
  const context = new SessionContext({
    sessionId: options.sessionId,
    principal: options.identity.principal,
    clientAddress: options.clientAddress,
    upstreamName: options.route.upstream.name,
    upstreamLabels: options.route.upstream.labels,
    database: options.startup.database,
    loginRole: options.role,
    applicationName: options.startup.applicationName,
  });
  for (const [name, value] of options.login.parameters) context.parameterChanged(name, value);
  return context;
}
