/**
 * The hash of `hash`: HMAC-SHA-256 (RFC 2104, FIPS 180-4) over kind and value, cut to 80 bits. Without the key nobody
 * can try values from a dictionary; with one key equal values of one kind have equal hashes, in every column and
 * protocol, however a number's digits are separated. Another kind gives another hash.
 */
import { revealSecret, type Secret } from '../../domain/secret.ts';
import type { ByteString } from '../byte-string.ts';
import type { Kind } from '../finding.ts';
import { fullToken } from './full.ts';
import { hmacSha256 } from './hmac-sha256.ts';

/** Names the construction, so that a later one gives other hashes. */
const FORM = 'gatehouse-mask/1';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
/**
 * A hash has 16 characters of base32, 80 bits: of a billion values two alike are one in two million. 10 are 50 bits,
 * for narrow columns. A narrower one has no hash.
 */
export const HASH_CHARACTERS_MIN = 10;

/** The digest, 32 bytes. */
export type KeyedHash = (kind: Kind, value: ByteString) => ByteString;

/** Makes the function; the key is never printed. */
export function keyedHash(key: Secret<Uint8Array>): KeyedHash {
  const hmac = hmacSha256(revealSecret(key));
  let lastKind: Kind | undefined;
  let prefix = '';
  return (kind, value) => {
    if (kind !== lastKind) {
      prefix = `${FORM}\0${kind}\0`;
      lastKind = kind;
    }
    return hmac(prefix, canonical(kind, value));
  };
}

/** One form for the ways in which a value of a kind is written. */
function canonical(kind: Kind, value: ByteString): ByteString {
  switch (kind) {
    case 'payment_card':
    case 'us_ssn':
      return /^[0-9 ().,/_\xa0\xc2-]+$/.test(value) ? value.replace(/[^0-9]/g, '') : value;
    case 'phone':
      return /^\+?[0-9 ().,/_\xa0\xc2-]+$/.test(value) ? value.replace(/[^0-9+]/g, '') : value;
    case 'iban':
      return value.replace(/[ ._-]/g, '').toUpperCase();
    case 'email':
      return value.toLowerCase();
    default:
      return value;
  }
}

/** `[masked:email#k3jf2a7qk3jf2a7q]`, or its hash alone where that is too long; undefined where not even that fits. */
export function hashToken(kind: Kind, digest: ByteString, charactersMax = Infinity): string | undefined {
  const hash = base32(digest);
  const token = `${fullToken(kind).slice(0, -1)}#${hash}]`;
  if (token.length <= charactersMax) return token;
  return charactersMax >= HASH_CHARACTERS_MIN ? hash.slice(0, charactersMax) : undefined;
}

/** Two characters for every ten bits. */
const BASE32_PAIRS: readonly string[] = Array.from(
  { length: 1_024 },
  (_, bits) => BASE32.charAt(bits >> 5) + BASE32.charAt(bits & 31),
);

/** The first 80 bits in base32 (RFC 4648, section 6), in lower case. */
function base32(digest: ByteString): string {
  return base32OfFive(digest, 0) + base32OfFive(digest, 5);
}

function base32OfFive(digest: ByteString, at: number): string {
  const high =
    (digest.charCodeAt(at) << 12) | (digest.charCodeAt(at + 1) << 4) | (digest.charCodeAt(at + 2) >> 4);
  const low =
    ((digest.charCodeAt(at + 2) & 15) << 16) | (digest.charCodeAt(at + 3) << 8) | digest.charCodeAt(at + 4);
  const pair = (bits: number): string => BASE32_PAIRS[bits] as string;
  return pair(high >> 10) + pair(high & 1_023) + pair(low >> 10) + pair(low & 1_023);
}
