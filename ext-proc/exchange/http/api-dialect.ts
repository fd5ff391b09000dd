/** A plain HTTP API: the action is the request itself, and a denial is RFC 9457 problem details. */
import type { PolicyHttpRequest } from '../../domain/http-action.ts';
import { NO_HEADER_CHANGES } from '../../protocols/http/header-fields.ts';
import { problemBody, problemHeaders, type Problem } from '../../protocols/http/problem-details.ts';
import { toldHeaders } from '../../protocols/http/request-head.ts';
import { bodyKindOf } from '../../protocols/http/body/content-type.ts';
import { apiProgress } from './api-progress.ts';
import type { DecidableRequest, Dialect } from './dialect.ts';
import { heldApiRequest } from './held-api-request.ts';
import type { GateReply } from './http-wire.ts';

export const apiDialect: Dialect = {
  refusal: (problem) => problemReply(problem),
  describe(request) {
    const { head } = request;
    const described = describeRequest(request);
    const kind = head.websocket ? 'http.websocket' : 'http.request';
    return {
      ok: true,
      kind,
      action: { kind, request: described },
      template: described.template ?? '',
      tool: '',
      statement: '',
      requestHeaders: NO_HEADER_CHANGES,
      numbersStayNumbers: false,
      held: heldApiRequest(request, described),
      progress: apiProgress(head),
      denial: problemReply,
      responseHeaders: () => NO_HEADER_CHANGES,
      takesAnswer: () => true,
      responseTransform: () => undefined,
    };
  },
};

/** A request as policy sees it. */
export function describeRequest({ route, head, body }: DecidableRequest): PolicyHttpRequest {
  const fitting = route.upstream.templates.match(head.path);
  return {
    method: head.method,
    host: head.host,
    path: head.path,
    template: fitting?.template ?? null,
    parameters: fitting?.parameters ?? {},
    query: head.query,
    headers: toldHeaders(head.fields),
    content_type: bodyKindOf(head.contentType).mediaType,
    body: body.policy,
    inspection: route.inspection,
  };
}

export const problemReply = (problem: Problem): GateReply => ({
  status: problem.status,
  headers: problemHeaders(problem),
  body: problemBody(problem),
  details: problem.code,
});
