/**
 * Identifiers of hexadecimal digits that hold a card's digits by chance, as one in some thousand does: digests in the
 * lengths of MD5, SHA-1 and SHA-2, and UUIDs (RFC 9562).
 */
import type { ByteString } from '../byte-string.ts';
import { endsWord, isDigit, isHex, startsWord } from '../text-edges.ts';

const DIGEST_LENGTHS = new Set([32, 40, 56, 64, 96, 128]);
const DIGEST_MAX = 128;
const UUID_CHARACTERS = 36;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/iy;

/**
 * Whether the digits from `start` to `end` are the middle of a digest, with letters on either side, or a part of a UUID.
 * A card to which letters were only appended, on one side or on both, has no such length or is found all the same.
 */
export const liesInIdentifier = (text: ByteString, start: number, end: number): boolean =>
  liesInDigest(text, start, end) || liesInUuid(text, start, end);

function liesInDigest(text: ByteString, start: number, end: number): boolean {
  let first = start;
  let lettersBefore = 0;
  while (first > 0 && start - first <= DIGEST_MAX && isHex(text.charCodeAt(first - 1))) {
    if (!isDigit(text.charCodeAt(--first))) lettersBefore++;
  }
  let last = end;
  let lettersAfter = 0;
  while (last - end <= DIGEST_MAX && isHex(text.charCodeAt(last))) {
    if (!isDigit(text.charCodeAt(last++))) lettersAfter++;
  }
  const isLong = DIGEST_LENGTHS.has(last - first);
  return isLong && lettersBefore > 0 && lettersAfter > 0 && startsWord(text, first) && endsWord(text, last);
}

function liesInUuid(text: ByteString, start: number, end: number): boolean {
  for (let at = Math.max(0, end - UUID_CHARACTERS); at <= start; at++) {
    UUID.lastIndex = at;
    if (!UUID.test(text) || !startsWord(text, at) || !endsWord(text, UUID.lastIndex)) continue;
    // Without a letter it may be a card between dashes.
    if (/[a-f]/i.test(text.slice(at, UUID.lastIndex))) return true;
  }
  return false;
}
