/**
 * The handshake of a WebSocket whose frames are read (RFC 6455 section 4): which are taken, and what is changed there.
 * Extensions are stripped both ways, so that frames hold what they say; the rest stays the two peers' own.
 */
import { hash } from 'node:crypto';
import type { RandomBytes } from '../../domain/ids.ts';
import {
  fieldValue,
  fieldValues,
  type HeaderChanges,
  type HeaderFields,
} from '../../protocols/http/header-fields.ts';
import { planResponse, type ResponsePlanOptions } from './response-plan.ts';
import type { HeadRefusal, RequestHead } from '../../protocols/http/request-head.ts';

const KEY = 'sec-websocket-key';
const ACCEPT = 'sec-websocket-accept';
const EXTENSIONS = 'sec-websocket-extensions';
/** RFC 6455 section 1.3. */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** What the peers agree on by these must reach them as it is. */
const HANDSHAKE: ReadonlySet<string> = new Set([ACCEPT, 'upgrade', 'connection', 'sec-websocket-protocol']);

/** Undefined where the gate can read what will be spoken. */
export function upgradeRefusal({ method, fields }: RequestHead): HeadRefusal | undefined {
  if (method !== 'GET')
    return refused(400, 'GH_HTTP_UPGRADE', 'A WebSocket is opened by GET, or by CONNECT over HTTP/2.');
  const versions = fieldValues(fields, 'sec-websocket-version');
  return versions.length === 1 && versions[0] === '13'
    ? undefined
    : refused(426, 'GH_WS_VERSION', 'The version of WebSocket that is spoken here is 13.');
}

const refused = (status: number, code: string, publicMessage: string): HeadRefusal => ({
  ok: false,
  status,
  code,
  publicMessage,
});

/** What changes in the request; `key` is the gate's own where it asks in the name of a client of HTTP/2. */
export function upgradeChanges(
  fields: HeaderFields,
  random: RandomBytes,
): { readonly changes: HeaderChanges; readonly key: string | undefined } {
  const remove = [EXTENSIONS];
  // RFC 8441 section 5: over HTTP/2 there is none, and the server speaks HTTP/1.1.
  if (fieldValue(fields, KEY) !== undefined) return { changes: { set: [], remove }, key: undefined };
  const key = Buffer.from(random(16)).toString('base64');
  return { changes: { set: [[KEY, key]], remove }, key };
}

export type Acceptance =
  | { readonly kind: 'go'; readonly changes: HeaderChanges }
  | { readonly kind: 'withhold'; readonly code: string; readonly publicMessage: string };

/**
 * A server's 101. `key`: the gate's own, which it must have taken and of which the client hears nothing; a client of
 * HTTP/1.1 judges its own.
 */
export function readAcceptance(
  fields: HeaderFields,
  key: string | undefined,
  options: Pick<ResponsePlanOptions, 'obligations' | 'masks' | 'count'>,
): Acceptance {
  if (key !== undefined && fieldValue(fields, ACCEPT) !== hash('sha1', key + ACCEPT_SUFFIX, 'base64')) {
    const publicMessage = 'The server answers another WebSocket than it was asked for.';
    return { kind: 'withhold', code: 'GH_HTTP_UPGRADE', publicMessage };
  }
  const plan = planResponse(
    fields.filter(([name]) => !HANDSHAKE.has(name)),
    { ...options, inspected: true, hasBody: false, numbersStayNumbers: false },
  );
  if (plan.kind === 'withhold') return plan;
  const own = key === undefined ? [EXTENSIONS] : [EXTENSIONS, ACCEPT];
  return {
    kind: 'go',
    changes: {
      set: plan.changes.set.filter(([name]) => name !== 'cache-control'),
      remove: [...plan.changes.remove, ...own.filter((name) => fieldValue(fields, name) !== undefined)],
    },
  };
}
