/** What a request's record says of it: its target and the beginning of its body, masked whoever may see them (I3). */
import { hash } from 'node:crypto';
import { canonicalDigest } from '../../domain/canonical.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Masker } from '../../masking/masker.ts';
import { bodyTransform } from '../../protocols/http/body/body-transform.ts';
import type { FieldMarks } from '../../protocols/http/body/field-marks.ts';
import type { DecidableRequest, DescribedRequest } from './dialect.ts';
import type { RecordedRequest } from './http-event.ts';
import { recordedTarget } from './recorded-target.ts';

export function requestRecord(
  request: DecidableRequest,
  described: DescribedRequest,
  masker: Masker,
  marks: FieldMarks,
): RecordedRequest {
  const { head, body } = request;
  const told = described.kind.startsWith('http.')
    ? `${head.method} ${recordedTarget(head, masker, marks)}`
    : described.statement;
  // Cut behind masking: half a value is none that is found.
  const line = masker.maskRecordText(told).slice(0, LIMITS.httpRecordTargetCharactersMax);
  const content = recordedBody(request, masker, marks);
  return {
    kind: described.kind,
    method: head.method,
    template: described.template,
    tool: masker.maskRecordText(described.tool),
    statement: content === '' ? line : `${line}\n${content}`,
    digest: requestDigest(request),
    details: {
      host: masker.maskRecordText(head.host),
      body: body.policy.kind,
      ...(described.kind.startsWith('mcp.') ? { version: mcpVersion(described) } : {}),
    },
  };
}

function mcpVersion({ action }: DescribedRequest): string {
  return 'mcp' in action ? action.mcp.version : '';
}

/** The beginning of a body that was read, with what is marked in answers masked too. */
function recordedBody({ body }: DecidableRequest, masker: Masker, marks: FieldMarks): string {
  const { bytes, kind } = body;
  if (bytes === undefined || bytes.length === 0 || (kind !== 'json' && kind !== 'form')) return '';
  const transform = bodyTransform(kind, { masker, marks, numbersStayNumbers: false, count: () => undefined });
  const isCut = bytes.length > LIMITS.httpRecordBodyBytesMax;
  const pieces = transform.push(isCut ? bytes.subarray(0, LIMITS.httpRecordBodyBytesMax) : bytes);
  const text = Buffer.concat(isCut ? [...pieces] : [...pieces, ...transform.end()]).toString('utf8');
  return isCut ? `${text}…` : text;
}

/**
 * The digest of a request, form `http/1`: SHA-256 over who, where and the exact bytes. Approvals are bound to it, so what is
 * in it is exactly what gives the request its meaning.
 */
function requestDigest({ head, body, route, principal }: DecidableRequest): string {
  return canonicalDigest('http/1', [
    ['principal', principal.subject],
    ['on_behalf_of', principal.onBehalfOf ?? null],
    ['issuer', principal.issuer],
    ['upstream', route.upstream.name],
    ['route', route.name],
    ['method', head.method],
    ['target', head.rawTarget],
    ['content_type', head.contentType ?? null],
    ['body', body.bytes === undefined ? null : hash('sha256', body.bytes, 'hex')],
  ]);
}
