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
    ['amz-sdk-invocation-id', '1'],
    ['amz-sdk-request', 'attempt=2; max=3'],
    ['client-request-id', '1'],
    ['x-client-request-id', '1'],
    ['x-ms-client-request-id', '1'],
    ['x-stainless-retry-count', '1'],
  ] as const;
  expect(sealedHeaders(fields, OPTIONS)).toEqual([]);
  expect(sealedHeaders(fields, { ...OPTIONS, cookies: true })).toEqual([['cookie', 'a=1']]);
  expect(sealedHeaders([['prefer', 'return=minimal, wait=1']], OPTIONS)).toEqual([
    ['prefer', 'return=minimal'],
  ]);
});

it('counts what a request is signed with, and what tells its repetition', () => {
  const names = ['idempotency-key', 'signature', 'x-amz-content-sha256', 'x-amz-date', 'x-ms-date'];
  const fields = names.map((name) => [name, '1'] as const);
  expect(sealedHeaders(fields, OPTIONS)).toEqual(fields);
});
