/**
 * What a request's header list must be before anybody acts on it.
 * Source: RFC 9113, sections 8.1.1, 8.2 and 8.3.
 */
import type { HeaderField } from './hpack-decoder.ts';

export type RequestHeaders = ReadonlyMap<string, string>;

const PSEUDO: ReadonlySet<string> = new Set([':method', ':scheme', ':authority', ':path']);
const CONNECTION_SPECIFIC: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);
const NAME = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;

/** The list as a map, the last of a name in it; undefined where the request is malformed. */
export function readRequestHeaders(fields: readonly HeaderField[]): RequestHeaders | undefined {
  const headers = new Map<string, string>();
  let regular = false;
  for (const [name, value] of fields) {
    if (!isField(name, value)) return undefined;
    if (name.startsWith(':')) {
      if (regular || !PSEUDO.has(name) || headers.has(name)) return undefined;
    } else regular = true;
    headers.set(name, value);
  }
  for (const name of [':method', ':scheme', ':path']) if ((headers.get(name) ?? '') === '') return undefined;
  return headers;
}

/** Trailers have no pseudo-headers. */
export const areTrailers = (fields: readonly HeaderField[]): boolean =>
  fields.every(([name, value]) => !name.startsWith(':') && isField(name, value));

function isField(name: string, value: string): boolean {
  if (!NAME.test(name) || CONNECTION_SPECIFIC.has(name)) return false;
  if (name === 'te' && value !== 'trailers') return false;
  // eslint-disable-next-line no-control-regex
  return !/[\0\r\n]/.test(value);
}
