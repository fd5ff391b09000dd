import { expect, it } from 'vitest';
import { literalPattern } from './literal-pattern.ts';
import { createMasker } from './masker.ts';
import { createScanner } from './scanner.ts';

const SECRET = 'Own-Token.5f1d9c$(';

function masked(text: string): string {
  const pattern = literalPattern('gate_credential', SECRET);
  const masker = createMasker({
    scanner: createScanner({ kinds: [], patterns: pattern === undefined ? [] : [pattern] }),
  });
  return masker.maskRecordText(text);
}

it('finds the text wherever it stands, to the letter', () => {
  expect(masked(`a ${SECRET}${SECRET}, "${SECRET}"`)).not.toContain('5f1d9c');
  expect(masked(`x${SECRET}y`)).toBe('x[masked:gate_credential]y');
  for (const other of [SECRET.toLowerCase(), SECRET.slice(1), 'own token']) expect(masked(other)).toBe(other);
});

it('finds it in base64 too', () => {
  expect(masked(Buffer.from(`user:${SECRET}:more text behind it`).toString('base64'))).toContain('masked');
});

it('does not look for what could be a word', () => {
  expect(literalPattern('gate_credential', 'password')).toBeUndefined();
});
