/**
 * The gate's login to the database for one principal. Owns which role that is and what the server sees as its name;
 * refuses to tell a client anything of the role or of how it logs in (I7).
 */
import type { UpstreamCredential } from '../../domain/ports.ts';
import type { Principal } from '../../domain/principal.ts';
import type { UpstreamFailed, UpstreamReady } from '../../protocols/postgres/upstream-login.ts';
import type { Connection } from './connection.ts';
import type { PostgresGate, PostgresRoute } from './gate.ts';
import { HandshakeRefusal } from './handshake-refusal.ts';
import type { StartupRequest } from './startup-checks.ts';
import { loginUpstream } from './upstream-link.ts';

const APPLICATION_NAME_BYTES_MAX = 63;

/** The credential that the principal's groups map to; rejects with a `HandshakeRefusal` where there is none. */
export async function credentialOf(
  gate: PostgresGate,
  route: PostgresRoute,
  principal: Principal,
): Promise<UpstreamCredential> {
  const credential = await gate.credentials.credentialFor(route.upstream.name, principal.groups);
  if (credential === undefined) {
    throw new HandshakeRefusal(
      'GH_NO_CREDENTIAL',
      '28000',
      "no database role is mapped to this principal's groups; ask the gate's operators",
    );
  }
  return credential;
}

export interface LoginRequest {
  readonly credential: UpstreamCredential;
  readonly principal: Principal;
  readonly startup: StartupRequest;
  readonly protocolMinor: number;
  /** What the server has said to `SSLRequest`. */
  readonly answer: 'tls' | 'plain';
}

/** Logs in over the connection, up to the first ReadyForQuery; rejects with a `HandshakeRefusal` where the server does. */
export async function logIn(
  gate: PostgresGate,
  route: PostgresRoute,
  connection: Connection,
  { credential, principal, startup, protocolMinor, answer }: LoginRequest,
): Promise<UpstreamReady> {
  const started = gate.clock.monotonicMs();
  const { transport, certificate } = await connection.secureUpstream(answer, route.upstream.tls);
  const parameters = new Map<string, string>([['database', startup.database], ...startup.settings]);
  parameters.set('application_name', applicationName(principal));
  const outcome = await loginUpstream({
    transport,
    inbox: connection.upstreamInbox,
    credential,
    certificate,
    tlsActive: answer === 'tls',
    parameters,
    protocolMinor,
    random: gate.random,
  });
  gate.metrics.stage('login', gate.clock.monotonicMs() - started);
  if (outcome.kind === 'failed') throw loginRefusal(outcome);
  return outcome;
}

/** What the server sees as `application_name`: who acts, and for whom; printable ASCII, as PostgreSQL keeps it. */
function applicationName(principal: Principal): string {
  const name =
    principal.onBehalfOf === undefined
      ? principal.subject
      : `${principal.subject} for ${principal.onBehalfOf}`;
  return name.replace(/[^\x20-\x7e]/g, '?').slice(0, APPLICATION_NAME_BYTES_MAX);
}

/** Why the server refused, as far as it is the client's business. */
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
