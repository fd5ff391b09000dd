import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { builtWasm, WRITTEN_TO } from './build-wasm.ts';

test('the module that is committed is what its sources say', { timeout: 60_000 }, async () => {
  expect(await readFile(WRITTEN_TO, 'utf8')).toBe(await builtWasm());
});
