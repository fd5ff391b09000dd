/**
 * The hash of `hash`: HMAC-SHA-256 (RFC 2104, FIPS 180-4) over kind and value, cut to 80 bits. Without the key nobody
 * can try values from a dictionary; with one key equal values of one kind have equal hashes, in every column and
 * protocol, however a number's digits are separated. Another kind gives another hash.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { revealSecret, type Secret } from '../../domain/secret.ts';
import { type ByteString, bytesOfByteString } from '../byte-string.ts';
import type { Kind } from '../finding.ts';
import { fullToken } from './full.ts';

/** Names the construction, so that a later one gives other hashes. */
const FORM = 'gatehouse-mask/1';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
/** 16 characters of base32 are 80 bits: of a billion values two alike are one in two million. */
export const HASH_CHARACTERS = 16;
/** 10 are 50 bits, for narrow columns. A narrower one has no hash. */
export const HASH_CHARACTERS_MIN = 10;

export type KeyedHash = (kind: Kind, value: ByteString) => Buffer;

/** Makes the function; the key is held as a key object and never printed. */
export function keyedHash(key: Secret<Uint8Array>): KeyedHash {
  const held: KeyObject = createSecretKey(revealSecret(key));
  return (kind, value) =>
    createHmac('sha256', held)
      .update(`${FORM}\0${kind}\0`)
      .update(bytesOfByteString(canonical(kind, value)))
      .digest();
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
export function hashToken(kind: Kind, digest: Buffer, charactersMax = Infinity): string | undefined {
  const hash = base32(digest);
  const token = `${fullToken(kind).slice(0, -1)}#${hash}]`;
  if (token.length <= charactersMax) return token;
  return charactersMax >= HASH_CHARACTERS_MIN ? hash.slice(0, charactersMax) : undefined;
}

function base32(digest: Buffer): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (let at = 0; text.length < HASH_CHARACTERS; at++) {
    held = ((held << 8) | (digest[at] as number)) & 0xffff;
    bits += 8;
    while (bits >= 5 && text.length < HASH_CHARACTERS) {
      bits -= 5;
      text += BASE32[(held >> bits) & 31];
    }
  }
  return text;
}
