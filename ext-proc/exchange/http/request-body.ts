/**
 * A request's body as far as it is read before the decision: JSON and forms whole, up to a limit; of everything else its
 * kind. Owns which bodies are refused before policy is asked.
 */
import { type PolicyHttpBody, shallowBody, wholeBody } from '../../domain/http-action.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { foldName } from '../../domain/fold-name.ts';
import { LIMITS } from '../../domain/limits.ts';
import { bodyKindOf, type BodyKind } from '../../protocols/http/body/content-type.ts';
import { parseStrictJson } from '../../protocols/http/body/strict-json.ts';
import { readFirstLevel } from '../../protocols/http/body/strict-object.ts';
import type { RequestHead } from '../../protocols/http/request-head.ts';
import { readQuery } from '../../protocols/http/request-target.ts';
import type { RequestIntake } from './request-intake.ts';

export interface ReadBody {
  readonly ok: true;
  readonly policy: PolicyHttpBody;
  /** How it is read on its way; undefined where it is not. */
  readonly kind: Extract<BodyKind, 'json' | 'ndjson' | 'sse' | 'form' | 'text'> | 'none' | undefined;
  /** All of it, where it was read whole. */
  readonly bytes: Buffer | undefined;
  /** What JSON it is, where it was read whole; policy is given it up to a limit. */
  readonly value?: unknown;
  /** Whether it is a GraphQL document inside JSON. */
  readonly graphql: boolean;
}

export interface BodyRefusal {
  readonly ok: false;
  readonly status: number;
  readonly code: string;
  readonly publicMessage: string;
}

/** Undefined where the stream has gone meanwhile. */
export async function readRequestBody(
  head: RequestHead,
  intake: RequestIntake,
  endOfStream: boolean,
): Promise<ReadBody | BodyRefusal | undefined> {
  if (endOfStream) return unread('none', 0, 'none');
  const bytes = head.contentLength ?? null;
  const { kind, charset } = bodyKindOf(head.contentType);
  if (kind === 'graphql')
    return refused('GH_HTTP_GRAPHQL', 'GraphQL is not taken: what it asks for cannot be decided here.');
  if (kind === 'grpc')
    return refused('GH_HTTP_GRPC', 'gRPC is not taken: what it asks for cannot be decided here.');
  if (charset === 'unreadable' && (kind === 'json' || kind === 'form')) {
    // Passed unread it would be a way around every rule about fields.
    return refused(
      'GH_HTTP_BODY_UNREADABLE',
      'JSON and forms are read in UTF-8, US-ASCII and ISO-8859-1 alone; send this one in UTF-8.',
    );
  }
  if (kind === 'binary' || charset === 'unreadable') return unread('binary', bytes, undefined);
  if (kind === 'ndjson') return unread('ndjson', bytes, kind);
  if (kind === 'text' || kind === 'sse') return unread('text', bytes, kind);
  const intaken = await intake.whole(LIMITS.httpReadBodyBytesMax);
  if (intaken.kind === 'closed') return undefined;
  if (intaken.kind === 'large')
    return (
      (kind === 'form' ? isNoForm(Buffer.concat(intaken.chunks)) : undefined) ?? unread(kind, bytes, kind)
    );
  const { body } = intaken;
  if (body.length === 0) return { ...unread('none', 0, 'none'), bytes: body };
  return kind === 'json' ? readJson(body) : readForm(body);
}

function readJson(body: Buffer): ReadBody | BodyRefusal {
  const members = body.length > LIMITS.httpPolicyBodyBytesMax ? undefined : readFirstLevel(body);
  if (members !== undefined) {
    const policy = shallowBody(body.length, members, () => valueOf(body));
    return {
      ok: true,
      policy,
      kind: 'json',
      bytes: body,
      get value() {
        return policy.value;
      },
      graphql: isGraphql(members),
    };
  }
  const read = parseStrictJson(body);
  if (!read.ok) return { ok: false, status: 400, code: read.code, publicMessage: read.publicMessage };
  const { value } = read;
  return {
    ok: true,
    policy: policyBody('json', body, value),
    kind: 'json',
    bytes: body,
    value,
    graphql: isGraphql(value),
  };
}

/** Of a body that was taken. */
function valueOf(body: Buffer): unknown {
  const read = parseStrictJson(body);
  if (!read.ok)
    throw new GatehouseError('GH_INTERNAL', 'internal error', {
      message: `a body was taken, and then not: ${read.code}`,
    });
  return read.value;
}

/** White space of JSON (RFC 8259 section 2). */
const SPACE = String.raw`[ \t\n\r]*`;
/**
 * An object or a list by its beginning, whatever comes behind it: lenient readers take what is no JSON, such as `NaN` or a comma
 * too many. A list may begin with scalars, and is one then where a string, an object or a list is among them, or
 * nothing is behind it; `[a]=1` is a form.
 */
const BEGINS_AS_JSON = new RegExp(
  String.raw`^${SPACE}(?:[{[]${SPACE}["{[}\]]|\[[\w \t\n\r,.+-]*(?:["{[]|\]${SPACE}$))`,
);

const SEMICOLON = 0x3b;

/** Of the first bytes of a form, or of all of it. */
function isNoForm(body: Buffer): BodyRefusal | undefined {
  // No form holds a NUL, and JSON in UTF-16 does beside every sign. A bare semicolon parts fields to some servers.
  if (body.includes(0) || body.includes(SEMICOLON)) return FORM_MALFORMED;
  return BEGINS_AS_JSON.test(body.toString('latin1')) ? JSON_AS_FORM : undefined;
}

/** Rules and masks would find nothing in it, and servers that read JSON whatever its content type says would. */
const JSON_AS_FORM: BodyRefusal = {
  ok: false,
  status: 400,
  code: 'GH_HTTP_BODY_MALFORMED',
  publicMessage: 'The form of this request is JSON; send it as application/json.',
};

const FORM_MALFORMED: BodyRefusal = {
  ok: false,
  status: 400,
  code: 'GH_HTTP_BODY_MALFORMED',
  publicMessage: 'The form of this request is not in form. Percent-encode it as UTF-8, semicolons included.',
};

function readForm(body: Buffer): ReadBody | BodyRefusal {
  const noForm = isNoForm(body);
  if (noForm !== undefined) return noForm;
  // WHATWG URL: urlencoded is ASCII; what is not stands percent-encoded.
  const value = body.some((byte) => byte > 0x7e) ? undefined : readQuery(body.toString('latin1'));
  if (value === undefined) return FORM_MALFORMED;
  return {
    ok: true,
    policy: policyBody('form', body, value),
    kind: 'form',
    bytes: body,
    graphql: asksGraphql(value),
  };
}

/** GraphQL over HTTP by GET, or in a form: the document in a parameter. */
export const asksGraphql = (parameters: Readonly<Record<string, readonly string[]>>): boolean =>
  Object.entries(parameters).some(([name, values]) => isGraphqlName(name) && values.some(isGraphqlDocument));

/** GraphQL over HTTP: an object, or a list of them, with the document in `query`. */
export function isGraphql(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isGraphql);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, member]) => isGraphqlName(name) && isGraphqlDocument(member));
}

/** Servers that read JSON into a structure take the name in any case. */
export const isGraphqlName = (name: string): boolean => foldName(name) === 'query';

/** What GraphQL leaves out between tokens (section 2.1); a comment ends at either line terminator. */
const IGNORED = String.raw`(?:[\s,\ufeff]|#[^\n\r]*[\n\r])*`;
/** What may stand before a definition (section 2.10). */
const DESCRIPTION = String.raw`(?:(?:"""(?:[^"\\]|\\[^]|"(?!""))*"""|"(?:[^"\\\n\r]|\\.)*")${IGNORED})?`;
const DOCUMENT = new RegExp(
  String.raw`^${IGNORED}${DESCRIPTION}(?:\{[\s,\ufeff]*(?:[_A-Za-z#]|\.\.\.)|(?:query|mutation|subscription|fragment)\b[^]*\{)`,
);

export const isGraphqlDocument = (query: unknown): boolean =>
  typeof query === 'string' && DOCUMENT.test(query);

/** Of one that is not read to its end: a document, or what may stand before one and goes on. */
const BEGINNING = new RegExp(
  String.raw`^${IGNORED}${DESCRIPTION}(?:$|#[^\n\r]*$|"|\{[\s,\ufeff]*(?:$|[_A-Za-z#]|\.)|(?:query|mutation|subscription|fragment)\b)`,
);

export const mayBeGraphqlDocument = (beginning: string): boolean => BEGINNING.test(beginning);

/** One that is larger than policy takes is, for policy, not all known. */
const policyBody = (kind: 'json' | 'form', { length: bytes }: Buffer, value: unknown): PolicyHttpBody =>
  bytes > LIMITS.httpPolicyBodyBytesMax ? { kind, complete: false, bytes } : wholeBody(kind, bytes, value);

const unread = (kind: PolicyHttpBody['kind'], bytes: number | null, read: ReadBody['kind']): ReadBody => ({
  ok: true,
  policy: { kind, complete: kind === 'none', bytes },
  kind: read,
  bytes: undefined,
  graphql: false,
});

const refused = (code: string, publicMessage: string): BodyRefusal => ({
  ok: false,
  status: 415,
  code,
  publicMessage,
});

/** What comes behind an upgrade is no body. */
export const NO_BODY: ReadBody = {
  ok: true,
  policy: { kind: 'none', complete: true, bytes: 0 },
  kind: 'none',
  bytes: undefined,
  graphql: false,
};

/** Where the route leaves bodies alone. */
export const unreadBody = (bytes: number | null, endOfStream: boolean): ReadBody => ({
  ok: true,
  policy: { kind: endOfStream ? 'none' : 'unread', complete: endOfStream, bytes: endOfStream ? 0 : bytes },
  kind: endOfStream ? 'none' : undefined,
  bytes: undefined,
  graphql: false,
});
