/**
 * Cancel keys and the requests that use them. Owns that a client never sees a key of the server's: it gets one of the
 * gate's, and only such a key is turned into the server's; any other is dropped.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Canceling Requests in Progress".
 */
import type { SessionId } from '../../domain/ids.ts';
import { encodeBackendKeyData } from '../../protocols/postgres/backend-encoders.ts';
import { encodeCancelRequest } from '../../protocols/postgres/startup.ts';
import type { Connection } from './connection.ts';
import type { PostgresGate, PostgresRoute } from './gate.ts';
import type { RecordSession } from './session-records.ts';
import type { UpstreamAnswer } from './upstream-link.ts';

const KEY_BYTES = { protocol30: 4, protocol32: 32 } as const;

export interface UpstreamKey {
  readonly processId: number;
  readonly secretKey: Buffer;
}

/**
 * BackendKeyData for a client: the server's own process id, because clients compare it with what notifications carry;
 * the key is the gate's.
 */
export function giveCancelKey(
  gate: PostgresGate,
  route: PostgresRoute,
  sessionId: SessionId,
  { processId, secretKey }: UpstreamKey,
  protocolMinor: number,
): Buffer {
  const given = gate.random(protocolMinor >= 2 ? KEY_BYTES.protocol32 : KEY_BYTES.protocol30);
  gate.state.putCancelKey(processId, given, {
    upstream: route.upstream.name,
    sessionId,
    processId,
    secretKey,
  });
  return encodeBackendKeyData(processId, given);
}

/** Records a client's request and passes it on where its key is known. Resolves when the server has read it. */
export async function passCancelRequest(
  gate: PostgresGate,
  route: PostgresRoute,
  connection: Connection,
  record: RecordSession,
  { processId, secretKey }: UpstreamKey,
  answer: UpstreamAnswer,
): Promise<void> {
  const target = gate.state.cancelTarget(processId, secretKey);
  const known = target !== undefined && target.upstream === route.upstream.name;
  await record({
    kind: 'postgres.cancel',
    decision: known ? 'allow' : 'deny',
    rule: known ? 'gate.cancel_key' : 'gate.unknown_cancel_key',
    reason: known ? 'the key is one that the gate gave out' : 'the key is none that the gate gave out',
    outcome: known ? 'ok' : 'denied',
    ...(known
      ? { details: { cancelled_session: target.sessionId } }
      : { errorCode: 'GH_PG_CANCEL_KEY_UNKNOWN' }),
  }).receipt;
  if (!known || (await endedHold(gate, target.sessionId)) || answer === 'down') return;
  const { transport } = await connection.secureUpstream(answer, route.upstream.tls);
  transport.send([encodeCancelRequest(target.processId, Buffer.from(target.secretKey))], true);
  // Envoy takes the end toward the client for the end of everything: the server must have read the request first.
  await connection.upstreamInbox.next(() => undefined).catch(() => undefined);
}

/**
 * Whether the session was waiting for an approval, which is at its end now: the server runs nothing for it, and a request
 * that came late would hit what comes next.
 */
async function endedHold(gate: PostgresGate, sessionId: SessionId): Promise<boolean> {
  if (gate.approvals === undefined) return false;
  try {
    return (await gate.approvals.cancelSession(sessionId, 'GH_APPROVAL_CANCELLED')).length > 0;
  } catch (error) {
    gate.log.error({ err: error, session: sessionId }, 'a hold could not be cancelled');
    return false;
  }
}
