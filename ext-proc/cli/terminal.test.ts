import { setTimeout as sleep } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { GatehouseError } from '../domain/errors.ts';
import { createSteps, errorText } from './terminal.ts';

const plain = (line: string): string => line.replaceAll(/\u001B\[[0-9;]*m/g, '');

test('a line for each part when it is done, in the order of their ends', async () => {
  const lines: string[] = [];
  const step = createSteps((line) => lines.push(plain(line)), undefined);
  const slow = step('slow', async () => {
    await sleep(50);
    return 1;
  });
  const quick = step('quick', async () => 2);
  expect(await Promise.all([slow, quick])).toEqual([1, 2]);
  expect(lines[0]).toMatch(/^ {2}✓ quick 0\.\d s$/);
  expect(lines[1]).toMatch(/^ {2}✓ slow 0\.\d s$/);
});

test('a part that fails is marked, and its error goes on', async () => {
  const lines: string[] = [];
  const step = createSteps((line) => lines.push(plain(line)), undefined);
  await expect(step('it', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(lines[0]).toMatch(/^ {2}✗ it/);
});

test('a terminal is told what is still waited for after a second', async () => {
  const written: string[] = [];
  const terminal = {
    isTTY: true,
    write: (text: string) => written.push(text),
  } as unknown as NodeJS.WriteStream;
  const step = createSteps(() => undefined, terminal);
  await step('the long one', () => sleep(1_700));
  expect(written.join('')).toContain('… the long one 1 s');
});

test('an error of ours is its code and text, another one its stack', () => {
  expect(errorText(new GatehouseError('GH_X', 'for all', { message: 'for operators' }))).toBe(
    'GH_X  for operators',
  );
  expect(errorText(new TypeError('x'))).toContain('terminal.test.ts');
});
