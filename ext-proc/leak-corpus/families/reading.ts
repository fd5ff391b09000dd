/** Ways out of a plain SELECT: names, casts, expressions, rows, and what a query is built of. Append only. */
import { leaksBytes, leaksCoded, type LeakEntry } from '../entry.ts';

const REGEX_MASKERS =
  'proxies that look for the column by its name in the text or in the description of rows';
const FORMAT_MASKERS = 'detectors that look at a value for the shape of a card';
const BY_ORIGIN = "masking by RowDescription's table OID and column, which are 0 for an expression";

export const READING: readonly LeakEntry[] = [
  leaksBytes('plain/column', 'the control: whoever masks anything masks this', (w) => [
    `SELECT ${w.c} FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('plain/star', 'lists of columns that do not expand the star', (w) => [
    `SELECT * FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('plain/qualified', REGEX_MASKERS, (w) => [`SELECT p.${w.c} FROM ${w.t} p ${w.one}`]),
  leaksBytes('plain/table-command', 'parsers that know SELECT alone', (w) => [`TABLE ${w.t}`]),
  leaksBytes('plain/only', 'rules that compare the FROM clause as text', (w) => [
    `SELECT ${w.c} FROM ONLY (${w.t}) ${w.one}`,
  ]),
  leaksBytes('plain/twice', 'masking that stops at the first column it knows', (w) => [
    `SELECT ${w.c}, ${w.k}, ${w.c} FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes(
    'plain/many-columns',
    'a mask by position in the table, where the list has another order',
    (w) => [`SELECT ${w.k}, 1, 2, 3, ${w.c}, 4 FROM ${w.t} ${w.one}`],
  ),
  leaksBytes('plain/tablesample', 'clauses that a partial grammar skips', (w) => [
    `SELECT ${w.c} FROM ${w.t} TABLESAMPLE SYSTEM (100)`,
  ]),
  leaksBytes('plain/for-share', 'a locking clause after the query', (w) => [
    `SELECT ${w.c} FROM ${w.t} ${w.one} FOR SHARE`,
  ]),
  leaksBytes('alias/column', REGEX_MASKERS, (w) => [`SELECT ${w.c} AS colour FROM ${w.t} ${w.one}`]),
  leaksBytes('alias/without-as', REGEX_MASKERS, (w) => [`SELECT ${w.c} colour FROM ${w.t} ${w.one}`]),
  leaksBytes('alias/other-column', "names swapped: the harmless column bears the marked one's", (w) => [
    `SELECT ${w.c} AS ${w.k}, ${w.k} AS ${w.c} FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('alias/of-table', REGEX_MASKERS, (w) => [
    `SELECT x.v FROM (SELECT ${w.k}, ${w.c} FROM ${w.t} ${w.one}) AS x(n, v)`,
  ]),
  leaksBytes('alias/empty-name', 'names of one character that are not ASCII', (w) => [
    `SELECT ${w.c} AS "é" FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('alias/no-name', 'what is shown as ?column?', (w) => [
    `SELECT ${w.c} || '' FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('cast/text', BY_ORIGIN, (w) => [`SELECT ${w.c}::text FROM ${w.t} ${w.one}`]),
  leaksBytes('cast/varchar', BY_ORIGIN, (w) => [`SELECT CAST(${w.c} AS varchar(200)) FROM ${w.t} ${w.one}`]),
  leaksBytes('cast/bytea', 'values that come as \\x and hex', (w) => [
    `SELECT convert_to(${w.c}, 'UTF8') FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('cast/name', 'types that few have on their list of texts', (w) => [
    `SELECT ${w.c}::name FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('cast/bigint', 'masks for text alone', (w) => [`SELECT ${w.c}::bigint FROM ${w.t} ${w.one}`], {
    needs: ['digits'],
  }),
  leaksBytes('cast/numeric', FORMAT_MASKERS, (w) => [`SELECT ${w.c}::numeric(30,4) FROM ${w.t} ${w.one}`], {
    needs: ['digits'],
  }),
  leaksBytes('cast/float', FORMAT_MASKERS, (w) => [`SELECT ${w.c}::float8 FROM ${w.t} ${w.one}`], {
    needs: ['digits'],
  }),
  leaksBytes(
    'cast/money',
    FORMAT_MASKERS,
    (w) => [`SELECT (${w.c}::numeric / 100)::money FROM ${w.t} ${w.one}`],
    {
      needs: ['digits'],
    },
  ),
  leaksBytes(
    'cast/xid8',
    'types that hold numbers under other names',
    (w) => [`SELECT ${w.c}::xid8 FROM ${w.t} ${w.one}`],
    { needs: ['digits'] },
  ),
  leaksCoded(
    'cast/pg-lsn',
    'a number written as two halves in hex',
    (w) => [`SELECT ('0/0'::pg_lsn + ${w.c}::numeric) FROM ${w.t} ${w.one}`],
    (received) =>
      received.texts().flatMap((text) => {
        const [, high, low] = /^([0-9A-F]+)\/([0-9A-F]+)$/.exec(text) ?? [];
        return high === undefined ? [] : [String((BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`))];
      }),
    { needs: ['digits'] },
  ),
  leaksCoded(
    'cast/interval',
    'a number written as hours, minutes and seconds',
    (w) => [`SELECT (${w.c} || ' microseconds')::interval FROM ${w.t} ${w.one}`],
    (received) =>
      received.texts().flatMap((text) => {
        const [, hours, minutes, seconds, fraction = ''] =
          /^(\d+):(\d\d):(\d\d)(?:\.(\d+))?$/.exec(text) ?? [];
        if (hours === undefined) return [];
        const whole = (BigInt(hours) * 60n + BigInt(minutes as string)) * 60n + BigInt(seconds as string);
        return [String(whole * 1_000_000n + BigInt(fraction.padEnd(6, '0')))];
      }),
    { needs: ['digits'] },
  ),
  leaksBytes('cast/tsvector', 'texts inside a type of lexemes', (w) => [
    `SELECT array_to_tsvector(ARRAY[${w.c}]) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes(
    'cast/range',
    'a number as the bound of a range',
    (w) => [`SELECT numrange(${w.c}::numeric, NULL) FROM ${w.t} ${w.one}`],
    { needs: ['digits'] },
  ),
  leaksBytes(
    'cast/multirange',
    'ranges in ranges',
    (w) => [`SELECT nummultirange(numrange(${w.c}::numeric, NULL)) FROM ${w.t} ${w.one}`],
    { needs: ['digits'] },
  ),
  leaksBytes('cast/bit', 'a number in bits', (w) => [`SELECT ${w.c}::bigint::bit(64) FROM ${w.t} ${w.one}`], {
    needs: ['digits'],
  }),
  leaksBytes('function/concat', BY_ORIGIN, (w) => [`SELECT concat('v=', ${w.c}) FROM ${w.t} ${w.one}`]),
  leaksBytes('function/coalesce', BY_ORIGIN, (w) => [`SELECT coalesce(NULL, ${w.c}) FROM ${w.t} ${w.one}`]),
  leaksBytes('function/nullif', BY_ORIGIN, (w) => [`SELECT nullif(${w.c}, 'x') FROM ${w.t} ${w.one}`]),
  leaksBytes('function/greatest', BY_ORIGIN, (w) => [`SELECT greatest(${w.c}, '') FROM ${w.t} ${w.one}`]),
  leaksBytes('function/case', BY_ORIGIN, (w) => [
    `SELECT CASE WHEN ${w.k} IS NULL THEN '' ELSE ${w.c} END FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('function/upper', BY_ORIGIN, (w) => [`SELECT upper(${w.c}) FROM ${w.t} ${w.one}`]),
  leaksBytes('function/trim', BY_ORIGIN, (w) => [`SELECT btrim(${w.c}) FROM ${w.t} ${w.one}`]),
  leaksBytes('function/lpad', 'a value with others before it', (w) => [
    `SELECT lpad(${w.c}, 100, '*') FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('function/reverse', FORMAT_MASKERS, (w) => [`SELECT reverse(${w.c}) FROM ${w.t} ${w.one}`]),
  leaksBytes('function/substring', FORMAT_MASKERS, (w) => [
    `SELECT substring(${w.c} FROM 1 FOR 8), substring(${w.c} FROM 9) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('function/left-right', FORMAT_MASKERS, (w) => [
    `SELECT left(${w.c}, 7), right(${w.c}, -7) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('function/one-character-a-column', FORMAT_MASKERS, (w) => [
    `SELECT ${Array.from({ length: 16 }, (_, at) => `substr(${w.c}, ${at + 1}, 1)`).join(', ')} FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('function/one-character-a-row', FORMAT_MASKERS, (w) => [
    `SELECT substr(${w.c}, g, 1) FROM ${w.t}, generate_series(1, 40) g ${w.one} ORDER BY g`,
  ]),
  leaksBytes('function/regexp-split', FORMAT_MASKERS, (w) => [
    `SELECT regexp_split_to_table(${w.c}, '') FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('function/regexp-replace', FORMAT_MASKERS, (w) => [
    `SELECT regexp_replace(${w.c}, '(.)', '\\1_', 'g') FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('function/regexp-matches', FORMAT_MASKERS, (w) => [
    `SELECT regexp_matches(${w.c}, '.{1,5}', 'g') FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('function/overlay', BY_ORIGIN, (w) => [
    `SELECT overlay('xxxx' PLACING ${w.c} FROM 2) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('function/split-part', BY_ORIGIN, (w) => [
    `SELECT split_part(${w.c}, '~', 1) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('function/string-to-table', FORMAT_MASKERS, (w) => [
    `SELECT string_to_table(${w.c}, NULL) FROM ${w.t} ${w.one}`,
  ]),
  leaksCoded(
    'function/translate',
    'a cipher of the caller',
    (w) => [`SELECT translate(${w.c}, '0123456789', 'qwertyuiop') FROM ${w.t} ${w.one}`],
    (received) =>
      received
        .texts()
        .map((text) => text.replaceAll(/[qwertyuiop]/g, (letter) => String('qwertyuiop'.indexOf(letter)))),
    { needs: ['digits'] },
  ),
  leaksCoded(
    'function/arithmetic',
    'a number that was moved',
    (w) => [`SELECT ${w.c}::numeric * 3 + 7 FROM ${w.t} ${w.one}`],
    (received) =>
      received.texts().flatMap((text) => (/^\d+$/.test(text) ? [String((BigInt(text) - 7n) / 3n)] : [])),
    { needs: ['digits'] },
  ),
  leaksCoded(
    'function/xor',
    'a number that was moved',
    (w) => [`SELECT ${w.c}::bigint # 1234567890123 FROM ${w.t} ${w.one}`],
    (received) =>
      received.texts().flatMap((text) => (/^\d+$/.test(text) ? [String(BigInt(text) ^ 1234567890123n)] : [])),
    { needs: ['digits'] },
  ),
  leaksCoded(
    'function/quotient-and-remainder',
    'a number in two, each too short for a detector',
    (w) => [
      `SELECT ${w.c}::bigint / 10000000, lpad((${w.c}::bigint % 10000000)::text, 7, '0') FROM ${w.t} ${w.one}`,
    ],
    (received) => [received.texts().join('')],
    { needs: ['digits'] },
  ),
  leaksCoded(
    'function/row-numbers',
    'no character of the value is in the answer: a digit is a number of rows',
    (w) => [
      `SELECT g FROM ${w.t}, generate_series(1, 16) g, generate_series(1, substr(${w.c}, g, 1)::int + 1) ${w.one} ORDER BY g`,
    ],
    (received) => {
      const counts = new Map<string, number>();
      for (const text of received.texts()) counts.set(text, (counts.get(text) ?? 0) + 1);
      return [...counts.values()].map((count) => String(count - 1)).join('') === ''
        ? []
        : [[...counts.values()].map((count) => String(count - 1)).join('')];
    },
    { needs: ['digits'] },
  ),
  leaksCoded(
    'function/lengths-of-texts',
    'a digit is the length of a constant',
    (w) => [
      `SELECT repeat('x', substr(${w.c}, g, 1)::int) FROM ${w.t}, generate_series(1, 16) g ${w.one} ORDER BY g`,
    ],
    (received) => [
      received
        .texts()
        .map((text) => String(text.length))
        .join(''),
    ],
    { needs: ['digits'] },
  ),
  leaksBytes('function/ascii', FORMAT_MASKERS, (w) => [
    `SELECT ascii(substr(${w.c}, g, 1)) FROM ${w.t}, generate_series(1, 16) g ${w.one} ORDER BY g`,
  ]),
  leaksBytes('function/format', BY_ORIGIN, (w) => [`SELECT format('%s', ${w.c}) FROM ${w.t} ${w.one}`]),
  leaksBytes('function/quote-literal', BY_ORIGIN, (w) => [
    `SELECT quote_literal(${w.c}) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('function/encode-base64', FORMAT_MASKERS, (w) => [
    `SELECT encode(${w.c}::bytea, 'base64') FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes(
    'function/encode-base64-shifted',
    'base64 of the value alone, but not in another alignment',
    (w) => [`SELECT encode(('x' || ${w.c} || 'yz')::bytea, 'base64') FROM ${w.t} ${w.one}`],
  ),
  leaksBytes('function/encode-hex', FORMAT_MASKERS, (w) => [
    `SELECT encode(${w.c}::bytea, 'hex') FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('function/encode-escape', FORMAT_MASKERS, (w) => [
    `SELECT encode(${w.c}::bytea, 'escape') FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes(
    'function/to-hex',
    FORMAT_MASKERS,
    (w) => [`SELECT to_hex(${w.c}::bigint) FROM ${w.t} ${w.one}`],
    {
      needs: ['digits'],
    },
  ),
  leaksBytes(
    'function/to-char',
    FORMAT_MASKERS,
    (w) => [`SELECT to_char(${w.c}::numeric, '9G999G999G999G999G999') FROM ${w.t} ${w.one}`],
    { needs: ['digits'] },
  ),
  leaksBytes('function/md5', 'a digest without a key is a dictionary: cards are few', (w) => [
    `SELECT md5(${w.c}) FROM ${w.t} ${w.few}`,
  ]),
  leaksBytes('function/sha256', 'a digest without a key is a dictionary', (w) => [
    `SELECT sha256(${w.c}::bytea) FROM ${w.t} ${w.few}`,
  ]),
  leaksBytes('function/sha512-hex', 'a digest without a key is a dictionary', (w) => [
    `SELECT encode(sha512(${w.c}::bytea), 'hex') FROM ${w.t} ${w.few}`,
  ]),
  leaksBytes('function/normalize', BY_ORIGIN, (w) => [`SELECT normalize(${w.c}, NFKC) FROM ${w.t} ${w.one}`]),
  leaksBytes('function/collate', BY_ORIGIN, (w) => [`SELECT ${w.c} COLLATE "C" FROM ${w.t} ${w.one}`]),
  leaksBytes('aggregate/max', BY_ORIGIN, (w) => [`SELECT max(${w.c}) FROM ${w.t}`]),
  leaksBytes('aggregate/min-filter', BY_ORIGIN, (w) => [
    `SELECT min(${w.c}) FILTER (WHERE ${w.k} = ${w.first.key}) FROM ${w.t}`,
  ]),
  leaksBytes('aggregate/string-agg', BY_ORIGIN, (w) => [
    `SELECT string_agg(${w.c}, ';') FROM ${w.t} ${w.few}`,
  ]),
  leaksBytes('aggregate/array-agg', BY_ORIGIN, (w) => [`SELECT array_agg(${w.c}) FROM ${w.t} ${w.few}`]),
  leaksBytes('aggregate/mode', BY_ORIGIN, (w) => [
    `SELECT mode() WITHIN GROUP (ORDER BY ${w.c}) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('aggregate/percentile', BY_ORIGIN, (w) => [
    `SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY ${w.c}) FROM ${w.t}`,
  ]),
  leaksBytes('aggregate/any-value', BY_ORIGIN, (w) => [`SELECT any_value(${w.c}) FROM ${w.t} ${w.one}`], {
    since: 16,
  }),
  leaksBytes(
    'aggregate/sum-of-one',
    FORMAT_MASKERS,
    (w) => [`SELECT sum(${w.c}::numeric) FROM ${w.t} ${w.one}`],
    {
      needs: ['digits'],
    },
  ),
  leaksBytes('aggregate/string-agg-bytea', 'aggregates over bytes', (w) => [
    `SELECT string_agg(${w.c}::bytea, '\\x20'::bytea) FROM ${w.t} ${w.few}`,
  ]),
  leaksBytes(
    'aggregate/bit-or',
    FORMAT_MASKERS,
    (w) => [`SELECT bit_or(${w.c}::bigint) FROM ${w.t} ${w.one}`],
    {
      needs: ['digits'],
    },
  ),
  leaksBytes('aggregate/grouped', 'the column as the key of groups', (w) => [
    `SELECT ${w.c}, count(*) FROM ${w.t} ${w.few} GROUP BY 1`,
  ]),
  leaksBytes('aggregate/grouping-sets', 'the column as the key of groups', (w) => [
    `SELECT ${w.c}, ${w.k}, count(*) FROM ${w.t} ${w.few} GROUP BY CUBE (${w.c}, ${w.k})`,
  ]),
  leaksBytes('whole-row/reference', 'one field that is the whole row; its column number is 0', (w) => [
    `SELECT p FROM ${w.t} p ${w.one}`,
  ]),
  leaksBytes('whole-row/text', 'a row as text', (w) => [`SELECT p::text FROM ${w.t} p ${w.one}`]),
  leaksBytes('whole-row/row-constructor', BY_ORIGIN, (w) => [
    `SELECT ROW(${w.k}, ${w.c}) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('whole-row/row-star', BY_ORIGIN, (w) => [`SELECT ROW(p.*) FROM ${w.t} p ${w.one}`]),
  leaksBytes('whole-row/named-as-column', 'a bare name that is a table, not a column', (w) => [
    `SELECT ${w.subject.relation} FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('whole-row/count-and-array', 'rows within an array', (w) => [
    `SELECT array_agg(p) FROM ${w.t} p ${w.few}`,
  ]),
  leaksBytes('composite/field-of-row', 'a field out of a row', (w) => [
    `SELECT (p).${w.c} FROM (SELECT q AS p FROM ${w.t} q ${w.one}) s`,
  ]),
  leaksBytes('composite/star-of-row', 'a star over an expression', (w) => [
    `SELECT (s.p).* FROM (SELECT q AS p FROM ${w.t} q ${w.one}) s`,
  ]),
  leaksBytes('composite/functional-notation', 'a column called as a function', (w) => [
    `SELECT ${w.c}(p) FROM ${w.t} p ${w.one}`,
  ]),
  leaksBytes('composite/record-set', 'columns named in the FROM clause', (w) => [
    `SELECT x FROM ${w.t} p, LATERAL json_to_record(json_build_object('x', p.${w.c})) AS r(x text) ${w.one}`,
  ]),
  leaksBytes(
    'composite/own-type',
    'a composite type of the database',
    (w) => [`SELECT ROW(${w.k}, ${w.c})::${w.subject.objects?.composite ?? 'record'} FROM ${w.t} ${w.one}`],
    { needs: ['objects'] },
  ),
  leaksBytes('array/constructor', BY_ORIGIN, (w) => [`SELECT ARRAY[${w.c}, 'x'] FROM ${w.t} ${w.one}`]),
  leaksBytes('array/subquery', BY_ORIGIN, (w) => [`SELECT ARRAY(SELECT ${w.c} FROM ${w.t} ${w.few})`]),
  leaksBytes('array/string-to-array', FORMAT_MASKERS, (w) => [
    `SELECT string_to_array(${w.c}, NULL) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('array/nested', 'arrays of two dimensions', (w) => [
    `SELECT ARRAY[ARRAY[${w.c}], ARRAY['x']] FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('array/unnest', BY_ORIGIN, (w) => [`SELECT unnest(ARRAY[${w.c}]) FROM ${w.t} ${w.one}`]),
  leaksBytes('json/row-to-json', BY_ORIGIN, (w) => [`SELECT row_to_json(p) FROM ${w.t} p ${w.one}`]),
  leaksBytes('json/to-jsonb', BY_ORIGIN, (w) => [`SELECT to_jsonb(p) FROM ${w.t} p ${w.one}`]),
  leaksBytes('json/agg', BY_ORIGIN, (w) => [`SELECT json_agg(p) FROM ${w.t} p ${w.few}`]),
  leaksBytes('json/object-key', 'the value as a key, which few look at', (w) => [
    `SELECT json_build_object(${w.c}, 1) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('json/object-agg', 'the value as a key', (w) => [
    `SELECT jsonb_object_agg(${w.c}, ${w.k}) FROM ${w.t} ${w.few}`,
  ]),
  leaksBytes('json/path', 'a language within the language', (w) => [
    `SELECT jsonb_path_query(to_jsonb(p), '$.*') FROM ${w.t} p ${w.one}`,
  ]),
  leaksBytes('json/each', 'keys and values as rows', (w) => [
    `SELECT e.v FROM ${w.t} p, LATERAL jsonb_each_text(to_jsonb(p)) AS e(n, v) ${w.one}`,
  ]),
  leaksBytes('json/arrow', BY_ORIGIN, (w) => [
    `SELECT to_jsonb(p) ->> '${w.subject.column}' FROM ${w.t} p ${w.one}`,
  ]),
  leaksBytes('json/populate', 'a row made again out of JSON', (w) => [
    `SELECT (jsonb_populate_record(NULL::${w.t}, to_jsonb(p))).${w.c} FROM ${w.t} p ${w.one}`,
  ]),
  leaksBytes(
    'json/object-standard',
    "the standard's constructors",
    (w) => [`SELECT JSON_OBJECT('v': ${w.c}) FROM ${w.t} ${w.one}`],
    { since: 16 },
  ),
  leaksBytes(
    'json/table',
    "the standard's JSON_TABLE",
    (w) => [
      `SELECT j.v FROM ${w.t} p, JSON_TABLE(to_jsonb(p), '$' COLUMNS (v text PATH '$.${w.subject.column}')) j ${w.one}`,
    ],
    { since: 17 },
  ),
  leaksBytes(
    'json/number',
    'a number within JSON',
    (w) => [`SELECT json_build_object('n', ${w.c}::bigint) FROM ${w.t} ${w.one}`],
    { needs: ['digits'] },
  ),
  leaksBytes('json/strip-and-pretty', BY_ORIGIN, (w) => [
    `SELECT jsonb_pretty(to_jsonb(p)) FROM ${w.t} p ${w.one}`,
  ]),
  leaksBytes('xml/forest', BY_ORIGIN, (w) => [`SELECT xmlforest(${w.c} AS v) FROM ${w.t} ${w.one}`]),
  leaksBytes('xml/element', BY_ORIGIN, (w) => [
    `SELECT xmlelement(name r, xmlattributes(${w.c} AS a)) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('xml/agg', BY_ORIGIN, (w) => [`SELECT xmlagg(xmlelement(name r, ${w.c})) FROM ${w.t} ${w.few}`]),
  leaksBytes('xml/comment', 'a value in a comment', (w) => [
    `SELECT xmlcomment(replace(${w.c}, '-', '_')) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('array/text-search', 'highlighted text', (w) => [
    `SELECT ts_headline('simple', ${w.c}, to_tsquery('simple', 'nothing')) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('function/tsvector-unnest', 'lexemes as rows', (w) => [
    `SELECT (unnest(array_to_tsvector(ARRAY[${w.c}]))).lexeme FROM ${w.t} ${w.one}`,
  ]),
];
