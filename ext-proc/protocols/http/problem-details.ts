/** Denials over HTTP: RFC 9457 problem details. The texts are the gate's own and never echo payload. */
import type { HeaderField } from './header-fields.ts';

export interface Problem {
  readonly status: number;
  /** Stable: a code of the gate's. */
  readonly code: string;
  /** What went wrong and what to do next, in a sentence or two. */
  readonly detail: string;
  /** Further on what to do next, over plain HTTP: other protocols say it in their own words. */
  readonly next?: string;
  /** The policy's rule, where one decided. */
  readonly rule?: string;
  /** The record of it, for operators and auditors. */
  readonly eventId?: string;
  /** Of what waits for people, or did. */
  readonly approval?: ApprovalNotice;
  /** When to ask again. */
  readonly retryAfterS?: number;
}

/** What a client is told of a request for approval of its own. */
export interface ApprovalNotice {
  readonly id: string;
  readonly state: string;
  /** Where a person decides it; absent where there is no console. */
  readonly url?: string;
  /** Where the client may ask what has become of it. */
  readonly status?: string;
  /** RFC 3339. */
  readonly decideBy: string;
  /** Who must agree: so many of each. */
  readonly reviewers: readonly {
    readonly count: number;
    readonly groups: readonly string[];
    readonly people: readonly string[];
  }[];
  /** A reviewer's words, masked. */
  readonly reason?: string;
}

export const PROBLEM_HEADERS: readonly HeaderField[] = [
  ['content-type', 'application/problem+json'],
  ['cache-control', 'no-store'],
];

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is not in form',
  401: 'Authentication is needed',
  403: 'Policy denies this request',
  404: 'There is nothing here',
  405: 'The method is not taken',
  413: 'The body is too large',
  415: 'The body is in a form that is not taken',
  429: 'Too much waits already',
  502: "The server's answer cannot be passed on",
  503: 'The gate cannot decide',
};

const titleOf = ({ status, code }: Problem): string =>
  code === 'GH_APPROVAL_NEEDED'
    ? 'People must approve this request'
    : (TITLES[status] ?? 'The gate refuses this request');

/** The fields of an answer with these details. */
export const problemHeaders = ({ retryAfterS }: Problem): readonly HeaderField[] =>
  retryAfterS === undefined ? PROBLEM_HEADERS : [...PROBLEM_HEADERS, ['retry-after', String(retryAfterS)]];

export function problemBody(problem: Problem): Buffer {
  const { status, code, detail, next, rule, eventId, approval } = problem;
  return Buffer.from(
    JSON.stringify({
      type: `urn:gatehouse:error:${code}`,
      title: titleOf(problem),
      status,
      detail: next === undefined ? detail : `${detail} ${next}`,
      code,
      ...(rule === undefined ? {} : { rule }),
      ...(eventId === undefined ? {} : { event_id: eventId, instance: `urn:uuid:${eventId}` }),
      ...(approval === undefined ? {} : { approval }),
    }),
  );
}
