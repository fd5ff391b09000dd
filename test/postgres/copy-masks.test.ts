/**
 * COPY against real servers: what they write goes through a plan that changes nothing byte for byte, and what a masking
 * plan makes of it they read back with COPY FROM. The options are read from the statement by PostgreSQL's own parser.
 */
import { loadModule, parseSync } from 'libpg-query';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../ext-proc/domain/secret.ts';
import { createMasker } from '../../ext-proc/masking/masker.ts';
import { createScanner } from '../../ext-proc/masking/scanner.ts';
import { decodeCopyResponse, decodeErrorFields } from '../../ext-proc/protocols/postgres/backend.ts';
import { encodeQuery } from '../../ext-proc/protocols/postgres/frontend-encoders.ts';
import { BACKEND } from '../../ext-proc/protocols/postgres/message-types.ts';
import {
  type CopyFormat,
  copyFormatOf,
  type CopyOptions,
  copyOptionsOf,
} from '../../ext-proc/protocols/postgres/rows/copy-format.ts';
import { CopyMasker } from '../../ext-proc/protocols/postgres/rows/copy-masker.ts';
import { payloads } from '../../ext-proc/protocols/postgres/rows/copy-oracle.fixture.ts';
import { type ColumnTreatment, planRows } from '../../ext-proc/protocols/postgres/rows/mask-plan.ts';
import { MASK_LIMITS } from '../../ext-proc/protocols/postgres/rows/masking-bounds.ts';
import { cutUp } from '../../ext-proc/protocols/postgres/rows/row-oracle.fixture.ts';
import type { ValueContext } from '../../ext-proc/protocols/postgres/types/value-context.ts';
import { postgresVersions, startTestPostgres } from '../support/postgres.ts';
import { TypedValues } from '../support/typed-values.ts';

const OPTIONS = [
  '',
  "(delimiter '|', null 'NULL')",
  "(delimiter ',', null '', header true)",
  "(delimiter '*')",
  "(null '')",
  '(format text, header)',
  '(format csv)',
  '(format csv, header, force_quote *)',
  "(format csv, delimiter ';', quote '''', null 'nil')",
  "(format csv, quote '\"', escape '\\')",
  "(format csv, quote '|', escape ',')",
  "(format csv, delimiter '*', force_quote (note))",
  "csv header delimiter ';' quote '@' escape '~' null 'x'",
  "with csv null as '\\N' quote as ''''",
  '(format binary)',
  "(format csv, encoding 'LATIN1')",
] as const;

/** Refused: where a value ends cannot be told for certain, or the format is not known. */
const REFUSED = [
  "(null '\\')",
  "(null 'a\\b')",
  "(encoding 'SJIS')",
  "(format csv, encoding 'GB18030')",
  "(format csv, quote E'\\n')",
  "(format csv, escape E'\\r')",
  "(delimiter 'ab')",
  "(delimiter 'n')",
  "(delimiter E'\\n')",
  "(delimiter 'ü')",
  "(null E'a\\nb')",
  "(null 'a|b', delimiter '|')",
  "(format csv, quote ',')",
  "(format csv, null '\"')",
  "(format 'json')",
  '(format csv, format csv)',
  '(header match)',
  '(no_such_option 1)',
  '(format)',
  "(quote '\"')",
] as const;

const ROWS = `
  (1, 'plain', 'alice@example.com', 4111111111111111, '{a,"b c"}', '\\x00ff0a5c', '{"a": "x,y"}'),
  (2, null, null, null, null, null, null),
  (3, '', '', 0, '{}', '', '""'),
  (4, E'tab\\there\\nnew line\\rreturn\\bback\\\\slash', E'\\\\.', -1, E'{"a\\\\"b","c\\\\\\\\d",NULL}', '\\x22', '[1, 2]'),
  (5, '\\.', '\\N', 5, '{"\\\\N"}', '\\x5c', '"\\\\\\""'),
  (6, 'he said "no", ''yes'' ; | * , @ ~', 'x@y.org;z', 12, '{NULL}', '\\x0d0a', 'null'),
  (7, 'NULL', 'nil', 7, '{x}', '\\x', '{}'),
  (8, ' spaces ', 'żółć ünï', 8, '{" "}', '\\xc3a9', '"ż"'),
  (9, E'\\x01\\x02\\x7f', 'x', 9, '{"{}"}', '\\x01', '1e5')`;

function optionsOf(statement: string): CopyOptions | undefined {
  const tree = parseSync(statement) as { stmts: { stmt: { CopyStmt: { options?: unknown } } }[] };
  return copyOptionsOf(tree.stmts[0]?.stmt.CopyStmt.options);
}

const SCAN: ColumnTreatment = { kind: 'scan', label: '' };
const PASS: ColumnTreatment = { kind: 'pass' };

describe.each(postgresVersions)('COPY on PostgreSQL $version', ({ binaries }) => {
  let server: TypedValues;
  let stop: () => Promise<void>;
  const masker = createMasker({ scanner: createScanner(), key: new Secret(Buffer.alloc(32, 3)) });
  const context: ValueContext = {
    masker,
    lookup: () => undefined,
    style: { isoDates: true, postgresIntervals: true },
  };

  beforeAll(async () => {
    await loadModule();
    const postgres = await startTestPostgres({ binaries });
    server = await TypedValues.connect(postgres);
    await server.run(
      'create table source (id int, note text, mail varchar(60), card int8, tags text[], raw bytea, doc jsonb)',
    );
    await server.run(`insert into source values ${ROWS}`);
    await server.run('create table target (like source)');
    stop = async () => {
      await server.close();
      await postgres.stop();
    };
  });
  afterAll(() => stop());

  /** CopyData messages of a COPY TO, as they came. */
  async function copyOut(statement: string): Promise<{ wire: Buffer; format: string; columns: number }> {
    server.client.send(encodeQuery(statement));
    const data: Buffer[] = [];
    let response = { format: '', columns: 0 };
    for (const { type, wire } of await server.client.untilReady()) {
      if (type === BACKEND.CopyData) data.push(wire);
      else if (type === BACKEND.CopyOutResponse) {
        const decoded = decodeCopyResponse(wire);
        if (decoded.ok) response = { format: decoded.format, columns: decoded.columnFormats.length };
      } else if (type === BACKEND.ErrorResponse) throw new Error(JSON.stringify(decodeErrorFields(wire)));
    }
    return { wire: Buffer.concat(data), ...response };
  }

  async function copyIn(statement: string, wire: Buffer): Promise<void> {
    server.client.send(encodeQuery(statement), wire, Buffer.from([0x63, 0, 0, 0, 4]));
    for (const message of await server.client.untilReady()) {
      if (message.type !== BACKEND.ErrorResponse) continue;
      const error = decodeErrorFields(message.wire);
      throw new Error(error.ok ? JSON.stringify([...error.fields]) : 'unreadable');
    }
  }

  async function columns(format: CopyFormat) {
    const { columns: described } = await server.ask('select * from source', 'text');
    const valueFormat = format.kind === 'binary' ? ('binary' as const) : ('text' as const);
    return described.map((column) => ({ ...column, format: valueFormat }));
  }

  function formatOf(options: string): CopyFormat {
    const result = copyFormatOf(optionsOf(`copy source to stdout ${options}`), 'UTF8');
    if (!result.ok) throw new Error(result.code);
    return result.format;
  }

  async function mask(
    options: string,
    treatments: readonly ColumnTreatment[],
    wire: Buffer,
    sizes: readonly number[],
    limits = MASK_LIMITS,
  ): Promise<Buffer> {
    const format = formatOf(options);
    const planned = planRows(context, await columns(format), treatments);
    if (!planned.ok) throw new Error(planned.code);
    const copy = new CopyMasker(planned.plan, format, undefined, limits);
    const out: Buffer[] = [];
    for (const chunk of cutUp(wire, sizes))
      expect(copy.push(chunk, (bytes) => out.push(bytes))).toBeUndefined();
    expect(copy.finish()).toBeUndefined();
    return Buffer.concat(out);
  }

  it.each(OPTIONS)('%s goes through an identity plan byte for byte', async (options) => {
    const { wire } = await copyOut(
      `copy source (id, note, mail, card, tags, raw, doc) to stdout ${encodable(options)}`,
    );
    for (const sizes of [[], [1], [7, 100]]) {
      // Looked at with nothing to find but in the two columns that pass.
      const treatments = [SCAN, SCAN, PASS, PASS, SCAN, SCAN, SCAN];
      const seen = await mask(options, treatments, wire, sizes);
      expect(seen).toEqual(wire);
      // Of arrays in binary form nothing can be looked at in pieces.
      if (formatOf(options).kind === 'binary') continue;
      const small = await mask(options, treatments, wire, sizes, {
        rowBytesMax: 24,
        windowBytes: 90,
        windowOverlapBytes: 30,
      });
      // Fields in pieces are quoted where they were not: CSV only.
      if (formatOf(options).kind !== 'csv')
        expect(Buffer.concat(payloads(small))).toEqual(Buffer.concat(payloads(wire)));
    }
  });

  it.each(OPTIONS)('%s is read back by the server when it is masked', async (options) => {
    const list = '(id, note, mail, card, tags, raw, doc)';
    const { wire, columns: count } = await copyOut(`copy source ${list} to stdout ${encodable(options)}`);
    expect(count).toBe(7);
    const marked = (style: 'full' | 'partial' | 'hash' | 'typed'): ColumnTreatment => ({
      kind: 'mask',
      label: '',
      mark: { kind: 'email', style },
    });
    const styles = ['full', 'partial', 'hash', 'typed'] as const;
    for (const [index, style] of styles.entries()) {
      const masked = await mask(
        options,
        [PASS, PASS, marked(style), SCAN, marked(style), marked(style), marked(style)],
        wire,
        [index * 40 + 1],
      );
      await server.run('truncate target');
      await copyIn(`copy target ${list} from stdin ${readable(options)}`, masked);
      const { rows } = await server.ask(
        `select coalesce(s.id = t.id and s.note is not distinct from t.note, false),
                (s.mail is null) = (t.mail is null) and s.mail is distinct from t.mail or coalesce(s.mail, '') = '',
                coalesce(t.card <> 4111111111111111, t.card is null),
                (s.tags is null) = (t.tags is null), (s.raw is null) = (t.raw is null), (s.doc is null) = (t.doc is null),
                t.mail
         from source s left join target t using (id) order by id`,
        'text',
      );
      expect(rows).toHaveLength(9);
      const nullIsEmpty = /null '(?:''|nil|NULL|x)?'|csv/.test(options);
      for (const row of rows) {
        const checks = row.slice(0, 6).map(String);
        // Text that looks like NULL is NULL for any reader of the text format.
        if (!nullIsEmpty) expect(checks).toEqual(['t', 't', 't', 't', 't', 't']);
        else expect(checks.slice(1, 3)).toEqual(['t', 't']);
        expect(String(row[6])).not.toContain('alice');
      }
    }
  });

  it('reads what COPY of a query and of one column writes', async () => {
    for (const options of ['', '(format csv)', '(format binary)']) {
      const { wire } = await copyOut(`copy (select note from source order by id) to stdout ${options}`);
      const format = formatOf(options);
      const column = {
        typeOid: 25,
        typeModifier: -1,
        format: format.kind === 'binary' ? ('binary' as const) : ('text' as const),
      };
      const planned = planRows(
        context,
        [column],
        [{ kind: 'mask', label: '', mark: { kind: 'tag', style: 'full' } }],
      );
      if (!planned.ok) throw new Error(planned.code);
      const copy = new CopyMasker(planned.plan, format);
      const out: Buffer[] = [];
      expect(copy.push(wire, (bytes) => out.push(bytes))).toBeUndefined();
      expect(copy.finish()).toBeUndefined();
      expect(copy.counts.list()).toEqual([{ kind: 'tag', column: '', count: 8 }]);
      expect(Buffer.concat(out).toString('latin1')).not.toMatch(/plain|tab|said/);
    }
  });

  it.each(REFUSED)('%s is refused', (options) => {
    expect(copyFormatOf(optionsOf(`copy source to stdout ${options}`), 'UTF8')).toEqual({
      ok: false,
      code: 'GH_PG_MASK_COPY',
    });
  });
});

/** The data has letters beyond LATIN1: those rows are left to UTF8. */
const encodable = (options: string): string => options.replace("'LATIN1'", "'UTF8'");
const readable = (options: string): string => encodable(options).replace(/, force_quote (?:\*|\(note\))/, '');

describe('copyFormatOf', () => {
  beforeAll(() => loadModule());
  const read = (options: string, encoding = 'UTF8') =>
    copyFormatOf(optionsOf(`copy t to stdout ${options}`), encoding);
  const byte = (character: string): number => character.charCodeAt(0);

  it('reads the defaults of each format', () => {
    expect(read('')).toEqual({
      ok: true,
      format: { kind: 'text', delimiter: 9, nullText: '\\N', header: false },
    });
    expect(read('csv')).toEqual({
      ok: true,
      format: {
        kind: 'csv',
        delimiter: byte(','),
        quote: byte('"'),
        escape: byte('"'),
        nullText: '',
        header: false,
      },
    });
    expect(read('(format binary)')).toEqual({ ok: true, format: { kind: 'binary' } });
    expect(copyFormatOf(optionsOf('copy binary t to stdout'), 'UTF8')).toEqual({
      ok: true,
      format: { kind: 'binary' },
    });
  });

  it('reads every way to write an option', () => {
    expect(read("(format csv, quote '''', header off)")).toMatchObject({
      format: { quote: byte("'"), escape: byte("'"), header: false },
    });
    for (const header of ['header', 'header true', 'header on', 'header 1', "header 'TRUE'"])
      expect(read(`(${header})`)).toMatchObject({ format: { header: true } });
    expect(read('(format csv, delimiter 7)')).toMatchObject({ format: { delimiter: byte('7') } });
    expect(read("(null 'ż')")).toMatchObject({ format: { nullText: '\u00c5\u00bc' } });
  });

  it('goes by the client encoding, unless COPY names its own', () => {
    for (const encoding of [
      'UTF8',
      'utf-8',
      'LATIN1',
      'WIN1252',
      'EUC_JP',
      'SQL_ASCII',
      'ISO_8859_5',
      'KOI8R',
    ])
      expect(read('csv', encoding).ok, encoding).toBe(true);
    for (const encoding of [
      'SJIS',
      'SHIFT_JIS_2004',
      'BIG5',
      'GBK',
      'GB18030',
      'UHC',
      'JOHAB',
      'win936',
      '',
      'other',
    ])
      expect(read('csv', encoding).ok, encoding).toBe(false);
    expect(read("(encoding 'utf8')", 'SJIS').ok).toBe(true);
    expect(read('(format binary)', 'SJIS').ok).toBe(true);
    expect(read("(null 'ż')", 'LATIN1').ok).toBe(false);
  });
});
