import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Receipt } from '../domain/audit-event.ts';
import { ReleaseQueue } from './release-queue.ts';

const RECEIPT = {} as Receipt;

function deferred(): { promise: Promise<Receipt>; resolve: () => void; reject: (error: unknown) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<Receipt>();
  return { promise, resolve: () => resolve(RECEIPT), reject };
}

function queue(): { queue: ReleaseQueue; sent: string[]; failures: unknown[] } {
  const sent: string[] = [];
  const failures: unknown[] = [];
  return {
    sent,
    failures,
    queue: new ReleaseQueue(
      (pieces, end) => sent.push(Buffer.concat(pieces).toString() + (end ? '|end' : '')),
      (error) => failures.push(error),
    ),
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('ReleaseQueue', () => {
  it('holds what was decided until its record is appended, and everything behind it', async () => {
    const { queue: release, sent } = queue();
    const record = deferred();
    release.releaseAfter(record.promise, Buffer.from('decided '));
    release.release(Buffer.from('behind'));
    release.end();
    release.flush();
    await settled();
    expect(sent).toEqual([]);
    record.resolve();
    await settled();
    expect(sent).toEqual(['decided behind|end']);
  });

  it('joins what may leave with the record that follows in the same batch', async () => {
    const { queue: release, sent } = queue();
    const record = deferred();
    release.release(Buffer.from('rows '));
    release.releaseAfter(record.promise, Buffer.from('end'));
    release.flush();
    expect(sent).toEqual([]);
    record.resolve();
    await settled();
    expect(sent).toEqual(['rows end']);
  });

  it('lets a large answer go before the record of its end', async () => {
    const { queue: release, sent } = queue();
    const record = deferred();
    release.release(Buffer.alloc(70_000, 'r'));
    release.releaseAfter(record.promise, Buffer.from('end'));
    release.flush();
    expect(sent.map((text) => text.length)).toEqual([70_000]);
    record.resolve();
    await settled();
    expect(sent[1]).toBe('end');
  });

  it('lets nothing leave any more once a record could not be appended', async () => {
    const { queue: release, sent, failures } = queue();
    const record = deferred();
    release.releaseAfter(record.promise, Buffer.from('decided'));
    release.release(Buffer.from('behind'));
    record.reject(new Error('disk full'));
    await settled();
    release.release(Buffer.from('later'));
    release.flush();
    expect(sent).toEqual([]);
    expect(failures).toHaveLength(1);
  });

  it('keeps the order of bytes whatever order records are appended in, and loses none', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ record: fc.option(fc.nat({ max: 3 }), { nil: undefined }), flush: fc.boolean() }),
          { maxLength: 30 },
        ),
        fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
        async (steps, order) => {
          const { queue: release, sent } = queue();
          const records = [deferred(), deferred(), deferred(), deferred()];
          let expected = '';
          for (const [index, step] of steps.entries()) {
            const text = `${index},`;
            expected += text;
            const record = step.record === undefined ? undefined : records[step.record];
            if (record === undefined) release.release(Buffer.from(text));
            else release.releaseAfter(record.promise, Buffer.from(text));
            if (step.flush) release.flush();
          }
          release.flush();
          for (const index of order) {
            records[index]?.resolve();
            await settled();
          }
          expect(sent.join('')).toBe(expected);
          expect(release.waitingBytes).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });
});
