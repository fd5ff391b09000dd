/**
 * A server's entity tag as a client may hold it. Servers make tags of what they send (a SHA-1 of the body is common), so
 * a tag of a masked answer would let guesses of what is masked be confirmed without a request. It is encrypted under the
 * gate's key, the same each time, so that caches work: synthetic IV, HMAC as the pseudorandom function.
 */

/** HMAC-SHA-256 of prefix and message under the gate's key, all latin1: `hmacSha256` of masking/styles. */
export type TagHmac = (prefix: string, message: string) => string;

export interface TagSeal {
  /** Of a tag's opaque part, a byte string; the answer has letters, digits, `-` and `_` alone. */
  seal(opaque: string): string;
  /** Undefined where this was not sealed under the key. */
  open(sealed: string): string | undefined;
}

const IV_PREFIX = 'gatehouse entity tag iv 1\n';
const STREAM_PREFIX = 'gatehouse entity tag stream 1\n';
const IV_BYTES = 16;

export function createTagSeal(hmac: TagHmac): TagSeal {
  const ivOf = (opaque: string): string => hmac(IV_PREFIX, opaque).slice(0, IV_BYTES);
  const crypt = (iv: string, text: string): string => {
    let stream = '';
    for (let block = 0; stream.length < text.length; block++) stream += hmac(STREAM_PREFIX, `${iv}${block}`);
    const bytes = Buffer.from(text, 'latin1');
    for (let at = 0; at < bytes.length; at++) bytes[at] = (bytes[at] as number) ^ stream.charCodeAt(at);
    return bytes.toString('latin1');
  };
  const seal = (opaque: string): string => {
    const iv = ivOf(opaque);
    return Buffer.from(iv + crypt(iv, opaque), 'latin1').toString('base64url');
  };
  return {
    seal,
    open(sealed) {
      const text = Buffer.from(sealed, 'base64url').toString('latin1');
      const opaque = crypt(text.slice(0, IV_BYTES), text.slice(IV_BYTES));
      return seal(opaque) === sealed ? opaque : undefined;
    },
  };
}
