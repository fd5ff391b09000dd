/**
 * HMAC-SHA-256 (RFC 2104) of many short messages under one key: node:crypto's own SHA-256 over the two padded keys and
 * what they are padded to. It is not another construction than createHmac's, which spends most of its time on making
 * an object for each message.
 */
import { hash } from 'node:crypto';
import type { ByteString } from '../byte-string.ts';

/** SHA-256's block and digest (FIPS 180-4). */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** Of a prefix or message that is longer a buffer of its own is made. */
const KEPT_BYTES = 4_096;
const PREFIX_CHARACTERS_MAX = 256;

/** The digest of a message, 32 bytes. The prefix goes before the message; one that comes often is best the same string. */
export type HmacSha256 = (prefix: string, message: ByteString) => ByteString;

/** The key is kept as its two pads, inside the closure alone. */
export function hmacSha256(key: Uint8Array): HmacSha256 {
  const short = key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key;
  const kept = Buffer.alloc(BLOCK_BYTES + KEPT_BYTES);
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
  for (let at = 0; at < BLOCK_BYTES; at++) {
    kept[at] = (short[at] ?? 0) ^ INNER_PAD;
    outer[at] = (short[at] ?? 0) ^ OUTER_PAD;
  }
  let keptPrefix = '';
  let start = BLOCK_BYTES;
  const outerDigest = (inner: Uint8Array): ByteString => {
    outer.write(hash('sha256', inner, 'binary'), BLOCK_BYTES, 'latin1');
    return hash('sha256', outer, 'binary');
  };
  return (prefix, message) => {
    if (prefix !== keptPrefix) {
      start = BLOCK_BYTES + kept.write(prefix, BLOCK_BYTES);
      keptPrefix = prefix;
    }
    const end = start + message.length;
    if (end > kept.length || prefix.length > PREFIX_CHARACTERS_MAX) {
      const pad = kept.subarray(0, BLOCK_BYTES);
      return outerDigest(Buffer.concat([pad, Buffer.from(prefix), Buffer.from(message, 'latin1')]));
    }
    kept.write(message, start, 'latin1');
    return outerDigest(kept.subarray(0, end));
  };
}
