/** The limits that the page for database administrators tells are those that are enforced. */
import { expect, test } from 'vitest';
import { LIMITS } from '../ext-proc/domain/limits.ts';
import { readPage } from './support/documents.ts';

const bytes = (value: number): string =>
  value >= 1_048_576 ? `${value / 1_048_576} MiB` : `${value / 1_024} KiB`;
const plain = (value: number): string => value.toLocaleString('en-US');

/** A row of the page by how it begins, and what it says of the limit. */
const ROWS: readonly (readonly [string, string])[] = [
  ['startup packet', `${plain(LIMITS.startupPacketBytesMax)} bytes`],
  ['password message', bytes(LIMITS.passwordMessageBytesMax)],
  ['everything sent ahead during the login', bytes(LIMITS.handshakeBytesMax)],
  ["a message of the server's during the login", bytes(LIMITS.loginMessageBytesMax)],
  ["one message of the client's", bytes(LIMITS.decidedMessageBytesMax)],
  ['answers that the server owes', plain(LIMITS.pendingRepliesMax)],
  ['data sent ahead of answers', bytes(LIMITS.turnBytesHigh)],
  ['data sent ahead of answers', bytes(LIMITS.frontendBufferBytesMax)],
  ['a statement that is read', bytes(LIMITS.statementBytesMax)],
  ['a statement in its record', `${plain(LIMITS.recordTextCharactersMax)} characters`],
  ['prepared statements of a session', plain(LIMITS.preparedStatementsMax)],
  ['portals of a session', plain(LIMITS.portalsMax)],
  ["a message of the server's other than rows", bytes(LIMITS.backendControlMessageBytesMax)],
  ['a row or a COPY record that masking holds', bytes(LIMITS.maskedRowBytesMax)],
  ['rows and COPY data', `${Math.ceil(LIMITS.messageBytesMax / 2 ** 30)} GiB`],
  ['bytes waiting for a slow client', bytes(LIMITS.outboundBytesHigh)],
  ['bytes waiting for a slow client', bytes(LIMITS.upstreamBacklogBytesMax)],
];

const rows = readPage('docs/postgresql.md').split('\n');

test.each(ROWS)('%s: %s', (beginning, limit) => {
  const row = rows.filter((line) => line.startsWith(`| ${beginning}`));
  expect(row).toHaveLength(1);
  expect(row[0]).toContain(limit);
});
