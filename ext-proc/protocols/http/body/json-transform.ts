/**
 * Masks JSON (RFC 8259) on its way: one text, or several behind one another (NDJSON; RFC 7464 with its record
 * separators). It follows the path, replaces the scalars and names that must not be seen, and gives out everything else
 * byte for byte as it came. What is no JSON ends it: so what comes out parses, and to the same structure.
 *
 * It holds one token at most. A string that is longer than the limit is dropped where its field is marked, and
 * otherwise masked in windows (text-windows.ts). Bytes that are no UTF-8 pass as they are if nothing is found.
 */
import { LIMITS } from '../../../domain/limits.ts';
import { type ByteString, textOfByteString } from '../../../masking/byte-string.ts';
import type { BodyMasking, BodyTransform } from './body-masking.ts';
import { bodyTooDeep, bodyTooLarge, malformedBody } from './body-refusal.ts';
import type { FieldState } from './field-marks.ts';
import {
  BACKSLASH,
  BYTE_ORDER_MARK,
  classOf,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isEscapeLetter,
  LINE_FEED,
  LOWER_U,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  RECORD_SEPARATOR,
  SCALAR,
  scalarStop,
  stringStop,
  WHITE,
} from './json-bytes.ts';
import { nameInside, NO_NAME, type Open, type SpokenName, spokenName, uniqueName } from './json-names.ts';
import { isJsonNumber } from './json-number.ts';
import { escapeJson, unescapeJson } from './json-strings.ts';
import { LongString } from './long-string.ts';
import type { WindowLimits } from './text-windows.ts';
import { type ScalarType, ValueMasking } from './value-masking.ts';

export interface JsonLimits extends WindowLimits {
  readonly depthMax: number;
  readonly tokenBytesMax: number;
  readonly stringBytesMax: number;
}

export const JSON_LIMITS: JsonLimits = {
  depthMax: LIMITS.maskedJsonDepthMax,
  tokenBytesMax: LIMITS.bodyTokenBytesMax,
  stringBytesMax: LIMITS.bodyStringBytesMax,
  windowBytes: LIMITS.maskWindowBytes,
  overlapBytes: LIMITS.maskWindowOverlapBytes,
};

/** What may come next. */
type Expected =
  /** A value; in `element` also the end of the array. */
  | 'value'
  | 'element'
  /** A member's name; in `member` also the end of the object. */
  | 'name'
  | 'member'
  | 'colon'
  /** A comma, or the end of what is open. */
  | 'more'
  /** Nothing but white space; where there may be several texts a line's end, or a record separator. */
  | 'end';

type Token = 'string' | 'scalar';

/** Detectors are asked once for so much of a chunk, and about each value only where they say that it may hold something. */
const BLOCK_BYTES = 4_096;
export class JsonTransform implements BodyTransform {
  readonly #masking: BodyMasking;
  readonly #values: ValueMasking;
  readonly #several: boolean;
  readonly #limits: JsonLimits;
  readonly #open: Open[] = [];
  #expected: Expected = 'value';
  /** Bytes of a byte order mark that were read; all of them once something else came. */
  #byteOrderMark = 0;
  /** Of the value that is next. */
  #state: FieldState;
  #name: SpokenName = NO_NAME;

  #token: Token | undefined;
  /** Bytes of an escape that must follow: -1 its letter, otherwise so many hexadecimal digits. */
  #escape = 0;
  #hasEscape = false;
  /** The string that was read last has characters beyond ASCII as escapes, and is written so again. */
  #escapedWide = false;
  #long: LongString | undefined;
  /** What is undecided and came in earlier chunks; the token begins at `#tokenOffset` of it and what follows. */
  #held: ByteString = '';
  #tokenOffset = 0;
  /** The depth at which a removed member stands; -1 where none does. */
  #removing = -1;
  /** Before the undecided name stands the comma that parts it from the member before. */
  #commaHeld = false;

  // Of the chunk being read.
  #chunk: Buffer = Buffer.alloc(0);
  #text: ByteString = '';
  #out: Buffer[] = [];
  /** Up to here the chunk has been given out, or dropped. */
  #done = 0;
  /** From here on it is undecided; -1 where nothing is. */
  #undecided = -1;
  #block = -1;
  #blockMay = false;

  constructor(
    masking: BodyMasking,
    several = false,
    values = new ValueMasking(masking),
    limits: JsonLimits = JSON_LIMITS,
  ) {
    this.#masking = masking;
    this.#values = values;
    this.#several = several;
    this.#limits = limits;
    this.#state = masking.marks.start;
  }

  push(chunk: Buffer): readonly Buffer[] {
    this.#chunk = chunk;
    this.#text = chunk.toString('latin1');
    this.#out = [];
    this.#done = 0;
    this.#block = -1;
    this.#undecided = this.#token !== undefined || this.#commaHeld ? 0 : -1;
    this.#read();
    this.#hold();
    const out = this.#out;
    this.#out = [];
    this.#text = '';
    return out;
  }

  end(): readonly Buffer[] {
    // A number ends where the body does.
    this.#chunk = Buffer.alloc(0);
    this.#text = '';
    this.#out = [];
    this.#done = 0;
    this.#undecided = 0;
    if (this.#token === 'scalar') this.#endScalar(0);
    const isEmpty = this.#open.length === 0 && this.#expected === 'value';
    this.#endByteOrderMark();
    if (this.#token !== undefined || (this.#expected !== 'end' && !isEmpty))
      throw malformedBody('JSON that ends too early');
    return this.#out;
  }

  #read(): void {
    const text = this.#text;
    const { length } = text;
    let at = 0;
    while (at < length) {
      if (this.#token === 'string') {
        at = this.#string(at);
        continue;
      }
      if (this.#token === 'scalar') {
        at = this.#scalar(at);
        continue;
      }
      const code = text.charCodeAt(at);
      if ((classOf(code) & WHITE) !== 0) {
        at++;
        if (code === LINE_FEED && this.#expected === 'end' && this.#several) this.#nextText();
        continue;
      }
      at = this.#structure(code, at);
    }
  }

  /** Each text stands in its own line: `4111 1111` in one is no two of them, but something to be read together. */
  #nextText(): void {
    this.#expected = 'value';
    this.#state = this.#masking.marks.start;
    this.#name = NO_NAME;
  }

  /** A byte outside of tokens. */
  #structure(code: number, at: number): number {
    switch (this.#expected) {
      case 'more':
        if (code === COMMA) return this.#comma(at);
        return this.#close(code, at);
      case 'colon':
        if (code !== COLON) throw malformedBody('JSON without a colon behind a name');
        this.#expected = 'value';
        return at + 1;
      case 'member':
      case 'name':
        if (code === QUOTE) return this.#beginToken('string', at);
        if (code === CLOSE_OBJECT && this.#expected === 'member') return this.#close(code, at);
        throw malformedBody('JSON without a name where one must be');
      case 'element':
        if (code === CLOSE_ARRAY) return this.#close(code, at);
        return this.#value(code, at);
      case 'value':
        return this.#value(code, at);
      case 'end':
        if (!this.#several || code !== RECORD_SEPARATOR) throw malformedBody('more behind the JSON text');
        this.#nextText();
        return at + 1;
    }
  }

  #value(code: number, at: number): number {
    if (code !== 0xef && code !== 0xbb && code !== 0xbf) this.#endByteOrderMark();
    if (code === QUOTE) return this.#beginToken('string', at);
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      const isObject = code === OPEN_OBJECT;
      if (this.#open.length >= this.#limits.depthMax) throw bodyTooDeep(this.#limits.depthMax);
      const name = nameInside(this.#name, isObject);
      this.#open.push({ isObject, state: this.#state, name, members: 0, masked: undefined });
      this.#expected = isObject ? 'member' : 'element';
      return at + 1;
    }
    if (code === RECORD_SEPARATOR && this.#several && this.#open.length === 0) return at + 1;
    if ((classOf(code) & SCALAR) !== 0) return this.#beginToken('scalar', at);
    if (this.#byteOrderMark < BYTE_ORDER_MARK.length && code === BYTE_ORDER_MARK[this.#byteOrderMark]) {
      this.#byteOrderMark++;
      return at + 1;
    }
    throw malformedBody('JSON without a value where one must be');
  }

  #endByteOrderMark(): void {
    if (this.#byteOrderMark % BYTE_ORDER_MARK.length !== 0)
      throw malformedBody('JSON with half a byte order mark');
    this.#byteOrderMark = BYTE_ORDER_MARK.length;
  }

  #comma(at: number): number {
    const { isObject } = this.#open.at(-1) as Open;
    this.#expected = isObject ? 'name' : 'value';
    if (isObject && this.#masking.marks.hasRemovals && this.#removing < 0) {
      this.#commaHeld = true;
      this.#undecided = at;
    }
    return at + 1;
  }

  #close(code: number, at: number): number {
    const open = this.#open.at(-1);
    if (open === undefined || code !== (open.isObject ? CLOSE_OBJECT : CLOSE_ARRAY))
      throw malformedBody('JSON that is not closed as it was opened');
    this.#open.pop();
    this.#endValue(at + 1);
    return at + 1;
  }

  /** A value has ended before `at`. */
  #endValue(at: number): void {
    const around = this.#open.at(-1);
    this.#expected = around === undefined ? 'end' : 'more';
    if (around === undefined) return;
    this.#state = around.state;
    this.#name = around.name;
    if (this.#removing === this.#open.length) {
      this.#done = at;
      this.#removing = -1;
    }
  }

  #beginToken(token: Token, at: number): number {
    this.#token = token;
    if (!this.#commaHeld) {
      this.#undecided = at;
      this.#tokenOffset = 0;
    } else this.#tokenOffset = this.#held.length + at - this.#undecided;
    this.#hasEscape = false;
    return token === 'string' ? at + 1 : at;
  }

  /** Reads on in a string, to its end if the chunk has it. */
  #string(from: number): number {
    const text = this.#text;
    let at = from;
    for (;;) {
      while (this.#escape !== 0 && at < text.length) this.#readEscape(text.charCodeAt(at++));
      at = stringStop(text, at);
      if (at >= text.length) return at;
      const code = text.charCodeAt(at++);
      if (code === QUOTE) {
        this.#endString(at);
        return at;
      }
      if (code !== BACKSLASH) throw malformedBody('JSON with a control character in a string');
      this.#hasEscape = true;
      this.#escape = -1;
    }
  }

  #readEscape(code: number): void {
    if (this.#escape < 0) {
      if (code === LOWER_U) this.#escape = 4;
      else if (isEscapeLetter(code)) this.#escape = 0;
      else throw malformedBody('JSON with an unknown escape');
    } else {
      const lower = code | 0x20;
      if (!((code >= 0x30 && code <= 0x39) || (lower >= 0x61 && lower <= 0x66)))
        throw malformedBody('JSON with an unknown escape');
      this.#escape--;
    }
  }

  #scalar(from: number): number {
    const at = scalarStop(this.#text, from);
    if (at < this.#text.length) this.#endScalar(at);
    return at;
  }

  /** The token that ends before `end`, as it was written, without so many bytes at its edges. */
  #written(end: number, edge = 0): ByteString {
    if (this.#held === '') return this.#text.slice(this.#undecided + this.#tokenOffset + edge, end - edge);
    const written = this.#held + this.#text.slice(0, end);
    return written.slice(this.#tokenOffset + edge, written.length - edge);
  }

  /** What the string that ends before `end` stands for. */
  #content(end: number): ByteString {
    const content = this.#written(end, 1);
    this.#escapedWide = false;
    if (!this.#hasEscape) return content;
    const { text, escapedWide } = unescapeJson(content);
    this.#escapedWide = escapedWide;
    return text;
  }

  #endScalar(end: number): void {
    if (this.#tokenLength(end) > this.#limits.tokenBytesMax) throw bodyTooLarge('a number');
    const token = this.#written(end);
    this.#token = undefined;
    if (this.#removing < 0) {
      const type = scalarType(token);
      const mark = this.#masking.marks.markOf(this.#state);
      let text: ByteString | undefined;
      if (mark !== undefined) {
        if (type !== 'null') text = this.#values.markedScalar(mark, token, type);
      } else if (type === 'number' && this.#values.mayBeFound(token, this.#name.text) && this.#mayHold(end)) {
        text = this.#values.foundInNumber(token, this.#name.text);
      }
      this.#decide(end, text);
    } else {
      scalarType(token);
      this.#forget();
    }
    this.#endValue(end);
  }

  #endString(end: number): void {
    this.#token = undefined;
    if (this.#expected === 'name' || this.#expected === 'member') return this.#endName(end);
    if (this.#long !== undefined) this.#endLong(this.#long, this.#text.slice(0, end - 1), end);
    else if (this.#removing >= 0) this.#forget();
    else if (this.#tokenLength(end) - 2 > this.#limits.stringBytesMax)
      this.#endLong(this.#beginLong(), this.#written(end, 1), end);
    else this.#decide(end, this.#maskedString(end));
    this.#endValue(end);
  }

  #tokenLength(end: number): number {
    return this.#held.length + end - this.#undecided - this.#tokenOffset;
  }

  /** What stands in place of the string that ends before `end`, its quotes included; undefined where it goes on. */
  #maskedString(end: number): ByteString | undefined {
    const mark = this.#masking.marks.markOf(this.#state);
    if (mark === undefined && !this.#hasEscape && !this.#mayHold(end)) return undefined;
    const text = this.#content(end);
    const masked =
      mark === undefined
        ? this.#values.foundInText(text, this.#name.text)
        : this.#values.markedText(mark, text);
    if (masked === undefined) return undefined;
    return masked === null ? 'null' : `"${escapeJson(masked, this.#escapedWide)}"`;
  }

  /** Whether the value without escapes that ends before `end` must be looked at. */
  #mayHold(end: number): boolean {
    if (this.#held !== '' || this.#name.text !== undefined) return true;
    const block = Math.floor(this.#undecided / BLOCK_BYTES);
    if (end > (block + 1) * BLOCK_BYTES) return true;
    if (block !== this.#block) {
      this.#block = block;
      this.#blockMay = this.#values.mayContain(
        this.#text.slice(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES),
      );
    }
    return this.#blockMay;
  }

  #endName(end: number): void {
    this.#expected = 'colon';
    const { marks } = this.#masking;
    const open = this.#open.at(-1) as Open;
    if (this.#tokenLength(end) > this.#limits.tokenBytesMax) throw bodyTooLarge('a name');
    if (this.#removing >= 0) return this.#forget();
    const text = this.#content(end);
    if (!marks.empty) {
      this.#state = marks.enter(open.state, textOfByteString(text));
      if (marks.removed(this.#state)) return this.#remove(end);
    }
    const mustLook = this.#hasEscape || this.#values.speaks(text);
    const masked = mustLook ? this.#values.foundInName(text) : undefined;
    const name =
      masked === undefined ? undefined : `"${escapeJson(uniqueName(open, masked), this.#escapedWide)}"`;
    this.#name = spokenName(text, masked, this.#values, open.name);
    if (!this.#commaHeld) this.#decide(end, name);
    else this.#decideWithComma(end, name, open.members > 0);
    open.members++;
  }

  /** Drops the name, and everything until its value has ended. */
  #remove(end: number): void {
    this.#copy(this.#undecided);
    this.#removing = this.#open.length;
    this.#commaHeld = false;
    this.#forget();
    this.#done = end;
  }

  #decideWithComma(end: number, name: ByteString | undefined, keepsComma: boolean): void {
    const undecided = this.#held + this.#text.slice(this.#undecided, end);
    this.#commaHeld = false;
    if (keepsComma && name === undefined) return this.#decide(end, undefined);
    const gap = undecided.slice(keepsComma ? 0 : 1, this.#tokenOffset);
    this.#decide(end, gap + (name ?? undecided.slice(this.#tokenOffset)));
  }

  /** Gives out what was undecided, up to `end`: as it came, or something else in its place. */
  #decide(end: number, instead: ByteString | undefined): void {
    if (instead === undefined) {
      if (this.#held !== '') this.#out.push(Buffer.from(this.#held, 'latin1'));
    } else {
      this.#copy(this.#undecided);
      this.#out.push(Buffer.from(instead, 'latin1'));
      this.#done = end;
    }
    this.#forget();
  }

  /** Nothing is undecided any more. */
  #forget(): void {
    this.#held = '';
    this.#tokenOffset = 0;
    this.#undecided = -1;
  }

  /** Gives out the chunk up to `end`. */
  #copy(end: number): void {
    if (end <= this.#done) return;
    if (this.#removing < 0)
      this.#out.push(
        this.#done === 0 && end === this.#chunk.length ? this.#chunk : this.#chunk.subarray(this.#done, end),
      );
    this.#done = end;
  }

  /** The chunk has ended: gives out what is decided, and holds the rest. */
  #hold(): void {
    const { length } = this.#text;
    if (this.#undecided < 0) return this.#copy(length);
    this.#copy(this.#undecided);
    const rest = this.#text.slice(this.#undecided);
    this.#done = length;
    if (this.#long !== undefined) return this.#emit(this.#long.push(rest));
    if (this.#removing >= 0) {
      // Only what a number is must be known of what is dropped.
      this.#held = this.#token === 'scalar' ? this.#held + rest : '';
      if (this.#held.length > this.#limits.tokenBytesMax) throw bodyTooLarge('a number');
      return;
    }
    this.#held += rest;
    const isName = this.#expected === 'name' || this.#expected === 'member';
    if (this.#token === 'string' && !isName) {
      if (this.#held.length - 1 <= this.#limits.stringBytesMax) return;
      this.#long = this.#beginLong();
      const content = this.#held.slice(1);
      this.#held = '';
      this.#emit(this.#long.push(content));
    } else if (this.#held.length > this.#limits.tokenBytesMax) {
      throw bodyTooLarge(isName ? 'a name' : 'a number');
    }
  }

  #emit(text: ByteString): void {
    if (text !== '') this.#out.push(Buffer.from(text, 'latin1'));
  }

  /** The string turned out to be too long to be held. */
  #beginLong(): LongString {
    this.#copy(this.#undecided);
    const mark = this.#masking.marks.markOf(this.#state);
    const long = new LongString(mark, this.#masking, this.#values, this.#limits);
    this.#emit(long.beginning);
    return long;
  }

  /** The rest of the content stands in this chunk before the closing quote. */
  #endLong(long: LongString, rest: ByteString, end: number): void {
    this.#emit(long.push(rest));
    this.#emit(long.finish());
    this.#long = undefined;
    this.#done = end;
    this.#forget();
  }
}

function scalarType(token: ByteString): ScalarType | 'null' {
  if (isJsonNumber(token)) return 'number';
  if (token === 'true' || token === 'false') return 'boolean';
  if (token === 'null') return 'null';
  throw malformedBody('JSON with a value that is none');
}
