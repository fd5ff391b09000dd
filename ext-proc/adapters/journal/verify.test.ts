import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decided, ended, silentLog, systemClock } from '../../../test/support/audit-records.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../../../test/support/temporary-directory.ts';
import { lineHash, openLine, sealLine } from '../../domain/audit-chain.ts';
import { type ChainCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { openJournal } from './journal.ts';
import { listSegments, type SegmentFile } from './layout.ts';
import { type ChainAnchor, verifyJournal } from './verify.ts';

let directory: TemporaryDirectory;
let segments: SegmentFile[];

async function write(from: number, count: number): Promise<string> {
  const journal = await openJournal({
    directory: directory.path,
    worker: '0',
    durability: 'written',
    segmentBytes: 8_192,
    bytesMax: 1_073_741_824,
    clock: systemClock,
    log: silentLog,
  });
  for (let number = from; number < from + count; number++) {
    await Promise.all([journal.append(decided(number)), journal.append(ended(number))]);
  }
  await journal.close();
  return journal.stats().chain;
}

beforeEach(async () => {
  directory = await temporaryDirectory();
  await write(0, 40);
  segments = await listSegments(join(directory.path, '0'));
});
afterEach(() => directory.remove());

const lines = async (path: string): Promise<string[]> =>
  (await readFile(path, 'utf8')).split('\n').slice(0, -1);
const put = (path: string, text: readonly string[]): Promise<void> => writeFile(path, text.join('\n') + '\n');
const pathOf = (index: number): string => (segments.at(index) as SegmentFile).path;

async function anchorAt(index: number): Promise<ChainAnchor> {
  const last = openLine((await lines(pathOf(index))).at(-1) as string);
  return { chain: segments[0]?.chain as string, seq: last?.seq ?? -1, hash: last?.hash ?? '' };
}

async function checkpoint(more: Partial<ChainCheckpoint>): Promise<void> {
  const { chain, seq, hash } = await anchorAt(-1);
  const segment = segments.length;
  const shipped = { segment, offset: 0, seq, hash, closed: false, broken: [], open: [], ...more };
  await writeCheckpoint(join(directory.path, '0'), { version: 1, chains: { [chain]: shipped } });
}

describe('the verifier', () => {
  it('accepts what was written', async () => {
    expect(
      await verifyJournal(directory.path, { anchors: [await anchorAt(1), await anchorAt(-1)] }),
    ).toMatchObject({
      ok: true,
      workers: 1,
      chains: 1,
      segments: segments.length,
      records: 80,
      anchorsChecked: 2,
      chainsOpen: 0,
      findings: [],
    });
  });

  it('finds a flipped byte at its line', async () => {
    const text = await lines(pathOf(1));
    text[3] = (text[3] as string).replace('people', 'peopla');
    await put(pathOf(1), text);
    expect((await verifyJournal(directory.path)).first).toMatchObject({
      segment: 2,
      line: 4,
      problem: 'hash_mismatch',
    });
  });

  it('finds a removed line, and two swapped ones', async () => {
    const text = await lines(pathOf(1));
    await put(pathOf(1), text.toSpliced(3, 1));
    expect((await verifyJournal(directory.path)).first).toMatchObject({
      segment: 2,
      line: 4,
      problem: 'sequence_gap',
    });
    await put(pathOf(1), text.toSpliced(3, 2, text[4] as string, text[3] as string));
    expect((await verifyJournal(directory.path)).first).toMatchObject({
      segment: 2,
      line: 4,
      problem: 'sequence_gap',
    });
  });

  it('finds a removed segment, but not one that was shipped and deleted', async () => {
    await rm(pathOf(1));
    expect((await verifyJournal(directory.path)).first).toMatchObject({
      segment: 2,
      problem: 'segment_missing',
    });
    await checkpoint({});
    expect(await verifyJournal(directory.path)).toMatchObject({ ok: true, segmentsShippedAndDeleted: 1 });
  });

  it('finds a changed line behind a segment that was deleted', async () => {
    await rm(pathOf(0));
    await checkpoint({});
    const text = await lines(pathOf(1));
    text[0] = (text[0] as string).replace('"prev":"', '"prev":"0');
    await put(pathOf(1), text);
    expect((await verifyJournal(directory.path)).ok).toBe(false);
  });

  it('finds a tail cut off after the local checkpoint', async () => {
    await checkpoint({});
    const text = await lines(pathOf(-1));
    await put(pathOf(-1), text.slice(0, -2));
    expect((await verifyJournal(directory.path)).first).toMatchObject({
      problem: 'tail_cut',
      segment: segments.length,
    });
  });

  it('finds a tail cut off after an anchor in ClickHouse, where the local checkpoint was changed too', async () => {
    const anchor = await anchorAt(-1);
    await truncate(pathOf(-1), 0);
    await rm(pathOf(-1));
    segments.pop();
    await checkpoint({});
    expect((await verifyJournal(directory.path)).ok).toBe(true);
    expect((await verifyJournal(directory.path, { anchors: [anchor] })).first).toMatchObject({
      problem: 'tail_cut',
    });
  });

  it('finds a chain that was written anew from its beginning', async () => {
    const anchor = { ...(await anchorAt(1)), hash: 'f'.repeat(64) };
    expect((await verifyJournal(directory.path, { anchors: [anchor] })).first).toMatchObject({
      segment: 2,
      problem: 'anchor_mismatch',
    });
  });

  it('finds a chain that was removed whole, unless ClickHouse had all of it', async () => {
    const last = await anchorAt(-1);
    const early = await anchorAt(0);
    await write(100, 3);
    for (const { path } of segments) await rm(path);
    expect((await verifyJournal(directory.path, { anchors: [early] })).first).toMatchObject({
      problem: 'chain_missing',
    });
    expect((await verifyJournal(directory.path, { anchors: [early, last] })).ok).toBe(true);
  });

  it('finds a chain whose last lines are not what the next one saw', async () => {
    await write(100, 3);
    const text = await lines(pathOf(-1));
    await put(pathOf(-1), text.slice(0, -1));
    expect((await verifyJournal(directory.path)).first).toMatchObject({ problem: 'tail_cut' });
  });

  it('finds a header that says something else of the line before it, though all hashes fit', async () => {
    const last = segments.length - 1;
    let previous = openLine((await lines(pathOf(last - 1))).at(-1) as string)?.hash as string;
    const forged = (await lines(pathOf(last))).map((line, index) => {
      const { body } = openLine(line) as { body: string };
      const text = index === 0 ? body.replace(/"prev":"[0-9a-f]{4}/, '"prev":"0000') : body;
      previous = lineHash(previous, text);
      return sealLine(text, previous);
    });
    await writeFile(pathOf(last), forged.join(''));
    expect(await verifyJournal(directory.path)).toMatchObject({
      findingCount: 1,
      first: { segment: last + 1, line: 1, problem: 'header_mismatch' },
    });
  });

  it('finds a segment in the place of another', async () => {
    await writeFile(pathOf(2), await readFile(pathOf(1)));
    expect((await verifyJournal(directory.path)).first).toMatchObject({
      segment: 3,
      line: 1,
      problem: 'header_mismatch',
    });
  });

  it('says where the first of many findings is, and counts the others', async () => {
    await put(
      pathOf(1),
      Array.from({ length: 150 }, () => 'nonsense'),
    );
    const verdict = await verifyJournal(directory.path);
    expect(verdict.findings).toHaveLength(100);
    expect(verdict.findingCount).toBeGreaterThan(150);
    expect(verdict.first).toMatchObject({ segment: 2, line: 1, problem: 'header_missing' });
  });

  it('takes a journal that is not there yet for an empty one', async () => {
    expect(await verifyJournal(join(directory.path, 'none'))).toMatchObject({ ok: true, workers: 0 });
  });
});
