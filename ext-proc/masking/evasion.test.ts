import { expect, test } from 'vitest';
import { byteStringOfText } from './byte-string.ts';
import { EVASIONS } from './corpus/evasions.ts';
import { createScanner } from './scanner.ts';

const scanner = createScanner();

test.each(EVASIONS.map((each) => [each.expression, each] as const))('%s', (_, { text, kind, isFound }) => {
  const found = scanner.scan(byteStringOfText(text)).some((each) => each.kind === kind);
  expect(found).toBe(isFound);
});
