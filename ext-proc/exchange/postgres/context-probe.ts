/**
 * The gate's own question to the server: under which names does this session run now? Asked at login where the server
 * does not report `search_path` (before version 18), and after statements that may have changed it.
 * Named statement and portal, so that the client's unnamed ones live on; the result is text.
 */
import { decodeDataRow } from '../../protocols/postgres/backend.ts';
import { encodeBind, encodeClose, encodeExecute, encodeFlush, encodeParse, encodeSync } from '../../protocols/postgres/frontend-encoders.ts';
import type { ExpectedReply } from './reply-queue.ts';

const NAME = 'gatehouse_probe';
const TEXT =
  "SELECT pg_catalog.current_setting('search_path'), pg_catalog.current_setting('client_encoding'), " +
  "pg_catalog.current_setting('standard_conforming_strings'), current_user";

const QUESTION = Buffer.concat([
  encodeParse({ statement: NAME, text: TEXT, parameterTypes: [] }),
  encodeBind({ portal: NAME, statement: NAME, parameterFormats: [], values: [], resultFormats: [] }),
  encodeExecute(NAME),
  encodeClose('portal', NAME),
  encodeClose('statement', NAME),
]);

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
export function probeReply(endsWithSync: boolean, onAnswer: (answer: ProbeAnswer | undefined) => void): ExpectedReply {
  let answer: ProbeAnswer | undefined;
  return {
    kind: 'probe',
    endsWithSync,
    onRow: (wire) => {
      const row = decodeDataRow(wire);
      if (!row.ok) return;
      const [searchPath, clientEncoding, standardConformingStrings, role] = row.values.map((value) => value?.toString('utf8'));
      if (searchPath === undefined || clientEncoding === undefined || standardConformingStrings === undefined || role === undefined) return;
      answer = { searchPath, clientEncoding, standardConformingStrings, role };
    },
    onDone: (failed) => onAnswer(failed ? undefined : answer),
  };
}
