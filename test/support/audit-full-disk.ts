/**
 * Fills a small file system with a journal, frees it and goes on. To be run where `directory` is a file system of its
 * own. Prints one JSON object. Arguments: directory, durability.
 */
import { readFile, writeFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openJournal } from '../../ext-proc/adapters/journal/journal.ts';
import { listSegments } from '../../ext-proc/adapters/journal/layout.ts';
import { verifyJournal } from '../../ext-proc/adapters/journal/verify.ts';
import { decodeRecord } from '../../ext-proc/domain/audit-line.ts';
import { decided, eventId, silentLog, systemClock } from './audit-records.ts';

const [directory, durability] = process.argv.slice(2) as [string, 'written' | 'fsynced'];
const ballast = join(directory, 'ballast');
await writeFile(ballast, Buffer.alloc(262_144));
const journal = await openJournal({
  directory,
  worker: '0',
  durability,
  segmentBytes: 262_144,
  bytesMax: 1_073_741_824,
  clock: systemClock,
  log: silentLog,
});
const acknowledged: number[] = [];
const codes = new Set<string>();
let refused = 0;
let number = 0;

/** Ten records in one turn: a batch of many lines, of which a full disk takes some. */
async function turn(): Promise<boolean> {
  const numbers = Array.from({ length: 10 }, () => number++);
  const results = await Promise.allSettled(numbers.map((mine) => journal.append(decided(mine))));
  for (const [index, result] of results.entries()) {
    if (result.status === 'fulfilled') acknowledged.push(numbers[index] as number);
    else {
      refused++;
      codes.add((result.reason as { code: string }).code);
    }
  }
  return results.every((result) => result.status === 'fulfilled');
}

for (let turns = 0; turns < 10_000 && (await turn()); turns++);
const heldAtFull = acknowledged.length;
for (let again = 0; again < 20; again++) await turn();
await rm(ballast);
let recovered = 0;
for (let again = 0; again < 20; again++) if (await turn()) recovered++;
const failing = journal.stats().failing;
await journal.close();

const verdict = await verifyJournal(directory);
const found: string[] = [];
for (const { path } of await listSegments(join(directory, '0'))) {
  for (const line of (await readFile(path, 'utf8')).split('\n').slice(0, -1)) {
    const record = decodeRecord(line);
    if (record?.type === 'decided') found.push(record.event_id);
  }
}
const same = JSON.stringify(found) === JSON.stringify(acknowledged.map(eventId));
console.log(
  JSON.stringify({ heldAtFull, refused, codes: [...codes], recovered, failing, ok: verdict.ok, same }),
);
