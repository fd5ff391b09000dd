/**
 * What HTTP carries on a route: a plain API, or MCP. A dialect names the action of a request for policy, tells a denial
 * in the client's own form, and may read the answer in a way of its own.
 */
import type { ActionKind, PolicyAction } from '../../domain/policy-input.ts';
import type { SessionId } from '../../domain/ids.ts';
import type { Principal } from '../../domain/principal.ts';
import type { BodyMasking, BodyTransform } from '../../protocols/http/body/body-masking.ts';
import type { ReadBodyKind } from '../../protocols/http/body/body-transform.ts';
import type { BodyKind } from '../../protocols/http/body/content-type.ts';
import type { HeaderChanges, HeaderField } from '../../protocols/http/header-fields.ts';
import type { Problem } from '../../protocols/http/problem-details.ts';
import type { RequestHead } from '../../protocols/http/request-head.ts';
import type { HeldForm } from './held-form.ts';
import type { HttpRoute } from './http-gate.ts';
import type { ProgressForm } from './progress-form.ts';
import type { GateReply } from './http-wire.ts';
import type { ReadBody } from './request-body.ts';

export interface DecidableRequest {
  readonly route: HttpRoute;
  readonly principal: Principal;
  readonly clientAddress: string;
  readonly head: RequestHead;
  readonly body: ReadBody;
}

export interface AnswerFacts {
  readonly eventId: string;
  readonly status: number;
}

export interface DescribedRequest {
  readonly ok: true;
  readonly kind: ActionKind;
  readonly action: PolicyAction;
  readonly template: string;
  readonly tool: string;
  /** What the record says of it before its body, in place of the target: unmasked, for the caller to mask. */
  readonly statement: string;
  readonly requestHeaders: HeaderChanges;
  readonly numbersStayNumbers: boolean;
  /** How it is sealed and shown where policy holds it. */
  readonly held: HeldForm;
  /** What it is known by, where its client says by another request that it does not wait any more, and of that request. */
  readonly cancelKey?: SessionId | undefined;
  readonly cancels?: SessionId | undefined;
  /** What goes on in place of its body, where something in that is for the gate alone. */
  readonly withoutOwn?: Buffer | undefined;
  /** How its client is told while it waits for people; undefined where it has not asked for that. */
  readonly progress: ProgressForm | undefined;
  /** `problem.approval` is set where it waits for people: what is told then is not a denial. */
  denial(problem: Problem): GateReply;
  /** Further changes to the answer's header; undefined where it must be withheld. */
  responseHeaders(fields: readonly HeaderField[]): HeaderChanges | undefined;
  /** Whether an answer of this status may have a body of this kind; what may not is withheld. */
  takesAnswer(kind: BodyKind, status: number): boolean;
  /** In place of the masking transform of the kind, where the protocol has one of its own. */
  responseTransform(kind: ReadBodyKind, masking: BodyMasking, answer: AnswerFacts): BodyTransform | undefined;
}

export interface UndescribedRequest {
  readonly ok: false;
  readonly code: string;
  readonly status: number;
  readonly publicMessage: string;
  readonly reply: (problem: Problem) => GateReply;
}

export interface Dialect {
  /** Of a request that is refused by its head. */
  readonly refusal: (problem: Problem) => GateReply;
  describe(request: DecidableRequest): DescribedRequest | UndescribedRequest;
}
