/** What is told and recorded of a request that the gate refuses before it is described. */
import { fieldValue, type HeaderFields } from '../../protocols/http/header-fields.ts';
import type { Problem } from '../../protocols/http/problem-details.ts';
import { problemReply } from './api-dialect.ts';
import type { RecordedRequest } from './http-event.ts';
import type { GateReply } from './http-wire.ts';

export const NO_ROUTE: Problem = {
  status: 404,
  code: 'GH_HTTP_NO_ROUTE',
  detail: 'No route of the gate fits this host and path.',
};

/** `header` is none of its sender's words: the text is recorded. */
export const actsAsProblem = (header: string): Problem => ({
  status: 400,
  code: 'GH_HTTP_ACTS_AS',
  detail: `The header ${header} asks the server to act as somebody else, and the gate does not pass that on. Leave it out if all that the gate's own credential may do is meant; for fewer rights ask the gate's operators for a credential that has them.`,
});

/** RFC 6455 section 4.4: whoever speaks another version learns which is spoken here. */
export const upgradeReply = (problem: Problem): GateReply => {
  const reply = problemReply(problem);
  return problem.status === 426
    ? { ...reply, headers: [...reply.headers, ['sec-websocket-version', '13']] }
    : reply;
};

/** Of a request that was not understood: nothing that its sender wrote. */
export const bareRecord = (fields: HeaderFields): RecordedRequest => {
  const method = fieldValue(fields, ':method') ?? '';
  return {
    kind: 'http.request',
    method: /^[A-Z-]{1,32}$/.test(method) ? method : '',
    template: '',
    tool: '',
    statement: '',
    digest: '',
    details: {},
  };
};
