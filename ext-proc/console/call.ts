/** One request to the console and its answer, as handlers see them; and reading a body within bounds. */
import type { IncomingMessage } from 'node:http';
import type { Session } from './sessions.ts';
import { ConsoleProblem } from './problem.ts';

export interface Call {
  readonly request: IncomingMessage;
  readonly url: URL;
  /** What the route's pattern captured. */
  readonly parts: readonly string[];
  /** Aborted when the client has gone, or the console stops. */
  readonly gone: AbortSignal;
}

export interface SessionCall extends Call {
  readonly session: Session;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  /** Instead of a body: writes until the client goes. */
  readonly stream?: (write: (text: string) => void, end: () => void) => () => void;
}

export const json = (value: unknown, status = 200): Reply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: `${JSON.stringify(value)}\n`,
});

export const seeOther = (location: string, cookies: readonly string[] = []): Reply => ({
  status: 303,
  headers: { location, ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }) },
});

export const NO_CONTENT: Reply = { status: 204 };

const BODY_BYTES_MAX = 65_536;

/** The whole body. Throws GH_CONSOLE_TOO_LARGE. */
export async function readBody(request: IncomingMessage, bytesMax = BODY_BYTES_MAX): Promise<Buffer> {
  const tooLarge = (): ConsoleProblem =>
    // What is not read ends with the connection.
    new ConsoleProblem(413, 'GH_CONSOLE_TOO_LARGE', `The request is larger than ${bytesMax} bytes.`, {
      connection: 'close',
    });
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Throws GH_CONSOLE_FORM where it is not JSON. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!isOfType(request, 'application/json'))
    throw new ConsoleProblem(415, 'GH_CONSOLE_FORM', 'Send JSON, as application/json.');
  const body = await readBody(request);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new ConsoleProblem(400, 'GH_CONSOLE_FORM', 'The body is not JSON.');
  }
}

export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  if (!isOfType(request, 'application/x-www-form-urlencoded'))
    throw new ConsoleProblem(415, 'GH_CONSOLE_FORM', 'Send a form.');
  return new URLSearchParams((await readBody(request)).toString('utf8'));
}

const isOfType = (request: IncomingMessage, type: string): boolean =>
  request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() === type;
