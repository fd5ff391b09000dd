/**
 * A column of somebody's own database as the subject: `schema.table.column=SOURCE`. The source says which values are
 * known:
 *
 * - `file:PATH`: a line `KEY_COLUMN<tab>COLUMN` first, then a line `key<tab>value` for each known row
 * - `direct`: up to 200 rows are read through `--setup`, by the table's primary key of one column
 */
import { readFile } from 'node:fs/promises';

import { escapeIdentifier, escapeLiteral, type Client } from 'pg';

import { GatehouseError } from '../domain/errors.ts';
import type { KnownRow, Subject } from './subject.ts';

const ROWS_MAX = 200;
/** Shorter values are found everywhere. */
const VALUE_CHARACTERS_MIN = 8;

/** Throws `GH_LEAK_ME_MARK` where the mark cannot be read, or fewer than two values of it are long enough. */
export async function markedSubject(mark: string, owner: Client | undefined): Promise<Subject> {
  const [, schema, relation, column, source] = /^([^.=]+)\.([^.=]+)\.([^.=]+)=(.+)$/s.exec(mark) ?? [];
  if (schema === undefined || relation === undefined || column === undefined || source === undefined)
    throw refused(`${mark} is no mark; for example public.people.card=file:known.tsv`);
  const known = source.startsWith('file:')
    ? await ofFile(source.slice('file:'.length))
    : source === 'direct' && owner !== undefined
      ? await ofOwner(owner, schema, relation, column)
      : undefined;
  if (known === undefined)
    throw refused(`${source} is no source: it is file:PATH, or direct together with --setup`);
  const rows = known.rows.filter(({ value }) => value.length >= VALUE_CHARACTERS_MIN);
  if (rows.length < 2)
    throw refused(
      `${schema}.${relation}.${column}: two known values of ${VALUE_CHARACTERS_MIN} characters are needed`,
    );
  return {
    ground: 'marked',
    schema,
    relation,
    column,
    key: known.key,
    rows,
    secrets: rows.map(({ value }) => value),
    plain: undefined,
    objects: undefined,
  };
}

interface Known {
  readonly key: string;
  readonly rows: readonly KnownRow[];
}

async function ofFile(path: string): Promise<Known> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw refused(cause.message);
  });
  const [header = '', ...lines] = text.split(/\r?\n/).filter((line) => line !== '');
  const [key = ''] = header.split('\t');
  const rows = lines.flatMap((line) => {
    const tab = line.indexOf('\t');
    return tab < 0 ? [] : [{ key: keyLiteral(line.slice(0, tab)), value: line.slice(tab + 1) }];
  });
  return { key, rows };
}

async function ofOwner(owner: Client, schema: string, relation: string, column: string): Promise<Known> {
  const table = `${escapeIdentifier(schema)}.${escapeIdentifier(relation)}`;
  try {
    const keys = await owner.query<{ attname: string }>(
      `SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
       WHERE i.indrelid = $1::regclass AND i.indisprimary AND i.indnkeyatts = 1`,
      [table],
    );
    const key = keys.rows[0]?.attname;
    if (key === undefined) throw refused(`${table} has no primary key of one column; use file:PATH`);
    const found = await owner.query<{ key: string; value: string }>(
      `SELECT ${escapeIdentifier(key)}::text AS key, ${escapeIdentifier(column)}::text AS value FROM ${table}
       WHERE ${escapeIdentifier(column)} IS NOT NULL ORDER BY ${escapeIdentifier(key)} LIMIT ${ROWS_MAX}`,
    );
    return { key, rows: found.rows.map((row) => ({ key: keyLiteral(row.key), value: row.value })) };
  } catch (cause) {
    if (cause instanceof GatehouseError) throw cause;
    throw refused((cause as Error).message);
  }
}

const keyLiteral = (key: string): string => (/^\d{1,18}$/.test(key) ? key : escapeLiteral(key));

const refused = (why: string): GatehouseError => new GatehouseError('GH_LEAK_ME_MARK', `--mark: ${why}.`);
