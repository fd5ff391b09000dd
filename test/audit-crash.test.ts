/** I8 on the writer's side: a killed worker and a full disk lose no acknowledged record and double none. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listSegments } from '../ext-proc/adapters/journal/layout.ts';
import { recoverJournal } from '../ext-proc/adapters/journal/recover.ts';
import { verifyJournal } from '../ext-proc/adapters/journal/verify.ts';
import { decodeRecord } from '../ext-proc/domain/audit-line.ts';
import { eventId, silentLog, systemClock } from './support/audit-records.ts';
import { temporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.ts';

const program = (name: string): string => fileURLToPath(new URL(`support/${name}.ts`, import.meta.url));

let directory: TemporaryDirectory;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory.remove());

/** Lets a worker write for a while, kills it without notice, and gives the numbers that it acknowledged. */
async function killedWriter(durability: string, first: number, lifeMs: number): Promise<number[]> {
  const args = [program('audit-writer'), directory.path, '0', durability, String(first)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString('latin1')));
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  await new Promise((resolve) => setTimeout(resolve, lifeMs));
  child.kill('SIGKILL');
  await closed;
  return said.split('\n').slice(0, -1).map(Number);
}

describe.each(['written', 'fsynced'])('a worker killed without notice, %s', (durability) => {
  it('loses no acknowledged record and doubles none, five times over', async () => {
    const acknowledged: number[] = [];
    for (let life = 0; life < 5; life++) {
      acknowledged.push(...(await killedWriter(durability, life * 1_000_000, 20 + life * 37)));
    }
    recoverJournal(directory.path, systemClock, silentLog);

    expect(acknowledged.length).toBeGreaterThan(20);
    expect(await verifyJournal(directory.path)).toMatchObject({ ok: true, chains: 5, chainsOpen: 0 });
    const decidedCount = new Map<string, number>();
    const ends = new Map<string, string[]>();
    for (const { path } of await listSegments(join(directory.path, '0'))) {
      for (const line of (await readFile(path, 'utf8')).split('\n').slice(0, -1)) {
        const record = decodeRecord(line);
        if (record?.type === 'decided') {
          decidedCount.set(record.event_id, (decidedCount.get(record.event_id) ?? 0) + 1);
        } else if (record !== undefined) {
          ends.set(record.event_id, [...(ends.get(record.event_id) ?? []), record.outcome]);
        }
      }
    }
    expect([...decidedCount.values()].filter((count) => count !== 1)).toEqual([]);
    const wrong = acknowledged.filter((number) => {
      const expected = number % 7 === 0 ? 'unknown' : 'ok';
      const outcomes = ends.get(eventId(number));
      return !decidedCount.has(eventId(number)) || outcomes?.length !== 1 || outcomes[0] !== expected;
    });
    expect(wrong).toEqual([]);
    // What was written and never acknowledged was not released either; it is there once, with an end.
    expect([...decidedCount.keys()].filter((id) => ends.get(id)?.length !== 1)).toEqual([]);
  });
});

describe('a full disk', () => {
  it.for(['written', 'fsynced'])(
    'refuses whole batches, keeps the chain whole and goes on by itself (%s)',
    async (durability, { skip }) => {
      const small = join(directory.path, 'small');
      await mkdir(small);
      // A file system of 1 MiB that goes with the process; as another account than root, in a user namespace.
      const namespace = process.getuid?.() === 0 ? '-m' : '-Urm';
      const mounted = 'mount -t tmpfs -o size=1m,mode=700 none "$1" && ';
      const run = promisify(execFile);
      const possible = await run('unshare', [namespace, 'sh', '-c', mounted + 'true', 'sh', small]).then(
        () => true,
        () => false,
      );
      if (!possible) return skip('this machine lets no small file system be mounted');
      const args = [
        namespace,
        'sh',
        '-c',
        mounted + 'exec "$2" "$3" "$1" "$4"',
        'sh',
        small,
        process.execPath,
        program('audit-full-disk'),
        durability,
      ];
      const { stdout } = await run('unshare', args, { timeout: 50_000, killSignal: 'SIGKILL' });
      const result = JSON.parse(stdout) as Record<string, unknown>;
      expect(result).toMatchObject({ codes: ['GH_JOURNAL_UNAVAILABLE'], ok: true, same: true });
      expect(result['heldAtFull']).toBeGreaterThan(100);
      expect(result['refused']).toBeGreaterThan(100);
      expect(result['recovered']).toBeGreaterThan(10);
    },
  );
});
