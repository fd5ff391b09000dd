/** The console's API from its page: JSON over same-origin fetch, with the session's token on what changes something. */
import type { Me, Problem } from '../api.ts';

/** What the console answered, or that it did not answer (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

const TIMEOUT_MS = 20_000;

let csrf = '';
let onSessionOver: () => void = () => undefined;

/** Called whenever an answer says that nobody is logged in any more. */
export function whenSessionIsOver(callback: () => void): void {
  onSessionOver = callback;
}

export async function readMe(): Promise<Me> {
  const me = await get<Me>('/api/me');
  csrf = me.csrf;
  return me;
}

export const get = <T>(path: string): Promise<T> => call<T>('GET', path);
export const post = <T>(path: string, body?: unknown): Promise<T> => call<T>('POST', path, body);
export const remove = (path: string): Promise<void> => call<void>('DELETE', path);

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        accept: 'application/json',
        ...(method === 'GET' ? {} : { 'x-gatehouse-csrf': csrf }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError(0, '', 'The console does not answer. It may be restarting, or the network is away.');
  }
  if (response.status === 204) return undefined as T;
  if (response.ok) return (await response.json()) as T;
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  if (response.status === 401) onSessionOver();
  throw new ApiError(response.status, problem.code ?? '', problem.detail ?? 'Something went wrong.');
}
