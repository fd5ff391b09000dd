/** Deletes segments that nobody needs here any more. Decides only when; that they may go, the caller has made sure of. */
import { stat, unlink } from 'node:fs/promises';
import type { SegmentFile } from './layout.ts';

export interface Retention {
  readonly nowMs: number;
  /** Kept this long after the last write. */
  readonly retentionMs: number;
  /** Beyond this, the oldest go earlier. */
  readonly retentionBytesMax: number;
}

/** Returns the paths of what was deleted. What cannot be deleted now is tried again by a later call. */
export async function deleteShipped(
  finished: readonly SegmentFile[],
  retention: Retention,
): Promise<Set<string>> {
  const files: { path: string; bytes: number; mtimeMs: number }[] = [];
  for (const { path } of finished) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined) files.push({ path, bytes: found.size, mtimeMs: found.mtimeMs });
  }
  files.sort((a, b) => a.mtimeMs - b.mtimeMs);
  let kept = files.reduce((sum, file) => sum + file.bytes, 0);
  const deleted = new Set<string>();
  for (const { path, bytes, mtimeMs } of files) {
    if (retention.nowMs - mtimeMs < retention.retentionMs && kept <= retention.retentionBytesMax) continue;
    await unlink(path).then(
      () => {
        deleted.add(path);
        kept -= bytes;
      },
      () => undefined,
    );
  }
  return deleted;
}
