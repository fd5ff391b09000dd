/**
 * Views, tables and functions of the system, and of extensions, that show what is in columns under another name, or what
 * others wrote about them. Data: a rule can deny a trait, and what shows stored values makes an output unknown. The
 * lists add knowledge and never take one away. References are to PostgreSQL 18's documentation, or an extension's.
 */
import { DYNAMIC_SQL_FUNCTIONS } from '../dynamic-sql-functions.ts';

export interface LeakingSource {
  readonly name: string;
  /** Of a relation: the columns that show it; absent: all. */
  readonly columns?: readonly string[];
  /** The trait of a statement that uses it. */
  readonly trait: LeakTrait;
  /** It shows values that are stored in columns, so that an output of it may hold anything. */
  readonly values: boolean;
  readonly why: string;
  readonly reference: string;
}

export type LeakTrait =
  | 'column_statistics'
  | 'statement_texts'
  | 'definition_texts'
  | 'stored_values'
  | 'row_changes'
  | 'sequence_state'
  | 'setting_values'
  | 'file_access'
  | 'large_object'
  | 'dynamic_sql';

type Common = Omit<LeakingSource, 'name'>;

const STATISTICS: Common = {
  trait: 'column_statistics',
  values: true,
  why: 'lists frequent values of columns and the bounds of their histograms, how long, many and in order they are',
  reference: '53.27 pg_stats, 52.51 pg_statistic',
};
const STATEMENTS: Common = {
  trait: 'statement_texts',
  values: true,
  why: 'shows statements of others with the literals in them',
  reference: '27.2.3 pg_stat_activity, F.32 pg_stat_statements',
};
const OWN_STATEMENTS: Common = {
  ...STATEMENTS,
  values: false,
  why: 'shows statements of the session itself',
};
const DEFINITIONS: Common = {
  trait: 'definition_texts',
  values: false,
  why: 'prints definitions with the constants in them: defaults, checks, bounds of partitions, bodies',
  reference: '9.27.4 System Catalog Information Functions',
};
const PAGES: Common = {
  trait: 'stored_values',
  values: true,
  why: 'shows rows as they are stored',
  reference: 'F.23 pageinspect, F.36 pg_walinspect, 66.2 TOAST',
};
const CHANGES: Common = {
  trait: 'row_changes',
  values: true,
  why: 'shows rows that others change',
  reference: '47.4 Logical Decoding SQL Functions',
};
const SEQUENCES: Common = {
  trait: 'sequence_state',
  values: false,
  why: 'a sequence holds the last number given to a column, or any number that setval put there',
  reference: '9.17 Sequence Manipulation Functions',
};
const FILES: Common = {
  trait: 'file_access',
  values: true,
  why: "reads the server's files, data and logs among them",
  reference: '9.28.9 Generic File Access Functions',
};
const LARGE_OBJECTS: Common = {
  trait: 'large_object',
  values: true,
  why: 'reads a large object, which may hold anything',
  reference: '33.4 Server-Side Functions',
};
const DYNAMIC: Common = {
  trait: 'dynamic_sql',
  values: true,
  why: 'runs a query, or prints a table, that is given as text or by number',
  reference: '9.15.4 Mapping Tables to XML, F.11 dblink, F.43 tablefunc',
};

const all = (common: Common, names: readonly string[], columns?: readonly string[]): LeakingSource[] =>
  names.map((name) => ({ name, ...common, ...(columns === undefined ? undefined : { columns }) }));

/** Of pg_catalog and information_schema, and views of extensions in whatever schema. */
export const LEAKING_RELATIONS: readonly LeakingSource[] = [
  ...all(
    STATISTICS,
    ['pg_stats'],
    [
      'avg_width',
      'n_distinct',
      'correlation',
      'most_common_vals',
      'most_common_freqs',
      'histogram_bounds',
      'most_common_elems',
      'most_common_elem_freqs',
      'elem_count_histogram',
      'range_length_histogram',
      'range_empty_frac',
      'range_bounds_histogram',
    ],
  ),
  ...all(STATISTICS, ['pg_statistic', 'pg_statistic_ext_data', 'pg_stats_ext', 'pg_stats_ext_exprs']),
  ...all(STATEMENTS, ['pg_stat_activity'], ['query']),
  ...all(STATEMENTS, [
    'pg_stat_statements',
    'pg_stat_monitor',
    'pg_store_plans',
    'pg_qualstats',
    'pg_qualstats_pretty',
    'pg_qualstats_all',
    'pg_qualstats_by_query',
  ]),
  ...all(OWN_STATEMENTS, ['pg_prepared_statements', 'pg_cursors'], ['statement']),
  ...all(LARGE_OBJECTS, ['pg_largeobject']),
  ...all(DEFINITIONS, ['pg_attrdef'], ['adbin']),
  ...all(DEFINITIONS, ['pg_class'], ['relpartbound']),
  ...all(DEFINITIONS, ['pg_constraint'], ['conbin']),
  ...all(DEFINITIONS, ['pg_index'], ['indexprs', 'indpred']),
  ...all(DEFINITIONS, ['pg_policy'], ['polqual', 'polwithcheck']),
  ...all(DEFINITIONS, ['pg_policies'], ['qual', 'with_check']),
  ...all(DEFINITIONS, ['pg_proc'], ['prosrc', 'prosqlbody', 'proargdefaults']),
  ...all(DEFINITIONS, ['pg_rewrite'], ['ev_qual', 'ev_action']),
  ...all(DEFINITIONS, ['pg_views', 'pg_matviews', 'pg_rules'], ['definition']),
  ...all(DEFINITIONS, ['pg_indexes'], ['indexdef']),
  ...all(DEFINITIONS, ['views'], ['view_definition']),
  ...all(DEFINITIONS, ['columns'], ['column_default', 'generation_expression']),
  ...all(DEFINITIONS, ['routines'], ['routine_definition']),
  ...all(DEFINITIONS, ['check_constraints'], ['check_clause']),
  ...all(
    { ...PAGES, why: 'the value of rows that are older than their column' },
    ['pg_attribute'],
    ['attmissingval'],
  ),
];

export const LEAKING_FUNCTIONS: readonly LeakingSource[] = [
  ...all(STATISTICS, ['pg_mcv_list_items']),
  ...all(STATEMENTS, [
    'pg_stat_get_activity',
    'pg_stat_get_backend_activity',
    'pg_stat_statements',
    'pg_stat_monitor',
    'pg_store_plans',
    'pg_store_plans_textplan',
    'pg_qualstats',
    'pg_qualstats_example_query',
    'pg_qualstats_example_queries',
  ]),
  ...all(OWN_STATEMENTS, ['current_query', 'pg_prepared_statement', 'pg_cursor']),
  ...all(DEFINITIONS, [
    'pg_get_expr',
    'pg_get_viewdef',
    'pg_get_ruledef',
    'pg_get_indexdef',
    'pg_get_triggerdef',
    'pg_get_constraintdef',
    'pg_get_functiondef',
    'pg_get_function_sqlbody',
    'pg_get_function_arguments',
    'pg_get_function_arg_default',
    'pg_get_partition_constraintdef',
    'pg_get_statisticsobjdef',
    'pg_get_statisticsobjdef_expressions',
  ]),
  ...all(PAGES, [
    'get_raw_page',
    'page_header',
    'heap_page_items',
    'heap_page_item_attrs',
    'tuple_data_split',
    'bt_page_items',
    'bt_multi_page_stats',
    'brin_page_items',
    'gin_leafpage_items',
    'gist_page_items',
    'gist_page_items_bytea',
    'hash_page_items',
    'pg_get_wal_record_info',
    'pg_get_wal_records_info',
    'pg_get_wal_block_info',
    'pg_dirtyread',
  ]),
  ...all(CHANGES, [
    'pg_logical_slot_get_changes',
    'pg_logical_slot_peek_changes',
    'pg_logical_slot_get_binary_changes',
    'pg_logical_slot_peek_binary_changes',
  ]),
  ...all(SEQUENCES, [
    'currval',
    'lastval',
    'nextval',
    'setval',
    'pg_sequence_last_value',
    'pg_get_sequence_data',
  ]),
  ...all(
    {
      trait: 'setting_values',
      values: true,
      why: 'a setting with a dot in its name may have been set to any value; a constant name without one is not counted',
      reference: '9.28.1 Configuration Settings Functions',
    },
    ['current_setting'],
  ),
  ...all(FILES, ['pg_read_file', 'pg_read_binary_file', 'pg_file_read', 'pg_current_logfile', 'lo_import']),
  ...all(LARGE_OBJECTS, ['lo_get', 'loread', 'lo_export']),
  ...all(DYNAMIC, DYNAMIC_SQL_FUNCTIONS),
];

const byName = (sources: readonly LeakingSource[]): ReadonlyMap<string, LeakingSource> =>
  new Map(sources.map((source) => [source.name, source]));
const RELATIONS = byName(LEAKING_RELATIONS);
const FUNCTIONS = byName(LEAKING_FUNCTIONS);
const SYSTEM = new Set(['pg_catalog', 'information_schema']);
const TOAST: LeakingSource = { name: 'pg_toast', ...PAGES };

/** A relation of the system's that leaks; views of extensions are followed like any other. */
export function leakingRelation(schema: string, name: string): LeakingSource | undefined {
  if (schema === 'pg_toast') return TOAST;
  return SYSTEM.has(schema) ? RELATIONS.get(name) : undefined;
}

/** By name in whatever schema, as those of extensions may be anywhere. */
export const leakingFunction = (name: string): LeakingSource | undefined => FUNCTIONS.get(name);

export const leaksColumn = (source: LeakingSource, column: string): boolean =>
  source.columns === undefined || column === '*' || source.columns.includes(column);
