/**
 * GraphQL in multipart/form-data (RFC 7578): in a part named `operations`, as the GraphQL multipart request specification
 * has it, or `query`. Parts that begin within the first bytes are looked for; the specification puts `operations`
 * first. It holds a small window of what went by.
 */
import { byteStringOf, type ByteString, textOfByteString } from '../../masking/byte-string.ts';
import type { GraphqlGuard } from './graphql-guard.ts';
import { graphqlRefusal } from './graphql-refusal.ts';
import { FirstTextGuard } from './first-text-guard.ts';
import { isGraphqlDocument, mayBeGraphqlDocument } from './request-body.ts';

/** How far parts are looked for. */
export const MULTIPART_BYTES_MAX = 65_536;
/** Of what went by, as much as a part's name and what is before it may take. */
const WINDOW_BYTES = 512;
/** Of a document in a part of its own; of a longer one its beginning decides. */
const DOCUMENT_BYTES_MAX = 8_192;

const NAMED =
  /content-disposition:(?:[^\r\n]|\r?\n(?=[ \t])){0,400}?[;\s]name\*?\s*=\s*(?:utf-8'[^'\s]{0,32}')?"?(operations|query)(?=["\s;])/i;
const HEADER_ENDS = /\n\r?\n/;
const BOUNDARY = /;\s*boundary\s*=\s*(?:"([^"]+)"|([^\s;"]+))/i;

export class MultipartGuard implements GraphqlGuard {
  #state: 'parts' | 'header' | 'json' | 'document' | 'behind' = 'parts';
  #isDocument = false;
  #seen = 0;
  #window: ByteString = '';
  #operations = new FirstTextGuard();
  readonly #partEnds: ByteString;

  constructor(contentType: string) {
    const [, quoted, plain] = BOUNDARY.exec(contentType) ?? [];
    this.#partEnds = `\n--${quoted ?? plain ?? ''}`;
  }

  look(chunk: Buffer): void {
    if (this.#state === 'behind') return;
    let text = byteStringOf(chunk);
    // Each turn is a part further; the last one leaves nothing.
    while (text !== '') text = this.#next(text);
  }

  /** Reads on in one state; gives what is left for the next. */
  #next(text: ByteString): ByteString {
    switch (this.#state) {
      case 'parts':
        return this.#until(text, NAMED, (name) => {
          this.#isDocument = name?.toLowerCase() === 'query';
          this.#state = 'header';
        });
      case 'header':
        return this.#until(text, HEADER_ENDS, () => {
          this.#operations = new FirstTextGuard();
          this.#state = this.#isDocument ? 'document' : 'json';
        });
      case 'json':
      case 'document':
        return this.#part(text);
      case 'behind':
        return '';
    }
  }

  /** Looks for what may have begun in the window. */
  #until(text: ByteString, wanted: RegExp, found: (name: string | undefined) => void): ByteString {
    const near = text.slice(0, MULTIPART_BYTES_MAX - this.#seen);
    const match = wanted.exec(this.#window + near);
    if (match === null) {
      this.#seen += near.length;
      this.#window = (this.#window + near).slice(-WINDOW_BYTES);
      if (this.#seen === MULTIPART_BYTES_MAX) this.#state = 'behind';
      return '';
    }
    const behind = match.index + match[0].length - this.#window.length;
    this.#seen += behind;
    this.#window = '';
    found(match[1]);
    return text.slice(behind);
  }

  /** What stands in the part; where it ends parts are looked for again. */
  #part(text: ByteString): ByteString {
    const both = this.#window + text;
    const end = both.indexOf(this.#partEnds);
    const content = end < 0 ? both : both.slice(0, end);
    if (this.#state === 'document') {
      const isLong = content.length > DOCUMENT_BYTES_MAX;
      const beginning = textOfByteString(content.slice(0, DOCUMENT_BYTES_MAX));
      if (isLong ? mayBeGraphqlDocument(beginning) : isGraphqlDocument(beginning)) throw graphqlRefusal();
      if (isLong) return this.#leave(both.slice(DOCUMENT_BYTES_MAX));
      this.#window = content;
    } else {
      const fresh = content.slice(this.#window.length);
      this.#operations.look(Buffer.from(fresh, 'latin1'), false);
      this.#window = content.slice(-this.#partEnds.length);
    }
    return end < 0 ? '' : this.#leave(both.slice(end));
  }

  #leave(rest: ByteString): ByteString {
    this.#window = '';
    this.#state = 'parts';
    return rest;
  }
}
