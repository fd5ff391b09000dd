/**
 * A worker that only writes its journal, as a process of its own, so that a test can kill it. It says on standard
 * output, one a line, the number of each action of which both records were acknowledged; every seventh is left open.
 * Arguments: directory, worker, durability, first number.
 */
import { writeSync } from 'node:fs';
import { openJournal } from '../../ext-proc/adapters/journal/journal.ts';
import { decided, ended, silentLog, systemClock } from './audit-records.ts';

const [directory, worker, durability, first] = process.argv.slice(2) as [
  string,
  string,
  'written' | 'fsynced',
  string,
];
const journal = await openJournal({
  directory,
  worker,
  durability,
  segmentBytes: 65_536,
  bytesMax: 1_073_741_824,
  clock: systemClock,
  log: silentLog,
});

let number = Number(first);
async function session(): Promise<void> {
  for (;;) {
    const mine = number++;
    await journal.append(decided(mine));
    if (mine % 7 !== 0) await journal.append(ended(mine));
    writeSync(1, `${mine}\n`);
    // Another turn, as a socket would give: batches differ in size.
    if (mine % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
await Promise.all([session(), session(), session(), session()]);
