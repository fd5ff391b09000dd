/**
 * Files that may be renewed while the gate runs, certificates above all. Looked at every few seconds by what `stat` says
 * of them, which holds however a file is replaced: written in place, moved over, or a symbolic link that changes.
 */
import { statSync } from 'node:fs';

const LOOK_EVERY_MS = 5_000;

/** Changes when one of the files does; a file that is missing is part of it. */
export const stampOf = (files: readonly string[]): string =>
  files
    .map((file) => {
      const found = statSync(file, { throwIfNoEntry: false });
      return found === undefined ? '' : `${found.mtimeMs}:${found.ino}:${found.size}`;
    })
    .join('/');

/** Calls `changed` after each change, until the function that it returns is called. It keeps no process alive. */
export function watchFiles(
  files: readonly string[],
  changed: () => void,
  everyMs = LOOK_EVERY_MS,
): () => void {
  let seen = stampOf(files);
  const timer = setInterval(() => {
    const current = stampOf(files);
    if (current === seen) return;
    seen = current;
    changed();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
