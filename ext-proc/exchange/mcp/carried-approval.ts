/**
 * What a client of 2026-07-28 carries between two rounds of a request that waits for people: the gate's `requestState`,
 * under a seal that binds it to its principal. One of a server's own begins otherwise and is left alone.
 */
import { principalKey } from '../../domain/approvals/approval-request.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Principal } from '../../domain/principal.ts';
import type { McpRequest } from '../../protocols/mcp/client-message.ts';
import { isJsonObject, memberOf } from '../../protocols/mcp/json-rpc.ts';
import { CAPABILITIES_META_KEY, isPerRequestVersion } from '../../protocols/mcp/protocol-version.ts';
import { requesterOf } from '../approvals/approval-request-of.ts';
import type { ApprovalDesk } from '../approvals/approval-desk.ts';
import type { CarriedApproval } from '../http/held-form.ts';

/** Of the one thing that the gate asks of a client's user. */
export const APPROVAL_INPUT = 'gatehouse-approval';
const PREFIX = 'gatehouse-1.';
/** The methods whose results may ask for input (Multi Round-Trip Requests). */
const ASKING: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);

export type CarriedRead =
  | { readonly kind: 'none' }
  | { readonly kind: 'carried'; readonly carried: CarriedApproval; readonly declined: boolean }
  /** It looks like the gate's, and was not given to this principal. */
  | { readonly kind: 'forged' };

export function readCarried(
  desk: ApprovalDesk | undefined,
  { params, version }: McpRequest,
  principal: Principal,
): CarriedRead {
  const state = memberOf(params, 'requestState');
  if (desk === undefined || !isPerRequestVersion(version)) return { kind: 'none' };
  if (typeof state !== 'string' || !state.startsWith(PREFIX)) return { kind: 'none' };
  const opened = desk.seals.openState(state.slice(PREFIX.length), principalKey(requesterOf(principal)));
  if (opened === undefined) return { kind: 'forged' };
  const [id, round] = JSON.parse(opened) as [string, number];
  const responses = memberOf(params, 'inputResponses');
  const answer = isJsonObject(responses) ? memberOf(responses, APPROVAL_INPUT) : undefined;
  const action = isJsonObject(answer) ? memberOf(answer, 'action') : 'accept';
  return {
    kind: 'carried',
    carried: { id, round, waitMs: action === 'accept' ? LIMITS.mcpApprovalWaitMs : 0 },
    declined: action !== 'accept',
  };
}

export const carriedState = (
  desk: ApprovalDesk,
  { id, round }: Pick<CarriedApproval, 'id' | 'round'>,
  principal: Principal,
): string => PREFIX + desk.seals.sealState(JSON.stringify([id, round]), principalKey(requesterOf(principal)));

/** Whether a client can be asked to show its user a page, and nothing is asked of it already. */
export function maySeeUrl({ method, version, params }: McpRequest): boolean {
  if (!isPerRequestVersion(version) || !ASKING.has(method)) return false;
  const meta = memberOf(params, '_meta');
  const capabilities = isJsonObject(meta) ? memberOf(meta, CAPABILITIES_META_KEY) : undefined;
  const elicitation = isJsonObject(capabilities) ? memberOf(capabilities, 'elicitation') : undefined;
  return isJsonObject(elicitation) && isJsonObject(memberOf(elicitation, 'url'));
}
