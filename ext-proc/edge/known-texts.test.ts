import { describe, expect, it } from 'vitest';
import { KnownTexts } from './known-texts.ts';

describe('known texts', () => {
  it('are what the bytes say, the first time and every other, whatever shares a slot', () => {
    const texts = new KnownTexts();
    const all = Array.from({ length: 5_000 }, (_, index) => `x-name-${index % 1_700}`).concat('', 'é', '€');
    for (const text of [...all, ...all]) {
      const buffer = Buffer.from(`..${text}..`);
      expect(texts.read(buffer, 2, buffer.length - 2)).toBe(text);
    }
  });

  it('do not change with the buffer they were read from', () => {
    const texts = new KnownTexts();
    const buffer = Buffer.from('accept');
    expect(texts.read(buffer, 0, 6)).toBe('accept');
    buffer.fill('b');
    expect(texts.read(Buffer.from('accept'), 0, 6)).toBe('accept');
    expect(texts.read(buffer, 0, 6)).toBe('bbbbbb');
  });

  it('may be long', () => {
    const text = 'x-'.repeat(500);
    expect(new KnownTexts().read(Buffer.from(text), 0, text.length)).toBe(text);
  });
});
