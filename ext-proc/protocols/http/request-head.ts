/**
 * A request's head, read into what policy sees, or refused: what could be read in more than one way, or would let a
 * request be another than the one that is decided. Framing (Content-Length, Transfer-Encoding) is Envoy's codec's.
 * Source: RFC 9110, RFC 9113 section 8.3.
 */
import type { HeaderFields } from './header-fields.ts';
import { fieldValue } from './header-fields.ts';
import { readTarget, type RequestTarget } from './request-target.ts';

export interface RequestHead extends RequestTarget {
  readonly method: string;
  /** Lower case, with its port where the client named one. */
  readonly host: string;
  /** As sent, with query. */
  readonly rawTarget: string;
  /** The value of Authorization, where there is one. */
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  /** What Content-Length says. */
  readonly contentLength: number | undefined;
  readonly websocket: boolean;
  /** What of the header belongs to the request. */
  readonly fields: HeaderFields;
  /** All that came, with what the gate withholds. */
  readonly arrived: HeaderFields;
}

export interface HeadRefusal {
  readonly ok: false;
  readonly status: number;
  readonly code: string;
  readonly publicMessage: string;
}

const TOKEN = /^[A-Z][A-Z-]{0,31}$/;
const HOST = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$|^\[[0-9a-f:.]+\](:[0-9]{1,5})?$/;

/** Where a request carries more than one line of these, servers differ in which of them they take. */
const SINGLE = ['authorization', 'content-type', 'content-encoding', 'content-length', 'host', 'origin'];

/** Headers by which a server is told that the request is another than it says. */
const OVERRIDES: ReadonlySet<string> = new Set([
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-original-url',
  'x-original-uri',
  'x-override-url',
  'x-rewrite-url',
  'x-original-method',
]);

export function readRequestHead(fields: HeaderFields): { ok: true; head: RequestHead } | HeadRefusal {
  const method = fieldValue(fields, ':method') ?? '';
  if (!TOKEN.test(method) || method === 'CONNECT' || method === 'TRACE') {
    return refused(405, 'GH_HTTP_METHOD', 'The gate takes no request of this method.');
  }
  const host = (fieldValue(fields, ':authority') ?? '').toLowerCase();
  if (!HOST.test(host)) return refused(400, 'GH_HTTP_HOST', 'The host of this request is not in form.');
  const rawTarget = fieldValue(fields, ':path') ?? '';
  const target = readTarget(rawTarget);
  if (!target.ok) return refused(400, target.code, target.publicMessage);
  for (const name of SINGLE) {
    if (isSeveral(fields, name)) {
      return refused(400, 'GH_HTTP_HEADERS', `The header ${name} may stand in a request once.`);
    }
  }
  const override = fields.find((field) => OVERRIDES.has(field[0]));
  if (override !== undefined) {
    return refused(
      400,
      'GH_HTTP_HEADERS',
      `The header ${override[0]} is not taken: send the request that is meant.`,
    );
  }
  const encoding = fieldValue(fields, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity') {
    return refused(415, 'GH_HTTP_ENCODING', 'Send the body as it is, without Content-Encoding.');
  }
  const upgrade = fieldValue(fields, 'upgrade')?.toLowerCase();
  if (upgrade !== undefined && upgrade !== 'websocket') {
    return refused(400, 'GH_HTTP_UPGRADE', 'The only upgrade that the gate takes is websocket.');
  }
  const length = fieldValue(fields, 'content-length');
  return {
    ok: true,
    head: {
      method,
      host,
      rawTarget,
      ...target.target,
      authorization: fieldValue(fields, 'authorization'),
      contentType: fieldValue(fields, 'content-type'),
      contentLength: length !== undefined && /^[0-9]{1,15}$/.test(length) ? Number(length) : undefined,
      websocket: upgrade !== undefined,
      fields,
      arrived: fields,
    },
  };
}

/** Envoy joins lines of a name that it knows by commas: outside of quotes none of these has one. */
function isSeveral(fields: HeaderFields, name: string): boolean {
  let lines = 0;
  for (const field of fields) {
    if (field[0] !== name) continue;
    if (++lines > 1 || (field[1].includes(',') && withoutQuoted(field[1]).includes(','))) return true;
  }
  return false;
}

/** In one pass: a quote that nothing closes reaches to the end, and what it holds counts. */
const withoutQuoted = (value: string): string =>
  value.replaceAll(/"(?:[^"\\]|\\.?)*("|$)/g, (quoted, end: string) => (end === '' ? quoted : ''));

const refused = (status: number, code: string, publicMessage: string): HeadRefusal => ({
  ok: false,
  status,
  code,
  publicMessage,
});

/** Those that say something of a request and hold no credential. */
const TOLD: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'content-disposition',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'origin',
  'prefer',
  'range',
  'sec-fetch-mode',
  'sec-fetch-site',
  'user-agent',
  'x-requested-with',
]);
const TOLD_CHARACTERS_MAX = 1_024;

/** The headers that policy sees, each cut at 1,024 characters. */
export function toldHeaders(fields: HeaderFields): Readonly<Record<string, string>> {
  const told: Record<string, string> = {};
  for (const field of fields) {
    const name = field[0];
    if (TOLD.has(name)) told[name] ??= (fieldValue(fields, name) as string).slice(0, TOLD_CHARACTERS_MAX);
  }
  return told;
}
