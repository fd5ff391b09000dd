/** `gatehouse audit verify`: proves that the journal on disk is what was written, and what ClickHouse vouches for. */
import { type JournalVerdict, verifyAudit } from '../compose-audit.ts';
import { type ClickHouseLogin, configuredClickHouse } from '../compose-shipping.ts';
import { GatehouseError } from '../domain/errors.ts';
import { embeddedAuditor } from '../embedded/auditor-login.ts';
import { findPlace, type Place, placeConfig } from './places.ts';

export interface AuditVerifyOptions {
  readonly config?: string;
  /** A journal that was copied elsewhere; the configured one by default. */
  readonly directory?: string;
  /** Do not ask ClickHouse for anchors. */
  readonly offline?: boolean;
  readonly json?: boolean;
}

/**
 * Writes the verdict and resolves with the exit code: 0 where everything holds, 1 where something was found. Rejects
 * with `GH_AUDIT_ANCHORS` or `GH_NOT_RUNNING` where ClickHouse should be asked and cannot be.
 */
export async function auditVerify(
  options: AuditVerifyOptions,
  write: (line: string) => void,
): Promise<number> {
  const place = await findPlace(options.config);
  const config = await placeConfig(place);
  const directory = options.directory ?? config.audit.journal.directory;
  const offline = options.offline === true;
  const login = offline ? undefined : ((await configuredClickHouse(config)) ?? (await embeddedLogin(place)));
  const verdict = await verifyAudit(config, directory, login);
  if (options.json === true) write(JSON.stringify(verdict));
  else for (const line of report(directory, verdict, !offline)) write(line);
  return verdict.ok ? 0 : 1;
}

async function embeddedLogin(place: Place): Promise<ClickHouseLogin> {
  const url = place.run?.endpoints.clickhouse;
  if (url === undefined)
    throw new GatehouseError('GH_NOT_RUNNING', 'The embedded ClickHouse is not running.');
  return { url, ...(await embeddedAuditor(place.stateDirectory)) };
}

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

function report(directory: string, verdict: JournalVerdict, asked: boolean): string[] {
  const lines = [
    `${directory}`,
    `${plural(verdict.records, 'record')} in ${plural(verdict.lines, 'line')}, ${plural(verdict.segments, 'segment')}, ` +
      `${plural(verdict.chains, 'chain')} of ${plural(verdict.workers, 'worker')}`,
    `${plural(verdict.anchorsChecked, 'anchor')} checked${asked ? '' : ', none of them from ClickHouse (--offline)'}`,
  ];
  if (verdict.segmentsShippedAndDeleted > 0) {
    lines.push(`${plural(verdict.segmentsShippedAndDeleted, 'segment')} shipped and deleted before`);
  }
  for (const { worker, chain, segment, line, offset, problem } of verdict.findings) {
    lines.push(
      `✗ ${problem}: worker ${worker}, chain ${chain}, segment ${segment}, line ${line}, byte ${offset}`,
    );
  }
  if (verdict.findingCount > verdict.findings.length) {
    lines.push(`… and ${verdict.findingCount - verdict.findings.length} more`);
  }
  lines.push(verdict.ok ? '✓ the chain holds: nothing was changed or removed' : '✗ the journal was changed');
  return lines;
}
