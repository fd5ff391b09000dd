/** Every entry of the corpus against real servers, each with its catalogue read for real. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresVersions } from '../../support/postgres.ts';
import { type SqlDescriber, startSqlDescriber } from '../../support/sql-describer.ts';
import { CORPUS, type Expected } from './corpus.ts';
import { SAMPLE_SCHEMA } from './sample-schema.ts';
import { summaryOf } from './summary.ts';

const EMPTY = {
  verbs: [],
  reads: [],
  writesTo: [],
  defines: [],
  through: [],
  columns: [],
  functions: [],
  unfiltered: [],
  traits: [],
  unknown: [],
  writes: false,
};

describe.each(postgresVersions)('on PostgreSQL $version', ({ version, binaries }) => {
  let sql: SqlDescriber;
  beforeAll(async () => {
    sql = await startSqlDescriber(SAMPLE_SCHEMA, binaries);
  });
  afterAll(() => sql.stop());

  const entries = CORPUS.filter(({ since }) => since === undefined || Number(version) * 10_000 >= since);

  it.each(entries)('describes $sql', async ({ sql: text, context, expect: expected }) => {
    const statements = await sql.describe(text, context);
    const found = statements.map(({ description, text: own, recordText }) => ({
      ...summaryOf(description),
      record: recordText === own ? undefined : recordText,
    }));
    expect(found).toEqual(expected.map((one: Expected) => ({ ...EMPTY, record: undefined, ...one })));
  });

  it.each(entries)('remembers $sql as it was described', async ({ sql: text, context }) => {
    const own = { ...sql.context, ...context };
    const first = (await sql.describer.describe(text, own)).statements;
    const again = (await sql.describer.describe(text, own)).statements;
    expect(again.map(({ description }) => description)).toEqual(first.map(({ description }) => description));
    // The very same objects, since decisions are remembered by them.
    for (const [index, { description }] of again.entries())
      expect(description).toBe(first[index]?.description);
    expect(again.map(({ text: slice, recordText }) => [slice, recordText])).toEqual(
      first.map(({ text: slice, recordText }) => [slice, recordText]),
    );
  });
});
