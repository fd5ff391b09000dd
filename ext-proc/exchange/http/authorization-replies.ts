/** How a client without a good token is told where to get one. */
import { fieldValue, type HeaderField, type HeaderFields } from '../../protocols/http/header-fields.ts';
import { PROBLEM_HEADERS, problemBody, type Problem } from '../../protocols/http/problem-details.ts';
import {
  challengeValue,
  protectedResourceMetadata,
  resourcePathOf,
} from '../../protocols/mcp/authorization.ts';
import { clientOrigin } from './client-origin.ts';
import type { HttpGate, HttpRoute } from './http-gate.ts';
import type { GateReply, RequestAttributes } from './http-wire.ts';
import type { Identified } from './identify.ts';

/** The MCP endpoint as the client calls it; undefined where its host is not in form. */
function resourceOf(
  { prefix }: HttpRoute,
  attributes: RequestAttributes,
  fields: HeaderFields,
): string | undefined {
  const origin = clientOrigin(attributes, fields);
  return origin === undefined ? undefined : `${origin}${prefix === '/' ? '' : prefix}`;
}

/** RFC 9728: the document of an MCP route, which anybody may read. Undefined where the request is for something else. */
export function discoveryReply(
  gate: HttpGate,
  route: HttpRoute,
  attributes: RequestAttributes,
  fields: HeaderFields,
): GateReply | undefined {
  if (route.upstream.protocol !== 'mcp' || fieldValue(fields, ':method') !== 'GET') return undefined;
  const [path] = (fieldValue(fields, ':path') ?? '').split('?') as [string];
  const resource = resourcePathOf(path) === undefined ? undefined : resourceOf(route, attributes, fields);
  if (resource === undefined) return undefined;
  return {
    status: 200,
    headers: [
      ['content-type', 'application/json'],
      ['cache-control', 'no-store'],
      ['access-control-allow-origin', '*'],
    ],
    body: protectedResourceMetadata({
      resource,
      authorizationServers: gate.issuers,
      name: `${route.upstream.name} (Gatehouse)`,
    }),
    details: 'protected_resource_metadata',
  };
}

/** RFC 6750 section 3, and for MCP where to begin (RFC 9728 section 5.1). */
export function unauthorizedReply(
  route: HttpRoute,
  attributes: RequestAttributes,
  fields: HeaderFields,
  { error }: Extract<Identified, { ok: false }>,
  problem: Problem,
): GateReply {
  const headers: HeaderField[] = [...PROBLEM_HEADERS];
  if (problem.status === 401) headers.push(['www-authenticate', challenge(route, attributes, fields, error)]);
  return { status: problem.status, headers, body: problemBody(problem), details: problem.code };
}

function challenge(
  route: HttpRoute,
  attributes: RequestAttributes,
  fields: HeaderFields,
  error: 'invalid_request' | 'invalid_token' | undefined,
): string {
  const resource = route.upstream.protocol === 'mcp' ? resourceOf(route, attributes, fields) : undefined;
  if (resource === undefined)
    return error === undefined ? 'Bearer realm="gatehouse"' : `Bearer realm="gatehouse", error="${error}"`;
  return challengeValue({ resource, ...(error === undefined ? {} : { error }) });
}
