/**
 * ClickHouse as the place where shipped rows go: makes and checks the tables, inserts batches, reads anchors back.
 * An insert that is tried again with its token is kept once; what comes again in another batch is replaced by
 * ReplacingMergeTree. Never sees anything raw: the journal's lines are masked already.
 */
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import {
  ClickHouseError,
  type ClickHouseClient,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client';
import type { AuditSink, SinkBatch } from '../../domain/audit-sink.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { credentialOptions, type ClickHouseCredentials } from './credentials.ts';
import { identifier, SCHEMA_COMMENT, schemaStatements } from './schema.ts';

export interface ClickHouseSinkOptions extends ClickHouseCredentials {
  /** For example `http://127.0.0.1:8123`. */
  readonly url: string;
  readonly database: string;
  /** Replicated and sharded tables on this cluster. */
  readonly cluster?: string | undefined;
  /** Default 30 s. */
  readonly requestTimeoutMs?: number;
}

/** A line of a chain that ClickHouse vouches for. */
export interface StoredAnchor {
  readonly chain: string;
  readonly seq: number;
  readonly hash: string;
}

export interface ClickHouseSink extends AuditSink {
  /**
   * Makes the tables where they are missing. May run again. @throws GatehouseError GH_CLICKHOUSE_SCHEMA where the user
   * may not make them, and the client's error where ClickHouse cannot be reached.
   */
  ensureSchema(): Promise<void>;
  /** Anchors of these chains, for `verifyJournal`. Needs SELECT on `journal_anchors`. */
  readAnchors(chains: readonly string[]): Promise<StoredAnchor[]>;
  close(): Promise<void>;
}

const ACCESS_DENIED = '497';

/** @throws GatehouseError GH_CLICKHOUSE_NAME for a database or cluster name that is no identifier. */
export function createClickHouseSink(options: ClickHouseSinkOptions): ClickHouseSink {
  const database = identifier(options.database, 'audit.clickhouse.database');
  const client: ClickHouseClient = createClient({
    url: options.url,
    ...credentialOptions(options),
    application: 'gatehouse',
    request_timeout: options.requestTimeoutMs ?? 30_000,
    max_open_connections: 4,
    // Failures are the shipping loop's to log, once and without the statement.
    log: { level: ClickHouseLogLevel.OFF },
  });

  const insertSettings = (token: string): ClickHouseSettings => ({
    insert_deduplicate: 1,
    insert_deduplication_token: token,
    // A line's own members that are no columns (`type`).
    input_format_skip_unknown_fields: 1,
    // Whatever its records' times, a batch goes in whole.
    max_partitions_per_insert_block: '0',
    async_insert: 0,
    wait_end_of_query: 1,
    // A cluster acknowledges when the shard has it, and a majority of its replicas.
    ...(options.cluster === undefined ? {} : { distributed_foreground_insert: 1, insert_quorum: 'auto' }),
  });

  async function schemaIsCurrent(): Promise<boolean> {
    const answer = await client.query({
      query: `SELECT name, comment FROM system.tables WHERE database = {database:String} AND name IN ('event_versions', 'journal_anchors', 'events')`,
      query_params: { database },
      format: 'JSONEachRow',
    });
    const found = await answer.json<{ name: string; comment: string }>();
    const versions = found.find((table) => table.name === 'event_versions');
    const names = found.map((table) => table.name);
    // The last to be made; a user without rights on the view does not see that one.
    return versions?.comment === SCHEMA_COMMENT && names.includes('journal_anchors');
  }

  let ensured = false;

  async function ensureSchema(): Promise<void> {
    if (await schemaIsCurrent()) return;
    try {
      for (const query of schemaStatements({ database, cluster: options.cluster }))
        await client.command({ query });
    } catch (error) {
      if (!(error instanceof ClickHouseError) || error.code !== ACCESS_DENIED) throw error;
      throw new GatehouseError('GH_CLICKHOUSE_SCHEMA', 'the audit tables in ClickHouse are missing or old', {
        message:
          `the user may not make the audit tables in ${database}: let an administrator run the statements of ` +
          '`gatehouse audit ddl` (docs/auditors.md)',
        cause: error,
      });
    }
  }

  /** The lines go as they are: `client.insert` would parse and write each again. */
  async function insertLines(table: string, lines: Uint8Array, token: string): Promise<void> {
    if (lines.length === 0) return;
    const answer = await client.exec({
      query: `INSERT INTO ${database}.${table} FORMAT JSONEachRow`,
      values: Readable.from([lines], { objectMode: false }),
      clickhouse_settings: insertSettings(token),
    });
    await finished(answer.stream.resume());
  }

  async function insert({ lines, anchors, token }: SinkBatch): Promise<void> {
    await insertLines('event_versions', lines, token);
    // After the rows: an anchor says that everything up to it is here.
    const anchorLines = anchors.map((anchor) => JSON.stringify(anchor) + '\n').join('');
    await insertLines('journal_anchors', Buffer.from(anchorLines), `${token}:anchors`);
  }

  return {
    ensureSchema,
    async insert(batch) {
      if (!ensured) await ensureSchema();
      ensured = true;
      try {
        await insert(batch);
      } catch (error) {
        // Someone may have dropped the tables: they are looked for again before the next try.
        ensured = false;
        throw error;
      }
    },
    async readAnchors(chains) {
      if (chains.length === 0) return [];
      const answer = await client.query({
        query: `SELECT DISTINCT chain, toFloat64(seq) AS seq, hash FROM ${database}.journal_anchors WHERE chain IN {chains:Array(String)} ORDER BY chain, seq`,
        query_params: { chains },
        format: 'JSONEachRow',
      });
      return answer.json<StoredAnchor>();
    },
    close: () => client.close(),
  };
}
