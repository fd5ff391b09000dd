/** Wires what the audit commands need: the journal's verifier with ClickHouse's anchors, and the tables' statements. */
import { roleStatements, schemaStatements } from './adapters/clickhouse/schema.ts';
import { createClickHouseSink } from './adapters/clickhouse/sink.ts';
import { chainsToAnchor, type JournalVerdict, verifyJournal } from './adapters/journal/verify.ts';
import type { ClickHouseLogin } from './compose-shipping.ts';
import type { GatehouseConfig } from './config/config.ts';
import { GatehouseError } from './domain/errors.ts';

export type { JournalVerdict };

/**
 * Verifies the journals in `directory`, with the anchors of ClickHouse where a login is given. Rejects with
 * `GH_AUDIT_ANCHORS` where ClickHouse does not answer.
 */
export async function verifyAudit(
  config: GatehouseConfig,
  directory: string,
  login: ClickHouseLogin | undefined,
): Promise<JournalVerdict> {
  if (login === undefined) return verifyJournal(directory);
  const { database, cluster } = config.audit.clickhouse;
  const sink = createClickHouseSink({ ...login, database, cluster });
  try {
    const anchors = await sink.readAnchors(await chainsToAnchor(directory)).catch((cause: unknown) => {
      const text = 'The anchors in ClickHouse could not be read. Verify the files alone with --offline.';
      throw new GatehouseError('GH_AUDIT_ANCHORS', text, { cause });
    });
    return await verifyJournal(directory, { anchors });
  } finally {
    await sink.close();
  }
}

/** The statements that make the tables, and those that make the roles. */
export function auditStatements(config: GatehouseConfig): {
  readonly tables: string[];
  readonly roles: string[];
} {
  const { database, cluster } = config.audit.clickhouse;
  return { tables: schemaStatements({ database, cluster }), roles: roleStatements({ database, cluster }) };
}
