import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hmacSha256 } from '../../masking/styles/hmac-sha256.ts';
import { createTagSeal } from './tag-seal.ts';

const seal = createTagSeal(hmacSha256(Buffer.alloc(32, 1)));
const other = createTagSeal(hmacSha256(Buffer.alloc(32, 2)));

test('a tag comes back under its key alone, is the same each time, and shows nothing of what it was', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[!#-~\u0080-\u00ff]{0,100}$/), (opaque) => {
      const sealed = seal.seal(opaque);
      expect(sealed).toMatch(/^[\w-]+$/);
      expect(seal.seal(opaque)).toBe(sealed);
      expect(seal.open(sealed)).toBe(opaque);
      expect(other.open(sealed)).toBeUndefined();
      if (opaque.length > 3) expect(sealed).not.toContain(opaque);
    }),
  );
});

test('what was not sealed is not opened', () => {
  for (const text of ['', 'v1', 'A'.repeat(40), `${seal.seal('v1')}A`, '~', '"']) {
    expect(seal.open(text)).toBeUndefined();
  }
});
