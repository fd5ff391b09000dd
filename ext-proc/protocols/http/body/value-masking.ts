/**
 * What stands in place of one value of a body: the mark's replacement where its field is marked, otherwise the value
 * with what detectors find in it replaced. Values are byte strings as they read, without the escapes of their format.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { Around, MaskOutcome, PreparedMark } from '../../../masking/masker.ts';
import { fullToken } from '../../../masking/styles/full.ts';
import type { Replacement } from '../../../masking/styles/style.ts';
import { type MaskTarget, TEXT_TARGET } from '../../../masking/value-shape.ts';
import type { BodyMasking } from './body-masking.ts';
import type { FieldMark } from './field-marks.ts';
import { KnownNames } from './known-names.ts';

/** What a JSON scalar other than null is. */
export type ScalarType = 'number' | 'boolean';

const JSON_TARGET: MaskTarget = { shape: { type: 'json' }, nullable: true };
const FLOAT_TARGET: MaskTarget = { shape: { type: 'float' }, nullable: false };
const BOOLEAN_TARGET: MaskTarget = { shape: { type: 'boolean' }, nullable: false };
const NAME_TARGET: MaskTarget = { shape: { type: 'text' }, nullable: false };

/** Of the built-in detectors (`masking/number-judge.ts`). */
const NUMBER_BYTES_MIN = 7;

export class ValueMasking {
  readonly names: KnownNames;
  readonly #masking: BodyMasking;
  /** By the mark itself: fields' marks are made once for a decision. */
  readonly #prepared = new Map<MaskTarget, Map<FieldMark, PreparedMark>>();

  constructor(masking: BodyMasking) {
    this.#masking = masking;
    this.names = KnownNames.of(masking.masker.scanner);
  }

  /** Shorter numbers are nothing to any detector. */
  get numberBytesMin(): number {
    return this.#masking.masker.scanner.patterns.length > 0 ? 0 : NUMBER_BYTES_MIN;
  }

  /** Whether a number of so many bytes is long enough to be anything to a detector. */
  mayBeFound(bytes: number, name: ByteString | undefined): boolean {
    return bytes >= this.numberBytesMin || name !== undefined;
  }

  /** The marked text; null where null takes its place. */
  markedText(mark: FieldMark, value: ByteString): ByteString | null {
    this.#masking.count(mark.kind, mark.label);
    return this.#textOf(this.#mark(mark, TEXT_TARGET).apply(value), mark.kind);
  }

  /** What stands for a marked text that is too long to be read. */
  withheldText(mark: FieldMark): ByteString | null {
    this.#masking.count(mark.kind, mark.label);
    return mark.style === 'null' ? null : fullToken(mark.kind);
  }

  /** What stands for a marked number or boolean, as JSON writes it. */
  markedScalar(mark: FieldMark, token: ByteString, type: ScalarType): ByteString {
    const { numbersStayNumbers, count } = this.#masking;
    count(mark.kind, mark.label);
    if (mark.style === 'null' && !numbersStayNumbers) return 'null';
    if (mark.style === 'typed' || numbersStayNumbers) {
      const replacement = this.#mark(mark, type === 'number' ? FLOAT_TARGET : BOOLEAN_TARGET).apply(token);
      if (replacement.kind === 'text') return replacement.text;
      return type === 'number' ? '0' : 'false';
    }
    const text = this.#textOf(this.#mark(mark, TEXT_TARGET).apply(token), mark.kind);
    return text === null ? 'null' : `"${text}"`;
  }

  /**
   * The text with what is found in it replaced. `name`: what it stands under, where that speaks; most names say nothing,
   * and their values need be read only once. Null where null takes its place, undefined where nothing is found.
   */
  foundInText(value: ByteString, name: ByteString | undefined): ByteString | null | undefined {
    return this.#outcome(this.#masking.masker.maskFound(value, TEXT_TARGET, named(name)));
  }

  /** Of a number: what stands for it, as JSON writes it; undefined where it is nothing. */
  foundInNumber(token: ByteString, name: ByteString | undefined): ByteString | undefined {
    const { masker, numbersStayNumbers } = this.#masking;
    const outcome = masker.maskFound(token, numbersStayNumbers ? FLOAT_TARGET : JSON_TARGET, named(name));
    const text = this.#outcome(outcome, '0');
    return text === null ? 'null' : text;
  }

  /** Of a name; undefined where it is nothing. */
  foundInName(name: ByteString): ByteString | undefined {
    return this.#outcome(this.#masking.masker.maskFound(name, NAME_TARGET)) ?? undefined;
  }

  /** Of a part of a text, which nothing but another text can stand for. */
  foundInPart(part: ByteString, around?: Around): ByteString | undefined {
    const masked = this.#masking.masker.maskPart(part, around);
    if (masked !== undefined) this.countFound(masked.kinds);
    return masked?.text;
  }

  countFound(kinds: readonly string[]): void {
    for (const kind of kinds) this.#masking.count(kind, undefined);
  }

  #outcome(outcome: MaskOutcome, otherwise?: ByteString): ByteString | null | undefined {
    if (outcome.kind === 'unchanged') return undefined;
    this.countFound(outcome.kinds);
    switch (outcome.kind) {
      case 'replaced':
        return outcome.text;
      case 'null':
        return null;
      case 'impossible':
        return otherwise ?? fullToken(outcome.kinds[0] as string);
    }
  }

  #textOf(replacement: Replacement, kind: string): ByteString | null {
    switch (replacement.kind) {
      case 'text':
        return replacement.text;
      case 'null':
        return null;
      case 'impossible':
        return fullToken(kind);
    }
  }

  #mark(mark: FieldMark, target: MaskTarget): PreparedMark {
    let byMark = this.#prepared.get(target);
    if (byMark === undefined) this.#prepared.set(target, (byMark = new Map()));
    let prepared = byMark.get(mark);
    if (prepared === undefined) byMark.set(mark, (prepared = this.#masking.masker.prepareMark(mark, target)));
    return prepared;
  }
}

const named = (name: ByteString | undefined): Around | undefined =>
  name === undefined ? undefined : { kind: 'named', name };
