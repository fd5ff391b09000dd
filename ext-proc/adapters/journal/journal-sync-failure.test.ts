/** A disk whose fdatasync fails cannot be had in a test, so the call alone is made to fail; all files are real. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decided, silentLog, systemClock } from '../../../test/support/audit-records.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../../../test/support/temporary-directory.ts';
import { decodeRecord } from '../../domain/audit-line.ts';
import { openJournal } from './journal.ts';
import { listSegments } from './layout.ts';
import { verifyJournal } from './verify.ts';

const disk = vi.hoisted(() => ({ failing: false }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const fdatasync = (fd: number, done: (error: Error | null) => void): void => {
    if (!disk.failing) return fs.fdatasync(fd, done);
    setTimeout(() => done(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })), 2);
  };
  return { ...fs, fdatasync };
});

let directory: TemporaryDirectory;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory.remove());

describe('a disk that cannot sync', () => {
  it.each([65_536, 2_000])(
    'has everything since the last good sync refused and taken back (segments of %i bytes)',
    async (segmentBytes) => {
      const journal = await openJournal({
        directory: directory.path,
        worker: '0',
        durability: 'fsynced',
        segmentBytes,
        bytesMax: 1_073_741_824,
        clock: systemClock,
        log: silentLog,
      });
      const kept: number[] = [];
      let number = 0;
      const turns = async (count: number): Promise<void> => {
        const waiting: Promise<void>[] = [];
        for (let turn = 0; turn < count; turn++) {
          const mine = number++;
          waiting.push(
            journal.append(decided(mine)).then(
              () => void kept.push(mine),
              (error: { code: string }) => expect(error.code).toBe('GH_JOURNAL_UNAVAILABLE'),
            ),
          );
          // A turn of its own: batches are written while the sync before them runs.
          await new Promise((resolve) => setImmediate(resolve));
        }
        await Promise.all(waiting);
      };
      await turns(10);
      expect(kept).toHaveLength(10);
      disk.failing = true;
      await turns(20);
      expect(kept).toHaveLength(10);
      expect(journal.stats()).toMatchObject({ rejected: 20, openActions: 10 });
      disk.failing = false;
      await turns(10);
      expect(kept).toEqual([...Array(10).keys(), ...Array.from({ length: 10 }, (_, index) => 30 + index)]);
      expect(journal.stats().failing).toBeUndefined();
      await journal.close();

      expect(await verifyJournal(directory.path)).toMatchObject({ ok: true, chainsOpen: 0 });
      const found: string[] = [];
      for (const { path } of await listSegments(join(directory.path, '0'))) {
        for (const line of (await readFile(path, 'utf8')).split('\n')) {
          const record = decodeRecord(line);
          if (record?.type === 'decided') found.push(record.event_id);
        }
      }
      expect(found).toEqual(kept.map((mine) => decided(mine).event_id));
    },
  );
});
