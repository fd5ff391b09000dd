/** The limits that the pages tell are those that are enforced. */
import { expect, test } from 'vitest';
import { LIMITS } from '../ext-proc/domain/limits.ts';
import { ENVOY_LIMITS } from '../envoy/render/limits.ts';
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

/** The same of other pages, by the row's beginning. */
const HTTP_ROWS: readonly (readonly [page: string, row: string, limit: string])[] = [
  ['http', 'JSON and forms up to', bytes(LIMITS.httpReadBodyBytesMax)],
  ['http', 'headers of a request', `${ENVOY_LIMITS.requestHeadersKb} KiB`],
  ['http', 'headers of a request', plain(ENVOY_LIMITS.requestHeadersMax)],
  ['http', 'a JSON or form body that is read whole', bytes(LIMITS.httpReadBodyBytesMax)],
  ['http', 'bytes of a request that wait', bytes(LIMITS.httpWaitingBytesHigh)],
  ['http', 'JSON levels', `${LIMITS.decidedJsonDepthMax} in a request, ${LIMITS.maskedJsonDepthMax} in`],
  ['http', 'a name, number or white space', bytes(LIMITS.bodyTokenBytesMax)],
  ['http', 'a string that is masked whole', bytes(LIMITS.bodyStringBytesMax)],
  ['http', 'an event, a field of a form', bytes(LIMITS.bodyPartBytesMax)],
  ['http', 'a compressed answer', `${LIMITS.decodedRatioMax} times`],
  ['http', 'a compressed answer', bytes(LIMITS.decodedBytesFree)],
  ['http', 'a target in its record', `${plain(LIMITS.httpRecordTargetCharactersMax)} characters`],
  ['http', 'a body in its record', bytes(LIMITS.httpRecordBodyBytesMax)],
  ['http', 'a request that waits for people', `${LIMITS.httpHoldMsMax / 60_000} minutes`],
  ['http', 'requests of one principal that wait so', plain(LIMITS.httpHeldPerPrincipalMax)],
  ['http', 'the state of an approval, awaited', `${LIMITS.approvalPollMsMax / 1_000} s`],
  ['http', 'what comes behind a message that waits', plain(LIMITS.websocketHeldMessagesMax)],
  ['http', 'what comes behind a message that waits', bytes(LIMITS.websocketHeldBytesMax)],
  ['mcp', 'a client that has shown the page', `${LIMITS.mcpApprovalWaitMs / 1_000} s`],
  ['mcp', 'a client that has shown the page', plain(LIMITS.mcpApprovalRoundsMax)],
  ['http', 'an answer behind events', bytes(LIMITS.progressAnswerBytesMax)],
  ['http', 'an answer behind events', bytes(LIMITS.progressNoticeBytesMax)],
  ['mcp', 'a call that is told how far', `${LIMITS.mcpProgressWaitMs / 1_000} s`],
  ['mcp', 'a result behind notices', bytes(LIMITS.progressAnswerBytesMax)],
  ['http', 'requests at once', plain(ENVOY_LIMITS.httpStreamsPerConnection)],
  ['mcp', "a client's message", bytes(LIMITS.httpReadBodyBytesMax)],
  ['mcp', "a server's message", bytes(LIMITS.mcpServerMessageBytesMax)],
  ['mcp', 'an id that is a string', `${plain(LIMITS.mcpIdCharactersMax)} characters`],
  ['mcp', "a session's id", `${plain(LIMITS.mcpSessionIdCharactersMax)} characters`],
  ['mcp', 'tools of a server', plain(LIMITS.mcpToolSchemasMax)],
  ['error-codes', '`GH_MCP_MESSAGE_TOO_LARGE`', bytes(LIMITS.httpReadBodyBytesMax)],
];

const rows = readPage('docs/postgresql.md').split('\n');

test.each(ROWS)('%s: %s', (beginning, limit) => {
  const row = rows.filter((line) => line.startsWith(`| ${beginning}`));
  expect(row).toHaveLength(1);
  expect(row[0]).toContain(limit);
});

test.each(HTTP_ROWS)('%s: %s: %s', (page, beginning, limit) => {
  const row = readPage(`docs/${page}.md`)
    .split('\n')
    .filter((line) => line.startsWith(`| ${beginning}`));
  expect(row).toHaveLength(1);
  expect(row[0]).toContain(limit);
});

test('Envoy bears the silence of what waits for people', () => {
  expect(ENVOY_LIMITS.httpStreamIdleMs).toBeGreaterThan(LIMITS.httpHoldMsMax);
});
