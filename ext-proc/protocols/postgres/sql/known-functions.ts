/**
 * What is known of functions by their name alone, whatever schema they are found in: those that run SQL given as
 * text, reach files, the network or large objects, change settings, touch sequences, or carry a secret. The lists
 * add marks and never take one away. PostgreSQL 18, chapters 9 and F.
 */
import { DYNAMIC_SQL_FUNCTIONS } from './dynamic-sql-functions.ts';

const DYNAMIC_SQL: ReadonlySet<string> = new Set(DYNAMIC_SQL_FUNCTIONS);

/** Reads or writes of the server's files, by prefix or name. */
const FILE_ACCESS = new Set([
  'pg_read_file',
  'pg_read_binary_file',
  'pg_stat_file',
  'pg_file_write',
  'pg_file_read',
  'pg_file_rename',
  'pg_file_sync',
  'pg_file_unlink',
  'pg_file_length',
  'pg_logdir_ls',
  'lo_import',
  'lo_export',
  'pg_current_logfile',
  'pg_backup_start',
  'pg_backup_stop',
  'pg_start_backup',
  'pg_stop_backup',
  'pg_read_server_files',
]);

const NETWORK = new Set([
  'http',
  'http_get',
  'http_post',
  'http_put',
  'http_delete',
  'http_head',
  'http_patch',
  'postgres_fdw_disconnect',
]);

/** Functions whose arguments are connection strings, passwords or keys. */
const SECRET_ARGUMENTS = new Set([
  'crypt',
  'hmac',
  'encrypt',
  'decrypt',
  'encrypt_iv',
  'decrypt_iv',
  'pgp_sym_encrypt',
  'pgp_sym_encrypt_bytea',
  'pgp_sym_decrypt',
  'pgp_sym_decrypt_bytea',
  'pgp_pub_decrypt',
  'pgp_pub_decrypt_bytea',
  'pgp_key_id',
  'dearmor',
]);

/** Volatile in the catalogue, and yet nothing that another session could notice follows from calling them. */
const HARMLESS_VOLATILE = new Set([
  'random',
  'random_normal',
  'clock_timestamp',
  'timeofday',
  'gen_random_uuid',
  'uuidv4',
  'uuidv7',
  'currval',
  'lastval',
  'pg_sleep',
  'pg_sleep_for',
  'pg_sleep_until',
  'statement_timestamp',
  'setseed',
  // AT TIME ZONE: of its overloads, 14 has one marked volatile that later servers mark stable.
  'timezone',
  'txid_current_if_assigned',
  'pg_current_xact_id_if_assigned',
  'txid_current',
  'pg_current_xact_id',
  'txid_status',
  'pg_xact_status',
  'pg_get_keywords',
  'pg_is_in_recovery',
  'pg_last_wal_receive_lsn',
  'pg_last_wal_replay_lsn',
  'pg_current_wal_lsn',
  'pg_current_wal_insert_lsn',
  'pg_current_wal_flush_lsn',
  'pg_postmaster_start_time',
  'pg_conf_load_time',
  'pg_relation_size',
  'pg_table_size',
  'pg_total_relation_size',
  'pg_indexes_size',
  'pg_database_size',
  'pg_tablespace_size',
  'pg_column_size',
  'pg_relation_filepath',
  'pg_relation_filenode',
  'pg_size_bytes',
  'pg_my_temp_schema',
  'pg_lock_status',
  'pg_prepared_statement',
  'pg_cursor',
  'pg_show_all_settings',
  'pg_show_all_file_settings',
  'pg_hba_file_rules',
  'pg_stat_get_activity',
  'pg_stat_get_progress_info',
  'pg_blocking_pids',
  'pg_safe_snapshot_blocking_pids',
  'pg_available_extensions',
  'pg_available_extension_versions',
  'pg_timezone_names',
  'pg_get_wait_events',
  'pg_notification_queue_usage',
  'inet_client_addr',
  'inet_client_port',
  'inet_server_addr',
  'inet_server_port',
  'pg_trigger_depth',
  'pg_jit_available',
  'pg_tablespace_databases',
  'pg_export_snapshot_id',
  'pg_prepared_xact',
  'pg_config',
  'pg_get_multixact_members',
  'pg_ident_file_mappings',
  'unnest',
  'bernoulli',
  'system',
  'pg_stat_get_wal_receiver',
  'pg_stat_get_wal_senders',
  'pg_get_shmem_allocations',
  'row_security_active',
]);

/** Functions whose first argument names a sequence. */
const SEQUENCE_WRITES = new Set(['nextval', 'setval']);
const SEQUENCE_READS = new Set(['currval', 'pg_sequence_last_value', 'pg_get_sequence_data']);

const SETTING_NAME_THAT_IS_SECRET =
  /pass(?:word|wd|phrase)|secret|token|api_?key|private_?key|credential|conninfo|jwt/i;

/** Settings under which the server reads the text of a statement otherwise than the gate does. */
const CHANGES_PARSING = new Set(['standard_conforming_strings', 'client_encoding', 'backslash_quote']);

export function functionTraits(name: string): readonly string[] {
  const traits: string[] = [];
  if (DYNAMIC_SQL.has(name) || name.startsWith('dblink')) traits.push('dynamic_sql');
  if (FILE_ACCESS.has(name) || name.startsWith('pg_ls_')) traits.push('file_access');
  if (NETWORK.has(name) || name.startsWith('dblink')) traits.push('network_access');
  if (isLargeObjectFunction(name)) traits.push('large_object');
  if (name.startsWith('pg_advisory') || name.startsWith('pg_try_advisory')) traits.push('advisory_lock');
  if (name === 'pg_notify') traits.push('listen_notify');
  if (name === 'set_config') traits.push('set_config');
  return traits;
}

const isLargeObjectFunction = (name: string): boolean =>
  name.startsWith('lo_') || name === 'loread' || name === 'lowrite';

export const carriesSecret = (name: string): boolean =>
  SECRET_ARGUMENTS.has(name) || name.startsWith('dblink');

/** The gate's own settings are for its tokens, however their names are misspelt. */
export const isSecretSetting = (name: string): boolean =>
  name.startsWith('gatehouse.') || SETTING_NAME_THAT_IS_SECRET.test(name);

export const changesParsing = (name: string): boolean => CHANGES_PARSING.has(name.toLowerCase());

/** Whether a built-in function of pg_catalog does no more than read. `volatility` is the catalogue's. */
export const builtinOnlyReads = (name: string, volatility: string): boolean =>
  (volatility === 'immutable' || volatility === 'stable' || HARMLESS_VOLATILE.has(name)) &&
  functionTraits(name).length === 0;

export const sequenceAccess = (name: string): 'read' | 'write' | undefined =>
  SEQUENCE_WRITES.has(name) ? 'write' : SEQUENCE_READS.has(name) ? 'read' : undefined;
