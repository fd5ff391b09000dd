/**
 * One message of a client's: what policy sees of it, what policy says, and what of it goes on. Nothing here sends
 * anything.
 */
import type { HoldTerms } from '../../domain/approvals/hold-terms.ts';
import { gateDenial, type Decision } from '../../domain/decision.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { foldName } from '../../domain/fold-name.ts';
import { type PolicyHttpBody, wholeBody } from '../../domain/http-action.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Masker } from '../../masking/masker.ts';
import type { FieldMarks } from '../../protocols/http/body/field-marks.ts';
import type { Message } from '../../protocols/websocket/message-reader.ts';
import { maskFields, maskText, readText } from '../../protocols/websocket/text-message.ts';
import { describeRequest } from './api-dialect.ts';
import type { DecidableRequest, DescribedRequest } from './dialect.ts';
import type { RecordedRequest } from './http-event.ts';
import type { HttpGate } from './http-gate.ts';
import { readObligations } from './obligations.ts';
import { policyInput } from './policy-input.ts';
import { isGraphql, type ReadBody } from './request-body.ts';
import { requestRecord } from './request-record.ts';

/** A WebSocket that was opened, as its messages need to know it. */
export interface OpenedWebSocket {
  readonly request: DecidableRequest;
  readonly described: DescribedRequest;
}

export type MessageVerdict =
  | { readonly kind: 'allowed'; readonly payload: Buffer }
  | { readonly kind: 'denied'; readonly decision: Decision; readonly record: RecordedRequest }
  /** As an allowed one, once people agree. */
  | {
      readonly kind: 'held';
      readonly payload: Buffer;
      readonly decision: Decision;
      readonly record: RecordedRequest;
      readonly terms: HoldTerms;
      /** The opening request with the message as its body. */
      readonly sent: DecidableRequest;
    };

export type CountMask = (kind: string, field: string | undefined) => void;

/** `count` is told what was masked or removed in a message that goes on. Never throws. */
export function judgeMessage(
  gate: HttpGate,
  { request, described }: OpenedWebSocket,
  message: Message,
  count: CountMask,
): MessageVerdict {
  const { payload } = message;
  const { body, refusal } = readMessage(message);
  const sent: DecidableRequest = { ...request, body };
  const action = { kind: 'http.message', request: describeRequest(sent) } as const;
  const recordOf = (decision: Decision): RecordedRequest =>
    messageRecord(gate, sent, { ...described, kind: action.kind, action }, decision);
  const denied = (decision: Decision): MessageVerdict => ({
    kind: 'denied',
    decision,
    record: recordOf(decision),
  });
  if (refusal !== undefined)
    return denied(gateDenial(refusal.code, refusal.publicMessage, gate.policy.bundleHash));

  const input = policyInput(request.route, request.principal, request.clientAddress, action);
  const decision = gate.policy.decide(input);
  gate.metrics.decided(request.route.upstream.name, decision.verdict);
  const { verdict, hold: terms } = decision;
  const isHeld = verdict === 'hold' && terms !== undefined && gate.approvals !== undefined;
  if (verdict !== 'allow' && !isHeld) return denied(decision);
  const passes = (payload: Buffer): MessageVerdict =>
    isHeld
      ? { kind: 'held', payload, decision, record: recordOf(decision), terms, sent }
      : { kind: 'allowed', payload };
  const ownDenial = (code: string, reason: string): MessageVerdict =>
    denied({ ...gateDenial(code, reason, decision.bundleHash), obligations: decision.obligations });
  const { passesUnreadable, requestMarks, requestMasker } = readObligations(
    decision,
    request.route,
    gate.masking,
  );
  if (body.graphql)
    return ownDenial('GH_HTTP_GRAPHQL', 'GraphQL is not taken: what it asks for cannot be decided here.');
  if (message.type === 'binary' && !passesUnreadable.request)
    return ownDenial('GH_HTTP_BODY_UNREADABLE', 'The gate cannot read binary messages.');
  if (requestMarks.empty) return passes(payload);
  try {
    const masking = { masker: requestMasker, marks: requestMarks, numbersStayNumbers: false, count };
    const changed = message.type === 'text' ? maskFields(payload, masking) : undefined;
    if (changed !== undefined) return passes(changed);
    const reason = 'Policy changes fields of what you send, and this message is not JSON.';
    return ownDenial('GH_HTTP_BODY_UNREADABLE', reason);
  } catch (error) {
    if (!(error instanceof GatehouseError)) return ownDenial('GH_INTERNAL', 'internal error');
    return ownDenial(error.code, error.publicMessage);
  }
}

interface ReadMessage {
  readonly body: ReadBody;
  readonly refusal?: { readonly code: string; readonly publicMessage: string };
}

function readMessage({ type, payload }: Message): ReadMessage {
  const bytes = payload.length;
  const bodyOf = (policy: PolicyHttpBody, kind: ReadBody['kind'], graphql = false): ReadBody => ({
    ok: true,
    policy,
    kind,
    bytes: payload,
    graphql,
  });
  if (type === 'binary') return { body: bodyOf({ kind: 'binary', complete: false, bytes }, undefined) };
  const read = readText(payload);
  if (read.kind === 'json') {
    const { value } = read;
    return { body: bodyOf(wholeBody('json', bytes, value), 'json', isGraphqlMessage(value)) };
  }
  const body = bodyOf({ kind: 'text', complete: false, bytes }, 'text');
  return read.kind === 'refused' ? { body, refusal: read } : { body };
}

/** As a request's body, or as graphql-transport-ws and graphql-ws send it: in `payload`. */
function isGraphqlMessage(value: unknown): boolean {
  if (isGraphql(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, member]) => foldName(name) === 'payload' && isGraphql(member));
}

/** Whoever may see what is in it: with everything masked that is masked in answers (I3). */
function messageRecord(
  gate: HttpGate,
  request: DecidableRequest,
  described: DescribedRequest,
  decision: Decision,
): RecordedRequest {
  const { masker } = gate.masking;
  const marks = readObligations(decision, request.route, gate.masking).recordMarks;
  const { kind, bytes } = request.body;
  const isText = kind === 'text' || kind === 'json';
  const content = isText && bytes !== undefined ? recordedText(masker, marks, bytes) : '';
  const bare: DecidableRequest = { ...request, body: { ...request.body, kind: undefined } };
  const record = requestRecord(bare, described, masker, marks);
  return content === '' ? record : { ...record, statement: `${record.statement}\n${content}` };
}

function recordedText(masker: Masker, marks: FieldMarks, bytes: Buffer): string {
  try {
    const text = maskText(bytes, { masker, marks, numbersStayNumbers: false, count: () => undefined });
    const isCut = text.length > LIMITS.httpRecordBodyBytesMax;
    return isCut ? `${text.toString('utf8', 0, LIMITS.httpRecordBodyBytesMax)}…` : text.toString('utf8');
  } catch {
    // What cannot be masked with certainty is not kept.
    return '';
  }
}
