/**
 * Masked values against real servers: whatever is put in place of a value, in either format, the server takes as a value
 * of its type, and what detectors find they find in both formats.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../ext-proc/domain/secret.ts';
import { createMasker, type Masker } from '../../ext-proc/masking/masker.ts';
import { createScanner } from '../../ext-proc/masking/scanner.ts';
import type { StyleName } from '../../ext-proc/masking/styles/style.ts';
import { STYLE_NAMES } from '../../ext-proc/masking/styles/style.ts';
import { BUILT_IN_TYPES } from '../../ext-proc/protocols/postgres/types/built-in-types.ts';
import { CARD, plainMasker } from '../../ext-proc/protocols/postgres/types/plain-masker.fixture.ts';
import type { TypeLookup } from '../../ext-proc/protocols/postgres/types/pg-type.ts';
import { TYPE_ROWS, typeLookup } from '../../ext-proc/protocols/postgres/types/type-catalogue.ts';
import type { ValueContext } from '../../ext-proc/protocols/postgres/types/value-context.ts';
import { type ValueFormat, valueMark } from '../../ext-proc/protocols/postgres/types/value-mark.ts';
import { valueScan } from '../../ext-proc/protocols/postgres/types/value-scan.ts';
import pg from 'pg';
import { postgresVersions, startTestPostgres } from '../support/postgres.ts';
import { TypedValues } from '../support/typed-values.ts';

const FORMATS: readonly ValueFormat[] = ['text', 'binary'];
const STYLE = { isoDates: true, postgresIntervals: true };

/** Made before the tests: types that are not built in. */
const DEFINITIONS = [
  "create type mood as enum ('sad', 'it''s \"fine\"', 'happy')",
  'create domain positive as numeric(10,2) check (value >= 0)',
  'create domain short as varchar(5)',
  'create type pair as (name text, amount numeric(8,2), tags text[], birth date)',
  'create type nested as (id int, inner_pair pair, moods mood[])',
  'create type textrange as range (subtype = text)',
  'create extension citext',
  'create extension hstore',
];

/** Of each type at least one value. */
const VALUES = [
  "'some text'::text",
  "''::text",
  "'żółć and more'::varchar(12)",
  "'x'::varchar(1)",
  "'abc'::char(10)",
  "'abc'::bpchar",
  "'a name'::name",
  '\'c\'::"char"',
  'true',
  '42::int2',
  '-42::int4',
  `${CARD}::int8`,
  '123::oid',
  "'77'::xid",
  "'77'::xid8",
  "'5'::cid",
  '1.5::float4',
  '-1.0e-7::float8',
  `${CARD}::float8`,
  "'NaN'::float8",
  "'-Infinity'::float4",
  '0::numeric',
  '123456.789::numeric',
  '-0.00012::numeric',
  '1e40::numeric',
  '99999999.99::numeric(10,2)',
  '1234::numeric(4,0)',
  "'NaN'::numeric",
  "'$1,234.56'::money",
  "'-$0.07'::money",
  "'2024-02-29'::date",
  "'0044-03-15 BC'::date",
  "'infinity'::date",
  "'12345-06-07'::date",
  "'23:59:59.123456'::time",
  "'23:59:59+05:30'::timetz",
  "'1999-12-31 23:59:59.5'::timestamp",
  "'2024-02-29 12:00:00+02'::timestamptz",
  "'-infinity'::timestamptz",
  "'1 year 2 mons -3 days 04:05:06.7'::interval",
  "'-1 year +3 days -00:00:01'::interval",
  "'00:00:00'::interval",
  "'6f1a2b3c-4d5e-4f60-8a9b-0c1d2e3f4a5b'::uuid",
  '\'{"a": [1, "b"], "c": null}\'::json',
  '\'{"a": [1, "b"], "c": null}\'::jsonb',
  "'$.a[*] ? (@ > 1)'::jsonpath",
  "'<a>b</a>'::xml",
  "'\\xdeadbeef'::bytea",
  "''::bytea",
  "'10.1.2.3'::inet",
  "'10.0.0.0/8'::cidr",
  "'fe80::1:0:0:1/64'::inet",
  "'2001:db8::/32'::cidr",
  "'08:00:2b:01:02:03'::macaddr",
  "'08:00:2b:01:02:03:04:05'::macaddr8",
  "b'10110'::bit(5)",
  "b'10110'::varbit",
  "'(1,2)'::point",
  "'{1,2,3}'::line",
  "'[(0,1),(2,3)]'::lseg",
  "'(2,3),(0,1)'::box",
  "'[(0,1),(2,3)]'::path",
  "'((0,1),(2,3),(4,5))'::polygon",
  "'<(1,2),3>'::circle",
  "to_tsvector('simple', 'a fat cat')",
  "'fat & cat'::tsquery",
  "'16/B374D848'::pg_lsn",
  "'10:20:10,14,15'::pg_snapshot",
  "'10:20:10,14,15'::txid_snapshot",
  "'(1,2)'::tid",
  "'pg_class'::regclass",
  "'int4'::regtype",
  "'simple'::regconfig",
  "'now'::regproc",
  "'now()'::regprocedure",
  "'simple'::regdictionary",
  "'pg_catalog'::regnamespace",
  "'postgres'::regrole",
  '\'"C"\'::regcollation',
  "'1 2 3'::int2vector",
  "'1 2 3'::oidvector",
  "'postgres=r/postgres'::aclitem",
  "'{1,2,NULL,4}'::int4[]",
  '\'{"a b",NULL,"c\\"d","e\\\\f",""}\'::text[]',
  "'[0:1]={x,y}'::text[]",
  "'{{1.5,2},{3,4}}'::numeric[]",
  "'{}'::date[]",
  "'{2024-01-01,NULL}'::date[]",
  "array['(2,3),(0,1)'::box, '(5,6),(4,4)'::box]",
  '\'{"{\\"a\\": 1}"}\'::jsonb[]',
  "'[1,10)'::int4range",
  "'empty'::numrange",
  '\'["2024-01-01 00:00","2024-02-01 00:00")\'::tsrange',
  '\'[a,"b c"]\'::textrange',
  "'{[1,3),[5,8)}'::int4multirange",
  "array['[1,2]'::int8range]",
  "'happy'::mood",
  "array['sad', 'happy']::mood[]",
  '5::positive',
  'array[5, 6.25]::positive[]',
  "'abc'::short",
  `row('a "b" \\ c', 12.5, array['t','u'], '2000-01-01')::pair`,
  "row('', null, null, null)::pair",
  "row(1, row('a', 1, array['t'], null), array['sad'])::nested",
  "array[row('a', 1, array['t'], null)]::pair[]",
  "'A@b'::citext",
  "'a=>1, b=>NULL'::hstore",
];

/** Nothing but NULL can stand for them, in the formats named. */
const NULL_ONLY: Readonly<Record<string, readonly ValueFormat[]>> = {
  "'1 2 3'::int2vector": FORMATS,
  "'1 2 3'::oidvector": FORMATS,
  "'postgres=r/postgres'::aclitem": FORMATS,
  "'a=>1, b=>NULL'::hstore": FORMATS,
};
/** A hash that would be no hash any more: too short, or of a truth value. */
const NOT_HASHED = new Set(["'x'::varchar(1)", '\'c\'::"char"', 'true', "'abc'::short"]);
/** They have no binary form. */
const TEXT_ONLY = new Set(["'postgres=r/postgres'::aclitem"]);

/** Values that a detector has to find something in, of types that can hold it. */
const findings = (card: string, secret: string): readonly string[] => [
  `'my card is ${card}, yes'::text`,
  `'${card}'::varchar(20)`,
  `'${card}'::char(20)`,
  `'${secret}'::name`,
  `${card}::int8`,
  `${card}::numeric`,
  `${card}.00::numeric(20,2)`,
  `-${card}::numeric`,
  `${card}::float8`,
  `${card}::money`,
  `'${card}'::xid8`,
  `'{"card": ${card}, "n": 1}'::json`,
  `'{"card": "${card}", "n": [1, "${secret}"]}'::jsonb`,
  `'<a>${card}</a>'::xml`,
  `'$."${secret}"'::jsonpath`,
  `convert_to('say ${secret}', 'UTF8')`,
  `'\\x${card}'::bytea`,
  `int8send(${card})`,
  `${card}::bit(64)`,
  `('x' || encode('${secret}', 'hex'))::varbit`,
  `point(${card}, 0)`,
  `polygon(box(point(1, ${card}), point(0, 0)))`,
  `to_tsvector('simple', '${secret}')`,
  `array['a', '${secret}', null]`,
  `array['a', 'say "${card}" \\ ${secret}']`,
  `array[1, ${card}]::int8[]`,
  `array[array[1.5, ${card}]]::numeric[]`,
  `array[${card}]::float8[]`,
  `array['{"a": ${card}}']::jsonb[]`,
  `int8range(1, ${card})`,
  `numrange(${card}, null)`,
  `textrange('a b', '${secret}')`,
  `int8multirange(int8range(1, 5), int8range(7, ${card}))`,
  `row('${secret}', 1, array['${card}'], null)::pair`,
  `row(1, row('a', 1, array['${secret}'], null), null)::nested`,
  `array[row('${secret}', 1, null, null)]::pair[]`,
  `row(1, '${secret}', ${card}::int8)`,
  `'${secret}'::citext`,
  `'a=>"${secret}"'::hstore`,
];

/** `record` cannot be given to the server. */
const isRecord = (expression: string): boolean => /^row\(.*\)$/.test(expression);

interface Subject {
  readonly name: string;
  readonly masker: Masker;
  /** Its hashes are as long as they have to be. */
  readonly keyed: boolean;
  readonly card: string;
  readonly secret: string;
}
const SUBJECTS: readonly Subject[] = [
  { name: 'a plain masker', masker: plainMasker(), keyed: false, card: CARD, secret: 'key-abc' },
  {
    name: "the gate's masker",
    masker: createMasker({ scanner: createScanner(), key: new Secret(Buffer.alloc(32, 7)) }),
    keyed: true,
    card: '4111111111111111',
    secret: 'alice.smith@example.com',
  },
];

describe.each(postgresVersions)('masked values on PostgreSQL $version', ({ binaries }) => {
  let stop: () => Promise<void>;
  let server: TypedValues;
  let lookup: TypeLookup;
  const contextOf = ({ masker }: Subject): ValueContext => ({ masker, lookup, style: STYLE });

  beforeAll(async () => {
    const postgres = await startTestPostgres({ binaries });
    server = await TypedValues.connect(postgres);
    for (const definition of DEFINITIONS) await server.run(definition);
    const client = new pg.Client({
      host: postgres.host,
      port: postgres.port,
      user: postgres.user,
      password: postgres.password,
      database: 'postgres',
    });
    await client.connect();
    const parser = (oid: number): ((text: string) => unknown) =>
      oid === 20
        ? Number
        : oid === 1016
          ? (text) => text.slice(1, -1).split(',').filter(Boolean).map(Number)
          : (pg.types.getTypeParser(oid) as (text: string) => unknown);
    const { rows } = await client.query({ text: TYPE_ROWS, types: { getTypeParser: parser as never } });
    await client.end();
    lookup = typeLookup(rows);
    stop = async () => {
      await server.close();
      await postgres.stop();
    };
  });
  afterAll(() => stop());

  it('knows the built-in types as the server has them', async () => {
    const { rows } = await server.ask(
      `select t.oid, t.typname, coalesce(r.rngsubtype, 0), coalesce(a.oid, 0)
       from pg_type t left join pg_range r on r.rngtypid = t.oid or r.rngmultitypid = t.oid
       left join pg_type a on a.oid = t.typarray
       where t.oid < 10000 and t.typtype in ('b', 'r', 'm') and t.typcategory <> 'A' and t.typrelid = 0 order by 1`,
      'text',
    );
    const missing: string[] = [];
    for (const [oid, name, subtype, array] of rows.map((row) => row.map((value) => String(value)))) {
      const type = BUILT_IN_TYPES.get(Number(oid));
      if (type === undefined) missing.push(name as string);
      else if (type.kind === 'base') expect(type.name).toBe(name);
      else expect(type).toMatchObject({ subtype: Number(subtype) });
      if (type !== undefined && array !== '0')
        expect(BUILT_IN_TYPES.get(Number(array))).toMatchObject({ kind: 'array', element: Number(oid) });
    }
    expect(missing).toEqual([
      'pg_node_tree',
      'pg_ndistinct',
      'pg_dependencies',
      'gtsvector',
      'pg_brin_bloom_summary',
      'pg_brin_minmax_multi_summary',
      'pg_mcv_list',
    ]);
  });

  describe.each(SUBJECTS)('by $name', (subject) => {
    const { card, secret } = subject;

    describe.each(STYLE_NAMES)('style %s', (style: StyleName) => {
      it.each(VALUES)('puts what the server reads in place of %s', async (expression) => {
        const seen: (string | null)[] = [];
        for (const format of FORMATS) {
          if (format === 'binary' && TEXT_ONLY.has(expression)) continue;
          const { column, value } = await server.value(`select ${expression}`, format);
          const reference = { oid: column.typeOid, typeModifier: column.typeModifier };
          const mark = valueMark(contextOf(subject), reference, format, { kind: 'tag', style });
          const masked = mark.constant === undefined ? mark.apply(value as Buffer) : mark.constant;
          const nullOnly =
            style === 'null' ||
            NULL_ONLY[expression]?.includes(format) === true ||
            (style === 'hash' && subject.keyed && NOT_HASHED.has(expression));
          expect(masked === null, `${format} ${String(masked)}`).toBe(nullOnly);
          if (masked === null) continue;
          seen.push(await server.readBack({ oid: column.typeOid, format, value: masked }));
          if (mark.constant === undefined) {
            expect(mark.oversize).not.toBeNull();
            await server.readBack({ oid: column.typeOid, format, value: mark.oversize });
          }
        }
        // The two formats show the same.
        expect(new Set(seen).size).toBeLessThanOrEqual(1);
      });
    });

    it.each(findings(card, secret))('finds what is hidden in %s, in both formats', async (expression) => {
      const seen: (string | null)[] = [];
      for (const format of FORMATS) {
        const { column, value } = await server.value(`select ${expression}`, format);
        const reference = { oid: column.typeOid, typeModifier: column.typeModifier };
        const scan = valueScan(contextOf(subject), reference);
        const bytes = value as Buffer;
        const found =
          format === 'text' ? scan.text(bytes.toString('latin1')) : scan.binary(bytes, 0, bytes.length);
        expect(found?.kinds.length).toBeGreaterThan(0);
        const masked = found?.value ?? null;
        if (isRecord(expression) || masked === null) continue;
        const parameter = Buffer.isBuffer(masked) ? masked : Buffer.from(masked, 'latin1');
        const text = await server.readBack({ oid: column.typeOid, format, value: parameter });
        expect(text).not.toContain(secret);
        expect(text).not.toContain(card);
        seen.push(text);
      }
      expect(new Set(seen).size).toBeLessThanOrEqual(1);
    });

    it.each(VALUES.filter((value) => !value.includes(CARD)))('passes %s as it is', async (expression) => {
      for (const format of FORMATS) {
        if (format === 'binary' && TEXT_ONLY.has(expression)) continue;
        const { column, value } = await server.value(`select ${expression}`, format);
        const reference = { oid: column.typeOid, typeModifier: column.typeModifier };
        const scan = valueScan(contextOf(subject), reference);
        const bytes = value as Buffer;
        expect(
          format === 'text' ? scan.text(bytes.toString('latin1')) : scan.binary(bytes, 0, bytes.length),
        ).toBeUndefined();
      }
    });
  });
});
