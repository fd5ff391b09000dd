/** What the console answers where it does not do what it is asked: RFC 9457 problem details with a stable code. */
import { STATUS_CODES } from 'node:http';
import { GatehouseError } from '../domain/errors.ts';
import type { Problem } from './api.ts';

export class ConsoleProblem extends Error {
  readonly status: number;
  readonly code: string;
  /** For the person who reads it; never echoes what was sent. */
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.name = 'ConsoleProblem';
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.headers = headers;
  }
}

export const notFound = (): ConsoleProblem =>
  new ConsoleProblem(404, 'GH_CONSOLE_NOT_FOUND', 'There is nothing here.');

/** What the gate's own errors are over HTTP; any other is a fault of ours. */
const STATUS_OF: Readonly<Record<string, number>> = {
  GH_APPROVALS_UNAVAILABLE: 503,
  GH_JOURNAL_UNAVAILABLE: 503,
  GH_STATE_UNAVAILABLE: 503,
  GH_EVIDENCE_UNAVAILABLE: 503,
  GH_LOGIN_ISSUER: 502,
  GH_LOGIN_REFUSED: 403,
  GH_LOGIN_ATTEMPT: 400,
  GH_LOGIN_TOKEN: 403,
  GH_LOGIN_AGENT: 403,
};

/** Any error as a problem. `isOurs`: it belongs in the log. */
export function problemOf(error: unknown): { readonly problem: ConsoleProblem; readonly isOurs: boolean } {
  if (error instanceof ConsoleProblem) return { problem: error, isOurs: false };
  if (error instanceof GatehouseError) {
    const status = STATUS_OF[error.code] ?? 500;
    return { problem: new ConsoleProblem(status, error.code, error.publicMessage), isOurs: true };
  }
  return {
    problem: new ConsoleProblem(
      500,
      'GH_INTERNAL',
      'Something went wrong here; the log of the console has it.',
    ),
    isOurs: true,
  };
}

export const problemBody = ({
  status,
  code,
  detail,
}: Pick<ConsoleProblem, 'status' | 'code' | 'detail'>): Problem => ({
  type: 'about:blank',
  title: STATUS_CODES[status] ?? 'Error',
  status,
  code,
  detail,
});
