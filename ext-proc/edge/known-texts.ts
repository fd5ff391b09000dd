/**
 * Short texts that come again with each message, such as header names: found by their bytes, so that each is decoded, and
 * later hashed, once. Owns no secret: it keeps what it is asked for, so it must not be asked for values.
 */

/** A longer text is decoded each time. */
const TEXT_BYTES_MAX = 32;
/** A power of two. Texts that fall on one slot push each other out. */
const SLOTS = 512;

interface Known {
  readonly bytes: Uint8Array;
  readonly text: string;
}

export class KnownTexts {
  readonly #slots: (Known | undefined)[] = Array.from({ length: SLOTS }, () => undefined);

  /** `buffer` from `start` to `end` as UTF-8. */
  read(buffer: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > TEXT_BYTES_MAX) return buffer.toString('utf8', start, end);
    let sum = length;
    for (let at = start; at < end; at++) sum = (Math.imul(sum, 31) + (buffer[at] as number)) | 0;
    const slot = sum & (SLOTS - 1);
    const known = this.#slots[slot];
    if (known !== undefined && isAt(known.bytes, buffer, start, length)) return known.text;
    const text = buffer.toString('utf8', start, end);
    this.#slots[slot] = { bytes: Uint8Array.prototype.slice.call(buffer, start, end), text };
    return text;
  }
}

function isAt(bytes: Uint8Array, buffer: Buffer, start: number, length: number): boolean {
  if (bytes.length !== length) return false;
  for (let at = 0; at < length; at++) if (bytes[at] !== buffer[start + at]) return false;
  return true;
}
