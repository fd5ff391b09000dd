/**
 * One row an action, from its one or two journal lines. Pure text: the lines are JSON objects whose names are the
 * columns' names, so a row is the `decided` line with the `ended` line's own members joined on, never parsed and
 * written again. The line's text is trusted to be JSON only after its hash fitted the chain; any other line is decoded
 * and encoded anew first (audit-line.ts).
 */
import { encodeRecord, lineHead } from './audit-line.ts';
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

/** A line as a row needs it. */
export interface RowLine {
  readonly seq: number;
  /** The line up to, not including, `,"hash":`. */
  readonly body: string;
  readonly hash: string;
  /** Whether its hash fitted the chain. */
  readonly intact: boolean;
}

export interface RowOrigin {
  readonly worker: string;
  readonly chain: string;
}

const quote = (text: string): string => JSON.stringify(text);

function tail(origin: RowOrigin, decided: RowLine, ended: RowLine | undefined, version: number): string {
  const end = ended === undefined ? '' : `,"ended_seq":${ended.seq},"ended_hash":${quote(ended.hash)}`;
  return (
    `,"hash":${quote(decided.hash)}${end},"worker":${quote(origin.worker)},"chain":${quote(origin.chain)}` +
    `,"intact":${decided.intact && (ended?.intact ?? true)},"version":${version}}`
  );
}

/** The row of a `decided` line alone: final where it has an outcome, open where it has none. */
export function decidedRow(origin: RowOrigin, decided: RowLine): string {
  const head = lineHead(decided.body);
  const final = head?.type === 'decided' && head.outcome !== undefined;
  return decided.body + tail(origin, decided, undefined, final ? ROW_VERSION.ended : ROW_VERSION.open);
}

/** The row of both lines of an action. `ended` must be an `ended` line, `decided` one without an outcome. */
export function endedRow(origin: RowOrigin, decided: RowLine, ended: RowLine): string {
  const head = lineHead(ended.body);
  if (head?.type !== 'ended') return decidedRow(origin, decided);
  const version = head.outcome === 'unknown' ? ROW_VERSION.recovered : ROW_VERSION.ended;
  return (
    decided.body +
    `,"ended_time":${head.timeUs},` +
    ended.body.slice(head.outcomeAt) +
    tail(origin, decided, ended, version)
  );
}

/** The body of a line that nobody vouches for, made of what was read out of it. */
export function remadeBody(seq: number, record: DecidedRecord | EndedRecord): string {
  return `{"seq":${seq},${encodeRecord(record)}`;
}
