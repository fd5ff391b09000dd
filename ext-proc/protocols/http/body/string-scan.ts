/** Finds the end of a JSON string that may be cut anywhere, and refuses one that is not in form (RFC 8259 section 7). */
import type { ByteString } from '../../../masking/byte-string.ts';
import { malformedBody } from './body-refusal.ts';
import { BACKSLASH, isEscapeLetter, LOWER_U, QUOTE, stringStop } from './json-bytes.ts';

const HEX_DIGITS = 4;

export class StringScan {
  hasEscape = false;
  /** Bytes of an escape that must follow: -1 its letter, otherwise so many hexadecimal digits. */
  #escape = 0;

  /** The opening quote has been read. */
  begin(): void {
    this.hasEscape = false;
  }

  /** Reads on at `from`. The answer is behind the closing quote; -1 where the text ends before it. */
  end(text: ByteString, from: number): number {
    let at = from;
    for (;;) {
      while (this.#escape !== 0 && at < text.length) this.#readEscape(text.charCodeAt(at++));
      at = stringStop(text, at);
      if (at >= text.length) return -1;
      const code = text.charCodeAt(at++);
      if (code === QUOTE) return at;
      if (code !== BACKSLASH) throw malformedBody('JSON with a control character in a string');
      this.hasEscape = true;
      this.#escape = -1;
    }
  }

  #readEscape(code: number): void {
    if (this.#escape > 0) {
      const lower = code | 0x20;
      if (!((code >= 0x30 && code <= 0x39) || (lower >= 0x61 && lower <= 0x66)))
        throw malformedBody('JSON with an unknown escape');
      this.#escape--;
    } else if (code === LOWER_U) this.#escape = HEX_DIGITS;
    else if (isEscapeLetter(code)) this.#escape = 0;
    else throw malformedBody('JSON with an unknown escape');
  }
}
