import { expect, test } from 'vitest';
import type { Outcome } from '../../../domain/audit-event.ts';
import { EMPTY_DESCRIPTION } from '../../../protocols/postgres/sql/resolve.ts';
import type { ActionEvent } from '../action-event.ts';
import type { Judgement } from '../decider.ts';
import { CommitBlock } from './commit-block.ts';

type Step = string | readonly [step: string, outcome: Outcome | undefined];

/** Words: a number is a statement that changes that many rows; else the verb and the name. */
function netOf(...steps: Step[]): number[] {
  const block = new CommitBlock();
  for (const step of steps) {
    const [words, outcome] = typeof step === 'string' ? [step, 'ok' as const] : step;
    const event = {
      rows: Number(words.replace(' suspended', '')),
      suspended: words.endsWith('suspended'),
      outcome,
    } as unknown as ActionEvent;
    const at = words.lastIndexOf(' ');
    const [verb, subject] = at < 0 ? [words, undefined] : [words.slice(0, at), words.slice(at + 1)];
    const judgement = {
      statement: { description: { ...EMPTY_DESCRIPTION, verb, subject }, text: '', recordText: '' },
    } as unknown as Judgement;
    if (Number.isNaN(event.rows)) block.forwarded(judgement, event);
    else
      block.ran({
        judgement,
        event,
        shown: { payload: '', parameters: [] },
        actionDigest: '',
        similarKey: '',
      });
  }
  return block.net().map(({ event }) => event.rows);
}

test('everything that ran would be committed', () => {
  expect(netOf('1', '2')).toEqual([1, 2]);
});

test('what was rolled back to a savepoint would not', () => {
  expect(netOf('1', 'SAVEPOINT a', '2', 'ROLLBACK TO a', '3')).toEqual([1, 3]);
  expect(netOf('1', 'SAVEPOINT a', '2', 'SAVEPOINT b', '3', 'ROLLBACK TO a', '4')).toEqual([1, 4]);
  expect(netOf('1', 'SAVEPOINT a', '2', 'SAVEPOINT a', '3', 'ROLLBACK TO a')).toEqual([1, 2]);
  // The savepoint is there still.
  expect(netOf('SAVEPOINT a', '1', 'SAVEPOINT a', '2', 'ROLLBACK TO a', '3', 'ROLLBACK TO a')).toEqual([1]);
});

test('a savepoint that is older than all of it takes all of it back', () => {
  expect(netOf('1', 'SAVEPOINT b', '2', 'ROLLBACK TO before')).toEqual([]);
});

test('a released savepoint and those after it are none any more', () => {
  expect(netOf('1', 'SAVEPOINT a', '2', 'SAVEPOINT b', '3', 'RELEASE a')).toEqual([1, 2, 3]);
  expect(netOf('1', 'SAVEPOINT a', '2', 'SAVEPOINT a', '3', 'RELEASE a', 'ROLLBACK TO a')).toEqual([1]);
});

test('what failed neither counts nor takes anything back', () => {
  expect(netOf('1', ['2', 'error'])).toEqual([1]);
  expect(netOf('1', 'SAVEPOINT a', '2', ['ROLLBACK TO a', 'error'])).toEqual([1, 2]);
  expect(netOf('1', 'SAVEPOINT a', '2', ['ROLLBACK', 'not_run'])).toEqual([1, 2]);
});

test('what ran, and then failed to give more of its rows, counts', () => {
  expect(netOf('1', ['2 suspended', 'not_run'])).toEqual([1, 2]);
});

test('what was not answered yet counts, and takes nothing back yet', () => {
  expect(netOf('1', 'SAVEPOINT a', ['2', undefined], ['ROLLBACK TO a', undefined])).toEqual([1, 2]);
});

test('the end of the transaction leaves nothing', () => {
  expect(netOf('1', 'ROLLBACK', '2')).toEqual([2]);
  expect(netOf('1', 'COMMIT')).toEqual([]);
});
