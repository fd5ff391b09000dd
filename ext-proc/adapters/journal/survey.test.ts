import { appendFile, mkdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory, type TemporaryDirectory } from '../../../test/support/temporary-directory.ts';
import { segmentPath } from './layout.ts';
import { surveyJournal } from './survey.ts';

const CHAIN = '20251124160000000-0011223344556677';
let directory: TemporaryDirectory;
let path: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  await mkdir(join(directory.path, '0'));
  path = segmentPath(join(directory.path, '0'), CHAIN, 1);
  await writeFile(path, 'x'.repeat(100));
});
afterEach(() => directory.remove());

const fromStart = (): Promise<undefined> => Promise.resolve(undefined);

describe('a survey of the journal', () => {
  it('leaves out what a writer cuts back: a half-written batch is not shipped', async () => {
    const [chain] = await surveyJournal(directory.path, fromStart, () => truncate(path, 60));
    expect(chain).toMatchObject({ unread: 60 });
    expect(chain?.settled.get(1)).toBe(60);
  });

  it('leaves out what was written since it began to look', async () => {
    const [chain] = await surveyJournal(directory.path, fromStart, () => appendFile(path, 'y'.repeat(50)));
    expect(chain).toMatchObject({ unread: 100 });
    expect((await stat(path)).size).toBe(150);
  });

  it('does not wait where nothing is new, and counts from the position on', async () => {
    const at = { segment: 1, offset: 100 };
    const never = (): Promise<void> => Promise.reject(new Error('waited'));
    const [chain] = await surveyJournal(directory.path, () => Promise.resolve(at), never);
    expect(chain).toMatchObject({ worker: '0', chain: CHAIN, unread: 0 });
  });

  it('takes a directory that is not there for an empty journal', async () => {
    expect(await surveyJournal(join(directory.path, 'none'), fromStart)).toEqual([]);
  });
});
