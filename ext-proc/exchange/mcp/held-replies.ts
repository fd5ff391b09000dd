/**
 * What a client of MCP is told of a request that waits for people: where it can, to show its user the page (`input_required`,
 * 2026-07-28); else in words that a model understands, as a result of the tool or an error.
 */
import { LIMITS } from '../../domain/limits.ts';
import type { Principal } from '../../domain/principal.ts';
import type { ApprovalNotice, Problem } from '../../protocols/http/problem-details.ts';
import type { McpRequest } from '../../protocols/mcp/client-message.ts';
import { memberOf, RPC_CODES } from '../../protocols/mcp/json-rpc.ts';
import { errorReply, inputRequired, waitingToolCall } from '../../protocols/mcp/replies.ts';
import type { ApprovalDesk } from '../approvals/approval-desk.ts';
import { reviewersInWords } from '../http/approval-problems.ts';
import { APPROVAL_INPUT, carriedState, maySeeUrl, type CarriedRead } from './carried-approval.ts';

export interface WaitingRequest {
  readonly desk: ApprovalDesk;
  readonly principal: Principal;
  readonly message: McpRequest;
  readonly read: CarriedRead;
  /** Of the action: `call of tool delete_person on crm`. */
  readonly words: string;
}

export function waitingReply(
  waiting: WaitingRequest,
  problem: Problem & { readonly approval: ApprovalNotice },
): Buffer {
  const { message } = waiting;
  const { id, version, method } = message;
  const asked = askedAgain(waiting, problem.approval);
  if (asked !== undefined) return asked;
  const meta = {
    'gatehouse/rule': problem.rule ?? problem.code,
    'gatehouse/event': problem.eventId ?? '',
    'gatehouse/approval': problem.approval,
  };
  if (method === 'tools/call')
    return waitingToolCall(id, version, inWords(problem, memberOf(message.params, 'name') as string), meta);
  const { code, rule, eventId, approval } = problem;
  return errorReply(id, RPC_CODES.denied, problem.detail, { code, rule, event_id: eventId, approval });
}

/** Undefined where the client cannot show a page, or has come back often enough to be told in words. */
function askedAgain(
  { desk, principal, message, read, words }: WaitingRequest,
  { id, url, reviewers, decideBy }: ApprovalNotice,
): Buffer | undefined {
  if (url === undefined || !maySeeUrl(message)) return undefined;
  // What a server of its own has asked for would be lost by what is asked now.
  if (read.kind === 'none' && Object.hasOwn(message.params, 'requestState')) return undefined;
  const isBack = read.kind === 'carried' && read.carried.id === id;
  if (isBack && (read.declined || read.carried.round >= LIMITS.mcpApprovalRoundsMax)) return undefined;
  const round = isBack ? read.carried.round + 1 : 1;
  const state = carriedState(desk, { id, round }, principal);
  const text = `This waits for approval: ${words}. It takes ${reviewersInWords(reviewers)}, until ${decideBy}, and somebody else than who asks. The page shows what would run.`;
  return inputRequired(message.id, state, isBack ? undefined : { key: APPROVAL_INPUT, message: text, url });
}

function inWords(
  { detail, approval, eventId }: Problem & { readonly approval: ApprovalNotice },
  tool: string,
): string {
  const { id, url } = approval;
  return [
    `Waiting for approval: ${detail}`,
    url === undefined ? '' : `They decide it at ${url}.`,
    `Tell the person you work for. When it is approved, call ${tool} again with exactly the same arguments: it runs then, once. Other arguments would have to be approved anew; do not look for another way to the same end.`,
    `Approval ${id}. Event ${eventId ?? ''}.`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}
