/** The gate's description against PostgreSQL's own analysis of the same statement, at random. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatementDescription } from '../../../ext-proc/domain/statement.ts';
import { postgresVersions } from '../../support/postgres.ts';
import { type SqlDescriber, startSqlDescriber } from '../../support/sql-describer.ts';
import { analyse, type Analysed } from './oracle.ts';
import { randomStatement } from './random-statement.ts';
import { SAMPLE_SCHEMA } from './sample-schema.ts';

const RUNS = Number(process.env['GATEHOUSE_ORACLE_RUNS'] ?? 1_500);
/** At least so much of what PostgreSQL accepts must be described completely, or the gate would deny too much. */
const COMPLETE_SHARE = 0.9;

/** A small generator of its own, so that a failure can be run again by its seed. */
function chooser(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** What PostgreSQL found and the description does not have. */
function missing(analysed: Analysed, description: StatementDescription): string[] {
  const relations = new Set(description.relations.map(({ qualified }) => qualified));
  const columns = new Set(description.columns.map(({ relation, name }) => `${relation}.${name}`));
  const functions = new Set(description.functions.map(({ schema, name }) => `${schema}.${name}`));
  return [
    ...analysed.relations.filter((name) => !relations.has(name)),
    ...analysed.columns.filter(
      (name) => !columns.has(name) && !columns.has(`${name.replace(/\.[^.]*$/, '')}.*`),
    ),
    ...analysed.functions.filter((name) => !functions.has(name)),
  ];
}

describe.each(postgresVersions)('on PostgreSQL $version', ({ binaries }) => {
  let sql: SqlDescriber;
  beforeAll(async () => {
    sql = await startSqlDescriber(SAMPLE_SCHEMA, binaries);
  });
  afterAll(() => sql.stop());

  it('describes no less than the server finds, and nothing that it does not, in statements at random', async () => {
    let accepted = 0;
    let complete = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      const statement = randomStatement(chooser(seed));
      const analysed = await analyse(sql.client, statement);
      if (analysed === undefined) continue;
      accepted++;
      const [described] = await sql.describe(statement);
      const description = described?.description as StatementDescription;
      if (!description.complete) continue;
      complete++;
      expect(missing(analysed, description), `seed ${seed}: ${statement}`).toEqual([]);
      const found = new Set(analysed.relations);
      const extra = description.relations.filter(({ qualified }) => !found.has(qualified));
      expect(extra, `seed ${seed}: ${statement}`).toEqual([]);
    }
    expect(accepted).toBeGreaterThan(RUNS / 5);
    expect(complete / accepted).toBeGreaterThan(COMPLETE_SHARE);
  });
});
