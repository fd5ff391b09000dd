/**
 * Masks an event stream (WHATWG HTML section 9.2) on its way. An event is held until its blank line has come, decided as
 * a whole, and given out at once: its `data` lines, joined, as JSON under the same marks where they are JSON, otherwise
 * as text; every other line as text. An event in which nothing is masked goes on byte for byte. A comment outside of an
 * event goes on when its line ends, since it keeps connections alive.
 *
 * The unit is one event: what is split over several (deltas of a model's answer) is not put together.
 */
import { GatehouseError } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { ByteString } from '../../../masking/byte-string.ts';
import type { BodyMasking, BodyTransform } from './body-masking.ts';
import { bodyTooLarge } from './body-refusal.ts';
import { JsonTransform } from './json-transform.ts';
import { TextCheck } from './text-check.ts';
import { ValueMasking } from './value-masking.ts';

/** A line with what ended it: CR, LF or both. */
interface Line {
  readonly content: ByteString;
  readonly ending: ByteString;
}

const LINE_FEED = '\n';
const BYTE_ORDER_MARK = '\xef\xbb\xbf';
const LINE_END = /[\r\n]/g;
/** Of a protocol's own before the JSON. */
const PREFIX_BYTES_MAX = 4_096;

export class EventStreamTransform implements BodyTransform {
  readonly #masking: BodyMasking;
  readonly #values: ValueMasking;
  readonly #check = new TextCheck();
  /** For events that are JSON: what is counted before one turns out to be none would be counted again as text. */
  readonly #json: { readonly masking: BodyMasking; readonly values: ValueMasking };
  #counted: (readonly [kind: string, field: string | undefined])[] = [];
  readonly #eventBytesMax: number;
  readonly #maskData: (data: ByteString) => ByteString | undefined;
  /** Lines of the event that is not decided, and the line that has not ended. */
  #lines: Line[] = [];
  #linesBytes = 0;
  #line: ByteString = '';
  /** The last line ended in CR: an LF that follows belongs to it. */
  #afterReturn = false;
  #isFirstLine = true;

  /**
   * `maskData` in place of the rules above, where a protocol has rules of its own for what an event holds: of the joined
   * `data` lines, undefined where they go on as they are.
   */
  constructor(
    masking: BodyMasking,
    eventBytesMax: number = LIMITS.bodyPartBytesMax,
    maskData?: (data: ByteString) => ByteString | undefined,
  ) {
    this.#masking = masking;
    this.#values = new ValueMasking(masking);
    const counting: BodyMasking = {
      ...masking,
      count: (kind, field) => void this.#counted.push([kind, field]),
    };
    this.#json = { masking: counting, values: new ValueMasking(counting) };
    this.#eventBytesMax = eventBytesMax;
    this.#maskData = maskData ?? ((data) => this.#maskedData(data));
  }

  push(chunk: Buffer): readonly Buffer[] {
    const text = chunk.toString('latin1');
    this.#check.next(text);
    let out = '';
    let from = 0;
    if (this.#afterReturn && text.length > 0) {
      this.#afterReturn = false;
      if (text[0] === LINE_FEED) {
        out += this.#belatedFeed();
        from = 1;
      }
    }
    for (;;) {
      LINE_END.lastIndex = from;
      const end = LINE_END.exec(text)?.index ?? -1;
      if (end < 0) break;
      const isPair = text[end] === '\r' && text[end + 1] === LINE_FEED;
      const next = end + (isPair ? 2 : 1);
      this.#afterReturn = text[end] === '\r' && next === text.length && !isPair;
      out += this.#endLine({ content: this.#line + text.slice(from, end), ending: text.slice(end, next) });
      this.#line = '';
      from = next;
    }
    this.#line += text.slice(from);
    this.#checkHeld();
    return out === '' ? [] : [Buffer.from(out, 'latin1')];
  }

  end(): readonly Buffer[] {
    if (this.#line !== '') this.#lines.push({ content: this.#line, ending: '' });
    this.#line = '';
    const out = this.#event();
    return out === '' ? [] : [Buffer.from(out, 'latin1')];
  }

  /** The LF of a line whose CR came in the chunk before. */
  #belatedFeed(): ByteString {
    const last = this.#lines.pop();
    if (last === undefined) return LINE_FEED;
    this.#lines.push({ ...last, ending: last.ending + LINE_FEED });
    this.#linesBytes++;
    return '';
  }

  #endLine(line: Line): ByteString {
    if (this.#isFirstLine) {
      this.#isFirstLine = false;
      if (line.content.startsWith(BYTE_ORDER_MARK)) {
        const content = line.content.slice(BYTE_ORDER_MARK.length);
        return BYTE_ORDER_MARK + this.#endLine({ ...line, content });
      }
    }
    if (line.content === '') return this.#event() + line.ending;
    if (line.content.startsWith(':') && this.#lines.length === 0) {
      return this.#maskedLine(line.content) + line.ending;
    }
    this.#lines.push(line);
    this.#linesBytes += line.content.length + line.ending.length;
    this.#checkHeld();
    return '';
  }

  #checkHeld(): void {
    if (this.#linesBytes + this.#line.length > this.#eventBytesMax) throw bodyTooLarge('an event');
  }

  /** What goes on for the lines that are held. */
  #event(): ByteString {
    const lines = this.#lines;
    this.#lines = [];
    this.#linesBytes = 0;
    const data = lines.flatMap(({ content }) => dataOf(content) ?? []);
    const masked = data.length === 0 ? undefined : this.#maskData(data.join(LINE_FEED));
    if (masked === undefined) {
      // Data that holds nothing is no other text by its framing, so only the other lines are looked at.
      return lines
        .map(({ content, ending }) => (isData(content) ? content : this.#maskedLine(content)) + ending)
        .join('');
    }
    // All of it stands where its last line stood, so that what ends the event ends it still.
    const lastData = lines.findLastIndex(({ content }) => isData(content));
    let out = '';
    lines.forEach(({ content, ending }, index) => {
      if (!isData(content)) out += this.#maskedLine(content) + ending;
      else if (index === lastData) out += dataLines(masked, lines[0]?.ending || LINE_FEED) + ending;
    });
    return out;
  }

  #maskedLine(content: ByteString): ByteString {
    return this.#values.foundInPart(content) ?? content;
  }

  /** Undefined where nothing is masked. */
  #maskedData(data: ByteString): ByteString | undefined {
    if (/^[ \t\n\r]*[[{"\d-]/.test(data)) {
      try {
        const masked = this.#maskedJson(data);
        return masked === data ? undefined : masked;
      } catch (error) {
        if (!(error instanceof GatehouseError)) throw error;
        // Where fields are marked, those of an object that is no JSON could not be found.
        if (!this.#masking.marks.empty && /^[ \t\n\r]*[[{]/.test(data) && data.includes('{')) throw error;
      }
    }
    const behind = this.#masking.marks.empty ? undefined : this.#maskedBehindPrefix(data);
    return behind === undefined
      ? this.#values.foundInPart(data)
      : (this.#values.foundInPart(behind) ?? behind);
  }

  /** JSON behind a few characters of a protocol's own, or a byte order mark; undefined where there is none, or nothing in it. */
  #maskedBehindPrefix(data: ByteString): ByteString | undefined {
    const at = data.slice(0, PREFIX_BYTES_MAX + 1).search(/[[{]/);
    if (at <= 0) return undefined;
    const json = data.slice(at);
    try {
      const masked = this.#maskedJson(json);
      return masked === json ? undefined : data.slice(0, at) + masked;
    } catch (error) {
      if (error instanceof GatehouseError) return undefined;
      throw error;
    }
  }

  #maskedJson(data: ByteString): ByteString {
    this.#counted = [];
    const transform = new JsonTransform(this.#json.masking, true, this.#json.values);
    const out = [...transform.push(Buffer.from(data, 'latin1')), ...transform.end()];
    for (const [kind, field] of this.#counted) this.#masking.count(kind, field);
    return Buffer.concat(out).toString('latin1');
  }
}

/** The value of a `data` line; undefined for every other line. One space behind the colon is no part of it. */
function dataOf(content: ByteString): ByteString | undefined {
  if (content === 'data') return '';
  if (!content.startsWith('data:')) return undefined;
  return content.startsWith('data: ') ? content.slice('data: '.length) : content.slice('data:'.length);
}

const isData = (content: ByteString): boolean => dataOf(content) !== undefined;

/** Data as lines of an event, the last without an ending. */
const dataLines = (data: ByteString, ending: ByteString): ByteString =>
  data
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}`)
    .join(ending);
