/**
 * The target of a request (RFC 9112 section 3.2, RFC 3986): what policy sees of it, or why it is refused. Owns the rule
 * that a path is read in one way only: whatever two servers could take for two resources is refused, so that the path
 * that is decided is the one that is served.
 */

export interface RequestTarget {
  /** Decoded; segments of it are what they say. */
  readonly path: string;
  readonly query: Readonly<Record<string, readonly string[]>>;
}

export type TargetResult = { readonly ok: true; readonly target: RequestTarget } | TargetRefusal;

export interface TargetRefusal {
  readonly ok: false;
  readonly code: 'GH_HTTP_PATH' | 'GH_HTTP_QUERY';
  readonly publicMessage: string;
}

const QUERY_PARAMETERS_MAX = 1_000;

/** `raw` is `:path` as Envoy forwards it: normalised, with repeated slashes merged. */
export function readTarget(raw: string): TargetResult {
  const mark = raw.indexOf('?');
  const rawPath = mark < 0 ? raw : raw.slice(0, mark);
  const path = readPath(rawPath);
  if (path === undefined) return refusedPath();
  const query = mark < 0 ? {} : readTargetQuery(raw.slice(mark + 1));
  if (query === undefined) {
    return {
      ok: false,
      code: 'GH_HTTP_QUERY',
      publicMessage:
        'The query of this request is not in form. Percent-encode it as UTF-8, semicolons included.',
    };
  }
  return { ok: true, target: { path, query } };
}

const refusedPath = (): TargetRefusal => ({
  ok: false,
  code: 'GH_HTTP_PATH',
  publicMessage:
    'The path of this request can be read in more than one way. Send it without encoded slashes, dots or percent signs, backslashes, semicolons and empty segments.',
});

/** What a server may take for a separator or drop, raw or decoded; a percent sign that could be decoded again. */
const AMBIGUOUS = /[\\;#\p{Cc}]|%[0-9A-Fa-f]{2}/u;

function readPath(raw: string): string | undefined {
  if (!raw.startsWith('/')) return undefined;
  // eslint-disable-next-line no-control-regex
  if (/%(2f|5c|00)/i.test(raw) || /[^\x21-\x7e]/.test(raw)) return undefined;
  const path = percentDecoded(raw);
  if (path === undefined || AMBIGUOUS.test(path)) return undefined;
  const segments = path.slice(1).split('/');
  const empty = segments.findIndex((each) => each === '');
  if (empty >= 0 && empty < segments.length - 1) return undefined;
  if (segments.some((each) => each === '.' || each === '..')) return undefined;
  return path;
}

/** Besides, a bare semicolon is refused, which some servers take for an ampersand, and so is what no target may hold. */
const readTargetQuery = (raw: string): Record<string, string[]> | undefined =>
  /[^\x21-\x7e]|[;#]/.test(raw) ? undefined : readQuery(raw);

/** WHATWG URL section 5.1, without its repairs: what is not in form is refused. */
export function readQuery(raw: string): Record<string, string[]> | undefined {
  const query: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  let count = 0;
  for (const pair of raw.split('&')) {
    if (pair === '') continue;
    if (++count > QUERY_PARAMETERS_MAX) return undefined;
    const equals = pair.indexOf('=');
    const name = percentDecoded((equals < 0 ? pair : pair.slice(0, equals)).replaceAll('+', ' '));
    const value = equals < 0 ? '' : percentDecoded(pair.slice(equals + 1).replaceAll('+', ' '));
    if (name === undefined || value === undefined) return undefined;
    (query[name] ??= []).push(value);
  }
  return query;
}

/** Undefined where a percent sign stands alone, or the bytes are not UTF-8. */
function percentDecoded(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
