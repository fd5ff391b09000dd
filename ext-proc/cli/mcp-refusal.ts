/** What a failed delivery of the bridge means: whether to try again, and what the client is told. */
import { SdkHttpError, type StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

import { GatehouseError } from '../domain/errors.ts';

export const REASON_CHARACTERS_MAX = 2_000;

/** Whether it is certain that the server did not take the message, so that sending it again does nothing twice. */
export function nothingWasDone(error: unknown, transport: StreamableHTTPClientTransport): boolean {
  if (error instanceof SdkHttpError) return error.status === 404 && transport.sessionId !== undefined;
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  return cause?.code === 'ECONNREFUSED';
}

/** What an agent, or whoever looks after it, can act on. */
export function refusalText(error: unknown, refusal: string): string {
  if (error instanceof GatehouseError) return `${error.code}: ${error.publicMessage}`;
  if (error instanceof SdkHttpError) {
    const text = error.status === 401 ? refusal : bodyOf(error);
    return `The gate answered with status ${error.status}: ${detailOf(text) ?? text.slice(0, REASON_CHARACTERS_MAX)}`;
  }
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `The gate cannot be reached: ${error instanceof Error ? error.message : String(error)}${cause}`;
}

const bodyOf = ({ data }: SdkHttpError): string => (typeof data.text === 'string' ? data.text : '');

/** The text of a problem (RFC 9457) or of a JSON-RPC error. */
function detailOf(text: string): string | undefined {
  const body = parsed(text) as { detail?: unknown; error?: { message?: unknown } } | undefined;
  const detail = body?.detail ?? body?.error?.message;
  return typeof detail === 'string' ? detail : undefined;
}

/** A JSON-RPC error in the body of a refusal goes on with its code and data. */
export function errorOfServer(error: unknown): object {
  const body = error instanceof SdkHttpError ? parsed(bodyOf(error)) : undefined;
  const { error: inner } = (body ?? {}) as { error?: { code?: unknown; message?: unknown; data?: unknown } };
  if (!Number.isSafeInteger(inner?.code) || typeof inner?.message !== 'string') return {};
  const { code, message, data } = inner;
  return { code, message, ...(data === undefined ? {} : { data }) };
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
