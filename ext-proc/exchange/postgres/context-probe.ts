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
/** Of a statement and of a portal, for each setting. */
export const PROBE_CLOSES = 2 * SETTINGS.length;

/** SHOW takes no snapshot: a SELECT would, and the client could not set its transaction's isolation level after it. */
const QUESTION = Buffer.concat(
  SETTINGS.flatMap((setting) => [
    encodeParse({ statement: NAME, text: `SHOW ${setting}`, parameterTypes: [] }),
    encodeBind({ portal: NAME, statement: NAME, parameterFormats: [], values: [], resultFormats: [] }),
    encodeExecute(NAME),
    encodeClose('portal', NAME),
    encodeClose('statement', NAME),
  ]),
);

/** Ended by Sync between commands; by Flush within a pipeline, whose implicit transaction a Sync would end. */
export const PROBE_WITH_SYNC = Buffer.concat([QUESTION, encodeSync()]);
export const PROBE_WITH_FLUSH = Buffer.concat([QUESTION, encodeFlush()]);

export interface ProbeAnswer {
  readonly searchPath: string;
  readonly clientEncoding: string;
  readonly standardConformingStrings: string;
  readonly role: string;
}

/** The queue entry that swallows the answer; `onAnswer(undefined)` where the server refused. */
export function probeReply(
  endsWithSync: boolean,
  onAnswer: (answer: ProbeAnswer | undefined) => void,
): ExpectedReply {
  const values: string[] = [];
  return {
    kind: 'probe',
    endsWithSync,
    onRow: (wire) => {
      const row = decodeDataRow(wire);
      const value = row.ok ? row.values[0]?.toString('utf8') : undefined;
      if (value !== undefined) values.push(value);
    },
    onDone: (failed) => onAnswer(failed ? undefined : answerOf(values)),
  };
}

function answerOf(values: readonly string[]): ProbeAnswer | undefined {
  const [searchPath, clientEncoding, standardConformingStrings, role, sessionAuthorization] = values;
  if (searchPath === undefined || clientEncoding === undefined || standardConformingStrings === undefined)
    return undefined;
  if (role === undefined || sessionAuthorization === undefined) return undefined;
  return {
    searchPath,
    clientEncoding,
    standardConformingStrings,
    role: role === 'none' ? sessionAuthorization : role,
  };
}
