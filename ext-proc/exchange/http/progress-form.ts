/**
 * How a client that has asked for it is told while its request waits for people: a stream of events, the last of which is
 * the answer. What an event is depends on what HTTP carries.
 */
import type { ApprovalNotice, Problem } from '../../protocols/http/problem-details.ts';
import type { HeaderFields } from '../../protocols/http/header-fields.ts';

/** An answer as the client would have got it by itself: masked, its header without what stays here. */
export interface WholeAnswer {
  readonly status: number;
  readonly fields: HeaderFields;
  readonly body: Buffer;
}

export interface ProgressForm {
  /** How long it waits where neither its client nor policy says; 0 is not at all. */
  readonly waitMs: number;
  /** `round`: from 0 on, one more each time. */
  waiting(notice: ApprovalNotice, round: number): Buffer;
  /** Whether an answer is events already, which go on as they come. */
  passes(status: number, fields: HeaderFields): boolean;
  answer(answer: WholeAnswer): Buffer;
  /** It was sent to the server, and what came of it cannot be shown whole. */
  broken(problem: Pick<Problem, 'code' | 'detail' | 'eventId'>): Buffer;
}

/** Whether an Accept header names event streams, and not only by a wildcard. */
export const acceptsEvents = (accept: string | undefined): boolean =>
  (accept ?? '').split(',').some((each) => {
    const [type, ...parameters] = each.split(';').map((part) => part.trim().toLowerCase());
    return (
      type === 'text/event-stream' && !parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/.test(parameter))
    );
  });
