/**
 * What becomes of an answer, from its status and header: what is changed there, and how its body is read. Owns that what
 * cannot be masked with certainty is withheld, unless policy lets it pass.
 */
import { byteStringOfText, textOfByteString } from '../../masking/byte-string.ts';
import type { BodyTransform } from '../../protocols/http/body/body-masking.ts';
import { bodyTransform, type ReadBodyKind } from '../../protocols/http/body/body-transform.ts';
import { bodyKindOf, type BodyKind } from '../../protocols/http/body/content-type.ts';
import { maskedHeaders } from '../../protocols/http/body/header-masking.ts';
import { maskedTag } from '../../protocols/http/entity-tag.ts';
import {
  fieldValue,
  type HeaderChanges,
  type HeaderField,
  type HeaderFields,
} from '../../protocols/http/header-fields.ts';
import type { HttpObligations } from './obligations.ts';

export type ResponsePlan =
  | { readonly kind: 'go'; readonly changes: HeaderChanges; readonly transform: BodyTransform | undefined }
  /** `ofBody`: for its body alone, which may turn out to be empty. */
  | {
      readonly kind: 'withhold';
      readonly code: string;
      readonly publicMessage: string;
      readonly ofBody: boolean;
    };

/** Withheld unless policy reveals it: the server's own session, and what it says of its own authentication. */
const WITHHELD: ReadonlySet<string> = new Set([
  'set-cookie',
  'set-cookie2',
  'www-authenticate',
  'proxy-authenticate',
  'authentication-info',
]);
/** Of bytes that the gate may change, or that a client could ask for in parts. */
const UNTRUE: ReadonlySet<string> = new Set([
  'accept-ranges',
  'digest',
  'content-digest',
  'repr-digest',
  'content-md5',
  'x-goog-hash',
  'x-amz-checksum-crc32',
  'x-amz-checksum-crc32c',
  'x-amz-checksum-crc64nvme',
  'x-amz-checksum-sha1',
  'x-amz-checksum-sha256',
  'x-ms-content-crc64',
  'x-checksum-md5',
  'x-checksum-sha1',
  'x-checksum-sha256',
  'signature',
  'signature-input',
]);

export interface ResponsePlanOptions {
  readonly obligations: HttpObligations;
  readonly count: (kind: string, field: string | undefined) => void;
  /** Bodies are read on this route. */
  readonly inspected: boolean;
  readonly hasBody: boolean;
  readonly numbersStayNumbers: boolean;
  readonly masks: string;
  /** Whether the protocol has answers of this kind; absent: of any. */
  readonly takes?: (kind: BodyKind) => boolean;
  /** In place of the masking transform, where the protocol has one of its own. */
  readonly transformOf?: (kind: ReadBodyKind) => BodyTransform | undefined;
}

export function planResponse(fields: HeaderFields, options: ResponsePlanOptions): ResponsePlan {
  const { obligations, count, inspected, hasBody, numbersStayNumbers, masks } = options;
  const { masker, responseMarks, revealedHeaders } = obligations;
  const set: HeaderField[] = [];
  /** Of this answer, beside those that never go on. */
  const gone: string[] = [];
  let transform: BodyTransform | undefined;
  if (inspected) {
    if (fieldValue(fields, ':status') === '206')
      return withheld(
        'GH_HTTP_PARTIAL',
        'The server answered with a part of a document, which cannot be masked.',
      );
    const encoding = fieldValue(fields, 'content-encoding')?.trim().toLowerCase();
    const contentType = fieldValue(fields, 'content-type');
    const { kind, charset } = bodyKindOf(contentType);
    const isEncoded = encoding !== undefined && encoding !== 'identity' && encoding !== '';
    if (!hasBody) {
      // Of HEAD and 304: what GET would get is not as long as the server's own.
      if (kind !== 'binary') gone.push('content-length');
    } else {
      if (options.takes?.(kind) === false) {
        return withheld('GH_HTTP_CONTENT_TYPE', 'The server answered in a form that is not of its protocol.');
      }
      const read =
        kind === 'binary' || kind === 'graphql' || kind === 'grpc' || charset === 'unreadable' || isEncoded
          ? undefined
          : kind;
      // Where fields are marked, those of a table or a page could not be found.
      const isBlind = (read === undefined || read === 'text') && !responseMarks.empty;
      const isHeld = (read === undefined || isBlind) && !obligations.passesUnreadable.response;
      if (isHeld || (isBlind && isData(contentType))) {
        return withheld(
          'GH_HTTP_BODY_UNREADABLE',
          'The server answered with a body in which the gate cannot tell what is marked, and policy does not let it pass.',
        );
      }
      if (read !== undefined) {
        transform =
          options.transformOf?.(read) ??
          bodyTransform(read, { masker, marks: responseMarks, numbersStayNumbers, count });
        gone.push('content-length');
      }
    }
    const tag = fieldValue(fields, 'etag');
    const masked = tag === undefined ? undefined : maskedTag(tag, masks, obligations.tags);
    if (masked !== undefined) set.push(['etag', masked]);
    else if (tag !== undefined) gone.push('etag');
  }
  set.push(['cache-control', privateCaching(fieldValue(fields, 'cache-control'))]);
  const remove: string[] = [];
  const rest: HeaderField[] = [];
  for (const field of fields) {
    const [name] = field;
    const isGone =
      (WITHHELD.has(name) && !revealedHeaders.has(name)) ||
      (inspected && UNTRUE.has(name)) ||
      gone.includes(name);
    if (!isGone) {
      if (!set.some(([each]) => each === name)) rest.push(field);
    } else if (!remove.includes(name)) remove.push(name);
  }
  set.push(...maskedLines(rest, options));
  return { kind: 'go', changes: { set, remove }, transform };
}

/**
 * Data with names in it, or what a client may take for such: where fields are marked, a form of it that the gate does not
 * read is no way around the marks, whoever chooses it by `Accept`. Policy lets documents, pictures and pages pass.
 */
const isData = (contentType = ''): boolean =>
  !/^[ \t]*[\w!#$&^.+-]+\/[\w!#$&^.+-]+[ \t]*(?:;|$)/.test(contentType) ||
  /,|json|[+/](?:x-)?(?:xml|yaml)|csv|tab-separated|javascript|ecmascript|urlencoded|^[ \t]*multipart\/|event-stream|msgpack|cbor|protobuf|avro/i.test(
    contentType,
  );

/** What depends on who asks is nobody else's: no shared cache keeps it (RFC 9111 section 5.2.2.7). */
function privateCaching(own: string | undefined): string {
  const kept = (own ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter(
      (each) => each !== '' && !/^(public|private|s-maxage|proxy-revalidate|must-understand)\b/i.test(each),
    );
  return ['private', ...kept].join(', ');
}

/** Every line of a name of which one is masked. */
function maskedLines(fields: HeaderFields, options: ResponsePlanOptions): readonly HeaderField[] {
  const { obligations, count } = options;
  const lines = fields.map(([name, value]) => ({ name, value: byteStringOfText(value) }));
  const changed = maskedHeaders(lines, { masker: obligations.masker, count }, obligations.revealedHeaders);
  if (changed.length === 0) return [];
  const values = new Map(changed.map(({ index, value }) => [index, value]));
  const names = new Set(changed.map(({ name }) => name));
  return lines.flatMap(({ name, value }, index) =>
    names.has(name) ? [[name, textOfByteString(values.get(index) ?? value)] as const] : [],
  );
}

const withheld = (code: string, publicMessage: string): ResponsePlan => ({
  kind: 'withhold',
  code,
  publicMessage,
  ofBody: code !== 'GH_HTTP_PARTIAL',
});
