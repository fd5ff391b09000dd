/**
 * Reads the view `events` for the console. Every query is read-only, bounded in time and rows, and takes what a person
 * typed as a parameter, never as a part of its text.
 */
import { ClickHouseLogLevel, createClient, type ClickHouseSettings } from '@clickhouse/client';
import { GatehouseError } from '../../domain/errors.ts';
import type { EvidenceEvent, EvidenceReader } from '../../domain/evidence.ts';
import { credentialOptions, type ClickHouseCredentials } from './credentials.ts';
import { identifier } from './schema.ts';

export interface EvidenceReaderOptions extends ClickHouseCredentials {
  readonly url: string;
  readonly database: string;
}

const REQUEST_TIMEOUT_MS = 10_000;
const STATEMENT_CHARACTERS = 4_000;

/** For a user who may do more than read. One who may only read may not set anything either. */
const SETTINGS: ClickHouseSettings = {
  readonly: '2',
  max_execution_time: 8,
  cancel_http_readonly_queries_on_client_close: 1,
};

const COLUMNS = `
  formatDateTime(time, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS timeText, event_id AS eventId, session_id AS sessionId,
  principal_subject AS subject, on_behalf_of AS onBehalfOf, client_address AS clientAddress, upstream, protocol,
  action_kind AS kind, decision, rule, reason, outcome, error_code AS errorCode, status, duration_ms AS durationMs,
  toFloat64(rows) AS rowCount, database, tool, substringUTF8(statement, 1, ${STATEMENT_CHARACTERS}) AS statementText,
  approval_id AS approvalId, action_digest AS actionDigest, details`;

type Row = Omit<EvidenceEvent, 'time' | 'rows' | 'statement'> & {
  readonly timeText: string;
  readonly rowCount: number;
  readonly statementText: string;
};

/** Where a word may be. Ids are compared whole: they have indexes. */
const SEARCHED = `concat(principal_subject, ' ', on_behalf_of, ' ', upstream, ' ', action_kind, ' ', decision, ' ', rule, ' ',
  reason, ' ', error_code, ' ', tool, ' ', arrayStringConcat(tables, ' '), ' ', event_id, ' ', session_id, ' ', approval_id,
  ' ', statement)`;

export function createEvidenceReader(options: EvidenceReaderOptions): EvidenceReader {
  const database = identifier(options.database, 'audit.clickhouse.database');
  const client = createClient({
    url: options.url,
    ...credentialOptions(options),
    application: 'gatehouse-console',
    request_timeout: REQUEST_TIMEOUT_MS,
    max_open_connections: 4,
    log: { level: ClickHouseLogLevel.OFF },
  });

  let settings: ClickHouseSettings | undefined;

  async function settingsOfUser(): Promise<ClickHouseSettings> {
    const answer = await client.query({
      query: "SELECT toString(getSetting('readonly')) AS readonly",
      format: 'JSONEachRow',
    });
    const [row] = await answer.json<{ readonly: string }>();
    return row?.readonly === '0' ? SETTINGS : {};
  }

  async function read(query: string, params: Record<string, unknown>): Promise<readonly EvidenceEvent[]> {
    try {
      settings ??= await settingsOfUser();
      const answer = await client.query({
        query,
        query_params: params,
        format: 'JSONEachRow',
        clickhouse_settings: settings,
      });
      return (await answer.json<Row>()).map(({ timeText, rowCount, statementText, ...row }) => ({
        ...row,
        time: timeText,
        rows: rowCount,
        statement: statementText,
      }));
    } catch (cause) {
      throw new GatehouseError(
        'GH_EVIDENCE_UNAVAILABLE',
        'The evidence cannot be read now: ClickHouse does not answer, or refuses this user. Try again in a moment.',
        {
          message: `the evidence cannot be read: ${cause instanceof Error ? cause.message : 'failed'}`,
          cause,
        },
      );
    }
  }

  return {
    search({ words, before, limit }) {
      const conditions = words.map(
        (_, index) => `positionCaseInsensitiveUTF8(${SEARCHED}, {word${index}:String}) > 0`,
      );
      if (before !== undefined) {
        conditions.push(
          `(time, event_id) < (parseDateTime64BestEffort({beforeTime:String}, 6, 'UTC'), {beforeId:String})`,
        );
      }
      const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
      return read(
        `SELECT ${COLUMNS} FROM ${database}.events ${where} ORDER BY time DESC, event_id DESC LIMIT {limit:UInt32}`,
        {
          ...Object.fromEntries(words.map((word, index) => [`word${index}`, word])),
          ...(before === undefined ? {} : { beforeTime: before.time, beforeId: before.eventId }),
          limit,
        },
      );
    },
    async timeline(sessionId, limit) {
      const newest = await read(
        `SELECT ${COLUMNS} FROM ${database}.events WHERE session_id = {sessionId:String} OR event_id = {sessionId:String} ` +
          'ORDER BY time DESC, event_id DESC LIMIT {limit:UInt32}',
        { sessionId, limit },
      );
      return newest.toReversed();
    },
    close: () => client.close(),
  };
}
