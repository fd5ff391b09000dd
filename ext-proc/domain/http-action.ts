/**
 * A request over HTTP as policy sees it: what is decided is what is forwarded, so everything here is read from the
 * bytes that go on, after what is ambiguous was refused (protocols/http).
 */

import { bodyFields } from './body-fields.ts';
import { bodyMembers } from './body-members.ts';

/** A body as it was read. `json` alone has a `value`; what is not read whole (`complete` false) has none. */
export interface PolicyHttpBody {
  /**
   * - `none`: there is none.
   * - `json`, `form`, `text`, `ndjson`: read, or readable.
   * - `binary`: no form that the gate reads (a document, an image, multipart).
   * - `unread`: the route's inspection leaves bodies alone (`headers`, `authz`).
   */
  readonly kind: 'none' | 'json' | 'ndjson' | 'form' | 'text' | 'binary' | 'unread';
  /** Whether all of it is known while deciding; false for a body larger than the limit, and for one that streams. */
  readonly complete: boolean;
  /** Bytes: of the body read, else what Content-Length says; null where nobody says. */
  readonly bytes: number | null;
  /** JSON: the parsed value. A form: its fields, each a list of values. */
  readonly value?: unknown;
  /**
   * The value for rules that close something (`body-fields.ts`): under names without regard to case, and of a form at
   * every path that its names may mean. Made when it is first read.
   */
  readonly fields?: unknown;
  /** Of a value that is an object its first level (`body-members.ts`). A rule that looks no further costs little by it. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** A body that was read whole; the value of a form is its fields, each a list. */
export const wholeBody = (kind: 'json' | 'form', bytes: number, value: unknown): PolicyHttpBody =>
  bodyOf(kind, bytes, bodyMembers(value), () => value);

/** JSON of which the first level was read, and the rest is read when it is first asked for. */
export function shallowBody(
  bytes: number,
  members: Readonly<Record<string, unknown>>,
  valueOf: () => unknown,
): PolicyHttpBody {
  let read: { readonly value: unknown } | undefined;
  return bodyOf('json', bytes, members, () => (read ??= { value: valueOf() }).value);
}

function bodyOf(
  kind: 'json' | 'form',
  bytes: number,
  members: PolicyHttpBody['members'],
  valueOf: () => unknown,
): PolicyHttpBody {
  let fields: unknown;
  return {
    kind,
    complete: true,
    bytes,
    get value() {
      return valueOf();
    },
    // Few policies look there.
    get fields() {
      return (fields ??= bodyFields(kind, valueOf()));
    },
    ...(members === undefined ? {} : { members }),
  };
}

export interface PolicyHttpRequest {
  /** Upper case, as sent. */
  readonly method: string;
  /** Lower case, with the port where it is not the scheme's own. */
  readonly host: string;
  /** Normalised (RFC 3986 section 6), percent-decoded where that is not ambiguous; never with a query. */
  readonly path: string;
  /** The upstream's configured template that the path fits, `/people/{id}`; null where none does. */
  readonly template: string | null;
  /** What stands in the template's braces. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Each name's values, decoded, in order. */
  readonly query: Readonly<Record<string, readonly string[]>>;
  /** Lower-case names; only those that say something of the request, never a credential. */
  readonly headers: Readonly<Record<string, string>>;
  /** The media type alone, lower case; empty where there is none. */
  readonly content_type: string;
  readonly body: PolicyHttpBody;
  /** How much the gate sees on this route. */
  readonly inspection: 'full' | 'headers' | 'authz';
}

/**
 * `http.request`: one request. `http.websocket`: the upgrade to a WebSocket. `http.message`: one message of a WebSocket
 * that the client sends; its `body` is the message.
 */
export type HttpActionKind = 'http.request' | 'http.websocket' | 'http.message';
