/** Every entry of the lineage corpus against real servers, each with its catalogue read for real. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ColumnName, ColumnSource, Derivation } from '../../../../ext-proc/domain/lineage.ts';
import type { ColumnUse, StatementDescription } from '../../../../ext-proc/domain/statement.ts';
import { postgresVersions } from '../../../support/postgres.ts';
import { type SqlDescriber, startSqlDescriber } from '../../../support/sql-describer.ts';
import { LINEAGE_CORPUS } from './corpus.ts';
import { LINEAGE_SCHEMA } from './schema.ts';

const short = (name: string): string => name.replace(/^public\./, '');
const columnName = ({ schema, table, column }: ColumnName): string => short(`${schema}.${table}.${column}`);

function line(
  name: string,
  { derivation, sources }: { derivation: Derivation | 'unknown'; sources: readonly ColumnSource[] },
): string {
  const listed = sources.map((source) => {
    const same = source.derivation === derivation || derivation === 'unknown';
    return same ? columnName(source) : `${columnName(source)}:${source.derivation}`;
  });
  return [name, derivation, ...listed].join(' ');
}

function useLine({ relation, name, use, contexts = [], via }: ColumnUse): string {
  const how = contexts.length === 0 ? use : contexts.join('+');
  return `${short(`${relation}.${name}`)} ${how}${via === undefined ? '' : ` via ${short(via)}`}`;
}

const lineageOf = ({ outputs, flows, columns }: StatementDescription) => ({
  outputs: outputs?.map((output) => line(output.name, output)) ?? 'unknown',
  flows: flows?.map((flow) => line(columnName(flow), flow)) ?? 'unknown',
  uses: columns
    .filter(({ contexts, via }) => contexts !== undefined || via !== undefined)
    .map((use) => useLine(use)),
});

describe.each(postgresVersions)('on PostgreSQL $version', ({ version, binaries }) => {
  let sql: SqlDescriber;
  beforeAll(async () => {
    sql = await startSqlDescriber(LINEAGE_SCHEMA, binaries);
  });
  afterAll(() => sql.stop());

  const entries = LINEAGE_CORPUS.filter(({ since }) => Number(version) * 10_000 >= (since ?? 0));

  it.each(entries)('follows $sql', async ({ sql: text, outputs, flows = [], uses = [] }) => {
    const statements = await sql.describe(text);
    expect(statements.map(({ description }) => lineageOf(description))).toEqual([{ outputs, flows, uses }]);
  });
});
