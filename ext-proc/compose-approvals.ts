/** Wires the approval desk of a worker, and what the console shares with it: the store and the seals. */
import { openApprovalStore } from './adapters/approvals/open-approval-store.ts';
import { readSecretSource } from './adapters/credentials/secret-source.ts';
import type { ApprovalsConfig, NotificationChannelConfig } from './config/approvals-config.ts';
import type { GatehouseConfig, SecretSource } from './config/config.ts';
import type { AuditJournal } from './domain/audit-event.ts';
import type { ApprovalStore } from './domain/approvals/approval-store.ts';
import { APPROVAL_KEY_BYTES_MIN, createApprovalSeals, type ApprovalSeals } from './domain/approvals/seals.ts';
import type { Clock } from './domain/clock.ts';
import { GatehouseError } from './domain/errors.ts';
import type { RandomBytes } from './domain/ids.ts';
import type { Log } from './domain/log.ts';
import { revealSecret, Secret } from './domain/secret.ts';
import { ApprovalDesk } from './exchange/approvals/approval-desk.ts';
import { keepDenials } from './exchange/approvals/kept-denials.ts';

export interface ApprovalParts {
  readonly journal: AuditJournal;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
}

export interface ComposedApprovals {
  readonly desk: ApprovalDesk;
  /** Who still waits is cancelled and recorded; to be called while the journal is open. */
  close(): Promise<void>;
}

/** Undefined where no approvals are configured. Rejects as `openSealedStore` does. */
export async function composeApprovals(
  { approvals }: Pick<GatehouseConfig, 'approvals'>,
  { journal, clock, random, log }: ApprovalParts,
): Promise<ComposedApprovals | undefined> {
  if (approvals === undefined) return undefined;
  const { store, seals } = await openSealedStore(approvals, { clock, log });
  const desk = new ApprovalDesk({
    store,
    seals,
    journal,
    clock,
    random,
    log,
    limits: { pendingPerPrincipal: approvals.pendingPerPrincipal, pendingMax: approvals.pendingMax },
    publicUrl: approvals.console?.publicUrl,
    channelsFor: channelsFor(approvals.notifications),
  });
  return {
    desk,
    async close() {
      await desk.close();
      await store.close();
    },
  };
}

export interface SealedStore {
  readonly store: ApprovalStore;
  readonly seals: ApprovalSeals;
  /** What the seals are made with, for what else is derived from it. */
  readonly key: Secret<Uint8Array>;
}

/** Rejects with GH_APPROVAL_KEY, GH_CREDENTIAL_UNAVAILABLE, GH_APPROVALS_FILE or GH_APPROVALS_VERSION. */
export async function openSealedStore(
  approvals: Pick<ApprovalsConfig, 'store' | 'key'>,
  { clock, log }: Pick<ApprovalParts, 'clock' | 'log'>,
): Promise<SealedStore> {
  const key = await readApprovalKey(approvals.key);
  const seals = createApprovalSeals(key);
  const store = await openApprovalStore({ store: approvals.store, clock, log });
  return { store: keepDenials(store, { seals, log }), seals, key };
}

/** Rejects with GH_APPROVAL_KEY where it is too short, and as `readSecretSource` does. */
export async function readApprovalKey(source: SecretSource): Promise<Secret<Uint8Array>> {
  const key = Buffer.from(revealSecret(await readSecretSource(source)), 'utf8');
  if (key.length >= APPROVAL_KEY_BYTES_MIN) return new Secret(key);
  throw new GatehouseError('GH_APPROVAL_KEY', 'The key of approvals is too short.', {
    message: `approvals.key has ${key.length} bytes, and must have ${APPROVAL_KEY_BYTES_MIN} at least: openssl rand -base64 48`,
  });
}

/** The channels that are told of a request that these groups may decide. */
export function channelsFor(
  channels: readonly Pick<NotificationChannelConfig, 'name' | 'groups'>[],
): (groups: readonly string[]) => readonly string[] {
  return (groups) =>
    channels
      .filter((channel) => channel.groups.some((each) => each === '*' || groups.includes(each)))
      .map(({ name }) => name);
}
