/**
 * The header of a request as it leaves: without the agent's token and cookies, with the upstream's own credential, and
 * asking for what the gate can read. Owns that no credential of the agent's side reaches an upstream (I7).
 */
import { revealSecret } from '../../domain/secret.ts';
import type { HttpCredential } from '../../domain/ports.ts';
import { ownTags, ownTagsOfAny } from '../../protocols/http/entity-tag.ts';
import { isParamHeader } from '../../protocols/mcp/param-headers.ts';
import type { TagSeal } from '../../protocols/http/tag-seal.ts';
import {
  fieldValue,
  NO_HEADER_CHANGES,
  type HeaderChanges,
  type HeaderField,
  type HeaderFields,
} from '../../protocols/http/header-fields.ts';
import { isWithheld } from './withheld-headers.ts';

/** By these servers take who calls; what an agent sends in them is never the upstream's business. */
export const CREDENTIALS: readonly string[] = [
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'api-key',
  'apikey',
  'x-auth-token',
  'x-access-token',
  'x-goog-api-key',
  'x-amz-security-token',
  'x-forwarded-user',
  'x-forwarded-email',
  'x-forwarded-groups',
  'x-forwarded-client-cert',
  'x-auth-key',
  'x-auth-email',
  'private-token',
  'job-token',
  'x-vault-token',
  'x-clickhouse-user',
  'x-clickhouse-key',
  'ocp-apim-subscription-key',
  'x-functions-key',
  'x-hasura-admin-secret',
  'x-hasura-access-key',
  // By this proxies that log people in say who it is; more of them in withheld-headers.ts.
  'x-user',
  // And by these ones before them from where.
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  'x-client-ip',
  'client-ip',
  'x-cluster-client-ip',
  'x-original-forwarded-for',
];

const CREDENTIAL_NAMES: ReadonlySet<string> = new Set(CREDENTIALS);

/** They ask for what cannot be read, or are signatures of a body or a header that the gate may change. */
const UNFIT_FOR_READING: ReadonlySet<string> = new Set([
  'accept-charset',
  'range',
  'if-range',
  'te',
  'want-digest',
  'want-repr-digest',
  'want-content-digest',
  'digest',
  'content-digest',
  'repr-digest',
  'content-md5',
]);

export interface RequestChangeOptions {
  readonly credential: HttpCredential;
  /** Bodies are read: ranges of one, and encodings, cannot be. */
  readonly inspected: boolean;
  readonly keepsCookies: boolean;
  /** What the masks of the answer depend on, as in its entity tag. */
  readonly masks: string;
  readonly tags: TagSeal;
  /** Of the dialect: what it says in the upstream's place, and what it takes off. */
  readonly own: HeaderChanges;
  readonly method: string;
  /** Those that the upstream's configuration withholds, in lower case. */
  readonly withheld: ReadonlySet<string>;
}

export function requestChanges(fields: HeaderFields, options: RequestChangeOptions): HeaderChanges {
  const { credential, inspected, keepsCookies, own, withheld } = options;
  const set: HeaderField[] = [...own.set];
  const conditions = inspected ? conditionChanges(fields, options) : NO_HEADER_CHANGES;
  if (inspected) set.push(['accept-encoding', 'identity'], ...conditions.set);
  const given = credential.header;
  if (given !== undefined) set.push([given.name, revealSecret(given.value)]);
  const isGone = (name: string): boolean =>
    CREDENTIAL_NAMES.has(name) ||
    (inspected && UNFIT_FOR_READING.has(name)) ||
    (name === 'cookie' && !keepsCookies) ||
    own.remove.includes(name) ||
    conditions.remove.includes(name) ||
    isWithheld(name, withheld);
  const remove: string[] = [];
  // Envoy has no other fields than these; to name some thirty that are not there would cost it and us for each request.
  for (const [name] of fields) {
    if (name !== given?.name && isGone(name) && !remove.includes(name)) remove.push(name);
  }
  return { set, remove };
}

/**
 * Conditions (RFC 9110 section 13.1) in the server's own tags. Of a GET or HEAD they ask whether what the client has is
 * still good, which depends on the masks too; a date knows nothing of those and is left out. Of other methods they
 * protect what is to be changed, and stay whole.
 */
function conditionChanges(
  fields: HeaderFields,
  { method, masks, tags }: RequestChangeOptions,
): HeaderChanges {
  const set: HeaderField[] = [];
  const remove: string[] = [];
  const isRead = method === 'GET' || method === 'HEAD';
  const noneMatch = fieldValue(fields, 'if-none-match');
  if (noneMatch !== undefined && noneMatch.trim() !== '*') {
    const own = isRead ? ownTags(noneMatch, masks, tags) : ownTagsOfAny(noneMatch, tags);
    if (own === undefined) remove.push('if-none-match');
    else set.push(['if-none-match', own]);
  }
  const match = fieldValue(fields, 'if-match');
  if (match !== undefined) set.push(['if-match', ownTagsOfAny(match, tags)]);
  if (isRead) remove.push('if-modified-since');
  return { set, remove };
}

/** What a header says of a body that is changed on its way: its length, and arguments that are repeated. */
export const withoutTruths = ({ set, remove }: HeaderChanges, fields: HeaderFields): HeaderChanges => {
  const repeated = fields.map(([name]) => name).filter(isParamHeader);
  return { set, remove: [...remove, 'content-length', ...repeated] };
};

/** Of a body that another one goes on for. */
export function withLength(
  changes: HeaderChanges,
  fields: HeaderFields,
  replaced: Buffer | undefined,
): HeaderChanges {
  if (replaced === undefined || fieldValue(fields, 'content-length') === undefined) return changes;
  return { ...changes, set: [...changes.set, ['content-length', String(replaced.length)]] };
}
