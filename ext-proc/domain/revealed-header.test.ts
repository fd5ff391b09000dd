import { expect, test } from 'vitest';
import { isRevealedHeader } from './revealed-header.ts';

test.each(['set-cookie', 'x-request-id', 'etag', 'link', 'a'.repeat(128)])('%s may be revealed', (name) => {
  expect(isRevealedHeader(name)).toBe(true);
});

test.each([
  ['a credential', 'authorization'],
  ['a credential for a proxy', 'proxy-authorization'],
  ['one of the connection', 'connection'],
  ['one of HTTP/1.1 connections', 'keep-alive'],
  ['one that frames the message', 'transfer-encoding'],
  ['one that has its length', 'content-length'],
  ['capitals', 'Set-Cookie'],
  ['a glob', '*'],
  ['a glob of some', 'x-*'],
  ['a pseudo-header', ':status'],
  ['a space', 'set cookie'],
  ['nothing', ''],
  ['a line break', 'set-cookie\n'],
  ['too long', 'a'.repeat(129)],
])('%s may not: %j', (_, name) => {
  expect(isRevealedHeader(name)).toBe(false);
});
