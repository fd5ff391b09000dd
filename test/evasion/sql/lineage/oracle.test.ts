/**
 * Lineage against the plainest test there is: of two databases that differ in one column, a statement may give different
 * answers only if its description names that column. And against the origins that the server itself reports.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatementDescription } from '../../../../ext-proc/domain/statement.ts';
import { postgresVersions } from '../../../support/postgres.ts';
import { type SqlDescriber, startSqlDescriber } from '../../../support/sql-describer.ts';
import { LINEAGE_CORPUS } from './corpus.ts';
import { type Answer, type DifferingDatabases, startDifferingDatabases } from './differing-databases.ts';
import { differ, type Known, untold, wrongOutputs } from './judge.ts';
import { randomFixedRows, randomFlow } from './random-flow.ts';
import { LINEAGE_SCHEMA, SECRET_COLUMNS } from './schema.ts';

const RUNS = Number(process.env['GATEHOUSE_LINEAGE_RUNS'] ?? 2_000);
const FIRST_SEED = Number(process.env['GATEHOUSE_LINEAGE_SEED'] ?? 1);
/** At least so much of what PostgreSQL runs must have outputs, or masking would withhold too much. */
const TOLD_SHARE = 0.97;

/** Errors that come of values, so that two databases may differ in them. */
const OF_VALUES = /^(22|21000|23)/;

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

/** It ends with an ORDER BY of its own. */
const isOrdered = (statement: string): boolean => / ORDER BY [^()]*$/.test(statement);

describe.each(postgresVersions)('on PostgreSQL $version', ({ binaries }) => {
  let sql: SqlDescriber;
  let databases: DifferingDatabases;
  beforeAll(async () => {
    sql = await startSqlDescriber(LINEAGE_SCHEMA, binaries);
    databases = await startDifferingDatabases(sql);
  });
  afterAll(async () => {
    await databases.stop();
    await sql.stop();
  });

  /** Undefined where the server refuses the statement. */
  async function judged(
    statement: string,
    known: Known,
  ): Promise<{ readonly told: boolean; readonly differing: number; readonly wrong: string[] } | undefined> {
    const usual = await databases.answer(statement);
    if (usual.error !== undefined && !OF_VALUES.test(usual.error)) return undefined;
    const [described] = await sql.describe(statement);
    const description = described?.description as StatementDescription;
    if (description.outputs === undefined) return { told: false, differing: 0, wrong: [] };
    const wrong: (string | undefined)[] = [];
    if (usual.error === undefined) wrong.push(wrongOutputs(description.outputs, usual, databases.columns));
    let differing = 0;
    for (const column of Object.keys(SECRET_COLUMNS)) {
      const other = await databases.answerWithout(column, statement);
      if (differ(usual, other, known.ordered)) differing++;
      wrong.push(untold(description, usual, other, column, known));
    }
    return { told: true, differing, wrong: wrong.filter((text) => text !== undefined) };
  }

  it(
    'names every column that an answer depends on, in statements at random',
    { timeout: 600_000 },
    async () => {
      let accepted = 0;
      let told = 0;
      let differing = 0;
      for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
        const fixedRows = seed % 3 === 0;
        const statement = (fixedRows ? randomFixedRows : randomFlow)(chooser(seed));
        const found = await judged(statement, { fixedRows, ordered: isOrdered(statement) });
        if (found === undefined) continue;
        accepted++;
        if (found.told) told++;
        if (found.differing > 0) differing++;
        expect(found.wrong, `seed ${seed}: ${statement}`).toEqual([]);
      }
      console.log(
        `${RUNS} statements from seed ${FIRST_SEED}: ${accepted} run, ${told} told, ${differing} differing`,
      );
      expect(accepted).toBeGreaterThan(RUNS / 3);
      expect(differing).toBeGreaterThan(RUNS / 10);
      expect(told / accepted).toBeGreaterThan(TOLD_SHARE);
    },
  );

  /** The system's own relations, chance and the clock differ between any two databases. */
  const theirOwn = /\bpg_|information_schema|random|now\(|tableoid|generate_uuid|nextval/;
  const queries = /^\(*(SELECT|WITH|VALUES|TABLE|INSERT|UPDATE|DELETE|MERGE)\b/;
  const selects = LINEAGE_CORPUS.filter(({ sql: text }) => queries.test(text) && !theirOwn.test(text));
  it.each(selects)('holds to what the server does with $sql', async ({ sql: text }) => {
    const found = await judged(text, { ordered: isOrdered(text) });
    if (found !== undefined) expect(found.wrong).toEqual([]);
  });
});

describe('the judge', () => {
  const answer = (rows: readonly (readonly string[])[]): Answer => ({
    error: undefined,
    fields: (rows[0] ?? []).map(() => ({ name: 'x', tableOid: 0, attribute: 0 })),
    rows,
  });
  const output = (column: string) => ({
    name: 'x',
    derivation: 'derived' as const,
    sources: [{ schema: 'public', table: 'people', column, derivation: 'derived' as const }],
  });
  const column = 'public.people.card';

  it('finds a column that is not named at all', () => {
    const found = untold(
      { outputs: [output('name')], columns: [] },
      answer([['a']]),
      answer([['b']]),
      column,
    );
    expect(found).toBe('it depends on public.people.card, which is not named');
  });

  it('finds an output that is not said to be made of it', () => {
    const description = { outputs: [output('card'), output('name')], columns: [] };
    const found = untold(description, answer([['a', 'c']]), answer([['b', 'd']]), column);
    expect(found).toBe('x depends on public.people.card, which is not among its sources');
  });

  it('finds rows that are chosen by it', () => {
    const description = { outputs: [output('card')], columns: [] };
    const found = untold(description, answer([['a']]), answer([['a'], ['b']]), column);
    expect(found).toMatch(/^the number of rows depends on/);
  });

  it('finds nothing where it is named, or nothing differs', () => {
    const told = { outputs: [output('card')], columns: [] };
    expect(untold(told, answer([['a']]), answer([['b']]), column)).toBeUndefined();
    const silent = { outputs: [output('name')], columns: [] };
    expect(untold(silent, answer([['a'], ['b']]), answer([['b'], ['a']]), column)).toBeUndefined();
  });
});
