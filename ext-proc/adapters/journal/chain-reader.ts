/**
 * Follows one chain's segments and turns lines into rows: verifies each line as it comes, joins `ended` to its
 * `decided`, and knows which segments hold nothing that is needed any more. What it read counts only once
 * its checkpoint is written: a batch that ClickHouse did not take is read again from the checkpoint before.
 */
import { type FileHandle, open } from 'node:fs/promises';
import {
  type ChainPoint,
  createChainVerifier,
  type ChainVerifier,
  GENESIS_HASH,
  type OpenedLine,
  openLine,
} from '../../domain/audit-chain.ts';
import { decodeRecord, lineHead, type RecordHead } from '../../domain/audit-line.ts';
import { decidedRow, endedRow, remadeBody, type RowLine, type RowOrigin } from '../../domain/audit-row.ts';
import { brokenRow } from './broken-row.ts';
import type { ChainCheckpoint, OpenAction } from './checkpoint.ts';
import { type SegmentFile, segmentPath } from './layout.ts';
import { readLines } from './line-reader.ts';
import type { RowBatch } from './row-batch.ts';
import { decodeHeader } from './segment-header.ts';

/** `decided` lines kept in memory until their end comes; those beyond are read from their segment again. */
const KEPT_CHARS_MAX = 4 * 1_048_576;
export const READ_BYTES = 262_144;

interface Pending extends OpenAction {
  /** Undefined where it is to be read again. */
  line: RowLine | undefined;
  shipped: boolean;
}

export interface ChainReader {
  readonly chain: string;
  readonly openActions: number;
  readonly position: { readonly segment: number; readonly offset: number; readonly point: ChainPoint };
  /**
   * Reads on, at most about READ_BYTES or until the batch is full, and gives rows. `limits` says for each segment how many of its bytes are
   * settled. True where there may be more at once. @throws the file system's error.
   */
  read(
    segments: readonly SegmentFile[],
    limits: ReadonlyMap<number, number>,
    batch: RowBatch,
  ): Promise<boolean>;
  /** Rows for actions that were open at the last call already and still are; with `all`, for every open one. */
  flushOpen(batch: RowBatch, all: boolean): Promise<void>;
  /** Whether anything was read or given out since `committed` was called. */
  readonly changed: boolean;
  checkpoint(): ChainCheckpoint;
  committed(): void;
  /** Segments of these that are shipped and ended, oldest first. */
  finished(segments: readonly SegmentFile[]): SegmentFile[];
  close(): Promise<void>;
}

/** A part of a string keeps the whole of it in memory; what is kept for long is copied out. */
function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}

export function createChainReader(
  origin: RowOrigin,
  workerDir: string,
  from: ChainCheckpoint | undefined,
  scratch: Buffer,
  onBroken: (fields: { chain: string; segment: number; offset: number; problem: string }) => void,
): ChainReader {
  const { chain } = origin;
  let segment = from?.segment ?? 0;
  let offset = from?.offset ?? 0;
  /** Where reading began without a checkpoint. */
  let fromSegment = from === undefined ? 0 : -1;
  let verifier: ChainVerifier = createChainVerifier(
    from === undefined ? { seq: -1, hash: GENESIS_HASH } : { seq: from.seq, hash: from.hash },
  );
  let closed = from?.closed ?? false;
  let lastTimeUs = 0;
  let keptChars = 0;
  const broken = new Set(from?.broken ?? []);
  const pending = new Map<string, Pending>(
    from?.open.map((action) => [action.eventId, { ...action, line: undefined }]) ?? [],
  );
  /** Open, not shipped; those that were here at the last `flushOpen` are due. */
  let fresh = new Set(
    [...pending.values()].filter((action) => !action.shipped).map((action) => action.eventId),
  );
  let due = new Set<string>();
  let file: { readonly handle: FileHandle; readonly segment: number } | undefined;

  let changed = false;

  async function closeFile(): Promise<void> {
    await file?.handle.close();
    file = undefined;
  }

  async function fileOf(number: number): Promise<FileHandle> {
    if (file?.segment === number) return file.handle;
    await closeFile();
    const handle = await open(segmentPath(workerDir, chain, number), 'r');
    file = { handle, segment: number };
    return handle;
  }

  /** Undefined where its segment or its line is not there any more. */
  async function reread(action: Pending): Promise<RowLine | undefined> {
    const handle = await open(segmentPath(workerDir, chain, action.segment), 'r').catch(() => undefined);
    if (handle === undefined) return undefined;
    try {
      const buffer = Buffer.allocUnsafe(action.length);
      const { bytesRead } = await handle.read(buffer, 0, action.length, action.offset);
      if (bytesRead !== action.length) return undefined;
      const line = buffer.toString('utf8');
      return rowLine(line, openLine(line), action.intact);
    } finally {
      await handle.close();
    }
  }

  function rowLine(line: string, opened: OpenedLine | undefined, intact: boolean): RowLine | undefined {
    if (opened !== undefined && intact) {
      const head = lineHead(line);
      if (head?.type !== 'decided' && head?.type !== 'ended') return undefined;
      return { seq: opened.seq, body: opened.body, hash: opened.hash, head, intact };
    }
    // Nobody vouches for this text: only what can be read out of it goes on.
    const record = decodeRecord(line);
    if (record === undefined) return undefined;
    const seq = opened?.seq ?? 0;
    const body = remadeBody(seq, record);
    return { seq, body, hash: opened?.hash ?? '', head: lineHead(body) as RecordHead, intact: false };
  }

  function drop(action: Pending): void {
    keptChars -= action.line?.body.length ?? 0;
    pending.delete(action.eventId);
    fresh.delete(action.eventId);
    due.delete(action.eventId);
  }

  function reportBroken(at: number, problem: string, batch: RowBatch): void {
    broken.add(segment);
    onBroken({ chain, segment, offset: at, problem });
    const seq = verifier.point?.seq ?? 0;
    batch.push(brokenRow(origin, { segment, offset: at, problem, timeUs: lastTimeUs, seq }));
  }

  /** The first line of a segment. */
  function checkHeader(line: string): string | undefined {
    const header = decodeHeader(line);
    if (segment === fromSegment && segment > 1) {
      // Without a checkpoint, the oldest segment that is left says itself what came before it.
      const seq = openLine(line)?.seq;
      if (header !== undefined && seq !== undefined) {
        verifier = createChainVerifier({ seq: seq - 1, hash: header.prev });
      }
    }
    const problem = verifier.check(line);
    const fits = header?.chain === chain && header.segment === segment;
    return problem ?? (fits ? undefined : 'header_mismatch');
  }

  /** Synchronous wherever the text it needs is in memory: a promise for each line would cost more than the line. */
  function take(line: string, at: number, length: number, batch: RowBatch): Promise<void> | undefined {
    const problem = at === 0 ? checkHeader(line) : verifier.check(line);
    if (problem !== undefined) reportBroken(at, problem, batch);
    const read = rowLine(line, verifier.opened, problem === undefined);
    if (read === undefined) {
      if (problem === undefined && lineHead(line)?.type === 'closed') closed = true;
      return undefined;
    }
    const { head } = read;
    if (problem === undefined) lastTimeUs = head.timeUs;
    const before = pending.get(head.eventId);
    if (head.type === 'decided' && head.outcome !== undefined) {
      batch.push(decidedRow(origin, read));
    } else if (head.type === 'decided') {
      if (before !== undefined) drop(before);
      keepOpen(read, at, length);
    } else if (before !== undefined) {
      if (before.line === undefined) return rereadAndEnd(before, read, at, batch);
      drop(before);
      batch.push(endedRow(origin, before.line, read));
    }
    return undefined;
  }

  function keepOpen(line: RowLine, at: number, length: number): void {
    const eventId = ownCopy(line.head.eventId);
    const keep = keptChars + line.body.length <= KEPT_CHARS_MAX;
    if (keep) keptChars += line.body.length;
    const kept = keep ? line : undefined;
    pending.set(eventId, {
      eventId,
      segment,
      offset: at,
      length,
      shipped: false,
      intact: line.intact,
      line: kept,
    });
    fresh.add(eventId);
  }

  async function rereadAndEnd(before: Pending, ended: RowLine, at: number, batch: RowBatch): Promise<void> {
    const decided = await reread(before);
    drop(before);
    if (decided === undefined) reportBroken(at, 'decided_line_missing', batch);
    else batch.push(endedRow(origin, decided, ended));
  }

  return {
    chain,
    get openActions() {
      return pending.size;
    },
    get changed() {
      return changed;
    },
    committed() {
      changed = false;
    },
    get position() {
      const { seq, hash } = verifier.point ?? { seq: -1, hash: GENESIS_HASH };
      return { segment, offset, point: { seq, hash } };
    },
    async read(segments, limits, batch) {
      const here = segments.find((candidate) => candidate.segment === segment);
      const next = segments.find((candidate) => candidate.segment > segment);
      const limit = limits.get(segment) ?? 0;
      if (here !== undefined && offset < limit) {
        const piece = await readLines(
          await fileOf(segment),
          offset,
          Math.min(READ_BYTES, limit - offset),
          scratch,
        );
        for (const [index, line] of piece.lines.entries()) {
          const at = piece.offsets[index] as number;
          const end = piece.offsets[index + 1] ?? piece.nextOffset;
          if (end > limit) return false;
          if (batch.full) return true;
          const waiting = take(line, at, end - at - 1, batch);
          if (waiting !== undefined) await waiting;
          changed = true;
          offset = end;
        }
        if (piece.lines.length > 0) return true;
        if (next === undefined) return false;
        // Half a line in the middle of a chain: a writer would have cut it off.
        await take('', offset, 0, batch);
      }
      if (next === undefined) {
        if (closed) await closeFile();
        return false;
      }
      // The writer begins a segment only when the one before is complete, and the list was made before it was read.
      changed = true;
      segment = next.segment;
      if (fromSegment === 0) fromSegment = segment;
      offset = 0;
      return true;
    },
    async flushOpen(batch, all) {
      if (all) {
        for (const eventId of fresh) due.add(eventId);
        fresh = new Set();
      }
      for (const eventId of due) {
        if (batch.full) return;
        due.delete(eventId);
        const action = pending.get(eventId);
        const decided = action === undefined ? undefined : (action.line ?? (await reread(action)));
        if (action === undefined || decided === undefined) continue;
        action.shipped = true;
        changed = true;
        batch.push(decidedRow(origin, decided));
      }
      due = fresh;
      fresh = new Set();
    },
    checkpoint() {
      const point = verifier.point ?? { seq: -1, hash: GENESIS_HASH };
      return {
        segment,
        offset,
        seq: point.seq,
        hash: point.hash,
        closed,
        broken: [...broken],
        open: [...pending.values()].map(
          ({ eventId, segment: number, offset: at, length, shipped, intact }) => ({
            eventId,
            segment: number,
            offset: at,
            length,
            shipped,
            intact,
          }),
        ),
      };
    },
    finished(segments) {
      const needed = new Set(broken);
      for (const action of pending.values()) needed.add(action.segment);
      return segments.filter((candidate) => {
        const behind = candidate.segment < segment || (closed && candidate.segment === segment);
        return behind && !needed.has(candidate.segment);
      });
    },
    close: closeFile,
  };
}
