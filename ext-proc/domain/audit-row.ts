/**
 * One row an action, from its one or two journal lines. Pure text: the lines are JSON objects whose names are the
 * columns' names, so a row is the `decided` line with the `ended` line's own members joined on, never parsed and
 * written again. The line's text is trusted to be JSON only after its hash fitted the chain; any other line is decoded
 * and encoded anew first (audit-line.ts).
 */
import { encodeRecord, type RecordHead } from './audit-line.ts';
import type { DecidedRecord, EndedRecord } from './audit-event.ts';

/** The greater version replaces the smaller one of the same action. */
export const ROW_VERSION = {
  /** Decided, and no end seen. */
  open: 1,
  /** Ended by recovery, outcome `unknown`. */
  recovered: 2,
  /** Ended, or decided with an outcome. */
  ended: 3,
} as const;

/** A record's line as a row needs it. */
export interface RowLine {
  readonly seq: number;
  /** The line up to, not including, `,"hash":`. */
  readonly body: string;
  readonly hash: string;
  readonly head: RecordHead;
  /** Whether its hash fitted the chain. */
  readonly intact: boolean;
}

/** Names fit for file names (letters, digits, `_`, `-`): they stand in JSON as they are. */
export interface RowOrigin {
  readonly worker: string;
  readonly chain: string;
}

/** A hash that fitted the chain is 64 hex digits; what a broken line says of itself can be anything. */
const hashOf = (line: RowLine): string => (line.intact ? `"${line.hash}"` : JSON.stringify(line.hash));

function tail(origin: RowOrigin, decided: RowLine, ended: RowLine | undefined, version: number): string {
  const end = ended === undefined ? '' : `,"ended_seq":${ended.seq},"ended_hash":${hashOf(ended)}`;
  return (
    `,"hash":${hashOf(decided)}${end},"worker":"${origin.worker}","chain":"${origin.chain}"` +
    `,"intact":${decided.intact && (ended?.intact ?? true)},"version":${version}}`
  );
}

/** The row of a `decided` line alone: final where it has an outcome, open where it has none. */
export function decidedRow(origin: RowOrigin, decided: RowLine): string {
  const version = decided.head.outcome === undefined ? ROW_VERSION.open : ROW_VERSION.ended;
  return decided.body + tail(origin, decided, undefined, version);
}

/** The row of both lines of an action. `ended` must be an `ended` line, `decided` one without an outcome. */
export function endedRow(origin: RowOrigin, decided: RowLine, ended: RowLine): string {
  const { timeUs, outcome, outcomeAt } = ended.head;
  const version = outcome === 'unknown' ? ROW_VERSION.recovered : ROW_VERSION.ended;
  return (
    `${decided.body},"ended_time":${timeUs},${ended.body.slice(outcomeAt)}` +
    tail(origin, decided, ended, version)
  );
}

/** The body of a line that nobody vouches for, made of what was read out of it. */
export function remadeBody(seq: number, record: DecidedRecord | EndedRecord): string {
  return `{"seq":${seq},${encodeRecord(record)}`;
}
