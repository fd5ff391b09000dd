/**
 * Whether a description told the truth about one statement, by what came of it in two databases that differ in one
 * column, and by the origins that the server gives for what it returned.
 */
import type { OutputColumn } from '../../../../ext-proc/domain/lineage.ts';
import type { StatementDescription } from '../../../../ext-proc/domain/statement.ts';
import type { Answer } from './differing-databases.ts';

/** Uses that change what an output holds, and not which rows there are. */
const WITHIN_OUTPUTS = new Set([
  ...['function_argument', 'aggregate_argument', 'operator_argument', 'condition', 'cast', 'expression'],
  ...['window', 'order_by', 'returning', 'exists', 'insert_source', 'update_source'],
]);

/** A row of an inheriting table is one of its parent's. */
const FAMILY: Readonly<Record<string, readonly string[]>> = {
  'public.people': ['public.people', 'public.people_archive'],
};

const tables = (table: string): readonly string[] => FAMILY[table] ?? [table];

/** What is wrong with the names and origins of the outputs. */
export function wrongOutputs(
  outputs: readonly OutputColumn[],
  { fields }: Answer,
  columns: ReadonlyMap<string, string>,
): string | undefined {
  if (fields.length !== outputs.length) return `${fields.length} columns were described as ${outputs.length}`;
  for (const [at, field] of fields.entries()) {
    const output = outputs[at] as OutputColumn;
    if (field.name !== output.name) return `${field.name} was described as ${output.name}`;
    const origin = columns.get(`${field.tableOid}/${field.attribute}`);
    const plain = output.sources.find(({ derivation }) => derivation === 'plain');
    const claimed = plain === undefined ? undefined : `${plain.schema}.${plain.table}.${plain.column}`;
    if (claimed !== undefined && claimed !== origin) return `${field.name} is of ${origin}, not ${claimed}`;
    const named = output.sources.some(
      ({ schema, table, column }) => `${schema}.${table}.${column}` === origin,
    );
    // A view's column has the view's own origin, and is described by what is behind it.
    if (origin !== undefined && isTable(origin) && !named)
      return `${field.name} is of ${origin}, which is not named`;
  }
  return undefined;
}

const isTable = (column: string): boolean =>
  /^(public\.(people|people_archive|orders|secrets|vault|copies|parts|measured|People)|shadow\.people)\.[^.]*$/.test(
    column,
  );

const columnsOf = ({ fields, rows }: Answer): string[] =>
  fields.map((_, at) => JSON.stringify(rows.map((row) => String(row[at])).toSorted()));

/** Whether two answers differ: in the order of their rows too if the statement asks for one, else that is the plan's. */
export const differ = (left: Answer, right: Answer, ordered = false): boolean =>
  left.error !== right.error ||
  left.rows.length !== right.rows.length ||
  columnsOf(left).some((column, at) => column !== columnsOf(right)[at]) ||
  (ordered && JSON.stringify(left.rows) !== JSON.stringify(right.rows));

/** What is known of a statement beside its description. */
export interface Known {
  /** It ends with ORDER BY. */
  readonly ordered?: boolean;
  /** No column has a say in which rows there are. */
  readonly fixedRows?: boolean;
}

/** What the description did not tell of a column in which the two databases differ. */
export function untold(
  { outputs, columns: uses }: Pick<StatementDescription, 'outputs' | 'columns'>,
  usual: Answer,
  other: Answer,
  column: string,
  { ordered = false, fixedRows = false }: Known = {},
): string | undefined {
  if (outputs === undefined || !differ(usual, other, ordered)) return undefined;
  const name = column.slice(column.lastIndexOf('.') + 1);
  const table = column.slice(0, column.lastIndexOf('.'));
  const holds = ({ derivation, sources }: OutputColumn): boolean =>
    derivation === 'unknown' ||
    sources.some(
      (source) =>
        tables(table).includes(`${source.schema}.${source.table}`) &&
        (source.column === name || source.column === '*'),
    );
  const used = uses.filter(
    (use) =>
      tables(table).includes(use.relation) && use.use !== 'write' && (use.name === name || use.name === '*'),
  );
  if (used.length === 0 && !outputs.some(holds)) return `it depends on ${column}, which is not named`;
  const choosesRows = used.some(({ use, contexts = [] }) => {
    const within = contexts.every((context) => WITHIN_OUTPUTS.has(context));
    const putIn = contexts.includes('insert_source') || contexts.includes('update_source');
    return !within || (use !== 'target' && !putIn);
  });
  if ((choosesRows && !fixedRows) || usual.error !== undefined || other.error !== undefined) return undefined;
  if (usual.rows.length !== other.rows.length)
    return `the number of rows depends on ${column}, which is not used to choose them`;
  const mine = columnsOf(usual);
  const theirs = columnsOf(other);
  const at = outputs.findIndex((output, index) => mine[index] !== theirs[index] && !holds(output));
  return at < 0 ? undefined : `${outputs[at]?.name} depends on ${column}, which is not among its sources`;
}
