/** The gate's description against PostgreSQL's own analysis of the same statement, at random. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatementDescription } from '../../../ext-proc/domain/statement.ts';
import { postgresVersions } from '../../support/postgres.ts';
import { type SqlDescriber, startSqlDescriber } from '../../support/sql-describer.ts';
import { analyse, type Analysed } from './oracle.ts';
import { CORPUS } from './corpus.ts';
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

/** Compares one statement that PostgreSQL accepts; whether it was described completely. */
async function compare(
  sql: SqlDescriber,
  analysed: Analysed,
  statement: string,
  what: string,
): Promise<boolean> {
  const [described] = await sql.describe(statement);
  const description = described?.description as StatementDescription;
  if (!description.complete) return false;
  // PostgreSQL has EXCLUDED depend on every column of the target, named or not.
  const columns = /on\s+conflict/i.test(statement) ? [] : analysed.columns;
  expect(missing({ ...analysed, columns }, description), `${what}: ${statement}`).toEqual([]);
  const found = new Set(analysed.relations);
  // A name in a literal (`'people'::regclass`, `nextval('tickets')`) is no relation of the analysed tree.
  const extra = description.relations.filter(
    ({ qualified, kind }) => !found.has(qualified) && kind !== 'sequence',
  );
  if (!/regclass|regproc/i.test(statement)) expect(extra, `${what}: ${statement}`).toEqual([]);
  return true;
}

/** The corpus's statements in pieces: what is put together from them is seldom SQL, and then often odd SQL. */
const PIECES = CORPUS.filter(({ expect: expected }) => expected.length === 1).map(
  ({ sql }) => sql.match(/\$\w*\$[^]*?\$\w*\$|'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|\s+|[^\w\s]/g) ?? [],
);

function mutant(choose: (below: number) => number): string {
  const words = [...(PIECES[choose(PIECES.length)] as readonly string[])];
  for (let change = choose(4); change >= 0; change--) {
    const at = choose(words.length + 1);
    const other = PIECES[choose(PIECES.length)] as readonly string[];
    const from = choose(other.length);
    const length = 1 + choose(6);
    switch (choose(5)) {
      case 0:
        words.splice(at, 1 + choose(3));
        break;
      case 1:
        words.splice(at, 0, ' ', ...other.slice(from, from + length), ' ');
        break;
      case 2:
        words.splice(at, 1, ...other.slice(from, from + 1));
        break;
      case 3:
        words.splice(at, 0, ' (', ...other, ') ');
        break;
      default:
        words[at] = words[choose(words.length)] ?? '';
    }
  }
  return words.join('').slice(0, 4_000);
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
      if (await compare(sql, analysed, statement, `seed ${seed}`)) complete++;
    }
    expect(accepted).toBeGreaterThan(RUNS / 8);
    expect(complete / accepted).toBeGreaterThan(COMPLETE_SHARE);
  });

  it('does so in what is left of the corpus after it was cut up and put together again', async () => {
    let accepted = 0;
    for (let seed = 1; seed <= RUNS * 2; seed++) {
      const statement = mutant(chooser(seed));
      const analysed = await analyse(sql.client, statement);
      if (analysed === undefined) {
        // It has a description all the same, and nothing is thrown.
        if (seed % 4 === 0) expect((await sql.describe(statement)).length, `seed ${seed}`).toBeGreaterThan(0);
        continue;
      }
      accepted++;
      await compare(sql, analysed, statement, `seed ${seed}`);
    }
    expect(accepted).toBeGreaterThan(RUNS / 50);
  });

  it.each(
    CORPUS.filter(
      ({ expect: expected }) =>
        expected.length === 1 && expected[0]?.traits?.some((trait) => trait.startsWith('copy_')) !== true,
    ),
  )('says that $sql writes, if it does', async ({ sql: text, context }) => {
    const [described] = await sql.describe(text, context);
    if (described?.description.writes !== false) return;
    const path = (context?.searchPath ?? ['$user', 'public']).map((schema) => `"${schema}"`).join(', ');
    await sql.client.query('BEGIN READ ONLY');
    try {
      await sql.client.query(`SET LOCAL search_path = ${path}`);
      await sql.client.query('SET LOCAL statement_timeout = 1000');
      await sql.client.query(text);
    } catch (error) {
      // read_only_sql_transaction
      expect((error as { code?: string }).code).not.toBe('25006');
    } finally {
      await sql.client.query('ROLLBACK');
      await sql.client.query('DISCARD ALL');
    }
  });
});
