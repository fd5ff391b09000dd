/**
 * The gate's own question to the server: under which names does this session run now? Asked at login where the server
 * does not report `search_path` (before version 18), and after statements that may have changed it.
 * Named statement and portal, so that the client's unnamed ones live on; the result is text.
 */
import { decodeDataRow } from '../../protocols/postgres/backend.ts';
import {
  encodeBind,
  encodeClose,
  encodeExecute,
  encodeFlush,
  encodeParse,
  encodeSync,
} from '../../protocols/postgres/frontend-encoders.ts';
import type { ExpectedReply } from './reply-queue.ts';

const NAME = 'gatehouse_probe';
const SETTINGS = [
  'search_path',
  'client_encoding',
  'standard_conforming_strings',
  'role',
  'session_authorization',
] as const;
/** Names of temporary relations that are asked for; a session with more has them all unresolved. */
const TEMPORARY_MAX = 1_000;

const ask = (text: string): Buffer =>
  Buffer.concat([
    encodeParse({ statement: NAME, text, parameterTypes: [] }),
    encodeBind({ portal: NAME, statement: NAME, parameterFormats: [], values: [], resultFormats: [] }),
    encodeExecute(NAME),
    encodeClose('portal', NAME),
    encodeClose('statement', NAME),
  ]);

/** SHOW takes no snapshot: a SELECT would, and the client could not set its transaction's isolation level after it. */
const SETTING_QUESTIONS = Buffer.concat(SETTINGS.map((setting) => ask(`SHOW ${setting}`)));
/** Asked after code of users only, which has taken a snapshot already. Operators by schema: a session may have its own. */
const TEMPORARY_QUESTION = ask(
  `SELECT CASE WHEN pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.=) 0 THEN '[]' ELSE COALESCE((
     SELECT pg_catalog.json_agg(c.relname)::pg_catalog.text FROM (
       SELECT relname FROM pg_catalog.pg_class
       WHERE relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
       LIMIT ${TEMPORARY_MAX + 1}) c), '[]') END`,
);

export interface Probe {
  /** Ended by Sync between commands; by Flush within a pipeline, whose implicit transaction a Sync would end. */
  readonly withSync: Buffer;
  readonly withFlush: Buffer;
  /** CloseComplete messages that answer it: of a statement and of a portal, for each question. */
  readonly closes: number;
}

const probe = (question: Buffer, questions: number): Probe => ({
  withSync: Buffer.concat([question, encodeSync()]),
  withFlush: Buffer.concat([question, encodeFlush()]),
  closes: 2 * questions,
});
export const SETTINGS_PROBE = probe(SETTING_QUESTIONS, SETTINGS.length);
export const NAMES_PROBE = probe(Buffer.concat([SETTING_QUESTIONS, TEMPORARY_QUESTION]), SETTINGS.length + 1);

export interface ProbeAnswer {
  readonly searchPath: string;
  readonly clientEncoding: string;
  readonly standardConformingStrings: string;
  readonly role: string;
  /** Relations of the session's own temporary schema; undefined where they were not asked for, or are too many. */
  readonly temporaryNames: readonly string[] | 'too many' | undefined;
}

/** The queue entry that swallows the answer; `onAnswer(undefined)` where the server refused. */
export function probeReply(
  { closes }: Probe,
  endsWithSync: boolean,
  onAnswer: (answer: ProbeAnswer | undefined) => void,
): ExpectedReply {
  const values: string[] = [];
  return {
    kind: 'probe',
    endsWithSync,
    closes,
    onRow: (wire) => {
      const row = decodeDataRow(wire);
      const value = row.ok ? row.values[0]?.toString('utf8') : undefined;
      if (value !== undefined) values.push(value);
    },
    onDone: (failed) => onAnswer(failed ? undefined : answerOf(values)),
  };
}

function answerOf(values: readonly string[]): ProbeAnswer | undefined {
  const [searchPath, clientEncoding, standardConformingStrings, role, sessionAuthorization, temporary] =
    values;
  if (searchPath === undefined || clientEncoding === undefined || standardConformingStrings === undefined)
    return undefined;
  if (role === undefined || sessionAuthorization === undefined) return undefined;
  return {
    searchPath,
    clientEncoding,
    standardConformingStrings,
    role: role === 'none' ? sessionAuthorization : role,
    temporaryNames: temporary === undefined ? undefined : temporaryNamesOf(temporary),
  };
}

/** The server makes it: an array of texts. */
function temporaryNamesOf(text: string): readonly string[] | 'too many' {
  const names: unknown = JSON.parse(text);
  if (!Array.isArray(names) || names.length > TEMPORARY_MAX) return 'too many';
  return names.filter((name) => typeof name === 'string');
}
