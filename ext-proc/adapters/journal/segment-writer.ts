/**
 * One chain's files, written in order. Owns bytes, offsets and hashes: a batch is either in the file as whole lines or
 * not at all, and what could not be written is cut back so that the chain stays valid. Knows nothing of promises.
 *
 * Writes are synchronous: a write into the page cache takes 2 to 8 µs, less than a hop to libuv's threads and back.
 */
import {
  closeSync,
  ftruncateSync,
  fsync,
  mkdirSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import {
  type ChainPoint,
  GENESIS_HASH,
  lineBody,
  lineBytesMax,
  writeLine,
} from '../../domain/audit-chain.ts';
import { segmentPath, unfinishedPath } from './layout.ts';

const CHUNK_BYTES = 262_144;

interface OpenSegment {
  readonly fd: number;
  readonly number: number;
  readonly path: string;
  bytes: number;
}

/** A place to go back to. */
export interface WriterMark {
  readonly segment: number;
  readonly bytes: number;
  readonly point: ChainPoint;
}

export interface SegmentWriter {
  /** The last line written. */
  readonly point: ChainPoint;
  /** The current segment's number, 0 before the first. */
  readonly segment: number;
  readonly segmentBytes: number;
  /** The file that `write` goes to; fdatasync is the caller's. Undefined before the first segment. */
  readonly fd: number | undefined;
  mark(): WriterMark;
  /** Begins the next segment; `header` makes its first line's members from the last hash and its own number. @throws the file system's error, and then nothing has changed. */
  roll(header: (prev: string, segment: number) => string): void;
  /** Appends lines. Returns the bytes written. @throws the file system's error, and then nothing has changed. */
  write(members: readonly string[]): number;
  /**
   * Goes back to a mark that a failed fdatasync left as the last that is known to be on disk. The current segment is
   * given up: a file whose sync failed is not trusted again. @throws the file system's error.
   */
  rewind(mark: WriterMark): void;
  close(): void;
}

export interface SegmentWriterOptions {
  readonly workerDir: string;
  readonly chain: string;
  /** Called with each descriptor that is not written to any more; it closes it. */
  readonly retire: (fd: number) => void;
}

function writeFully(fd: number, bytes: Uint8Array, length: number): void {
  let done = 0;
  // A full disk shows as a short write first and as ENOSPC on the next.
  while (done < length) done += writeSync(fd, bytes, done, length - done);
}

export function createSegmentWriter({ workerDir, chain, retire }: SegmentWriterOptions): SegmentWriter {
  const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  let current: OpenSegment | undefined;
  let point: ChainPoint = { seq: -1, hash: GENESIS_HASH };
  let number = 0;
  // What a failure could not undo at once. Nothing is written before it is undone.
  let undo: (() => void) | undefined;

  function settle(): void {
    undo?.();
    undo = undefined;
  }

  function cutBack(work: () => void): void {
    undo = work;
    try {
      settle();
    } catch {
      // Tried again before the next write; until then every write fails.
    }
  }

  function append(segment: OpenSegment, members: readonly string[]): { point: ChainPoint; bytes: number } {
    let { seq, hash } = point;
    let bytes = 0;
    let filled = 0;
    for (const text of members) {
      const body = lineBody(++seq, text);
      const room = lineBytesMax(body.length);
      if (room > CHUNK_BYTES - filled) {
        writeFully(segment.fd, chunk, filled);
        bytes += filled;
        filled = 0;
      }
      if (room > CHUNK_BYTES) {
        const long = Buffer.allocUnsafe(room);
        const line = writeLine(long, 0, hash, body);
        hash = line.hash;
        writeFully(segment.fd, long, line.end);
        bytes += line.end;
      } else {
        const line = writeLine(chunk, filled, hash, body);
        hash = line.hash;
        filled = line.end;
      }
    }
    writeFully(segment.fd, chunk, filled);
    return { point: { seq, hash }, bytes: bytes + filled };
  }

  return {
    get point() {
      return point;
    },
    get segment() {
      return number;
    },
    get segmentBytes() {
      return current?.bytes ?? 0;
    },
    get fd() {
      return current?.fd;
    },
    mark: () => ({ segment: number, bytes: current?.bytes ?? 0, point }),
    roll(header) {
      settle();
      const path = segmentPath(workerDir, chain, number + 1);
      const unfinished = unfinishedPath(path);
      mkdirSync(workerDir, { recursive: true, mode: 0o700 });
      const fd = openSync(unfinished, 'ax', 0o600);
      const next: OpenSegment = { fd, number: number + 1, path, bytes: 0 };
      try {
        const written = append(next, [header(point.hash, next.number)]);
        // Readers list the directory: they must never see a segment without its first line.
        renameSync(unfinished, path);
        next.bytes = written.bytes;
        if (current !== undefined) retire(current.fd);
        current = next;
        number = next.number;
        point = written.point;
      } catch (error) {
        closeSync(fd);
        cutBack(() => unlinkSync(unfinished));
        throw error;
      }
    },
    write(members) {
      settle();
      const segment = current;
      if (segment === undefined) throw new Error('write before the first roll');
      try {
        const written = append(segment, members);
        segment.bytes += written.bytes;
        point = written.point;
        return written.bytes;
      } catch (error) {
        const length = segment.bytes;
        cutBack(() => ftruncateSync(segment.fd, length));
        throw error;
      }
    },
    rewind(mark) {
      const segments: number[] = [];
      for (let from = mark.segment + 1; from <= number; from++) segments.push(from);
      if (current !== undefined) retire(current.fd);
      current = undefined;
      point = mark.point;
      // Numbers go on from the last file that stays.
      number = mark.segment;
      cutBack(() => {
        while (segments.length > 0) {
          unlinkSync(segmentPath(workerDir, chain, segments.at(-1) as number));
          segments.pop();
        }
        if (mark.segment > 0) {
          const fd = openSync(segmentPath(workerDir, chain, mark.segment), 'r+');
          try {
            ftruncateSync(fd, mark.bytes);
          } finally {
            closeSync(fd);
          }
        }
      });
    },
    close() {
      if (current !== undefined) closeSync(current.fd);
      current = undefined;
    },
  };
}

/** Closes a finished segment's descriptor once its bytes are on disk; what fails here was acknowledged as written only. */
export function syncAndClose(fd: number): void {
  fsync(fd, () => closeSync(fd));
}
