/**
 * By what a call that waits for people is found when its client says that it does not wait any more: in the versions with
 * sessions that is a notification by a request of its own, which any worker may get (Cancellation). In 2026-07-28 a client
 * closes the stream.
 */
import { hash } from 'node:crypto';
import { principalKey } from '../../domain/approvals/approval-request.ts';
import { canonicalForm } from '../../domain/canonical.ts';
import { asSessionId, type SessionId } from '../../domain/ids.ts';
import { fieldValue } from '../../protocols/http/header-fields.ts';
import type { McpClientMessage, McpSessionRequest } from '../../protocols/mcp/client-message.ts';
import { isRpcId, memberOf, type RpcId } from '../../protocols/mcp/json-rpc.ts';
import { requesterOf } from '../approvals/approval-request-of.ts';
import type { DecidableRequest, DescribedRequest } from '../http/dialect.ts';

export function cancelKeys(
  request: DecidableRequest,
  message: McpClientMessage | McpSessionRequest,
): Pick<DescribedRequest, 'cancelKey' | 'cancels'> {
  if (message.kind === 'request') return { cancelKey: keyOf(request, message.id) };
  if (message.kind !== 'notification' || message.method !== 'notifications/cancelled') return {};
  const id = memberOf(message.params, 'requestId');
  return isRpcId(id) ? { cancels: keyOf(request, id) } : {};
}

/** Of one principal, server and session: nobody ends what somebody else waits for. */
function keyOf({ principal, route, head }: DecidableRequest, id: RpcId): SessionId {
  const form = canonicalForm('mcp-call/1', [
    ['principal', principalKey(requesterOf(principal))],
    ['upstream', route.upstream.name],
    ['session', fieldValue(head.fields, 'mcp-session-id') ?? ''],
    ['id', JSON.stringify(id)],
  ]);
  return asSessionId(hash('sha256', form, 'hex'));
}
