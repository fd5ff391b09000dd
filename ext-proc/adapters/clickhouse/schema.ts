/**
 * ClickHouse's tables, as statements: for one server, and for a cluster (replicated and sharded). Pure text; every
 * statement may run again. `gatehouse.event_versions` holds each action once or twice (open, then ended), and the view
 * `gatehouse.events`, which auditors read, shows the last version: one row an action, always.
 *
 * Both versions of an action share `time` (of its decision) and `event_id`: so they meet in one partition, in one shard
 * and under one sorting key, which is what ReplacingMergeTree and FINAL need.
 */
import { GatehouseError } from '../../domain/errors.ts';

/**
 * Rises with every change of the tables; kept in the comment of `event_versions`, where it tells that nothing is to be
 * done. A change comes with statements that alter the tables of before, comment included.
 */
const SCHEMA_VERSION = 3;
export const SCHEMA_COMMENT = `gatehouse audit schema ${SCHEMA_VERSION}`;

export interface SchemaOptions {
  readonly database: string;
  /** The cluster's name in `remote_servers`; undefined for one server. */
  readonly cluster: string | undefined;
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** A name fit to stand in a statement. @throws GatehouseError GH_CLICKHOUSE_NAME. */
export function identifier(name: string, key: string): string {
  if (IDENTIFIER.test(name)) return name;
  throw new GatehouseError('GH_CLICKHOUSE_NAME', `${key}: use letters, digits and _ only, at most 64`);
}

/**
 * Column, type, and the name it has in the view where that is another. Plain strings: LowCardinality made inserts a
 * third dearer and saved nothing on disk, sorted by time as the rows are.
 */
const COLUMNS: readonly (readonly [name: string, type: string, shownAs?: string])[] = [
  ['time', `DateTime64(6, 'UTC') CODEC(Delta, ZSTD)`],
  ['event_id', 'String'],
  ['session_id', 'String'],
  ['principal_subject', 'String'],
  ['on_behalf_of', 'String'],
  ['issuer', 'String'],
  ['groups', 'Array(String)'],
  ['client_address', 'String CODEC(ZSTD)'],
  ['upstream', 'String'],
  ['protocol', 'String'],
  ['action_kind', 'String'],
  ['decision', 'String'],
  ['rule', 'String'],
  ['reason', 'String'],
  ['report_only', 'Array(String)'],
  ['outcome', "String DEFAULT 'unknown'"],
  ['error_code', 'String'],
  ['status', 'UInt16'],
  ['duration_ms', 'Float64 CODEC(ZSTD)'],
  ['rows', 'UInt64 CODEC(ZSTD)'],
  ['bytes_in', 'UInt64 CODEC(ZSTD)'],
  ['bytes_out', 'UInt64 CODEC(ZSTD)'],
  ['masks', 'Map(String, UInt64)'],
  ['database', 'String'],
  ['role', 'String'],
  ['verbs', 'Array(String)'],
  ['tables', 'Array(String)'],
  ['tool', 'String'],
  ['statement', 'String CODEC(ZSTD(3))'],
  ['fingerprint', 'String CODEC(ZSTD)'],
  ['action_digest', 'String CODEC(ZSTD)'],
  ['policy_bundle', 'String'],
  ['approval_id', 'String'],
  ['details', 'Map(String, String)'],
  ['ended_time', `Nullable(DateTime64(6, 'UTC')) CODEC(ZSTD)`],
  ['worker', 'String', 'journal_worker'],
  ['chain', 'String', 'journal_chain'],
  ['seq', 'UInt64 CODEC(Delta, ZSTD)', 'journal_seq'],
  ['hash', 'String CODEC(ZSTD)', 'journal_hash'],
  ['ended_seq', 'UInt64 CODEC(Delta, ZSTD)', 'journal_ended_seq'],
  ['ended_hash', 'String CODEC(ZSTD)', 'journal_ended_hash'],
  ['intact', 'Bool DEFAULT true', 'journal_intact'],
];

/** What later versions have added: tables of before get it, and those that have it stay as they are. */
const ADDED = [
  'status UInt16 AFTER error_code',
  'tool String AFTER tables',
  'approval_id String AFTER policy_bundle',
];

const ANCHOR_COLUMNS = `
  worker String,
  chain String,
  segment UInt32,
  seq UInt64 CODEC(Delta, ZSTD),
  hash String CODEC(ZSTD),
  time DateTime64(3, 'UTC') DEFAULT now64(3)`;

/** The columns of the view `events`, in order. */
export const EVENT_COLUMNS: readonly string[] = COLUMNS.map(([name, , shownAs]) => shownAs ?? name);

/** The statements that make the schema, in order. @throws GatehouseError GH_CLICKHOUSE_NAME. */
export function schemaStatements(options: SchemaOptions): string[] {
  const database = identifier(options.database, 'audit.clickhouse.database');
  const cluster =
    options.cluster === undefined ? undefined : identifier(options.cluster, 'audit.clickhouse.cluster');
  const on = cluster === undefined ? '' : ` ON CLUSTER ${cluster}`;
  const local = cluster === undefined ? '' : '_local';
  const engine = (table: string, version: string): string =>
    cluster === undefined
      ? `ReplacingMergeTree(${version})`
      : `ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/${database}/${table}', '{replica}', ${version})`;
  // A replicated table remembers inserted blocks by itself. An insert is on disk when it is acknowledged: the journal
  // gives up its own copy afterwards.
  const settings =
    (cluster === undefined ? 'non_replicated_deduplication_window = 1000, ' : '') +
    'fsync_after_insert = 1, fsync_part_directory = 1';
  const columns = COLUMNS.map(([name, type]) => `  ${name} ${type}`).join(',\n');
  const shown = COLUMNS.map(([name, , as]) => (as === undefined ? name : `${name} AS ${as}`)).join(', ');

  const altered = (table: string): string =>
    `ALTER TABLE ${database}.${table}${on} ` +
    `${ADDED.map((column) => `ADD COLUMN IF NOT EXISTS ${column}`).join(', ')}, MODIFY COMMENT '${SCHEMA_COMMENT}'`;
  const ofCluster = (...made: readonly string[]): readonly string[] => (cluster === undefined ? [] : made);
  // Whoever finds the last of them takes the others to be there: making them may be cut short at any one.
  return [
    `CREATE DATABASE IF NOT EXISTS ${database}${on}`,
    `CREATE TABLE IF NOT EXISTS ${database}.event_versions${local}${on}\n(\n${columns},\n  version UInt8,\n` +
      `  INDEX by_event event_id TYPE bloom_filter(0.01) GRANULARITY 1,\n` +
      `  INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 1,\n` +
      `  INDEX by_digest action_digest TYPE bloom_filter(0.01) GRANULARITY 1\n)\n` +
      `ENGINE = ${engine('event_versions', 'version')}\nPARTITION BY toYYYYMM(time)\nORDER BY (time, event_id)\n` +
      `SETTINGS ${settings}\nCOMMENT '${SCHEMA_COMMENT}'`,
    // All versions of an action go to one shard: FINAL replaces within a shard only.
    ...ofCluster(
      `CREATE TABLE IF NOT EXISTS ${database}.event_versions${on} AS ${database}.event_versions_local\n` +
        `ENGINE = Distributed(${cluster}, ${database}, event_versions_local, cityHash64(event_id))\nCOMMENT '${SCHEMA_COMMENT}'`,
      altered('event_versions_local'),
    ),
    altered('event_versions'),
    `CREATE OR REPLACE VIEW ${database}.events${on} AS\nSELECT ${shown}\nFROM ${database}.event_versions FINAL\n` +
      `SETTINGS do_not_merge_across_partitions_select_final = 1`,
    `CREATE TABLE IF NOT EXISTS ${database}.journal_anchors${local}${on}\n(${ANCHOR_COLUMNS}\n)\n` +
      `ENGINE = ${engine('journal_anchors', 'time')}\nORDER BY (chain, seq, hash)\nSETTINGS ${settings}`,
    ...ofCluster(
      `CREATE TABLE IF NOT EXISTS ${database}.journal_anchors${on} AS ${database}.journal_anchors_local\n` +
        `ENGINE = Distributed(${cluster}, ${database}, journal_anchors_local, cityHash64(chain))`,
    ),
  ];
}

/**
 * Users and rights for a ClickHouse server, to be run by an administrator who fills in the passwords: `gatehouse_writer`
 * may insert, and read the anchors that `audit verify` needs; `gatehouse_auditor` may only read.
 */
export function roleStatements(options: SchemaOptions): string[] {
  const database = identifier(options.database, 'audit.clickhouse.database');
  const on =
    options.cluster === undefined
      ? ''
      : ` ON CLUSTER ${identifier(options.cluster, 'audit.clickhouse.cluster')}`;
  const tables = ['event_versions', 'journal_anchors'];
  if (options.cluster !== undefined) tables.push('event_versions_local', 'journal_anchors_local');
  return [
    `CREATE ROLE IF NOT EXISTS gatehouse_writer${on}`,
    ...tables.map((table) => `GRANT${on} INSERT ON ${database}.${table} TO gatehouse_writer`),
    `GRANT${on} SELECT ON ${database}.journal_anchors TO gatehouse_writer`,
    `CREATE ROLE IF NOT EXISTS gatehouse_auditor${on} SETTINGS readonly = 1`,
    `GRANT${on} SELECT ON ${database}.* TO gatehouse_auditor`,
  ];
}
