import { expect, it } from 'vitest';
import { sealedHeaders } from './sealed-headers.ts';

const OPTIONS = { takenOff: ['authorization'], cookies: false };

it('counts what says what is asked, also what nobody knows, whatever the order of names', () => {
  const fields = [
    ['x-dry-run', '1'],
    [':method', 'COPY'],
    ['destination', '/b'],
    ['if-match', '"1"'],
    ['x-dry-run', '0'],
  ] as const;
  expect(sealedHeaders(fields, OPTIONS)).toEqual([
    ['destination', '/b'],
    ['if-match', '"1"'],
    ['x-dry-run', '1'],
    ['x-dry-run', '0'],
  ]);
});

it('leaves out what names the one sending, and what does not go on', () => {
  const fields = [
    ['authorization', 'Bearer a'],
    ['traceparent', '00-1'],
    ['x-b3-traceid', '1'],
    ['x-forwarded-for', '10.0.0.1'],
    ['content-length', '7'],
    ['cookie', 'a=1'],
    ['user-agent', 'curl'],
    ['prefer', 'wait=10'],
  ] as const;
  expect(sealedHeaders(fields, OPTIONS)).toEqual([]);
  expect(sealedHeaders(fields, { ...OPTIONS, cookies: true })).toEqual([['cookie', 'a=1']]);
  expect(sealedHeaders([['prefer', 'return=minimal, wait=1']], OPTIONS)).toEqual([
    ['prefer', 'return=minimal'],
  ]);
});
