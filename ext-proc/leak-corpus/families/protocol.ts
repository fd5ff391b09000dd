/** Ways out by the protocol: extended queries, formats, partial fetches, pipelines, COPY, FunctionCall. Append only. */
import { leaksBytes, described, undescribed, wire, type LeakEntry, type Step } from '../entry.ts';
import { FRONTEND } from '../../protocols/postgres/message-types.ts';

const UNDESCRIBED = 'masking that waits for a RowDescription that the client never asks for';
const BINARY = 'masking of texts alone';
const COPY = 'CopyData, which is no DataRow';
const QUERY_TO_XML_OID = 2924;
const ENCODINGS = ['LATIN1', 'WIN1252', 'EUC_JP', 'SJIS'] as const;

const prepare = (text: string): Step => ({ messages: [wire.parse(text, 's')] });
const run = (rowsMax = 0, resultFormats: readonly (0 | 1)[] = []): Step => ({
  messages: [wire.bind({ statement: 's', resultFormats }), wire.execute('', rowsMax)],
});

export const PROTOCOL: readonly LeakEntry[] = [
  leaksBytes('extended/described', 'the control of the extended protocol', (w) => [
    described(`SELECT ${w.c} FROM ${w.t} ${w.one}`),
  ]),
  leaksBytes('extended/undescribed', UNDESCRIBED, (w) => [undescribed(`SELECT ${w.c} FROM ${w.t} ${w.one}`)]),
  leaksBytes('extended/undescribed-star', UNDESCRIBED, (w) => [undescribed(`SELECT * FROM ${w.t} ${w.one}`)]),
  leaksBytes('extended/parameter-key', 'a statement without literals', (w) => [
    undescribed(`SELECT ${w.c} FROM ${w.t} WHERE ${w.k}::text = $1`, 'text', [
      w.first.key.replaceAll("'", ''),
    ]),
  ]),
  leaksBytes(
    'extended/statement-described-before',
    'a description of the statement, not of the portal',
    (w) => [
      { messages: [wire.parse(`SELECT ${w.c} FROM ${w.t} ${w.one}`, 's'), wire.describeStatement('s')] },
      run(),
    ],
  ),
  leaksBytes('extended/run-again', 'a mask that the first run alone gets', (w) => [
    prepare(`SELECT ${w.c} FROM ${w.t} ${w.one}`),
    run(),
    run(),
  ]),
  leaksBytes('extended/run-again-in-binary', 'another format at the second run', (w) => [
    prepare(`SELECT ${w.c} FROM ${w.t} ${w.one}`),
    run(),
    run(0, [1]),
  ]),
  leaksBytes('extended/named-portal', 'a portal with a name', (w) => [
    {
      messages: [
        wire.parse(`SELECT ${w.c} FROM ${w.t} ${w.one}`),
        wire.bind({ portal: 'p' }),
        wire.execute('p'),
      ],
    },
  ]),
  leaksBytes('extended/portal-fetched-by-sql', 'a portal of the protocol that FETCH reads', (w) => [
    'BEGIN',
    {
      messages: [
        wire.parse(`SELECT ${w.c} FROM ${w.t} ${w.few}`),
        wire.bind({ portal: 'p' }),
        wire.execute('p', 1),
      ],
    },
    'FETCH ALL FROM p',
    'ROLLBACK',
  ]),
  leaksBytes('extended/cursor-run-by-portal', "a cursor of SQL's that Execute reads", (w) => [
    'BEGIN',
    `DECLARE c CURSOR FOR SELECT ${w.c} FROM ${w.t} ${w.few}`,
    { messages: [wire.execute('c', 2)] },
    'ROLLBACK',
  ]),
  leaksBytes('extended/partial-fetches', 'rows after a PortalSuspended', (w) => [
    'BEGIN',
    {
      messages: [
        wire.parse(`SELECT ${w.c} FROM ${w.t} ${w.few}`),
        wire.bind({ portal: 'p' }),
        wire.execute('p', 1),
      ],
    },
    { messages: [wire.execute('p', 1)] },
    { messages: [wire.execute('p')] },
    'ROLLBACK',
  ]),
  leaksBytes('extended/pipeline', 'several statements before one Sync', (w) => [
    {
      messages: [
        wire.parse('SELECT 1'),
        wire.bind(),
        wire.describePortal(),
        wire.execute(),
        wire.parse(`SELECT ${w.c} FROM ${w.t} ${w.one}`),
        wire.bind(),
        wire.execute(),
      ],
    },
  ]),
  leaksBytes('extended/pipeline-of-syncs', 'descriptions that belong to another statement', (w) => [
    {
      syncs: 2,
      messages: [
        wire.parse(`SELECT ${w.k} FROM ${w.t} ${w.one}`),
        wire.bind(),
        wire.describePortal(),
        wire.parse(`SELECT ${w.c} FROM ${w.t} ${w.one}`),
        wire.bind(),
        wire.execute(),
      ],
    },
  ]),
  leaksBytes('extended/described-other-portal', 'the description of one portal, the rows of another', (w) => [
    {
      messages: [
        wire.parse(`SELECT ${w.k}::text FROM ${w.t} ${w.one}`, 'a'),
        wire.parse(`SELECT ${w.c} FROM ${w.t} ${w.one}`, 'b'),
        wire.bind({ portal: 'p', statement: 'a' }),
        wire.bind({ portal: 'q', statement: 'b' }),
        wire.describePortal('p'),
        wire.execute('q'),
      ],
    },
  ]),
  leaksBytes('extended/statement-name-again', 'a name that was closed and means something else now', (w) => [
    prepare(`SELECT ${w.k}::text FROM ${w.t} ${w.one}`),
    run(),
    {
      messages: [
        wire.closeStatement('s'),
        wire.parse(`SELECT ${w.c} FROM ${w.t} ${w.one}`, 's'),
        wire.bind({ statement: 's' }),
        wire.execute(),
      ],
    },
  ]),
  leaksBytes('extended/deallocated-by-sql', "a name of the protocol's that SQL takes away", (w) => [
    prepare(`SELECT ${w.k}::text FROM ${w.t} ${w.one}`),
    'DEALLOCATE s',
    `PREPARE s AS SELECT ${w.c} FROM ${w.t} ${w.one}`,
    run(),
  ]),
  leaksBytes('extended/executed-by-sql', 'a statement of the protocol that EXECUTE runs', (w) => [
    prepare(`SELECT ${w.c} FROM ${w.t} ${w.one}`),
    'EXECUTE s',
  ]),
  leaksBytes('extended/after-flush', 'rows before any Sync', (w) => [
    {
      messages: [
        wire.parse(`SELECT ${w.c} FROM ${w.t} ${w.one}`),
        wire.flush(),
        wire.bind(),
        wire.flush(),
        wire.execute(),
        wire.flush(),
      ],
    },
  ]),
  leaksBytes('extended/returning', 'rows of a write without a description', (w) => [
    'BEGIN',
    undescribed(`UPDATE ${w.t} SET ${w.k} = ${w.k} ${w.one} RETURNING ${w.c}`),
    'ROLLBACK',
  ]),
  leaksBytes('extended/after-ddl', 'a description that DDL made old', (w) => [
    `CREATE TEMP VIEW shown AS SELECT ${w.k} AS n, 'x'::text AS v FROM ${w.t}`,
    prepare(`SELECT v FROM shown WHERE n = ${w.first.key}`),
    run(),
    `CREATE OR REPLACE TEMP VIEW shown AS SELECT ${w.k} AS n, ${w.c}::text AS v FROM ${w.t}`,
    run(),
  ]),
  leaksBytes('extended/after-discard', 'state that DISCARD ALL takes away', (w) => [
    'DISCARD ALL',
    undescribed(`SELECT ${w.c} FROM ${w.t} ${w.one}`),
  ]),
  leaksBytes('binary/text', BINARY, (w) => [described(`SELECT ${w.c} FROM ${w.t} ${w.one}`, 'binary')]),
  leaksBytes('binary/undescribed', BINARY, (w) => [
    undescribed(`SELECT ${w.c} FROM ${w.t} ${w.one}`, 'binary'),
  ]),
  leaksBytes('binary/mixed-formats', 'a format for each column', (w) => [
    {
      messages: [
        wire.parse(`SELECT ${w.k}, ${w.c}, ${w.k} FROM ${w.t} ${w.one}`),
        wire.bind({ resultFormats: [1, 1, 0] }),
        wire.execute(),
      ],
    },
  ]),
  leaksBytes(
    'binary/bigint',
    BINARY,
    (w) => [undescribed(`SELECT ${w.c}::bigint FROM ${w.t} ${w.one}`, 'binary')],
    {
      needs: ['digits'],
    },
  ),
  leaksBytes(
    'binary/numeric',
    BINARY,
    (w) => [undescribed(`SELECT ${w.c}::numeric FROM ${w.t} ${w.one}`, 'binary')],
    { needs: ['digits'] },
  ),
  leaksBytes(
    'binary/float',
    BINARY,
    (w) => [undescribed(`SELECT ${w.c}::float8 FROM ${w.t} ${w.one}`, 'binary')],
    {
      needs: ['digits'],
    },
  ),
  leaksBytes('binary/array', BINARY, (w) => [
    undescribed(`SELECT array_agg(${w.c}) FROM ${w.t} ${w.few}`, 'binary'),
  ]),
  leaksBytes(
    'binary/array-of-bigint',
    BINARY,
    (w) => [undescribed(`SELECT ARRAY[1, ${w.c}::bigint] FROM ${w.t} ${w.one}`, 'binary')],
    { needs: ['digits'] },
  ),
  leaksBytes('binary/record', BINARY, (w) => [
    undescribed(`SELECT ROW(1, ${w.c}) FROM ${w.t} ${w.one}`, 'binary'),
  ]),
  leaksBytes('binary/whole-row', BINARY, (w) => [undescribed(`SELECT p FROM ${w.t} p ${w.one}`, 'binary')]),
  leaksBytes('binary/jsonb', 'a version byte before the text', (w) => [
    undescribed(`SELECT to_jsonb(p) FROM ${w.t} p ${w.one}`, 'binary'),
  ]),
  leaksBytes('binary/bytea', BINARY, (w) => [
    undescribed(`SELECT ${w.c}::bytea FROM ${w.t} ${w.one}`, 'binary'),
  ]),
  leaksBytes('binary/digest', BINARY, (w) => [
    undescribed(`SELECT sha256(${w.c}::bytea) FROM ${w.t} ${w.few}`, 'binary'),
  ]),
  leaksBytes(
    'binary/range',
    BINARY,
    (w) => [undescribed(`SELECT numrange(${w.c}::numeric, NULL) FROM ${w.t} ${w.one}`, 'binary')],
    { needs: ['digits'] },
  ),
  leaksBytes('binary/tsvector', BINARY, (w) => [
    undescribed(`SELECT array_to_tsvector(ARRAY[${w.c}]) FROM ${w.t} ${w.one}`, 'binary'),
  ]),
  leaksBytes(
    'binary/bits',
    BINARY,
    (w) => [undescribed(`SELECT ${w.c}::bigint::bit(64) FROM ${w.t} ${w.one}`, 'binary')],
    { needs: ['digits'] },
  ),
  leaksBytes('copy/query-text', COPY, (w) => [`COPY (SELECT ${w.c} FROM ${w.t} ${w.one}) TO STDOUT`]),
  leaksBytes('copy/table', COPY, (w) => [`COPY ${w.t} TO STDOUT`]),
  leaksBytes('copy/columns', COPY, (w) => [`COPY ${w.t} (${w.k}, ${w.c}) TO STDOUT`]),
  leaksBytes('copy/csv', COPY, (w) => [
    `COPY (SELECT ${w.c} FROM ${w.t} ${w.one}) TO STDOUT (FORMAT csv, HEADER)`,
  ]),
  leaksBytes('copy/csv-odd-signs', 'delimiters, quotes and escapes of one’s own', (w) => [
    `COPY (SELECT ${w.k}, ${w.c} FROM ${w.t} ${w.few}) TO STDOUT (FORMAT csv, DELIMITER '4', QUOTE '2', ESCAPE '2', FORCE_QUOTE *)`,
    `COPY (SELECT ${w.k}, ${w.c} FROM ${w.t} ${w.few}) TO STDOUT (FORMAT csv, DELIMITER '|', QUOTE '!', ESCAPE '#', FORCE_QUOTE *)`,
  ]),
  leaksBytes('copy/text-odd-delimiter', 'a delimiter of one’s own', (w) => [
    `COPY (SELECT ${w.k}, ${w.c} FROM ${w.t} ${w.few}) TO STDOUT (DELIMITER '~', NULL 'none')`,
  ]),
  leaksBytes('copy/binary', 'COPY in binary', (w) => [
    `COPY (SELECT ${w.c} FROM ${w.t} ${w.one}) TO STDOUT (FORMAT binary)`,
  ]),
  leaksBytes(
    'copy/binary-bigint',
    'COPY in binary',
    (w) => [`COPY (SELECT ${w.c}::bigint FROM ${w.t} ${w.one}) TO STDOUT (FORMAT binary)`],
    { needs: ['digits'] },
  ),
  leaksBytes('copy/old-syntax', 'the grammar of version 7.3, which still works', (w) => [
    `COPY ${w.t} (${w.c}) TO STDOUT WITH DELIMITER '|' NULL AS ''`,
    `COPY BINARY ${w.t} TO STDOUT`,
  ]),
  leaksBytes('copy/encoding', 'COPY in another encoding', (w) => [
    `COPY (SELECT ${w.c} FROM ${w.t} ${w.one}) TO STDOUT (ENCODING 'LATIN1')`,
  ]),
  leaksBytes('copy/expression', COPY, (w) => [
    `COPY (SELECT 'a' || ${w.c} || 'b' FROM ${w.t} ${w.one}) TO STDOUT`,
  ]),
  leaksBytes('copy/json', 'JSON within COPY, with its backslashes doubled', (w) => [
    `COPY (SELECT row_to_json(p) FROM ${w.t} p ${w.one}) TO STDOUT`,
  ]),
  leaksBytes('copy/returning', 'a write within COPY', (w) => [
    'BEGIN',
    `COPY (UPDATE ${w.t} SET ${w.k} = ${w.k} ${w.one} RETURNING ${w.c}) TO STDOUT`,
    'ROLLBACK',
  ]),
  leaksBytes('copy/extended', 'COPY by the extended protocol', (w) => [
    undescribed(`COPY (SELECT ${w.c} FROM ${w.t} ${w.one}) TO STDOUT`),
  ]),
  leaksBytes('copy/temp-table', 'COPY of a copy', (w) => [
    `CREATE TEMP TABLE copied AS SELECT ${w.c} AS v FROM ${w.t} ${w.one}`,
    'COPY copied TO STDOUT',
  ]),
  leaksBytes('copy/character-a-row', 'a value over sixteen rows', (w) => [
    `COPY (SELECT substr(${w.c}, g, 1) FROM ${w.t}, generate_series(1, 40) g ${w.one} ORDER BY g) TO STDOUT`,
  ]),
  leaksBytes('protocol/function-call', 'the message FunctionCall, which names a function by its OID', (w) => [
    {
      messages: [functionCall(QUERY_TO_XML_OID, [`SELECT ${w.c} FROM ${w.t} ${w.one}`, 'true', 'false', ''])],
      bare: true,
    },
  ]),
  ...ENCODINGS.map((encoding) =>
    leaksBytes(
      `encoding/${encoding.toLowerCase().replace('_', '-')}`,
      'texts in an encoding that the gate does not speak',
      (w) => [
        `SET client_encoding = '${encoding}'`,
        `SELECT ${w.c} AS v, 'x' || ${w.c} FROM ${w.t} ${w.one}`,
      ],
    ),
  ),
  leaksBytes('encoding/sql-ascii', 'bytes without an encoding', (w) => [
    "SET client_encoding = 'SQL_ASCII'",
    `SELECT ${w.c} AS v FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('encoding/utf16-bytes', 'a value with zeros between its characters', (w) => [
    `SELECT string_agg(decode('00', 'hex') || substr(${w.c}, g, 1)::bytea, '' ORDER BY g) FROM ${w.t}, generate_series(1, 16) g ${w.one}`,
    undescribed(
      `SELECT string_agg(decode('00', 'hex') || substr(${w.c}, g, 1)::bytea, '' ORDER BY g) FROM ${w.t}, generate_series(1, 16) g ${w.one}`,
      'binary',
    ),
  ]),
  leaksBytes('encoding/full-width', 'digits of another script', (w) => [
    `SELECT translate(${w.c}, '0123456789', '０１２３４５６７８９') FROM ${w.t} ${w.one}`,
    `SELECT normalize(translate(${w.c}, '0123456789', '０１２３４５６７８９'), NFKC) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('encoding/zero-width', 'signs between the characters that are not seen', (w) => [
    `SELECT regexp_replace(${w.c}, '(.)', '\\1' || chr(8203), 'g') FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('encoding/bytea-output', 'another form of bytea in text', (w) => [
    "SET bytea_output = 'escape'",
    `SELECT ${w.c}::bytea FROM ${w.t} ${w.one}`,
  ]),
];

/** With text arguments, and a text result. */
function functionCall(oid: number, values: readonly string[]): Buffer {
  const parts: Buffer[] = [uint32(oid), uint16(0), uint16(values.length)];
  for (const value of values) {
    const bytes = Buffer.from(value);
    parts.push(uint32(bytes.length), bytes);
  }
  parts.push(uint16(0));
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([FRONTEND.FunctionCall]), uint32(body.length + 4), body]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
