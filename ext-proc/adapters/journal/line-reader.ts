/**
 * Reads whole lines of a segment from a byte offset on, a bounded piece at a time. Never yields a line whose newline
 * is not there yet: a writer may be in the middle of it.
 */
import type { FileHandle } from 'node:fs/promises';

/** A line longer than this is no line of a journal; the reader reports it as one and goes on behind it. */
const LINE_BYTES_MAX = 16 * 1_048_576;

const NEWLINE = 0x0a;

export interface ReadLines {
  /** Without newlines. */
  readonly lines: readonly string[];
  /** Byte offset of each line. */
  readonly offsets: readonly number[];
  /** Where to go on. */
  readonly nextOffset: number;
  /** Nothing more is in the file now but perhaps the beginning of a line. */
  readonly atEnd: boolean;
}

/**
 * Whole lines from `offset` on, about `bytesMax` bytes of them (at least one line if one is there).
 * `scratch` is used where it is large enough, by one call at a time. @throws the file system's error.
 */
export async function readLines(
  file: FileHandle,
  offset: number,
  bytesMax: number,
  scratch?: Buffer,
): Promise<ReadLines> {
  let size = bytesMax;
  for (;;) {
    const buffer = scratch !== undefined && scratch.length >= size ? scratch : Buffer.allocUnsafe(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await file.read(buffer, filled, size - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    const lines: string[] = [];
    const offsets: number[] = [];
    let start = 0;
    for (
      let end = buffer.indexOf(NEWLINE, 0);
      end !== -1 && end < filled;
      end = buffer.indexOf(NEWLINE, start)
    ) {
      offsets.push(offset + start);
      lines.push(buffer.toString('utf8', start, end));
      start = end + 1;
    }
    if (lines.length === 0 && filled === size && size < LINE_BYTES_MAX) {
      size = Math.min(size * 4, LINE_BYTES_MAX);
      continue;
    }
    // A piece without any newline of the greatest size: it is given out as a (malformed) line, so reading goes on.
    if (lines.length === 0 && filled === LINE_BYTES_MAX) {
      return { lines: [''], offsets: [offset], nextOffset: offset + filled, atEnd: false };
    }
    return { lines, offsets, nextOffset: offset + start, atEnd: filled < size };
  }
}
