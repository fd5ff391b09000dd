/**
 * Looks for a GraphQL document in `query` of one JSON text as it goes by: of an object, or of the objects of a list
 * (GraphQL over HTTP, sections 5.3 and 9). It follows strings and brackets alone, so what a lenient reader takes (`NaN`, a
 * comma too many, control characters in strings, names and depths of any size) hides nothing. It says nothing of what is
 * JSON, and refuses nothing but a document. Comments and strings in single quotes are not followed.
 *
 * It holds a name of a few bytes, or the string in `query` up to a limit.
 */
import { LIMITS } from '../../domain/limits.ts';
import { type ByteString, textOfByteString } from '../../masking/byte-string.ts';
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from '../../protocols/http/body/json-bytes.ts';
import { unescapeJson } from '../../protocols/http/body/json-strings.ts';
import { graphqlRefusal } from './graphql-refusal.ts';
import { isGraphqlDocument, isGraphqlName, mayBeGraphqlDocument } from './request-body.ts';

/** As written: `query` has five letters, and an escape of one has six bytes. */
const NAME_BYTES_MAX = 64;

export class JsonQueryScan {
  #depth = 0;
  /** The depth of an object around which there are only lists; 0 outside of one. */
  #objectDepth = 0;
  /** Inside a string. */
  #inString = false;
  #afterBackslash = false;
  /** What was written of the string; undefined where nobody asks for it. */
  #held: ByteString | undefined;
  /** The string that was read last in the object, which a colon makes a name. */
  #last: ByteString | undefined;
  /** What comes is the value of `query`. */
  #asked = false;
  readonly #stringBytesMax: number;

  constructor(stringBytesMax: number = LIMITS.bodyStringBytesMax) {
    this.#stringBytesMax = stringBytesMax;
  }

  /**
   * From the first bracket on, as it comes. Gives the place behind the text's end, or -1 while it has not come; after that
   * nothing more may be pushed. Throws `GH_HTTP_GRAPHQL` where a document ends.
   */
  push(text: ByteString): number {
    let at = 0;
    while (at < text.length) {
      if (this.#inString) {
        at = this.#string(text, at);
        continue;
      }
      this.#outside(text.charCodeAt(at++));
      if (this.#depth === 0) return at;
    }
    return -1;
  }

  #outside(code: number): void {
    switch (code) {
      case QUOTE:
        this.#inString = true;
        this.#held = this.#objectDepth === 0 || this.#depth !== this.#objectDepth ? undefined : '';
        return;
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        this.#depth++;
        if (code === OPEN_OBJECT && this.#objectDepth === 0) this.#objectDepth = this.#depth;
        return this.#forget();
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        this.#depth--;
        if (this.#depth < this.#objectDepth) this.#objectDepth = 0;
        return this.#forget();
      case COMMA:
        return this.#forget();
      case COLON:
        this.#asked = this.#last !== undefined && isGraphqlName(read(this.#last));
        this.#last = undefined;
    }
  }

  #forget(): void {
    this.#asked = false;
    this.#last = undefined;
  }

  /** Reads on in a string, to behind its end if it is there. */
  #string(text: ByteString, from: number): number {
    let at = from;
    for (; at < text.length; at++) {
      if (this.#afterBackslash) this.#afterBackslash = false;
      else if (text.charCodeAt(at) === BACKSLASH) this.#afterBackslash = true;
      else if (text.charCodeAt(at) === QUOTE) break;
    }
    this.#hold(text, from, at);
    if (at < text.length) this.#endString();
    return at + 1;
  }

  #hold(text: ByteString, from: number, to: number): void {
    if (this.#held === undefined) return;
    const bytesMax = this.#asked ? this.#stringBytesMax : NAME_BYTES_MAX;
    this.#held += text.slice(from, Math.min(to, from + bytesMax + 1));
    if (this.#held.length <= bytesMax) return;
    if (this.#asked && mayBeGraphqlDocument(read(this.#held.slice(0, bytesMax)))) throw graphqlRefusal();
    this.#held = undefined;
  }

  #endString(): void {
    this.#inString = false;
    const written = this.#held;
    this.#held = undefined;
    if (written === undefined) {
      this.#last = undefined;
      return;
    }
    if (this.#asked && isGraphqlDocument(read(written))) throw graphqlRefusal();
    this.#last = written.length <= NAME_BYTES_MAX ? written : undefined;
  }
}

const read = (written: ByteString): string => textOfByteString(unescapeJson(written).text);
