import { expect, test } from 'vitest';
import { bodyKindOf } from './content-type.ts';

test.each([
  ['application/json', 'json', 'utf-8'],
  ['Application/JSON; Charset="UTF-8"', 'json', 'utf-8'],
  ['text/json', 'json', 'utf-8'],
  ['application/x-json', 'json', 'utf-8'],
  ['text/x-json', 'json', 'utf-8'],
  ['application/x-jsonl', 'ndjson', 'utf-8'],
  ['application/geo+json-seq', 'ndjson', 'utf-8'],
  ['application/vnd.api+json', 'json', 'utf-8'],
  ['application/problem+json ; charset=us-ascii', 'json', 'us-ascii'],
  ['application/x-ndjson', 'ndjson', 'utf-8'],
  ['application/jsonl', 'ndjson', 'utf-8'],
  ['application/json-seq', 'ndjson', 'utf-8'],
  ['text/event-stream;charset=utf-8', 'sse', 'utf-8'],
  ['application/x-www-form-urlencoded', 'form', 'utf-8'],
  ['text/plain', 'text', 'utf-8'],
  ['text/html; charset=ISO-8859-1', 'text', 'iso-8859-1'],
  ['text/csv', 'text', 'utf-8'],
  ['application/xml', 'text', 'utf-8'],
  ['application/atom+xml', 'text', 'utf-8'],
  ['image/svg+xml', 'text', 'utf-8'],
  ['application/javascript', 'text', 'utf-8'],
  ['application/yaml', 'text', 'utf-8'],
  ['application/graphql', 'graphql', 'utf-8'],
  ['application/graphql+json', 'graphql', 'utf-8'],
  ['application/graphql-response+json', 'graphql', 'utf-8'],
  ['application/grpc', 'grpc', 'utf-8'],
  ['application/grpc-web+proto', 'grpc', 'utf-8'],
  ['application/grpc+json', 'grpc', 'utf-8'],
  ['multipart/form-data; boundary=x', 'binary', 'utf-8'],
  ['application/octet-stream', 'binary', 'utf-8'],
  ['application/pdf', 'binary', 'utf-8'],
])('%s is %s in %s', (field, kind, charset) => {
  expect(bodyKindOf(field)).toMatchObject({ kind, charset });
});

test.each([
  'application/json; charset=utf-16',
  'application/json; charset=utf-16le',
  'text/plain; charset=utf-7',
  'text/plain; charset=utf-32',
  'text/plain; charset=windows-1252',
  'text/plain; charset=ibm500',
  'text/plain; charset=shift_jis',
  'text/plain; charset=constructor',
  'text/plain; charset=',
  'text/plain; charset=utf-8; charset=utf-16',
  'text/plain; charset="utf-8',
  'text/plain; charset=utf-8, text/html',
  'text/plain; =x',
])('%s is in no charset that is read', (field) => {
  expect(bodyKindOf(field).charset).toBe('unreadable');
});

test.each([
  undefined,
  '',
  'json',
  'application/json, text/plain',
  'application /json',
  `text/${'x'.repeat(2_000)}`,
])('without a media type in form (%s) a body is binary', (field) => {
  expect(bodyKindOf(field)).toEqual({ kind: 'binary', mediaType: '', charset: 'unreadable' });
});

test('a charset that is named twice and is the same is one', () => {
  expect(bodyKindOf('text/plain; charset=utf-8; x="a;b\\"c"; charset="UTF8";').charset).toBe('utf-8');
});

test('a long field takes no time', () => {
  const started = performance.now();
  expect(bodyKindOf(`text/plain;${' '.repeat(58_000)}x`).kind).toBe('binary');
  expect(performance.now() - started).toBeLessThan(500);
});
