/**
 * Tells bytes that are no text in a charset that is read (compressed, UTF-16, a document) by a control character, or by
 * UTF-16's byte order mark. Of such bytes nobody could say what they hold.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import { malformedBody } from './body-refusal.ts';

/** All but bell, backspace, tab, line and form feeds, carriage return and escape, which terminals' texts have. */
const NO_TEXT = /[\x00-\x06\x0e-\x1a\x1c-\x1f]/;
const MARK_BYTES = 2;
const MARKS: ReadonlySet<ByteString> = new Set(['\xff\xfe', '\xfe\xff']);

/** One for each body. */
export class TextCheck {
  #start: ByteString = '';

  /** Throws where the next bytes show that the body is no text. */
  next(text: ByteString): void {
    if (NO_TEXT.test(text)) throw malformedBody('bytes that are no text');
    if (this.#start.length === MARK_BYTES) return;
    this.#start = (this.#start + text.slice(0, MARK_BYTES)).slice(0, MARK_BYTES);
    if (MARKS.has(this.#start)) throw malformedBody('UTF-16 where another charset is said');
  }
}
