/**
 * The records of what changes the gate itself: the configuration it runs under, and its policy. The first worker writes
 * them for all.
 */
import { createHash } from 'node:crypto';
import type { PolicyChange } from './adapters/opa-policy/engine.ts';
import type { AuditJournal, DecidedRecord, Receipt } from './domain/audit-event.ts';
import type { Clock } from './domain/clock.ts';
import { asEventId, asSessionId, uuidV7, type RandomBytes } from './domain/ids.ts';
import type { Log } from './domain/log.ts';
import { NO_ACTION } from './domain/own-record.ts';

export interface GateRecords {
  readonly journal: AuditJournal;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
}

type GateEvent = Pick<
  DecidedRecord,
  'action_kind' | 'decision' | 'rule' | 'reason' | 'policy_bundle' | 'outcome'
> &
  Partial<Pick<DecidedRecord, 'error_code' | 'details'>>;

/**
 * The configuration in force, by the SHA-256 of its file: one row a start, so a change is two rows that differ. Rejects
 * where it cannot be recorded: a gate that cannot say under what it runs does not run.
 */
export async function recordConfiguration(
  records: GateRecords,
  file: Uint8Array,
  bundleHash: string,
): Promise<void> {
  await append(records, {
    action_kind: 'config.loaded',
    decision: 'allow',
    rule: 'gate.config_loaded',
    reason: 'the gate started with this configuration',
    policy_bundle: bundleHash,
    outcome: 'ok',
    details: { config_sha256: createHash('sha256').update(file).digest('hex') },
  });
}

/** A new bundle, or a refused one. */
export function recordPolicyChange(records: GateRecords, change: PolicyChange): void {
  append(records, {
    action_kind: 'policy.reload',
    decision: change.ok ? 'allow' : 'deny',
    rule: change.ok ? 'gate.policy_loaded' : `gate.${change.code}`,
    reason: change.ok
      ? 'a new policy bundle is in force'
      : 'a policy bundle was refused; the one before stays',
    policy_bundle: change.bundleHash,
    outcome: change.ok ? 'ok' : 'denied',
    ...(change.ok ? { details: { previous_bundle: change.previousHash } } : { error_code: change.code }),
  }).catch((error: unknown) => records.log.error({ err: error }, 'a policy change could not be recorded'));
}

function append({ journal, clock, random }: GateRecords, event: GateEvent): Promise<Receipt> {
  const time = clock.nowMs();
  return journal.append({
    type: 'decided',
    time,
    event_id: asEventId(uuidV7(time, random(10))),
    session_id: asSessionId(''),
    principal_subject: 'gatehouse',
    on_behalf_of: '',
    issuer: '',
    groups: [],
    client_address: '',
    upstream: '',
    protocol: '',
    ...NO_ACTION,
    ...event,
  });
}
