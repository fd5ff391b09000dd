/**
 * Entity tags of answers that were masked (RFC 9110 section 8.8.3): the server's own, sealed, with what the masks depend
 * on behind it. A client that keeps an answer under it gets 304 only while the same would be masked.
 */
import type { TagSeal } from './tag-seal.ts';

/** Between the server's sealed tag and the gate's part; `.` and hexadecimal digits follow. */
const MARK = '~gh.';
const TAG = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;

/** Undefined where the server's own is not in form. Always weak: the bytes are not the server's. */
export function maskedTag(own: string, masks: string, seal: TagSeal): string | undefined {
  const opaque = TAG.exec(own.trim())?.[2];
  return opaque === undefined ? undefined : `W/"${seal.seal(opaque)}${MARK}${masks}"`;
}

/**
 * A client's If-None-Match for the server: the server's tags behind those of the gate's that were made under the same
 * masks. Undefined where none is left.
 */
export function ownTags(condition: string, masks: string, seal: TagSeal): string | undefined {
  const tags = condition
    .split(',')
    .map((each) => TAG.exec(each.trim()))
    .flatMap((found) => {
      const [, , opaque = ''] = found ?? [];
      const end = `${MARK}${masks}`;
      return opaque.endsWith(end) ? (seal.open(opaque.slice(0, -end.length)) ?? []) : [];
    });
  return tags.length === 0 ? undefined : tags.flatMap((tag) => [`"${tag}"`, `W/"${tag}"`]).join(', ');
}

/** A client's If-Match for the server, whatever masks its tags were made under: it names what is to be changed. */
export function ownTagsOfAny(condition: string, seal: TagSeal): string {
  return condition.replaceAll(
    new RegExp(`(?:W/)?"([\\w-]*)${MARK.replace('.', '\\.')}[0-9a-f]+"`, 'g'),
    (written, sealed: string) => {
      const own = seal.open(sealed);
      return own === undefined ? written : `"${own}"`;
    },
  );
}
