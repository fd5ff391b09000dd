/** Denials over HTTP: RFC 9457 problem details. The texts are the gate's own and never echo payload. */
import type { HeaderField } from './header-fields.ts';

export interface Problem {
  readonly status: number;
  /** Stable: a code of the gate's. */
  readonly code: string;
  /** What went wrong and what to do next, in a sentence or two. */
  readonly detail: string;
  /** The policy's rule, where one decided. */
  readonly rule?: string;
  /** The record of it, for operators and auditors. */
  readonly eventId?: string;
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
  502: "The server's answer cannot be passed on",
  503: 'The gate cannot decide',
};

export function problemBody({ status, code, detail, rule, eventId }: Problem): Buffer {
  return Buffer.from(
    JSON.stringify({
      type: `urn:gatehouse:error:${code}`,
      title: TITLES[status] ?? 'The gate refuses this request',
      status,
      detail,
      code,
      ...(rule === undefined ? {} : { rule }),
      ...(eventId === undefined ? {} : { event_id: eventId, instance: `urn:uuid:${eventId}` }),
    }),
  );
}
