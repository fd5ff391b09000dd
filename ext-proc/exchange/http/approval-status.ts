/**
 * What has become of a request for approval, for the principal that asks for it: `GET /.well-known/gatehouse/approvals/{id}`
 * on the listener that the action was sent to. With `?wait=SECONDS` it is answered when it is decided, or the seconds are
 * over. To everybody else there is no such request.
 */
import { isApprovalId, principalKey, type ApprovalId } from '../../domain/approvals/approval-request.ts';
import { LIMITS } from '../../domain/limits.ts';
import { APPROVAL_STATUS_PREFIX } from '../../protocols/http/approval-path.ts';
import { fieldValue, type HeaderFields } from '../../protocols/http/header-fields.ts';
import type { Problem } from '../../protocols/http/problem-details.ts';
import { requesterOf } from '../approvals/approval-request-of.ts';
import type { ApprovalDesk } from '../approvals/approval-desk.ts';
import { approvalNotice, type ApprovalLinks } from './approval-problems.ts';
import { problemReply } from './api-dialect.ts';
import { clientOrigin } from './client-origin.ts';
import type { HttpGate } from './http-gate.ts';
import type { GateReply, RequestAttributes } from './http-wire.ts';
import { identify } from './identify.ts';
import { mayWait, whileWaiting } from './waiting-streams.ts';

const RETRY_AFTER_S = 10;

/** Where a client is told to look, and where a person is sent. */
export function approvalLinks(
  desk: ApprovalDesk,
  attributes: RequestAttributes,
  fields: HeaderFields,
): (id: ApprovalId) => ApprovalLinks {
  const origin = clientOrigin(attributes, fields);
  return (id) => ({
    link: desk.linkOf(id),
    status: origin === undefined ? undefined : `${origin}${APPROVAL_STATUS_PREFIX}${id}`,
  });
}

/** Undefined where the request is for something else. The signal: the client has gone. Rejects where the approvals cannot be asked for. */
export function approvalStatusReply(
  gate: HttpGate,
  attributes: RequestAttributes,
  fields: HeaderFields,
  signalOf: () => AbortSignal,
): Promise<GateReply> | undefined {
  const { approvals } = gate;
  const target = fieldValue(fields, ':path');
  if (approvals === undefined || target?.startsWith(APPROVAL_STATUS_PREFIX) !== true) return undefined;
  const [path = '', query = ''] = target.split('?');
  return answered(gate, approvals, attributes, fields, {
    id: path.slice(APPROVAL_STATUS_PREFIX.length),
    waitMs: waitOf(query),
    signal: signalOf(),
  });
}

interface Asked {
  readonly id: string;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

async function answered(
  gate: HttpGate,
  desk: ApprovalDesk,
  attributes: RequestAttributes,
  fields: HeaderFields,
  { id, waitMs, signal }: Asked,
): Promise<GateReply> {
  const refused = (problem: Problem): GateReply => {
    gate.metrics.refused(problem.code);
    return problemReply(problem);
  };
  if (fieldValue(fields, ':method') !== 'GET') {
    const reply = refused({
      status: 405,
      code: 'GH_HTTP_METHOD',
      detail: 'The gate answers GET alone here.',
    });
    return { ...reply, headers: [...reply.headers, ['allow', 'GET']] };
  }
  const identified = await identify(gate, fields);
  if (!identified.ok) {
    const { status, code, publicMessage } = identified;
    const reply = refused({ status, code, detail: publicMessage });
    const challenge = ['www-authenticate', 'Bearer realm="gatehouse"'] as const;
    return status === 401 ? { ...reply, headers: [...reply.headers, challenge] } : reply;
  }
  const key = principalKey(requesterOf(identified.principal));
  const isOwn = (status: Awaited<ReturnType<ApprovalDesk['status']>>): boolean =>
    status !== undefined && principalKey(status.request.requester) === key;
  let status = isApprovalId(id) ? await desk.status(id) : undefined;
  if (status?.state === 'pending' && isOwn(status) && waitMs > 0 && mayWait(desk, key)) {
    const own = status.request.id;
    const until = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
    status = await whileWaiting(desk, key, () => desk.watched(own, until));
  }
  if (status === undefined || !isOwn(status)) {
    return refused({
      status: 404,
      code: 'GH_APPROVAL_UNKNOWN',
      detail: 'There is no such request for approval of yours.',
    });
  }
  const notice = approvalNotice(
    status,
    approvalLinks(desk, attributes, fields)(status.request.id),
    gate.masking.masker,
  );
  return {
    status: 200,
    headers: [
      ['content-type', 'application/json'],
      ['cache-control', 'no-store'],
      ...(status.state === 'pending' ? [['retry-after', String(RETRY_AFTER_S)] as const] : []),
    ],
    body: Buffer.from(
      JSON.stringify({ ...notice, agreed: status.agreed, needed: status.needed, next: NEXT[status.state] }),
    ),
    details: 'approval_status',
  };
}

const NEXT = {
  pending: 'Wait: nobody has decided it yet.',
  approved: 'Send the very same request again now: it goes through once.',
  denied: 'Do not send it again: a reviewer has denied it.',
  expired: 'Its time has passed; send the request again to ask anew.',
  cancelled: 'It was cancelled; send the request again to ask anew.',
  abandoned: 'What held it was stopped; send the request again to ask anew.',
  released: 'It was used: the request has gone through.',
} as const;

function waitOf(query: string): number {
  const seconds = /(?:^|&)wait=(\d{1,6})(?:&|$)/.exec(query)?.[1] ?? '0';
  return Math.min(Number(seconds) * 1_000, LIMITS.approvalPollMsMax);
}
