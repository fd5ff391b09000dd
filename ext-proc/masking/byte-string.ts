/**
 * The text that masking works on: a string in which each code unit is one byte (0 to 255), the latin1 view of the
 * value's own bytes. So an offset is a byte offset whatever the value's encoding, a broken UTF-8 sequence is nothing
 * special, and V8 keeps the string in one byte a character. It refuses nothing: any bytes are a byte string.
 */

/** A string whose code units are bytes. The alias documents; it does not check. */
export type ByteString = string;

/** The bytes from `start` to `end` (exclusive) as they are. */
export function byteStringOf(bytes: Uint8Array, start = 0, end = bytes.length): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', start, end);
}

/** An ordinary string as its UTF-8 bytes; the same string where it is ASCII. */
export function byteStringOfText(text: string): ByteString {
  return /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** The ordinary string that UTF-8 bytes stand for; what is not UTF-8 becomes U+FFFD. */
export function textOfByteString(bytes: ByteString): string {
  return /^[\x00-\x7f]*$/.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

/** The bytes themselves. */
export function bytesOfByteString(bytes: ByteString): Uint8Array {
  return Buffer.from(bytes, 'latin1');
}

/** Characters of a value in UTF-8: what varchar(n) counts. A continuation byte does not count. */
export function charactersIn(bytes: ByteString): number {
  let characters = 0;
  for (let at = 0; at < bytes.length; at++) if ((bytes.charCodeAt(at) & 0xc0) !== 0x80) characters++;
  return characters;
}
