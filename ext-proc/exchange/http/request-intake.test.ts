import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../domain/limits.ts';
import { RequestIntake } from './request-intake.ts';

interface Observed {
  readonly intake: RequestIntake;
  readonly holds: boolean[];
  readonly forwarded: { text: string; end: boolean }[];
  release(): void;
}

function observed(): Observed {
  const holds: boolean[] = [];
  const forwarded: { text: string; end: boolean }[] = [];
  const intake = new RequestIntake((held) => holds.push(held));
  return {
    intake,
    holds,
    forwarded,
    release: () => intake.release((chunk, end) => forwarded.push({ text: chunk.toString(), end })),
  };
}

const feed = (intake: RequestIntake, pieces: readonly string[]): void => {
  for (const [index, piece] of pieces.entries())
    intake.receive(Buffer.from(piece), index === pieces.length - 1);
};

describe('a body that is read whole', () => {
  it('is there when its end has come, however it was cut, and goes on as it came', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ maxLength: 5 }), { minLength: 1 }), async (pieces) => {
        const { intake, forwarded, release } = observed();
        const whole = intake.whole(1_000);
        feed(intake, pieces);
        expect(await whole).toEqual({ kind: 'whole', body: Buffer.from(pieces.join('')) });
        release();
        expect(forwarded.map(({ text }) => text).join('')).toBe(pieces.join(''));
        expect(forwarded.filter(({ end }) => end)).toHaveLength(1);
        expect(forwarded.at(-1)?.end).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('that has come before its reader is there at once', async () => {
    const { intake } = observed();
    feed(intake, ['a', 'b']);
    expect(await intake.whole(2)).toEqual({ kind: 'whole', body: Buffer.from('ab') });
  });

  it('over the limit is said to be large before its end, and nothing of it is lost', async () => {
    const { intake, forwarded, release } = observed();
    const whole = intake.whole(3);
    intake.receive(Buffer.from('ab'), false);
    intake.receive(Buffer.from('cd'), false);
    expect(await whole).toEqual({ kind: 'large', chunks: [Buffer.from('ab'), Buffer.from('cd')] });
    intake.receive(Buffer.from('e'), false);
    release();
    intake.receive(Buffer.from('f'), true);
    expect(forwarded).toEqual([
      { text: 'ab', end: false },
      { text: 'cd', end: false },
      { text: 'e', end: false },
      { text: 'f', end: true },
    ]);
  });

  it('whose stream is gone keeps nobody waiting, and goes nowhere', async () => {
    const { intake, forwarded, release } = observed();
    const whole = intake.whole(10);
    intake.receive(Buffer.from('ab'), false);
    intake.close();
    expect(await whole).toEqual({ kind: 'closed' });
    intake.receive(Buffer.from('c'), true);
    expect(forwarded).toEqual([]);
    release();
    expect(forwarded).toEqual([]);
  });
});

describe('bytes that wait', () => {
  it('beyond the limit stop the client until they go on', () => {
    const { intake, holds, release } = observed();
    intake.receive(Buffer.alloc(LIMITS.httpWaitingBytesHigh), false);
    expect(holds).toEqual([]);
    intake.receive(Buffer.alloc(1), false);
    intake.receive(Buffer.alloc(1), false);
    expect(holds).toEqual([true]);
    release();
    expect(holds).toEqual([true, false]);
  });

  it('end with an empty chunk where there was none', () => {
    const { intake, forwarded, release } = observed();
    intake.receive(Buffer.alloc(0), true);
    release();
    expect(forwarded).toEqual([{ text: '', end: true }]);
  });
});
