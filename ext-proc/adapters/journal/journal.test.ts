import { appendFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decided, ended, silentLog, systemClock } from '../../../test/support/audit-records.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../../../test/support/temporary-directory.ts';
import { lineHash, openLine, sealLine, verifyChain } from '../../domain/audit-chain.ts';
import { decodeRecord } from '../../domain/audit-line.ts';
import { NO_CHECKPOINT, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { type Journal, type JournalOptions, openJournal } from './journal.ts';
import { byChain, listSegments } from './layout.ts';
import { OPEN_MAX } from './open-actions.ts';
import { decodeHeader } from './segment-header.ts';
import { verifyJournal } from './verify.ts';

let directory: TemporaryDirectory;
const opened: Journal[] = [];
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => {
  for (const journal of opened.splice(0)) await journal.close();
  await directory.remove();
});

async function open(more: Partial<JournalOptions> = {}): Promise<Journal> {
  const journal = await openJournal({
    directory: directory.path,
    worker: '0',
    durability: 'written',
    segmentBytes: 65_536,
    bytesMax: 1_073_741_824,
    clock: systemClock,
    log: silentLog,
    ...more,
  });
  opened.push(journal);
  return journal;
}

async function linesOf(worker = '0'): Promise<string[]> {
  const lines: string[] = [];
  for (const { path } of await listSegments(join(directory.path, worker))) {
    lines.push(...(await readFile(path, 'utf8')).split('\n').slice(0, -1));
  }
  return lines;
}

describe.each(['written', 'fsynced'] as const)('the journal, %s', (durability) => {
  it('has a record in its file when append resolves, in call order', async () => {
    const journal = await open({ durability });
    await Promise.all([journal.append(decided(1)), journal.append(ended(1)), journal.append(decided(2))]);
    const records = (await linesOf()).map(decodeRecord).filter((record) => record !== undefined);
    expect(records).toEqual([decided(1), ended(1), decided(2)]);
  });

  it('gives all records of one turn one promise, and the next turn another', async () => {
    const journal = await open({ durability });
    const first = journal.append(decided(1));
    expect(journal.append(decided(2))).toBe(first);
    await first;
    const second = journal.append(decided(3));
    expect(second).not.toBe(first);
    await second;
    expect(journal.stats()).toMatchObject({ records: 3, batches: 2 });
  });

  it('stays one chain over many segments', async () => {
    const journal = await open({ durability, segmentBytes: 4_096 });
    for (let number = 0; number < 200; number++) {
      await Promise.all([journal.append(decided(number)), journal.append(ended(number))]);
    }
    await journal.close();
    const segments = await listSegments(join(directory.path, '0'));
    expect(segments.length).toBeGreaterThan(20);
    const verdict = verifyChain(await linesOf());
    expect(verdict).toMatchObject({ ok: true, lines: 400 + segments.length + 1 });
    expect(await verifyJournal(directory.path)).toMatchObject({ ok: true, records: 400, chainsOpen: 0 });
  });

  it('writes what waits when it is closed, and refuses records afterwards', async () => {
    const journal = await open({ durability });
    const waiting = journal.append(decided(1));
    await journal.close();
    await waiting;
    await expect(journal.append(decided(2))).rejects.toMatchObject({ code: 'GH_JOURNAL_UNAVAILABLE' });
    expect((await linesOf()).map(decodeRecord).filter((record) => record?.type === 'decided')).toEqual([
      decided(1),
    ]);
  });

  it('ends what still runs when it is closed, as unknown', async () => {
    const journal = await open({ durability });
    await Promise.all([journal.append(decided(1)), journal.append(decided(2)), journal.append(ended(1))]);
    await journal.close();
    expect((await linesOf()).map(decodeRecord)).toContainEqual(
      expect.objectContaining({
        type: 'ended',
        event_id: decided(2).event_id,
        outcome: 'unknown',
        error_code: 'GH_WORKER_STOPPED',
      }),
    );
  });

  it('refuses new actions when too much waits for ClickHouse, lets running ones end, and goes on by itself', async () => {
    const journal = await open({ durability, bytesMax: 40_000 });
    let running = 0;
    await expect(
      (async () => {
        for (;;) await journal.append(decided(running++));
      })(),
    ).rejects.toMatchObject({ code: 'GH_JOURNAL_UNAVAILABLE' });
    expect(journal.stats().failing).toContain('audit.journal.bytesMax');
    await journal.append(ended(0));
    expect(journal.stats().failing).toBeDefined();
    const [segment] = await listSegments(join(directory.path, '0'));
    const { chain } = segment as { chain: string };
    const shipped = { segment: 2, offset: 0, seq: 1, hash: '', closed: false, broken: [], open: [] };
    await writeCheckpoint(join(directory.path, '0'), { version: 1, chains: { [chain]: shipped } });
    await expect
      .poll(
        () =>
          journal.append(decided(9_999)).then(
            () => 'taken',
            () => 'refused',
          ),
        { timeout: 3_000 },
      )
      .toBe('taken');
    expect(journal.stats().failing).toBeUndefined();
  });

  it('says how much waits for ClickHouse, less what has been shipped', async () => {
    const journal = await open({ durability, segmentBytes: 4_096 });
    for (let number = 0; number < 50; number++) await journal.append(decided(number));
    expect(journal.stats().unshippedBytesAtMost).toBeGreaterThan(20_000);
    const segments = await listSegments(join(directory.path, '0'));
    const { chain, segment } = segments.at(-1) as { chain: string; segment: number };
    const shipped = { segment, offset: 0, seq: 1, hash: '', closed: false, broken: [], open: [] };
    await writeCheckpoint(join(directory.path, '0'), { version: 1, chains: { [chain]: shipped } });
    await expect.poll(() => journal.stats().unshippedBytesAtMost, { timeout: 5_000 }).toBeLessThan(6_000);
  });

  it('refuses a record that is too long without harm to the others of its turn', async () => {
    const journal = await open({ durability });
    const good = journal.append(decided(1));
    const bad = journal.append(decided(2, { reason: 'x'.repeat(5 * 1_048_576) }));
    const alsoGood = journal.append(decided(3));
    await expect(bad).rejects.toMatchObject({ code: 'GH_JOURNAL_UNAVAILABLE' });
    await Promise.all([good, alsoGood]);
    await journal.close();
    expect(verifyChain(await linesOf()).ok).toBe(true);
  });

  it('rejects, and does not throw, what cannot be written as JSON', async () => {
    const journal = await open({ durability });
    const odd = decided(1, { details: { number: 1n as unknown as string } });
    await expect(journal.append(odd)).rejects.toMatchObject({ code: 'GH_JOURNAL_UNAVAILABLE' });
  });

  it('takes records of many megabytes together', async () => {
    const journal = await open({ durability });
    const statement = 'é'.repeat(400_000);
    await Promise.all([1, 2, 3].map((number) => journal.append(decided(number, { statement }))));
    await journal.close();
    const lines = await linesOf();
    expect(verifyChain(lines).ok).toBe(true);
    expect(decodeRecord(lines[3] as string)).toEqual(decided(3, { statement }));
  });
});

describe('a chain', () => {
  it('lists in each segment what was open when it began', async () => {
    const journal = await open({ segmentBytes: 2_000 });
    await journal.append(decided(1));
    await journal.append(decided(2));
    for (let number = 10; number < 20; number++) {
      await Promise.all([journal.append(decided(number)), journal.append(ended(number))]);
    }
    await journal.append(ended(1));
    await journal.close();
    const last = (await listSegments(join(directory.path, '0'))).at(-1);
    const header = decodeHeader((await readFile(last?.path as string, 'utf8')).split('\n')[0] as string);
    expect(header?.open.map(([eventId]) => eventId)).toEqual([decided(1).event_id, decided(2).event_id]);
  });

  it('names the last line of the chain before it', async () => {
    const first = await open();
    await first.append(decided(1));
    await first.close();
    const last = openLine((await linesOf()).at(-1) as string);
    const second = await open();
    const chains = byChain(await listSegments(join(directory.path, '0')));
    const [segment] = chains.get(second.stats().chain) ?? [];
    const header = decodeHeader((await readFile(segment?.path as string, 'utf8')).split('\n')[0] as string);
    expect(header?.previous).toEqual({ chain: first.stats().chain, seq: last?.seq, hash: last?.hash });
  });

  it('is left alone by another of the same name while its process lives', async () => {
    const first = await open();
    await first.append(decided(1));
    const second = await open();
    await Promise.all([first.append(decided(2)), second.append(decided(3))]);
    await first.append(ended(1));
    await Promise.all([first.close(), second.close()]);
    expect(await verifyJournal(directory.path)).toMatchObject({ ok: true, chains: 2, chainsOpen: 0 });
  });

  it('gives up the oldest of too many open actions, and says so in the journal', async () => {
    const journal = await open({ segmentBytes: 1_073_741_824 });
    for (let from = 0; from <= OPEN_MAX; from += 4_096) {
      const numbers = Array.from({ length: 4_096 }, (_, index) => from + index);
      await Promise.all(numbers.map((number) => journal.append(decided(number))));
    }
    expect(journal.stats().openActions).toBe(OPEN_MAX);
    await journal.append(decided(999_999));
    const ends = (await linesOf()).map(decodeRecord).filter((record) => record?.type === 'ended');
    expect(ends[0]).toMatchObject({
      event_id: decided(0).event_id,
      outcome: 'unknown',
      error_code: 'GH_ACTION_GIVEN_UP',
    });
  });

  it('does not open where its directory cannot be made', async () => {
    await writeFile(join(directory.path, '0'), 'a file');
    await expect(open()).rejects.toMatchObject({ code: 'GH_JOURNAL_UNAVAILABLE' });
    await expect(open({ worker: '../x' })).rejects.toMatchObject({ code: 'GH_JOURNAL_WORKER_NAME' });
  });
});

/** A chain as a process leaves it that died: its owner's id is taken by nobody. */
async function deadChain(lines: number): Promise<{ path: string; chain: string }> {
  const journal = await open({ segmentBytes: 1_073_741_824 });
  for (let number = 0; number < lines; number++) await journal.append(decided(number));
  const { chain } = journal.stats();
  const [segment] = byChain(await listSegments(join(directory.path, '0'))).get(chain) ?? [];
  const text = await readFile(segment?.path as string, 'utf8');
  await journal.close();
  await mkdir(join(directory.path, '1'));
  const path = join(directory.path, '1', `${chain}.000001.jsonl`);
  const written = text.split('\n').slice(0, -1);
  const { resealed } = reseal(written);
  await writeFile(path, resealed.join(''));
  return { path, chain };
}

/** The same lines with another owner and worker in the header, chained anew. */
function reseal(lines: readonly string[]): { resealed: string[] } {
  let previous = '0'.repeat(64);
  const resealed = lines.map((line, index) => {
    const { body } = openLine(line) as { body: string };
    const text =
      index === 0 ? body.replace(/"pid":\d+/, '"pid":4194305').replace('"worker":"0"', '"worker":"1"') : body;
    previous = lineHash(previous, text);
    return sealLine(text, previous);
  });
  return { resealed };
}

describe('recovery', () => {
  it('cuts a torn last line, ends what was open as unknown and closes the chain', async () => {
    const { path } = await deadChain(3);
    // Longer than what recovery writes in its place.
    await appendFile(path, `{"seq":4,"type":"decided","time":17640${'0'.repeat(20_000)}`);
    await open({ worker: '1' });
    const text = await readFile(path, 'utf8');
    expect(text.endsWith('"}\n')).toBe(true);
    const lines = text.split('\n').slice(0, -1);
    expect(verifyChain(lines)).toMatchObject({ ok: true, lines: 1 + 3 + 3 + 1 });
    expect(lines.slice(4, 7).map(decodeRecord)).toMatchObject(
      [0, 1, 2].map((number) => ({
        event_id: decided(number).event_id,
        outcome: 'unknown',
        duration_ms: 0,
        error_code: 'GH_WORKER_DIED',
      })),
    );
    expect(lines.at(-1)).toContain('"type":"closed"');
    expect(await verifyJournal(directory.path)).toMatchObject({ ok: true });
  });

  it('cuts what a power failure leaves: zeros at the end', async () => {
    const { path } = await deadChain(1);
    await appendFile(path, Buffer.alloc(4_096));
    await open({ worker: '1' });
    const text = await readFile(path, 'utf8');
    expect(text).not.toContain('\0');
    expect(verifyChain(text.split('\n').slice(0, -1)).ok).toBe(true);
  });

  it('does it once', async () => {
    const { path } = await deadChain(2);
    await open({ worker: '1' });
    const after = await readFile(path, 'utf8');
    await open({ worker: '1' });
    expect(await readFile(path, 'utf8')).toBe(after);
  });

  it('keeps whole lines that do not fit the chain: they are evidence', async () => {
    const { path } = await deadChain(3);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('SELECT name', 'SELECT nome'));
    await open({ worker: '1' });
    expect(await readFile(path, 'utf8')).toContain('SELECT nome');
    expect(await verifyJournal(directory.path)).toMatchObject({
      ok: false,
      first: { worker: '1', segment: 1, line: 2, problem: 'hash_mismatch' },
    });
  });

  it('removes a segment in which not even the first line was finished', async () => {
    const { path, chain } = await deadChain(1);
    await writeFile(path.replace('000001', '000002'), '{"seq":2,"type":"segm');
    await open({ worker: '1' });
    const left = (await readdir(join(directory.path, '1'))).filter((name) => name.startsWith(chain));
    expect(left).toEqual([`${chain}.000001.jsonl`]);
    expect(await verifyJournal(directory.path)).toMatchObject({ ok: true });
  });

  it('survives a chain of which nothing is left', async () => {
    const { path } = await deadChain(1);
    await truncate(path, 0);
    const journal = await open({ worker: '1' });
    await journal.append(decided(5));
    expect(await readdir(join(directory.path, '1'))).toHaveLength(1);
  });

  it('starts without a checkpoint where the file is damaged', async () => {
    const { path } = await deadChain(1);
    await writeFile(join(path, '..', 'shipped.json'), '{"version":');
    const journal = await open({ worker: '1' });
    await journal.append(decided(5));
    expect(await readCheckpoint(join(path, '..'))).toEqual(NO_CHECKPOINT);
  });
});
