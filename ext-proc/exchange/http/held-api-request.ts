/**
 * A request of a plain API as it is sealed and shown. Form `http/3`: who, where, whether it opens a WebSocket, method and target, the header but for what
 * names the one sending, and the exact bytes of the body. `websocket/2` is the same of a message of a WebSocket.
 */
import { hash } from 'node:crypto';
import { canonicalForm, type CanonicalField } from '../../domain/canonical.ts';
import type { PolicyHttpRequest } from '../../domain/http-action.ts';
import { bodyTransform } from '../../protocols/http/body/body-transform.ts';
import type { HeaderFields } from '../../protocols/http/header-fields.ts';
import { isOfOneSending } from '../../protocols/http/one-sending.ts';
import { sealedHeaders } from '../../protocols/http/sealed-headers.ts';
import type { DecidableRequest } from './dialect.ts';
import type { HeldForm, ViewMasking } from './held-form.ts';
import { recordedTarget } from './recorded-target.ts';
import { CREDENTIALS } from './request-changes.ts';

export function heldApiRequest(
  request: DecidableRequest,
  { template, content_type }: PolicyHttpRequest,
): HeldForm {
  const { head, body, route } = request;
  const place = template ?? head.path;
  // What asks for a WebSocket is of the connection, and not sealed with the header.
  const action = head.websocket ? 'http.websocket' : 'http.request';
  return {
    whole: isWhole(request),
    digest: (cookies) =>
      digestOf('http/3', request, cookies, [
        ['action', action],
        ['content_type', head.contentType ?? null],
        ['body', body.bytes === undefined ? null : hash('sha256', body.bytes, 'hex')],
      ]),
    similarKey: (cookies) =>
      `${action} ${head.method} ${place} ${headDigest(request, cookies, head.fields, 'any target')}`,
    words: `${head.websocket ? 'WebSocket' : head.method} ${place} on ${route.upstream.name}`,
    language: 'http',
    payload: (masking, cookies) => {
      const content = shownBody(request, masking);
      return [shownHead(request, masking, cookies), ...(content === '' ? [] : ['', content])].join('\n');
    },
    facts: [
      ['host', head.host],
      ['route', route.name],
      ...(template === null ? [] : [['template', template] as const]),
      ...(content_type === '' ? [] : [['content type', content_type] as const]),
    ],
    sealedBody: undefined,
    carried: undefined,
  };
}

/** A body that streams is not sealed, nor one that the gate does not see. */
function isWhole({ route, head, body }: DecidableRequest): boolean {
  // Whether a request has a body is not known there for certain.
  if (route.inspection === 'authz') return false;
  if (head.websocket && route.inspection !== 'full') return false;
  return body.policy.kind === 'none' || (body.bytes !== undefined && isShown(body.kind));
}

const isShown = (kind: DecidableRequest['body']['kind']): kind is 'json' | 'form' | 'none' =>
  kind === 'json' || kind === 'form' || kind === 'none';

/** Of a request over HTTP: who, and what is asked of which route. */
export function digestOf(
  form: string,
  { head, route, principal }: DecidableRequest,
  cookies: boolean,
  content: readonly CanonicalField[],
  fields: HeaderFields = head.fields,
): string {
  const headers = sealedHeaders(fields, { takenOff: CREDENTIALS, cookies });
  return hash(
    'sha256',
    canonicalForm(form, [
      ['principal', principal.subject],
      ['on_behalf_of', principal.onBehalfOf ?? null],
      ['issuer', principal.issuer],
      ['upstream', route.upstream.name],
      ['route', route.name],
      ['host', head.host],
      ['method', head.method],
      ['target', head.rawTarget],
      ['headers', headers.flat()],
      ...content,
    ]),
    'hex',
  );
}

/**
 * Of a kind of request: what is sealed of these fields but for what is of the one sending, as the body is, and the target
 * where it is none of the values.
 */
export function headDigest(
  { head }: DecidableRequest,
  cookies: boolean,
  fields: HeaderFields,
  target: 'any target' | 'this target',
): string {
  const lasting = fields.filter(([name]) => !isOfOneSending(name));
  const form = canonicalForm('head/1', [
    ['target', target === 'this target' ? head.rawTarget : null],
    ['headers', sealedHeaders(lasting, { takenOff: CREDENTIALS, cookies }).flat()],
  ]);
  return hash('sha256', form, 'hex');
}

/** The request line and what of the header, or of these fields of it, is sealed. */
export function shownHead(
  { head }: DecidableRequest,
  { masker, marks }: ViewMasking,
  cookies: boolean,
  fields: HeaderFields = head.fields,
): string {
  const lines = sealedHeaders(fields, { takenOff: CREDENTIALS, cookies }).map(([name, value]) =>
    // Whoever has it is somebody at the server.
    name === 'cookie' ? 'cookie: [not shown]' : `${name}: ${masker.maskRecordText(value)}`,
  );
  return [
    `${head.method} ${recordedTarget(head, masker, marks)}`,
    `host: ${masker.maskRecordText(head.host)}`,
    ...(head.websocket ? ['upgrade: websocket'] : []),
    ...lines,
  ].join('\n');
}

function shownBody({ body }: DecidableRequest, { masker, marks }: ViewMasking): string {
  const { bytes, kind } = body;
  if (bytes === undefined || bytes.length === 0 || (kind !== 'json' && kind !== 'form')) return '';
  const transform = bodyTransform(kind, { masker, marks, numbersStayNumbers: false, count: () => undefined });
  return Buffer.concat([...transform.push(bytes), ...transform.end()]).toString('utf8');
}
