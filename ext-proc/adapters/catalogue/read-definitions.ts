/**
 * Reads what the database defines in SQL, views and functions, and has it parsed, so that lineage can follow it. A
 * definition that is too long, too many, or not understood is left out, and what it gives may then be anything.
 */
import type { CatalogueOverload } from '../../protocols/postgres/sql/catalogue-snapshot.ts';
import { parseSearchPath } from '../../protocols/postgres/sql/identifiers.ts';
import { isPureExtensionFunction } from '../../protocols/postgres/sql/lineage/known-results.ts';
import type { Outline } from '../../protocols/postgres/sql/outline.ts';
import type { ParseDefinition } from './definition-parser.ts';
import * as queries from './queries.ts';
import type { RunQuery } from './read-snapshot.ts';

type Row = Readonly<Record<string, unknown>>;

const VIEWS_MAX = 10_000;
const DEFINITION_LENGTH_MAX = 65_536;
/** Of all of them, in UTF-16 units. */
const DEFINITIONS_LENGTH_MAX = 8 * 1_048_576;
/** A variadic function takes so many. */
const ARGUMENTS_MAX = 10_000;

export interface ReadDefinitions {
  /** By the view's oid. */
  readonly views: ReadonlyMap<number, Outline>;
  /** By the schema's oid and the function's name. */
  readonly functions: ReadonlyMap<string, readonly CatalogueOverload[]>;
}

export const functionKey = (schema: unknown, name: unknown): string => `${String(schema)}.${String(name)}`;

/**
 * Throws what the driver throws where the connection is lost. A definition that the server cannot print leaves all of
 * them out. `columnsOf` gives the columns of a composite type by its relation's oid.
 */
export async function readDefinitions(
  run: RunQuery,
  parse: ParseDefinition,
  columnsOf: (relation: number) => readonly string[] | undefined,
): Promise<ReadDefinitions> {
  const rows = await printed(run);
  let left = DEFINITIONS_LENGTH_MAX;
  const parsed = async (text: string): Promise<readonly Outline[] | undefined> => {
    if (text.length > DEFINITION_LENGTH_MAX || text.length > left) return undefined;
    left -= text.length;
    return parse(text);
  };
  const views = new Map<number, Outline>();
  for (const row of rows.views) {
    const outlines = typeof row['definition'] === 'string' ? await parsed(row['definition']) : undefined;
    const [only] = outlines ?? [];
    if (only !== undefined && outlines?.length === 1) views.set(Number(row['oid']), only);
  }
  const functions = new Map<string, CatalogueOverload[]>();
  for (const row of rows.functions) {
    const overload = await overloadOf(row, parsed, columnsOf);
    const key = functionKey(row['schema'], row['name']);
    const known = functions.get(key);
    if (known === undefined) functions.set(key, [overload]);
    else known.push(overload);
  }
  return { views, functions };
}

async function printed(run: RunQuery): Promise<{ views: readonly Row[]; functions: readonly Row[] }> {
  await run('SAVEPOINT definitions');
  try {
    const views = await run(queries.VIEW_DEFINITIONS, [VIEWS_MAX]);
    return { views, functions: await run(queries.RESULTS) };
  } catch {
    await run('ROLLBACK TO SAVEPOINT definitions');
    return { views: [], functions: [] };
  }
}

async function overloadOf(
  row: Row,
  parsed: (text: string) => Promise<readonly Outline[] | undefined>,
  columnsOf: (relation: number) => readonly string[] | undefined,
): Promise<CatalogueOverload> {
  const names = stringsOf(row['names']);
  const modes = row['modes'] === null ? undefined : stringsOf(row['modes']);
  const inputs = names.filter((_, index) => modes === undefined || 'ibv'.includes(modes[index] ?? 'i'));
  const most = Number(row['most']);
  return {
    argumentsMin: row['variadic'] === true ? Math.max(0, Number(row['least']) - 1) : Number(row['least']),
    argumentsMax: row['variadic'] === true ? ARGUMENTS_MAX : most,
    argumentNames: inputs.filter((name) => name !== ''),
    plainDefaults: row['plain_defaults'] === true,
    columns: columnsOfResult(row, names, modes, columnsOf),
    result: await resultOf(row, parsed),
    role: row['definer'] === null ? undefined : String(row['definer']),
    searchPath: row['standard'] === true ? ['pg_catalog'] : settingOf(stringsOf(row['settings'])),
  };
}

const stringsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

function settingOf(settings: readonly string[]): readonly string[] | undefined {
  const setting = settings.find((text) => text.startsWith('search_path='));
  // One that cannot be read finds nothing.
  return setting === undefined ? undefined : (parseSearchPath(setting.slice('search_path='.length)) ?? []);
}

function columnsOfResult(
  row: Row,
  names: readonly string[],
  modes: readonly string[] | undefined,
  columnsOf: (relation: number) => readonly string[] | undefined,
): CatalogueOverload['columns'] {
  const out = (modes ?? []).flatMap((mode, index) =>
    'obt'.includes(mode)
      ? [names[index] === undefined || names[index] === '' ? undefined : names[index]]
      : [],
  );
  if (out.length > 0) return out.map((name, index) => name ?? `column${index + 1}`);
  const composite = Number(row['composite']);
  if (composite > 0) return columnsOf(composite) ?? 'unknown';
  // A domain may be over a row.
  if (row['polymorphic'] === true || row['type_kind'] === 'd') return 'unknown';
  return 'scalar';
}

async function resultOf(
  row: Row,
  parsed: (text: string) => Promise<readonly Outline[] | undefined>,
): Promise<CatalogueOverload['result']> {
  if (row['built_in'] === true) return 'arguments';
  if (row['kind'] === 'a' && row['built_of_built_ins'] === true) return 'arguments';
  // Declared immutable by an extension, it looks at no table.
  const immutable = row['volatility'] === 'i' && row['language'] !== 'sql';
  if (row['extension'] === true && (immutable || isPureExtensionFunction(String(row['name']))))
    return 'arguments';
  const body = row['body'];
  if (typeof body !== 'string') return 'unknown';
  const text = row['standard'] === true ? statementsOf(body) : body;
  return (text === undefined ? undefined : await parsed(text)) ?? 'unknown';
}

/** The statements of a standard SQL body, as `pg_get_function_sqlbody` prints it. */
function statementsOf(body: string): string | undefined {
  const trimmed = body.trim();
  if (/^RETURN\s/.test(trimmed)) return `SELECT ${trimmed.slice('RETURN'.length)}`;
  const block = /^BEGIN ATOMIC\s/.exec(trimmed);
  return block === null || !trimmed.endsWith('END')
    ? undefined
    : trimmed.slice(block[0].length, -'END'.length);
}
