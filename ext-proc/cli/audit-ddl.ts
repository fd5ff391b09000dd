/** `gatehouse audit ddl`: ClickHouse's tables, and its roles, as statements for an administrator. */
import { auditStatements } from '../compose-audit.ts';
import { findPlace, placeConfig } from './places.ts';

export interface AuditDdlOptions {
  readonly config?: string;
}

/** Writes the statements for the configured database and cluster, each ended by a semicolon. */
export async function auditDdl(options: AuditDdlOptions, write: (line: string) => void): Promise<void> {
  const { tables, roles } = auditStatements(await placeConfig(await findPlace(options.config)));
  for (const statement of tables) write(`${statement};\n`);
  write('-- Give gatehouse_writer to the user of audit.clickhouse, gatehouse_auditor to whoever reads.');
  for (const statement of roles) write(`${statement};`);
}
