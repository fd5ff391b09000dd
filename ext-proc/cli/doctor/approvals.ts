/** That what policy holds can be asked for and decided: the store, the key of its seals, and who can decide. */
import { stat } from 'node:fs/promises';
import type { ApprovalsConfig } from '../../config/approvals-config.ts';
import type { GatehouseConfig } from '../../config/config.ts';
import type { Check } from './check.ts';
import { failure, ok, reasonOf, skipped, warning } from './check.ts';

export interface ApprovalPorts {
  /** As the gate reads it, and then it is forgotten. Rejects where it cannot be read or is too short. */
  readonly readApprovalKey: (approvals: ApprovalsConfig) => Promise<void>;
  /** Makes nothing. Rejects where the store cannot be used. */
  readonly probeApprovalStore: (
    approvals: ApprovalsConfig,
  ) => Promise<{ readonly isNew: boolean; readonly clockOffsetMs: number }>;
}

/** More than that is no drift: somebody's clock is not kept. */
const CLOCK_TOLERANCE_MS = 5_000;

export async function approvals(
  { approvals: configured, issuers }: Pick<GatehouseConfig, 'approvals' | 'issuers'>,
  ports: ApprovalPorts,
): Promise<readonly Check[]> {
  if (configured === undefined) {
    return [skipped('approvals', '', 'none are configured: what policy holds is denied')];
  }
  const known = issuers.map(({ issuer }) => issuer);
  return [await store(configured, ports), await key(configured, ports), reviewers(configured, known)];
}

async function store(configured: ApprovalsConfig, ports: ApprovalPorts): Promise<Check> {
  const id = 'approvals.store';
  const { store: where } = configured;
  const subject =
    where.kind === 'sqlite'
      ? where.file
      : `PostgreSQL ${where.address.host}:${where.address.port}, database ${where.database}`;
  try {
    const { isNew, clockOffsetMs } = await ports.probeApprovalStore(configured);
    const seconds = (Math.abs(clockOffsetMs) / 1_000).toFixed(1);
    if (Math.abs(clockOffsetMs) > CLOCK_TOLERANCE_MS) {
      return warning(
        id,
        subject,
        `its clock, which deadlines go by, is ${seconds} s ${clockOffsetMs < 0 ? 'behind' : 'ahead of'} ours`,
        'keep both clocks by NTP: people are told when a request ends by one, and tokens end by the other',
      );
    }
    return ok(id, subject, isNew ? 'can be used; the gate makes it when it starts' : 'can be used');
  } catch (error) {
    return failure(
      id,
      subject,
      `cannot be used: ${error instanceof Error ? error.message : reasonOf(error)}; what policy holds is denied`,
      'look at the server, its address and the login under approvals.store; the file must be this account’s',
    );
  }
}

async function key(configured: ApprovalsConfig, ports: ApprovalPorts): Promise<Check> {
  const id = 'approvals.key';
  const source = configured.key;
  const subject =
    'file' in source ? source.file : 'env' in source ? `$${source.env}` : (source.command[0] ?? '');
  try {
    await ports.readApprovalKey(configured);
    if ('file' in source && ((await stat(source.file)).mode & 0o077) !== 0) {
      return failure(
        id,
        subject,
        'others can read it, and whoever has it can approve anything',
        `run: chmod 600 ${source.file}; then write a new key into it, since the old one is known`,
      );
    }
    return ok(id, subject, 'long enough');
  } catch (error) {
    return failure(
      id,
      subject,
      `cannot be used: ${error instanceof Error ? error.message : reasonOf(error)}; the gate does not start`,
      'make one: openssl rand -base64 48',
    );
  }
}

function reviewers({ console: page, notifications }: ApprovalsConfig, issuers: readonly string[]): Check {
  const id = 'approvals.console';
  if (page === undefined) {
    return warning(
      id,
      '',
      `there is none, so nobody can decide${notifications.length === 0 ? '' : ', whatever they are told'}: what policy holds ends undecided`,
      'configure approvals.console',
    );
  }
  const { login, publicUrl } = page;
  return issuers.includes(login.issuer)
    ? ok(id, publicUrl, `people log in at ${login.issuer}`)
    : failure(
        id,
        publicUrl,
        `people would log in at ${login.issuer}, which the gate does not know`,
        'name one of issuers under approvals.console.login',
      );
}
