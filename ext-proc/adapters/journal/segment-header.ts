/**
 * The first line of every segment. It ties the segment into its chain and the chain to the one before it, names the
 * process that writes it, and lists the actions that were open when it began, so that a dead chain's last segment
 * alone tells what was left without an end.
 */
import { GENESIS_HASH } from '../../domain/audit-chain.ts';
import type { ChainOwner } from './owner.ts';

export interface SegmentHeader {
  readonly version: 1;
  readonly worker: string;
  readonly chain: string;
  readonly segment: number;
  readonly timeUs: number;
  /** The hash of the line before, GENESIS_HASH in a chain's first segment. */
  readonly prev: string;
  /** The chain of this worker that came before, and the last line of it that was seen; empty where there was none. */
  readonly previous: { readonly chain: string; readonly seq: number; readonly hash: string } | undefined;
  readonly owner: ChainOwner;
  /** Actions decided and not ended: event id and session id. */
  readonly open: readonly (readonly [eventId: string, sessionId: string])[];
}

/** The header as members of a line. */
export function encodeHeader(header: SegmentHeader): string {
  const text = JSON.stringify({
    type: 'segment',
    version: 1,
    worker: header.worker,
    chain: header.chain,
    segment: header.segment,
    time: header.timeUs,
    prev: header.prev,
    previous_chain: header.previous?.chain ?? '',
    previous_seq: header.previous?.seq ?? -1,
    previous_hash: header.previous?.hash ?? GENESIS_HASH,
    pid: header.owner.pid,
    started: header.owner.started,
    boot: header.owner.boot,
    open: header.open,
  });
  return text.slice(1, -1);
}

/** A header read back; undefined where the line is none of version 1. */
export function decodeHeader(line: string): SegmentHeader | undefined {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const text = (key: string): string => (typeof value[key] === 'string' ? value[key] : '');
  const number = (key: string): number => (typeof value[key] === 'number' ? value[key] : 0);
  if (value['type'] !== 'segment' || value['version'] !== 1 || !Array.isArray(value['open']))
    return undefined;
  const previousChain = text('previous_chain');
  return {
    version: 1,
    worker: text('worker'),
    chain: text('chain'),
    segment: number('segment'),
    timeUs: number('time'),
    prev: text('prev'),
    previous:
      previousChain === ''
        ? undefined
        : { chain: previousChain, seq: number('previous_seq'), hash: text('previous_hash') },
    owner: { pid: number('pid'), started: text('started'), boot: text('boot') },
    open: (value['open'] as unknown[]).filter(
      (pair): pair is readonly [string, string] =>
        Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string',
    ),
  };
}
