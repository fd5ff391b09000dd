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

/** What the files look like now: hand it to `watchBundle` as it was before they were read, so that no change is missed. */
export async function bundleSignature(bundleFile: string): Promise<string> {
  const parts = await Promise.all(
    Object.values(bundleFiles(bundleFile)).map(async (file) => {
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

/**
 * Calls `onSettled` after every change since `signature`, one call at a time; it must not reject. Timers do not keep
 * the process alive. Returns the function that stops it.
 */
export function watchBundle(
  bundleFile: string,
  signature: string,
  onSettled: () => Promise<unknown>,
): () => void {
  let seen = signature;
  let looking = false;
  let again = false;
  let stopped = false;
  let watcher: FSWatcher | undefined;
  let settle: NodeJS.Timeout | undefined;

  const lookOnce = async (): Promise<void> => {
    const found = await bundleSignature(bundleFile);
    if (found === seen) return;
    await new Promise<void>((resolve) => {
      settle = setTimeout(resolve, SETTLE_MS).unref();
    });
    if (stopped) return;
    if (found === (await bundleSignature(bundleFile))) {
      seen = found;
      await onSettled();
    } else {
      again = true;
    }
  };
  const look = async (): Promise<void> => {
    if (looking) {
      again = true;
      return;
    }
    looking = true;
    do {
      again = false;
      await lookOnce();
    } while (again && !stopped);
    looking = false;
  };

  try {
    watcher = watch(dirname(bundleFiles(bundleFile).manifest), { persistent: false }, () => void look());
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
