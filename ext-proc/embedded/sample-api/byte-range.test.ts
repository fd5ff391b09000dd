import { expect, test } from 'vitest';

import { askedRange } from './byte-range.ts';

test.for([
  ['bytes=0-0', { kind: 'part', first: 0, last: 0 }],
  ['bytes=90-', { kind: 'part', first: 90, last: 99 }],
  ['bytes=90-500', { kind: 'part', first: 90, last: 99 }],
  ['bytes=-10', { kind: 'part', first: 90, last: 99 }],
  ['bytes=-500', { kind: 'part', first: 0, last: 99 }],
  ['bytes=100-', { kind: 'unsatisfiable' }],
  ['bytes=-0', { kind: 'unsatisfiable' }],
  ['bytes=5-4', { kind: 'whole' }],
  ['bytes=-', { kind: 'whole' }],
  ['bytes=0-1,3-4', { kind: 'whole' }],
  ['lines=0-1', { kind: 'whole' }],
  [null, { kind: 'whole' }],
] as const)('of 100 bytes, %s is %o', ([header, range]) => {
  expect(askedRange(header, 100)).toEqual(range);
});
