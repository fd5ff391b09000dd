/** What policy allows of a request, or would once people agree, may be more than the gate can hold to: then it denies. */
import { gateDenial, type Decision } from '../../domain/decision.ts';
import type { DecidableRequest } from './dialect.ts';
import type { HttpObligations } from './obligations.ts';
import { asksGraphql, type ReadBody } from './request-body.ts';

/** `obligations` are those of the decision. */
export function judgedRequest(
  decision: Decision,
  { body, head, route }: DecidableRequest,
  { passesUnreadable, requestMarks }: HttpObligations,
): Decision {
  if (decision.verdict === 'deny') return decision;
  const denied = (rule: string, reason: string): Decision => gateDenial(rule, reason, decision.bundleHash);
  if (!requestMarks.empty && !hasFields(body)) {
    return denied(
      'GH_HTTP_BODY_UNREADABLE',
      'Policy masks or removes fields of what is sent, and the gate cannot find them in this body; send JSON or a form.',
    );
  }
  if (route.inspection !== 'full') return decision;
  if (head.websocket) {
    return route.upstream.protocol === 'mcp'
      ? denied('GH_HTTP_WEBSOCKET', 'MCP is not spoken over WebSocket here.')
      : decision;
  }
  if (body.graphql || asksGraphql(head.query))
    return denied('GH_HTTP_GRAPHQL', 'GraphQL is not taken: what it asks for cannot be decided here.');
  if (body.kind === undefined && !passesUnreadable.request) {
    return denied(
      'GH_HTTP_BODY_UNREADABLE',
      'The gate cannot read this body, and policy does not let it pass.',
    );
  }
  return decision;
}

/** Whether fields of it can be found, or there are none. */
const hasFields = ({ policy, kind }: ReadBody): boolean =>
  policy.kind === 'none' || kind === 'json' || kind === 'ndjson' || kind === 'form';
