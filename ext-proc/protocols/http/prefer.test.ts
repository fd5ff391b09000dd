import { expect, it } from 'vitest';
import { preferredWait, withoutWait } from './prefer.ts';

it.each([
  [undefined, undefined],
  ['', undefined],
  ['wait=10', 10],
  ['respond-async, Wait = "25" ; x=1', 25],
  ['foo="a, wait=3", wait=7, wait=9', 7],
  ['waiting=5', undefined],
  ['wait=-1', undefined],
  ['wait', undefined],
])('%s waits for %s seconds', (prefer, seconds) => {
  expect(preferredWait(prefer)).toBe(seconds);
});

it('leaves the other preferences', () => {
  expect(withoutWait('wait=10')).toBeUndefined();
  expect(withoutWait('return=minimal,wait=10, foo="a, b"')).toBe('return=minimal, foo="a, b"');
});
