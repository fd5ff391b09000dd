/**
 * Media type and charset of a Content-Type (RFC 9110 section 8.3), and which reader a body of it gets. A body is never
 * sniffed: what its sender does not name is `binary`, which nobody reads. Refuses nothing and never throws; what is
 * ambiguous (two types in one field, two charsets) is unreadable.
 */

/**
 * - `json`, `ndjson`, `sse`, `form`, `text`: read by `bodyTransform`.
 * - `graphql`, `grpc`: read by nobody, and refused by name.
 * - `binary`: everything else: documents, images, multipart.
 */
export type BodyKind = 'json' | 'ndjson' | 'sse' | 'form' | 'text' | 'binary' | 'graphql' | 'grpc';

/** The charsets that are read, all supersets of ASCII a byte at a time; `unreadable` is every other. */
export type BodyCharset = 'utf-8' | 'us-ascii' | 'iso-8859-1' | 'unreadable';

export interface BodyType {
  readonly kind: BodyKind;
  /** Lower case, without parameters; empty where there is none, or none in form. */
  readonly mediaType: string;
  /** `utf-8` where none is named. A `binary` body has one only in name. */
  readonly charset: BodyCharset;
}

const NDJSON: ReadonlySet<string> = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonl',
  'application/x-jsonlines',
  'application/json-lines',
  'application/jsonlines',
  'application/json-seq',
  'application/stream+json',
]);

const JSON_TYPES: ReadonlySet<string> = new Set([
  'application/json',
  'application/x-json',
  'text/json',
  'text/x-json',
]);

const TEXT: ReadonlySet<string> = new Set([
  'application/xml',
  'application/xml-dtd',
  'application/javascript',
  'application/x-javascript',
  'application/ecmascript',
  'application/yaml',
  'application/x-yaml',
  'application/toml',
  'application/sql',
  'application/csv',
]);

const CHARSETS: Readonly<Record<string, BodyCharset>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'us-ascii',
  ascii: 'us-ascii',
  'iso-8859-1': 'iso-8859-1',
  'iso8859-1': 'iso-8859-1',
  latin1: 'iso-8859-1',
};

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const MEDIA_TYPE = new RegExp(`^(${TOKEN}/${TOKEN})[ \\t]*(?=;|$)`);
const PARAMETER = new RegExp(
  `[ \\t]*;[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)"))?[ \\t]*(?=;|$)`,
  'y',
);

/** A field longer than this is not in form. */
const FIELD_BYTES_MAX = 1_024;

/** Of a field's value, as it was sent. */
export function bodyKindOf(contentType: string | undefined): BodyType {
  const written = contentType ?? '';
  // Looked at first: where much white space stands inside, the next line takes the square of its length.
  const field = written.length > FIELD_BYTES_MAX ? '' : written.replaceAll(/^[ \t]+|[ \t]+$/g, '');
  const match = MEDIA_TYPE.exec(field);
  if (match === null) return { kind: 'binary', mediaType: '', charset: 'unreadable' };
  const mediaType = (match[1] as string).toLowerCase();
  return { kind: kindOf(mediaType), mediaType, charset: charsetOf(field, match[0].length) };
}

function kindOf(type: string): BodyKind {
  if (type === 'application/graphql' || /^application\/graphql[+-]/.test(type)) return 'graphql';
  if (type === 'application/grpc' || /^application\/grpc[+-]/.test(type)) return 'grpc';
  if (NDJSON.has(type) || type.endsWith('+json-seq')) return 'ndjson';
  if (JSON_TYPES.has(type) || type.endsWith('+json')) return 'json';
  if (type === 'text/event-stream') return 'sse';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (type.startsWith('text/') || TEXT.has(type) || type.endsWith('+xml') || type.endsWith('+yaml'))
    return 'text';
  return 'binary';
}

/** The one charset that the parameters name; `unreadable` where they are not in form or do not agree. */
function charsetOf(field: string, from: number): BodyCharset {
  let charset: BodyCharset | undefined;
  for (let at = from; at < field.length;) {
    PARAMETER.lastIndex = at;
    const match = PARAMETER.exec(field);
    if (match === null) return 'unreadable';
    at = PARAMETER.lastIndex;
    const [, name, token, quoted] = match;
    if (name?.toLowerCase() !== 'charset') continue;
    const named = (token ?? (quoted as string).replaceAll(/\\(.)/g, '$1')).toLowerCase();
    const next = Object.hasOwn(CHARSETS, named) ? (CHARSETS[named] as BodyCharset) : 'unreadable';
    if (charset !== undefined && charset !== next) return 'unreadable';
    charset = next;
  }
  return charset ?? 'utf-8';
}
