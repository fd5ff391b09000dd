/**
 * Tells when a bundle's files have changed and come to rest. The folder's notifications make it quick, looking at the
 * files' times now and then makes it sure (a network file system and a bind mount may notify of nothing).
 */
import { watch, type FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bundleFiles } from './bundle.ts';

const POLL_INTERVAL_MS = 2_000;
/** The files must look the same twice, this far apart, before they are read: they are not replaced at once. */
const SETTLE_MS = 100;

/** Calls `onSettled` after every change. Timers do not keep the process alive. Returns the function that stops it. */
export function watchBundle(bundleFile: string, onSettled: () => Promise<void>): () => void {
  const files = Object.values(bundleFiles(bundleFile));
  let seen: string | undefined;
  let busy = false;
  let again = false;
  let stopped = false;
  let watcher: FSWatcher | undefined;
  let settle: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    if (stopped) return;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    const signature = await signatureOf(files);
    if (seen === undefined) {
      seen = signature;
    } else if (signature !== seen) {
      await new Promise<void>((resolve) => {
        settle = setTimeout(resolve, SETTLE_MS);
      });
      if (!stopped && signature === (await signatureOf(files))) {
        seen = signature;
        await onSettled();
      } else {
        again = true;
      }
    }
    busy = false;
    if (again) {
      again = false;
      void look();
    }
  };

  try {
    watcher = watch(dirname(files[0] as string), { persistent: false }, () => void look());
    // A folder that goes away ends its notifications; the poll goes on.
    watcher.on('error', () => watcher?.close());
  } catch {
    watcher = undefined;
  }
  const poll = setInterval(() => void look(), POLL_INTERVAL_MS);
  poll.unref();
  void look();

  return () => {
    stopped = true;
    clearInterval(poll);
    clearTimeout(settle);
    watcher?.close();
  };
}

async function signatureOf(files: readonly string[]): Promise<string> {
  const parts = await Promise.all(
    files.map(async (file) => {
      try {
        const found = await stat(file);
        return `${found.ino}:${found.mtimeMs}:${found.size}`;
      } catch {
        return 'absent';
      }
    }),
  );
  return parts.join(' ');
}
