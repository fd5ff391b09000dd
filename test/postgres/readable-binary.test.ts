/** Parameters in binary as reviewers see them, against real servers: what is shown is what the server would take. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readableBinary } from '../../ext-proc/exchange/postgres/holds/readable-binary.ts';
import type { TypeLookup } from '../../ext-proc/protocols/postgres/types/pg-type.ts';
import { postgresVersions, startTestPostgres } from '../support/postgres.ts';
import { TypedValues } from '../support/typed-values.ts';

const READABLE = [
  "'some text'::text",
  'true',
  '-42::int4',
  '123456.789::numeric',
  "'NaN'::numeric",
  "'2024-02-29'::date",
  "'-infinity'::timestamptz",
  "'1999-12-31 23:59:59.5'::timestamp",
  "'1 year 2 mons -3 days 04:05:06.7'::interval",
  "'-1 year +3 days -00:00:01'::interval",
  "'2147483647 months 2147483647 days'::interval",
  "'6f1a2b3c-4d5e-4f60-8a9b-0c1d2e3f4a5b'::uuid",
  '\'{"a": [1, "b"], "c": null}\'::jsonb',
  "'$.a[*] ? (@ > 1)'::jsonpath",
  '\'strict $."a:b".type()\'::jsonpath',
  "'10.1.2.3'::inet",
  "'2001:db8::/32'::cidr",
  "'08:00:2b:01:02:03'::macaddr",
  "'08:00:2b:01:02:03:04:05'::macaddr8",
  "'ff:ff:ff:ff:ff:ff'::macaddr::macaddr8",
  "array['08:00:2b:01:02:03', null]::macaddr[]",
  "array['$.a', '$[1 to 3]']::jsonpath[]",
  "array['1 day', '-1 mon']::interval[]",
  "'$1,234.56'::money",
  "'[1,10)'::int4range",
];
/** Since PostgreSQL 17. */
const ENDLESS = ["'infinity'::interval", "'-infinity'::interval", "array['infinity', '1 day']::interval[]"];
const UNREADABLE = [
  "b'10110'::bit(5)",
  "'(1,2)'::point",
  "to_tsvector('simple', 'a fat cat')",
  "'pg_class'::regclass",
  "'{[1,3),[5,8)}'::int4multirange",
  "'a.b'::ltree",
  "'a=>1'::hstore",
];

describe.each(postgresVersions)('of PostgreSQL $version', ({ version, binaries }) => {
  let stop: () => Promise<void>;
  let server: TypedValues;
  /** As the catalogue gives them: types of extensions are none that it says anything of. */
  const lookup: TypeLookup = () => undefined;

  beforeAll(async () => {
    const postgres = await startTestPostgres({ binaries });
    server = await TypedValues.connect(postgres);
    for (const name of ['ltree', 'hstore']) await server.run(`create extension ${name}`);
    stop = async () => {
      await server.close();
      await postgres.stop();
    };
  });
  afterAll(() => stop());

  it.each(Number(version) >= 17 ? [...READABLE, ...ENDLESS] : READABLE)('%s is shown', async (expression) => {
    const { column, value } = await server.value(`select ${expression}`, 'binary');
    const text = await server.value(`select ${expression}`, 'text');
    const shown = readableBinary(value as Buffer, column.typeOid, lookup);
    expect(shown).toBeDefined();
    const given = Buffer.from(shown ?? '');
    const read = await server.readBack({ oid: column.typeOid, format: 'text', value: given });
    expect(read).toBe(text.value?.toString());
  });

  it('says that what has no end has none', async () => {
    if (Number(version) < 17) return;
    for (const endless of ['infinity', '-infinity']) {
      const { column, value } = await server.value(`select '${endless}'::interval`, 'binary');
      expect(readableBinary(value as Buffer, column.typeOid, lookup)).toBe(endless);
    }
  });

  it.each(UNREADABLE)('%s is not', async (expression) => {
    const { column, value } = await server.value(`select ${expression}`, 'binary');
    expect(readableBinary(value as Buffer, column.typeOid, lookup)).toBeUndefined();
  });

  it('bytes that are not of the type are not either', () => {
    const MACADDR = 829;
    const MACADDR8 = 774;
    const JSONPATH = 4072;
    expect(readableBinary(Buffer.alloc(8), MACADDR, lookup)).toBeUndefined();
    expect(readableBinary(Buffer.alloc(6), MACADDR8, lookup)).toBeUndefined();
    expect(readableBinary(Buffer.from('\x02$'), JSONPATH, lookup)).toBeUndefined();
    expect(readableBinary(Buffer.from([1, 0x24, 0xff]), JSONPATH, lookup)).toBeUndefined();
  });
});
