/** Errors and notices of real servers that print values: what is left of them tells no value and names the same error. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMasker } from '../../ext-proc/masking/masker.ts';
import { createScanner } from '../../ext-proc/masking/scanner.ts';
import { decodeErrorFields } from '../../ext-proc/protocols/postgres/backend.ts';
import { encodeQuery } from '../../ext-proc/protocols/postgres/frontend-encoders.ts';
import { BACKEND } from '../../ext-proc/protocols/postgres/message-types.ts';
import { MaskCounts } from '../../ext-proc/protocols/postgres/rows/mask-counts.ts';
import { maskErrorMessage } from '../../ext-proc/protocols/postgres/rows/message-texts.ts';
import { postgresVersions, startTestPostgres } from '../support/postgres.ts';
import { TypedValues } from '../support/typed-values.ts';

/** What must not come out, in no form that an error gives it. */
const SECRET = 'zebra';

const SETUP = [
  `create table people (id int primary key, name text unique, age int check (age > 0), boss int references people,
     code varchar(3), other text not null default 'x')`,
  `insert into people values (1, '${SECRET}', 30)`,
  `create function raises(value text) returns void language plpgsql as $$
   begin raise exception 'value %', value using detail = value, hint = value, schema = value, table = value,
     column = value, datatype = value, constraint = value; end $$`,
  `create function notices(value text) returns void language plpgsql as $$
   begin raise notice 'value %', value using detail = value, table = value; end $$`,
  `create domain ages as int check (value > 0)`,
] as const;

/** With the SQLSTATE and the names that stay. */
const FAILURES: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
  ['select name::int from people', '22P02', {}],
  ['select (name || 1)::date from people', '22007', {}],
  ['insert into people select 2, name from people', '23505', { t: 'people', n: 'people_name_key' }],
  [
    'insert into people select 2, name || 2, -age from people',
    '23514',
    { t: 'people', n: 'people_age_check' },
  ],
  ["insert into people select 2, name || 2, 1, 99, 'abc' from people", '23503', { n: 'people_boss_fkey' }],
  ['insert into people select 2, name || 2, 1, 1, name from people', '22001', {}],
  ["insert into people select 2, name || 2, 1, 1, 'abc', null from people", '23502', { c: 'other' }],
  ['select (-age)::ages from people', '23514', { n: 'ages_check', d: 'ages' }],
  ['select raises(name) from people', 'P0001', {}],
  ['select notices(name) from people', '00000', {}],
  ['select xmlparse(document name) from people', '2200M', {}],
  ["select ('{' || name)::json from people", '22P02', {}],
  ['select ("' + SECRET + '") from people', '42703', {}],
  ["select regexp_match('x', '(' || name) from people", '2201B', {}],
];
const NAMES = ['s', 't', 'c', 'd', 'n'];

describe.each(postgresVersions)('errors of PostgreSQL $version', ({ binaries }) => {
  let server: TypedValues;
  let stop: () => Promise<void>;
  const masker = createMasker({ scanner: createScanner() });

  beforeAll(async () => {
    const postgres = await startTestPostgres({ binaries });
    server = await TypedValues.connect(postgres);
    for (const statement of SETUP) await server.run(statement);
    stop = async () => {
      await server.close();
      await postgres.stop();
    };
  });
  afterAll(() => stop());

  it.each(FAILURES)('%s', async (statement, sqlstate, names) => {
    server.client.send(encodeQuery(statement));
    const told = (await server.client.untilReady()).filter(
      ({ type }) => type === BACKEND.ErrorResponse || type === BACKEND.NoticeResponse,
    );
    expect(told).toHaveLength(1);
    const wire = told[0]?.wire as Buffer;
    const masked = maskErrorMessage(wire, { masker, counts: new MaskCounts() }, true) as Buffer;
    expect(masked.toString('latin1')).not.toContain(SECRET);
    const decoded = decodeErrorFields(masked);
    if (!decoded.ok) throw new Error(decoded.code);
    expect(decoded.fields.get('C')).toBe(sqlstate);
    expect(decoded.fields.get('M')).toMatch(/^gatehouse: .* \(\w{5}\); the text is withheld/);
    const kept = Object.fromEntries([...decoded.fields].filter(([code]) => NAMES.includes(code)));
    if (Object.keys(names).length === 0) expect(kept).toEqual({});
    else expect(kept).toMatchObject(names);
  });
});
