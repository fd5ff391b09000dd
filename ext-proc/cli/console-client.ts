/** The console's API for the commands (`console/api.ts`): its answers, and its problems as errors of ours. */
import { GatehouseError } from '../domain/errors.ts';
import { revealSecret } from '../domain/secret.ts';
import { findConsole, type ConsoleOptions, type ConsolePlace } from './console-place.ts';
import { keptSession, notLoggedIn } from './console-session.ts';
import { terminalLine } from './terminal-text.ts';

const TIMEOUT_MS = 15_000;
const ANSWER_BYTES_MAX = 16 * 1_048_576;
const SHOW_AFTER_MS = 1_000;

export interface ConsoleClient {
  readonly place: ConsolePlace;
  /** The answer's JSON; undefined where there is none. Rejects with the code that the console gives. */
  ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
}

/** As whoever is logged in. Rejects with GH_CONSOLE_LOGIN and as `findConsole` does. */
export async function openConsole(options: ConsoleOptions): Promise<ConsoleClient> {
  const place = await findConsole(options);
  const { session } = await keptSession(place.url, Date.now());
  return {
    place,
    ask: (method, path, body) =>
      askConsole(place.url, method, path, body, { authorization: `Bearer ${revealSecret(session)}` }),
  };
}

/** Rejects with GH_CONSOLE_UNREACHABLE, or with what the console says. */
export async function askConsole(
  url: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  return patiently(`waiting for ${url}`, async () => {
    const answer = await fetch(url + path, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // A session goes nowhere else.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((cause: unknown) => {
      throw unreachable(url, cause);
    });
    const text = await boundedText(answer).catch((cause: unknown) => {
      throw unreachable(url, cause);
    });
    if (!answer.ok) throw problemOf(answer.status, text);
    if (text.trim() === '') return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new GatehouseError(
        'GH_CONSOLE_ANSWER',
        `${url} answers, but not as a console of Gatehouse does.`,
        { cause },
      );
    }
  });
}

async function boundedText(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  if (answer.body === null) return text;
  for await (const chunk of answer.body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ANSWER_BYTES_MAX) throw new Error('the answer has no end');
  }
  return text + decoder.decode();
}

const unreachable = (url: string, cause: unknown): GatehouseError =>
  new GatehouseError(
    'GH_CONSOLE_UNREACHABLE',
    `The console at ${url} does not answer. Look whether it runs (npm run gatehouse -- status), or name another: --console URL`,
    { cause },
  );

/** RFC 9457; what another server may say instead is not repeated. */
function problemOf(status: number, text: string): GatehouseError {
  if (status === 401) return notLoggedIn();
  let problem: { code?: unknown; detail?: unknown } = {};
  try {
    problem = (JSON.parse(text) as typeof problem | null) ?? {};
  } catch {
    // Not a problem of the console's.
  }
  const { code, detail } = problem;
  if (typeof code === 'string' && /^GH_[A-Z0-9_]{1,60}$/.test(code) && typeof detail === 'string') {
    return new GatehouseError(code, terminalLine(detail, false));
  }
  return new GatehouseError(
    'GH_CONSOLE_ANSWER',
    `The console answered with status ${status} and without a reason.`,
  );
}

/** Says on a terminal what is waited for once it takes longer than a second. */
async function patiently<T>(what: string, work: () => Promise<T>): Promise<T> {
  const { stderr } = process;
  let shown = false;
  const timer = setTimeout(() => {
    if (!stderr.isTTY) return;
    shown = true;
    stderr.write(`… ${what}`);
  }, SHOW_AFTER_MS);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
    if (shown) stderr.write('\r\u001B[2K');
  }
}
