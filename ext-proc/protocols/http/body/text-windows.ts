/**
 * Masks a text of any length as it comes. It is decided a line at a time, with the end of what went before as context;
 * lines that belong together (a PEM block, base64 in lines) are one part, and what is longer than a window goes on in
 * windows, each of which sees so much of the next that what is found across the border is seen whole. A secret that is
 * longer than the overlap may be cut; its pieces are then looked at each on its own.
 * Where it cuts depends on the bytes alone. It holds one window at most.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { Kind } from '../../../masking/finding.ts';
import { isJson } from '../../../masking/json-parts.ts';
import type { Masker } from '../../../masking/masker.ts';
import { fullToken } from '../../../masking/styles/full.ts';

export interface WindowLimits {
  readonly windowBytes: number;
  readonly overlapBytes: number;
}

/**
 * - `lines`: a text that people read.
 * - `json`: the content of a JSON string as it is written; no escape is cut, and what comes out is one again.
 */
export type WindowForm = 'lines' | 'json';

/** What detectors read in front of a secret is a name or a keyword. */
const CONTEXT_BYTES = 64;
const LINE_FEED = '\n';
const BLOCK_BEGINS = '-----BEGIN';
const BLOCK_ENDS = '-----END';
/** A line that ends in so many characters of base64 is one that another continues (`masking/encodings/encoded-runs.ts`). */
const BASE64_LINE_BYTES_MIN = 60;
const BASE64 = /[A-Za-z0-9+/_-]/;

export class TextWindows {
  readonly #masker: Masker;
  readonly #form: WindowForm;
  readonly #limits: WindowLimits;
  readonly #onKinds: (kinds: readonly Kind[]) => void;
  /** What is undecided; of it the first bytes are whole lines that wait for others. */
  #held: ByteString = '';
  #linesEnd = 0;
  #inBlock = false;
  /** The end of what has been decided, as it came. */
  #context: ByteString = '';

  constructor(
    masker: Masker,
    form: WindowForm,
    limits: WindowLimits,
    onKinds: (kinds: readonly Kind[]) => void,
  ) {
    this.#masker = masker;
    this.#form = form;
    this.#limits = limits;
    this.#onKinds = onKinds;
  }

  /** The answer is what may go on. */
  push(text: ByteString): ByteString {
    this.#held += text;
    const hasLine = this.#form === 'lines' && text.includes(LINE_FEED);
    if (!hasLine && this.#held.length < this.#limits.windowBytes) return '';
    let out = hasLine ? this.#plainLines() : '';
    for (;;) {
      const lineEnd = this.#form === 'lines' ? this.#held.indexOf(LINE_FEED, this.#linesEnd) + 1 : 0;
      if (lineEnd > 0 && lineEnd <= this.#limits.windowBytes) out += this.#endLine(lineEnd);
      else if (this.#held.length >= this.#limits.windowBytes) out += this.#window();
      else return out;
    }
  }

  /** The text has ended. */
  finish(): ByteString {
    const out = this.#decide(this.#held.length);
    this.#context = '';
    return out;
  }

  /** Lets whole lines go at once in which nothing can be found, and after which nothing is open. */
  #plainLines(): ByteString {
    const end = this.#held.lastIndexOf(LINE_FEED) + 1;
    if (this.#linesEnd > 0 || end === 0) return '';
    const lines = this.#held.slice(0, end);
    if (lines.includes(BLOCK_BEGINS) || hasBase64Line(lines)) return '';
    if (this.#masker.scanner.mayContain(this.#context + lines)) return '';
    this.#release(end);
    return lines;
  }

  /** Takes a line to what is held, and decides it where none must follow. */
  #endLine(end: number): ByteString {
    const line = this.#held.slice(this.#linesEnd, end);
    const begins = line.lastIndexOf(BLOCK_BEGINS);
    if (begins >= 0) this.#inBlock = true;
    if (this.#inBlock && line.includes(BLOCK_ENDS, Math.max(0, begins))) this.#inBlock = false;
    if (this.#inBlock || isBase64Line(line, line.length)) {
      this.#linesEnd = end;
      return '';
    }
    return this.#decide(end);
  }

  /** Decides the beginning of a full window, as far as the overlap; further, where something found lies across. */
  #window(): ByteString {
    const window = this.#held.slice(0, this.#limits.windowBytes);
    let cut = window.length - this.#limits.overlapBytes;
    const { scanner } = this.#masker;
    const seen = this.#context + window;
    if (scanner.mayContain(seen)) {
      const from = this.#context.length;
      for (const { start, end } of scanner.scan(seen))
        if (start - from < cut && end - from > cut) cut = end - from;
    }
    return this.#decide(this.#form === 'json' ? beforeEscape(window, cut) : cut);
  }

  #decide(end: number): ByteString {
    const part = this.#held.slice(0, end);
    const before = this.#context;
    this.#release(end);
    if (part === '' || !this.#masker.scanner.mayContain(before + part)) return part;
    const masked = this.#masker.maskPart(part, { kind: 'text', before });
    if (masked === undefined) return part;
    this.#onKinds(masked.kinds);
    if (this.#form === 'lines' || isJson(`"${masked.text}"`)) return masked.text;
    return fullToken(masked.kinds[0] as Kind);
  }

  #release(end: number): void {
    this.#context = (this.#context + this.#held.slice(Math.max(0, end - CONTEXT_BYTES), end)).slice(
      -CONTEXT_BYTES,
    );
    this.#held = this.#held.slice(end);
    this.#linesEnd = 0;
    this.#inBlock = false;
  }
}

function hasBase64Line(lines: ByteString): boolean {
  for (let end = lines.indexOf(LINE_FEED) + 1; end > 0; end = lines.indexOf(LINE_FEED, end) + 1)
    if (isBase64Line(lines, end)) return true;
  return false;
}

/** Of the line with its end, which is before `end`. */
function isBase64Line(text: ByteString, end: number): boolean {
  const last = text[end - 2] === '\r' ? end - 3 : end - 2;
  let at = last;
  while (last - at < BASE64_LINE_BYTES_MIN && BASE64.test(text[at] ?? '')) at--;
  return last - at === BASE64_LINE_BYTES_MIN;
}

/** The cut, moved in front of an escape that it would cut in two. */
function beforeEscape(text: ByteString, cut: number): number {
  for (let at = cut - 1; at >= Math.max(0, cut - 5); at--) {
    if (text[at] !== '\\') continue;
    let first = at;
    while (text[first - 1] === '\\') first--;
    // Of a run of backslashes every second one is escaped itself.
    const start = first + ((at - first) & ~1);
    return start + (text[start + 1] === 'u' ? 6 : 2) > cut ? start : cut;
  }
  return cut;
}
