/**
 * Whether a verified principal may have a session at all. Owns the order: blocks first, then policy; the record is
 * appended before a byte of the gate's login goes upstream.
 */
import type { Decision } from '../../domain/decision.ts';
import type { Principal } from '../../domain/principal.ts';
import type { PostgresGate, PostgresRoute } from './gate.ts';
import { HandshakeRefusal, RecordedRefusal } from './handshake-refusal.ts';
import type { RecordSession } from './session-records.ts';
import type { StartupRequest } from './startup-checks.ts';

const APPLICATION_NAME_RECORDED_CHARACTERS_MAX = 256;

export interface AdmissionRequest {
  readonly principal: Principal;
  readonly clientAddress: string;
  readonly startup: StartupRequest;
}

/** Resolves when the principal is admitted and that is recorded; rejects with a `HandshakeRefusal` where it is not. */
export async function admit(
  gate: PostgresGate,
  { upstream }: PostgresRoute,
  record: RecordSession,
  { principal, clientAddress, startup }: AdmissionRequest,
): Promise<Decision> {
  if (gate.state.isBlocked(principal)) {
    throw new HandshakeRefusal(
      'GH_PRINCIPAL_BLOCKED',
      '28000',
      "this principal is blocked; ask the gate's operators",
    );
  }
  const decision = gate.policy.decide({
    version: 1,
    principal: {
      subject: principal.subject,
      on_behalf_of: principal.onBehalfOf ?? '',
      issuer: principal.issuer,
      groups: principal.groups,
    },
    upstream: { name: upstream.name, protocol: 'postgres', labels: upstream.labels },
    session: {
      client_address: clientAddress,
      database: startup.database,
      role: '',
      search_path: null,
      transaction: 'idle',
      application_name: startup.applicationName,
    },
    action: { kind: 'postgres.connect' },
  });
  gate.metrics.decided(upstream.name, decision.verdict);
  const allowed = decision.verdict === 'allow';
  const { eventId, receipt } = record({
    kind: 'postgres.connect',
    decision: decision.verdict,
    rule: decision.rule,
    reason: decision.reason,
    outcome: allowed ? 'ok' : 'denied',
    policyBundle: decision.bundleHash,
    reportOnly: decision.reportOnly.map((finding) => finding.rule),
    ...(allowed ? undefined : { errorCode: '42501' }),
    details: {
      application_name: gate.masking.masker.maskRecordText(
        startup.applicationName.slice(0, APPLICATION_NAME_RECORDED_CHARACTERS_MAX),
      ),
    },
  });
  await receipt;
  if (!allowed) {
    throw new RecordedRefusal(
      'GH_DENIED',
      '42501',
      `denied: ${decision.reason} (rule ${decision.rule}, event ${eventId})`,
    );
  }
  return decision;
}
