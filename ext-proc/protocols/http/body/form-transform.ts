/**
 * Masks a form (application/x-www-form-urlencoded, WHATWG URL section 5) on its way. A field's path is its name, and every
 * other that a server may read in it (`customer[card]`, `customer.card`). A field that is masked or removed is
 * written anew; all others stay byte for byte. It holds one field at most.
 */
import { formPaths } from '../../../domain/form-name.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { type ByteString, textOfByteString } from '../../../masking/byte-string.ts';
import type { BodyMasking, BodyTransform } from './body-masking.ts';
import { bodyTooLarge, malformedBody } from './body-refusal.ts';
import type { FieldMark } from './field-marks.ts';
import { ownName } from './json-names.ts';
import { TextCheck } from './text-check.ts';
import { ValueMasking } from './value-masking.ts';

const SEPARATOR = '&';

export class FormTransform implements BodyTransform {
  readonly #masking: BodyMasking;
  readonly #values: ValueMasking;
  readonly #check = new TextCheck();
  readonly #fieldBytesMax: number;
  #held = '';
  /** Fields that were given out. */
  #fields = 0;

  constructor(masking: BodyMasking, fieldBytesMax: number = LIMITS.bodyPartBytesMax) {
    this.#masking = masking;
    this.#values = new ValueMasking(masking);
    this.#fieldBytesMax = fieldBytesMax;
  }

  push(chunk: Buffer): readonly Buffer[] {
    const text = chunk.toString('latin1');
    this.#check.next(text);
    // Some servers part fields there, and one behind it would be none that a mark fits.
    if (text.includes(';') && !this.#masking.marks.empty) throw malformedBody('a form with a bare semicolon');
    let out = '';
    let from = 0;
    for (let end = text.indexOf(SEPARATOR); end >= 0; end = text.indexOf(SEPARATOR, from)) {
      out += this.#field(this.#held + text.slice(from, end));
      this.#held = '';
      from = end + 1;
    }
    this.#held += text.slice(from);
    if (this.#held.length > this.#fieldBytesMax) throw bodyTooLarge('a field of a form');
    return out === '' ? [] : [Buffer.from(out, 'latin1')];
  }

  end(): readonly Buffer[] {
    const out = this.#field(this.#held);
    this.#held = '';
    return out === '' ? [] : [Buffer.from(out, 'latin1')];
  }

  /** What goes on for one field, with the separator before it; nothing for one that is removed. */
  #field(written: ByteString): ByteString {
    if (written.length > this.#fieldBytesMax) throw bodyTooLarge('a field of a form');
    const masked = this.#masked(written);
    if (masked === undefined) return '';
    return this.#fields++ === 0 ? masked : SEPARATOR + masked;
  }

  #masked(written: ByteString): ByteString | undefined {
    const equals = written.indexOf('=');
    const writtenName = equals < 0 ? written : written.slice(0, equals);
    const name = decodeForm(writtenName);
    const mark = this.#markOf(name);
    if (mark === 'removed') return undefined;
    const value = equals < 0 ? '' : decodeForm(written.slice(equals + 1));
    const { speaks } = this.#values.names.of(name);
    const maskedName = speaks ? this.#values.foundInName(name) : undefined;
    const maskedValue =
      mark === undefined
        ? this.#values.foundInText(value, speaks ? ownName(name).text : undefined)
        : value === ''
          ? undefined
          : this.#values.markedText(mark, value);
    if (maskedName === undefined && maskedValue === undefined) return written;
    const nameOut = maskedName === undefined ? writtenName : encodeForm(maskedName);
    if (equals < 0) return nameOut;
    return `${nameOut}=${maskedValue === undefined ? written.slice(equals + 1) : encodeForm(maskedValue ?? '')}`;
  }

  #markOf(name: ByteString): FieldMark | 'removed' | undefined {
    const { marks } = this.#masking;
    if (marks.empty) return undefined;
    let found: FieldMark | undefined;
    for (const path of formPaths(textOfByteString(name))) {
      let state = marks.start;
      for (const part of path) {
        state = marks.enter(state, part);
        // Below a field that is taken out nothing is left.
        if (marks.removed(state)) return 'removed';
      }
      found ??= marks.markOf(state);
    }
    return found;
  }
}

/** What a name or a value stands for; an escape that is none stands for itself. */
export const decodeForm = (written: ByteString): ByteString =>
  written
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

const encodeForm = (text: ByteString): ByteString =>
  text.replaceAll(/[^A-Za-z0-9*._-]/g, (sign) =>
    sign === ' ' ? '+' : `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
