/**
 * Masks JSON (RFC 8259) on its way: one text, or several behind one another (NDJSON; RFC 7464 with its record
 * separators). It follows the path, replaces the scalars and names that must not be seen, and gives out everything else
 * byte for byte as it came. What is no JSON ends it: so what comes out parses, and to the same structure.
 *
 * It holds one token at most. A string that is longer than the limit is dropped where its field is marked, and
 * otherwise masked in windows (text-windows.ts). Bytes that are no UTF-8 pass as they are if nothing is found.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import { STOPPED_AT } from '../../../masking/text-kernel.ts';
import type { BodyMasking, BodyTransform } from './body-masking.ts';
import { bodyTooDeep, bodyTooLarge, malformedBody } from './body-refusal.ts';
import type { FieldState } from './field-marks.ts';
import {
  BYTE_ORDER_MARK,
  classOf,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  LINE_FEED,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  RECORD_SEPARATOR,
  SCALAR,
  scalarStop,
  stringStop,
  WHITE,
} from './json-bytes.ts';
import { JSON_LIMITS, type JsonLimits } from './json-limits.ts';
import {
  nameInside,
  nameOfAround,
  nameOfRest,
  NO_NAME,
  type Open,
  ownName,
  type SpokenName,
  uniqueName,
} from './json-names.ts';
import { isPlainNumber } from './json-number.ts';
import { scalarType } from './json-scalar.ts';
import type { KnownName } from './known-names.ts';
import { escapeJson, unescapeJson } from './json-strings.ts';
import { LongString } from './long-string.ts';
import { type NamedStep, NameOrders } from './name-order.ts';
import { PassingBytes } from './passing-bytes.ts';
import { PlainStretch } from './plain-stretch.ts';
import { StringScan } from './string-scan.ts';
import { ValueMasking } from './value-masking.ts';

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

export class JsonTransform implements BodyTransform {
  readonly #masking: BodyMasking;
  readonly #values: ValueMasking;
  readonly #stretch: PlainStretch;
  readonly #several: boolean;
  readonly #limits: JsonLimits;
  readonly #open: Open[] = [];
  readonly #orders: NameOrders;
  #expected: Expected = 'value';
  /** Bytes of a byte order mark that were read; all of them once something else came. */
  #byteOrderMark = 0;
  /** Of the value that is next. */
  #state: FieldState;
  #name: SpokenName = NO_NAME;

  #token: Token | undefined;
  readonly #scan = new StringScan();
  /** The string that was read last has characters beyond ASCII as escapes, and is written so again. */
  #escapedWide = false;
  #long: LongString | undefined;
  /** What is undecided is a token, from here on: before it may stand what parts a member from the one before. */
  readonly #bytes = new PassingBytes();
  #tokenOffset = 0;
  /** The depth at which a removed member stands; -1 where none does. */
  #removing = -1;
  /** Before the undecided name stands a comma. */
  #commaHeld = false;

  constructor(
    masking: BodyMasking,
    several = false,
    values = new ValueMasking(masking),
    limits: JsonLimits = JSON_LIMITS,
  ) {
    this.#masking = masking;
    this.#values = values;
    this.#stretch = new PlainStretch({
      scanner: masking.masker.scanner,
      numberBytesMin: values.numberBytesMin,
      stringBytesMax: limits.stringBytesMax,
    });
    this.#orders = NameOrders.of(masking.masker.scanner, masking.marks);
    this.#several = several;
    this.#limits = limits;
    this.#state = masking.marks.start;
  }

  push(chunk: Buffer): readonly Buffer[] {
    const { textBytesMax } = this.#stretch.kernel;
    if (chunk.length <= textBytesMax) return this.#push(chunk);
    const out: Buffer[] = [];
    for (let at = 0; at < chunk.length; at += textBytesMax)
      out.push(...this.#push(chunk.subarray(at, at + textBytesMax)));
    return out;
  }

  #push(chunk: Buffer): readonly Buffer[] {
    this.#bytes.begin(chunk, this.#token !== undefined || this.#commaHeld);
    this.#stretch.begin(chunk);
    this.#read();
    this.#hold();
    this.#stretch.end();
    return this.#bytes.take();
  }

  end(): readonly Buffer[] {
    // A number ends where the body does.
    this.#bytes.begin(Buffer.alloc(0), true);
    if (this.#token === 'scalar') this.#endScalar(0);
    this.#endByteOrderMark();
    const isEmpty = this.#open.length === 0 && this.#expected === 'value';
    if (this.#token !== undefined || (this.#expected !== 'end' && !isEmpty))
      throw malformedBody('JSON that ends too early');
    return this.#bytes.take();
  }

  #read(): void {
    const { text } = this.#bytes;
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
      const next = this.#readOn(at);
      at = next > at ? next : this.#structure(code, at);
    }
  }

  /** Reads over members and elements like those before, if the chunk goes on with such, and decides their values. */
  #readOn(at: number): number {
    const expected = this.#expected;
    if (expected !== 'more' && expected !== 'member' && expected !== 'element') return at;
    const open = this.#open.at(-1);
    if (open === undefined || this.#removing >= 0 || open.name.text !== undefined) return at;
    return open.isObject
      ? this.#readMembers(open, at, expected === 'member')
      : this.#readElements(open, at, expected === 'element');
  }

  #readMembers(open: Open, from: number, isFirst: boolean): number {
    const { order, state } = open;
    // Behind members that were all removed a comma is removed too.
    if (order === undefined || (!isFirst && open.members === 0)) return from;
    const inArray = this.#open.at(-2)?.isObject === false;
    const at = this.#stretch.members(from, order, open.named, isFirst, inArray);
    if (at === from) return from;
    const { stoppedAt, named, objects, undecided, strings } = this.#stretch.kernel;
    if (objects > 0) {
      open.members = 0;
      open.named = 0;
      open.masked = undefined;
    }
    open.members += named - open.named;
    open.named = named;
    this.#name = NO_NAME;
    for (let index = 0; index < undecided * 3; index += 3) {
      this.#state = (order.at((strings[index + 2] as number) - 1) as NamedStep).to;
      this.#wholeString(strings[index] as number, strings[index + 1] as number);
    }
    this.#state = stoppedAt === STOPPED_AT.value ? (order.at(named - 1) as NamedStep).to : state;
    this.#expected =
      stoppedAt === STOPPED_AT.value ? 'value' : stoppedAt === STOPPED_AT.first ? 'member' : 'more';
    return at;
  }

  #readElements({ state }: Open, from: number, isFirst: boolean): number {
    if (this.#masking.marks.markOf(state) !== undefined) return from;
    const at = this.#stretch.elements(from, isFirst);
    if (at === from) return from;
    const { stoppedAt, undecided, strings } = this.#stretch.kernel;
    for (let index = 0; index < undecided * 3; index += 3)
      this.#wholeString(strings[index] as number, strings[index + 1] as number);
    this.#expected = stoppedAt === STOPPED_AT.value ? 'value' : 'more';
    return at;
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
        if (code === QUOTE) return this.#beginName(at);
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
    if (code === QUOTE) return this.#beginString(at);
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      const isObject = code === OPEN_OBJECT;
      if (this.#open.length >= this.#limits.depthMax) throw bodyTooDeep(this.#limits.depthMax);
      const name = nameInside(this.#name, isObject);
      const order = isObject ? this.#orders.at(this.#open.length, this.#state) : undefined;
      this.#open.push({ isObject, state: this.#state, name, order, named: 0, members: 0, masked: undefined });
      this.#expected = isObject ? 'member' : 'element';
      return at + 1;
    }
    if (code === RECORD_SEPARATOR && this.#several && this.#open.length === 0) return at + 1;
    if ((classOf(code) & SCALAR) !== 0) return this.#beginScalar(at);
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
      this.#bytes.from = at;
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
      this.#bytes.drop(at);
      this.#bytes.dropping = false;
      this.#removing = -1;
    }
  }

  /** A name that came at this place before says and leads what it did then. */
  #beginName(at: number): number {
    const open = this.#open.at(-1) as Open;
    const { order, named } = open;
    const step = this.#commaHeld ? undefined : order?.guess(named, this.#bytes.text, at + 1);
    if (step === undefined || this.#removing >= 0) return this.#beginToken('string', at);
    open.named++;
    open.members++;
    this.#state = step.to;
    this.#name = nameOfAround(open.name);
    this.#expected = 'colon';
    return at + step.name.bytes.length + 2;
  }

  /** A string that ends in this chunk and has no escapes is decided at once: most are such. */
  #beginString(at: number): number {
    const { text } = this.#bytes;
    const stop = this.#removing < 0 ? stringStop(text, at + 1) : at;
    if (stop === at || stop - at > this.#limits.stringBytesMax || text.charCodeAt(stop) !== QUOTE)
      return this.#beginToken('string', at);
    if (this.#isDecided() && this.#stretch.isPlain(at + 1, stop)) {
      this.#endValue(stop + 1);
      return stop + 1;
    }
    this.#wholeString(at, stop);
    this.#endValue(stop + 1);
    return stop + 1;
  }

  /** Decides one whose quotes are at `at` and `stop`. */
  #wholeString(at: number, stop: number): void {
    this.#beginWhole(at);
    this.#bytes.decide(stop + 1, this.#maskedString(stop + 1));
  }

  /** Nothing but the value itself says what becomes of it. */
  #isDecided(): boolean {
    return this.#name.text === undefined && this.#masking.marks.markOf(this.#state) === undefined;
  }

  /** The same of a number or literal. */
  #beginScalar(at: number): number {
    const { text } = this.#bytes;
    const stop = this.#removing < 0 ? scalarStop(text, at) : at;
    if (stop === at || stop === text.length) return this.#beginToken('scalar', at);
    this.#beginWhole(at);
    this.#endScalar(stop);
    return stop;
  }

  #beginWhole(at: number): void {
    this.#bytes.from = at;
    this.#tokenOffset = 0;
    this.#scan.begin();
  }

  #beginToken(token: Token, at: number): number {
    this.#token = token;
    if (!this.#commaHeld) this.#bytes.from = at;
    this.#tokenOffset = this.#bytes.lengthTo(at);
    this.#scan.begin();
    return token === 'string' ? at + 1 : at;
  }

  /** Reads on in a string, to its end if the chunk has it. */
  #string(from: number): number {
    const { text } = this.#bytes;
    const end = this.#scan.end(text, from);
    if (end < 0) return text.length;
    this.#endString(end);
    return end;
  }

  #scalar(from: number): number {
    const { text } = this.#bytes;
    const at = scalarStop(text, from);
    if (at < text.length) this.#endScalar(at);
    return at;
  }

  /** The token that ends before `end`, as it was written, without so many bytes at its edges. */
  #written(end: number, edge = 0): ByteString {
    const { held, text, from } = this.#bytes;
    if (held === '') return text.slice(from + this.#tokenOffset + edge, end - edge);
    const written = this.#bytes.upTo(end);
    return written.slice(this.#tokenOffset + edge, written.length - edge);
  }

  /** What the string that ends before `end` stands for. */
  #content(end: number): ByteString {
    const content = this.#written(end, 1);
    this.#escapedWide = false;
    if (!this.#scan.hasEscape) return content;
    const { text, escapedWide } = unescapeJson(content);
    this.#escapedWide = escapedWide;
    return text;
  }

  #endScalar(end: number): void {
    const length = this.#tokenLength(end);
    if (length > this.#limits.tokenBytesMax) throw bodyTooLarge('a number');
    this.#token = undefined;
    const mark = this.#masking.marks.markOf(this.#state);
    if (mark === undefined && this.#isNothing(end, length)) {
      this.#bytes.forget();
      return this.#endValue(end);
    }
    const token = this.#written(end);
    if (this.#removing < 0) {
      const type = scalarType(token);
      let text: ByteString | undefined;
      if (mark !== undefined) {
        if (type !== 'null') text = this.#values.markedScalar(mark, token, type);
      } else if (
        type === 'number' &&
        this.#values.mayBeFound(length, this.#name.text) &&
        !this.#isPlain(end)
      ) {
        text = this.#values.foundInNumber(token, this.#name.text);
      }
      this.#bytes.decide(end, text);
    } else {
      scalarType(token);
      this.#bytes.forget();
    }
    this.#endValue(end);
  }

  /** A number that is too short to be anything, whole in this chunk. */
  #isNothing(end: number, length: number): boolean {
    const { held, text } = this.#bytes;
    return (
      held === '' &&
      !this.#values.mayBeFound(length, this.#name.text) &&
      isPlainNumber(text, end - length, end)
    );
  }

  #endString(end: number): void {
    this.#token = undefined;
    if (this.#expected === 'name' || this.#expected === 'member') return this.#endName(end);
    if (this.#long !== undefined) this.#endLong(this.#long, this.#bytes.text.slice(0, end - 1), end);
    else if (this.#removing >= 0) this.#bytes.forget();
    else if (this.#tokenLength(end) - 2 > this.#limits.stringBytesMax)
      this.#endLong(this.#beginLong(), this.#written(end, 1), end);
    else this.#bytes.decide(end, this.#maskedString(end));
    this.#endValue(end);
  }

  #tokenLength(end: number): number {
    return this.#bytes.lengthTo(end) - this.#tokenOffset;
  }

  /** What stands in place of the string that ends before `end`, its quotes included; undefined where it goes on. */
  #maskedString(end: number): ByteString | undefined {
    const mark = this.#masking.marks.markOf(this.#state);
    const text = this.#content(end);
    const masked =
      mark === undefined
        ? this.#values.foundInText(text, this.#name.text)
        : this.#values.markedText(mark, text);
    if (masked === undefined) return undefined;
    return masked === null ? 'null' : `"${escapeJson(masked, this.#escapedWide)}"`;
  }

  /** Whether the number that ends before `end` surely holds nothing, whole in this chunk. */
  #isPlain(end: number): boolean {
    const { held, from } = this.#bytes;
    return held === '' && this.#name.text === undefined && this.#stretch.isPlain(from, end);
  }

  #endName(end: number): void {
    this.#expected = 'colon';
    const { marks } = this.#masking;
    const open = this.#open.at(-1) as Open;
    if (this.#tokenLength(end) > this.#limits.tokenBytesMax) throw bodyTooLarge('a name');
    if (this.#removing >= 0) return this.#bytes.forget();
    const known = this.#nameBefore(end);
    const { bytes, text, speaks } = known;
    const index = open.named++;
    if (!marks.empty) {
      this.#state = marks.enter(open.state, text);
      if (marks.removed(this.#state)) return this.#remove(end);
    }
    const masked = speaks || this.#scan.hasEscape ? this.#values.foundInName(bytes) : undefined;
    const name =
      masked === undefined ? undefined : `"${escapeJson(uniqueName(open, masked), this.#escapedWide)}"`;
    if (masked !== undefined) this.#name = nameOfRest(masked, this.#values.names, open.name);
    else this.#name = speaks ? ownName(bytes) : nameOfAround(open.name);
    if (!speaks && name === undefined) open.order?.learn(index, { name: known, to: this.#state });
    if (!this.#commaHeld) this.#bytes.decide(end, name);
    else this.#decideWithComma(end, name, open.members > 0);
    open.members++;
  }

  #nameBefore(end: number): KnownName {
    const { held, text, from } = this.#bytes;
    const { names } = this.#values;
    if (held !== '' || this.#scan.hasEscape) return names.of(this.#content(end));
    this.#escapedWide = false;
    return names.at(text, from + this.#tokenOffset + 1, end - 1);
  }

  /** Drops the name, and everything until its value has ended. */
  #remove(end: number): void {
    this.#bytes.drop(end);
    this.#bytes.dropping = true;
    this.#removing = this.#open.length;
    this.#commaHeld = false;
  }

  #decideWithComma(end: number, name: ByteString | undefined, keepsComma: boolean): void {
    this.#commaHeld = false;
    if (keepsComma && name === undefined) return this.#bytes.decide(end, undefined);
    const undecided = this.#bytes.upTo(end);
    const gap = undecided.slice(keepsComma ? 0 : 1, this.#tokenOffset);
    this.#bytes.decide(end, gap + (name ?? undecided.slice(this.#tokenOffset)));
  }

  /** The chunk has ended: gives out what is decided, and holds the rest. */
  #hold(): void {
    const bytes = this.#bytes;
    const rest = bytes.rest();
    if (rest === undefined) return;
    if (this.#long !== undefined) return bytes.emit(this.#long.push(rest));
    if (this.#removing >= 0) {
      // Only what a number is must be known of what is dropped.
      bytes.held = this.#token === 'scalar' ? bytes.held + rest : '';
      if (bytes.held.length > this.#limits.tokenBytesMax) throw bodyTooLarge('a number');
      return;
    }
    bytes.held += rest;
    const isName = this.#expected === 'name' || this.#expected === 'member';
    if (this.#token === 'string' && !isName) {
      if (bytes.held.length - 1 <= this.#limits.stringBytesMax) return;
      this.#long = this.#beginLong();
      bytes.emit(this.#long.push(bytes.held.slice(1)));
      bytes.held = '';
    } else if (bytes.held.length > this.#limits.tokenBytesMax) {
      throw bodyTooLarge(isName ? 'a name' : 'a number');
    }
  }

  /** The string turned out to be too long to be held. */
  #beginLong(): LongString {
    this.#bytes.copyTo(this.#bytes.from);
    const mark = this.#masking.marks.markOf(this.#state);
    const long = new LongString(mark, this.#masking, this.#values, this.#limits);
    this.#bytes.emit(long.beginning);
    return long;
  }

  /** The rest of the content stands in this chunk before the closing quote. */
  #endLong(long: LongString, rest: ByteString, end: number): void {
    this.#bytes.emit(long.push(rest));
    this.#bytes.emit(long.finish());
    this.#bytes.drop(end);
    this.#long = undefined;
  }
}
