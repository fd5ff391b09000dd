/**
 * What a client of MCP is told while its request waits for people, where it can be: it has given a `progressToken` (Progress,
 * of each version) and takes event streams (Streamable HTTP). The answer is the stream's last message.
 */
import { LIMITS } from '../../domain/limits.ts';
import { bodyKindOf } from '../../protocols/http/body/content-type.ts';
import { fieldValue, type HeaderFields } from '../../protocols/http/header-fields.ts';
import type { ApprovalNotice } from '../../protocols/http/problem-details.ts';
import type { McpRequest } from '../../protocols/mcp/client-message.ts';
import { isJsonObject, memberOf, RPC_CODES, type JsonObject } from '../../protocols/mcp/json-rpc.ts';
import { isPerRequestVersion } from '../../protocols/mcp/protocol-version.ts';
import { asSseEvent, deniedToolCall, errorReply, sentToolCall } from '../../protocols/mcp/replies.ts';
import { reviewersInWords } from '../http/approval-problems.ts';
import { acceptsEvents, type ProgressForm, type WholeAnswer } from '../http/progress-form.ts';
import { maySeeUrl } from './carried-approval.ts';

export function mcpProgress(message: McpRequest, fields: HeaderFields): ProgressForm | undefined {
  const meta = memberOf(message.params, '_meta');
  const token = isJsonObject(meta) ? memberOf(meta, 'progressToken') : undefined;
  if (typeof token !== 'string' && typeof token !== 'number') return undefined;
  if (!acceptsEvents(fieldValue(fields, 'accept'))) return undefined;
  return {
    // Who can show a page is asked to, at once; who would not be seen to leave is told to come again.
    waitMs: maySeeUrl(message) || !isPerRequestVersion(message.version) ? 0 : LIMITS.mcpProgressWaitMs,
    waiting: (notice, round) => asSseEvent(progressOf(token, notice, round)),
    passes: (status, answered) =>
      status === 200 && bodyKindOf(fieldValue(answered, 'content-type')).kind === 'sse',
    answer: (answer) => asSseEvent(inOneLine(messageOf(message, answer))),
    broken: ({ code, detail, eventId = '' }) =>
      asSseEvent(
        message.method === 'tools/call'
          ? sentToolCall(message.id, message.version, { reason: detail, rule: code, eventId })
          : errorReply(message.id, RPC_CODES.withheld, detail, { code, event_id: eventId }),
      ),
  };
}

/** Each is more than the one before, as it must be, and less than what a server begins with behind it. */
function progressOf(progressToken: string | number, notice: ApprovalNotice, round: number): Buffer {
  const { url, reviewers, decideBy } = notice;
  const where = url === undefined ? '' : `: ${url}`;
  return json({
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: {
      progressToken,
      progress: round / 1_000_000,
      message: `Waits for approval by ${reviewersInWords(reviewers)}, until ${decideBy}${where}`,
    },
  });
}

/** A client waits for a message with its own id: of an answer that is none, or of somebody else's id, it gets an error. */
function messageOf(message: McpRequest, { status, body }: WholeAnswer): Buffer {
  const value = parsed(body);
  if (isJsonObject(value) && memberOf(value, 'id') === message.id) return body;
  const problem = isJsonObject(value) ? value : {};
  const text = (name: string): string | undefined => {
    const found = memberOf(problem, name);
    return typeof found === 'string' ? found : undefined;
  };
  const code = text('code');
  // The gate's own problem details.
  if (code?.startsWith('GH_') === true) {
    const reason = text('detail') ?? code;
    const eventId = text('event_id') ?? '';
    return message.method === 'tools/call'
      ? deniedToolCall(message.id, message.version, { reason, rule: code, eventId })
      : errorReply(message.id, RPC_CODES.denied, reason, { code, event_id: eventId });
  }
  return errorReply(message.id, RPC_CODES.withheld, `The server answered with status ${status}.`);
}

/** Line breaks of JSON stand between its tokens alone. */
const inOneLine = (text: Buffer): Buffer =>
  text.includes(10) || text.includes(13)
    ? Buffer.from(text.toString('latin1').replace(/[\r\n]/g, ' '), 'latin1')
    : text;

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

const json = (value: JsonObject): Buffer => Buffer.from(JSON.stringify(value), 'utf8');
