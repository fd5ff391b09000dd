/** Random bytes out of a pool: one system call serves a few hundred ids. Each byte is given out once. */
import { randomFillSync } from 'node:crypto';
import type { RandomBytes } from '../domain/ids.ts';

const POOL_BYTES = 8_192;

export function createRandomPool(): RandomBytes {
  let pool = Buffer.alloc(0);
  let used = 0;
  return (count) => {
    if (count > POOL_BYTES / 4) return randomFillSync(Buffer.allocUnsafeSlow(count));
    if (used + count > pool.length) {
      // A new pool each time: bytes given out are views, and must never be filled again.
      pool = randomFillSync(Buffer.allocUnsafeSlow(POOL_BYTES));
      used = 0;
    }
    const bytes = pool.subarray(used, used + count);
    used += count;
    return bytes;
  };
}
