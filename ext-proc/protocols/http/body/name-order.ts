/**
 * In which order the objects at one depth give their names: those of a list give the same ones in the same order, so
 * that most names are known before they are read, and with them the place that they lead to.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { FieldState } from './field-marks.ts';
import { QUOTE } from './json-bytes.ts';
import type { KnownName } from './known-names.ts';

/** Of more members, longer names and deeper objects each name is looked up: what is remembered is a few kilobytes. */
const MEMBERS_MAX = 64;
const NAME_BYTES_MAX = 64;
const DEPTH_MAX = 16;

/** A name that was given, and where it led. It says nothing of its value, and was not changed. */
export interface NamedStep {
  readonly name: KnownName;
  readonly from: FieldState;
  readonly to: FieldState;
}

export class NameOrder {
  readonly #steps: (NamedStep | undefined)[] = [];

  /** What the member number `index` gave last, if its name stands in the text again: from `start` on, with its quote. */
  guess(index: number, text: ByteString, start: number): NamedStep | undefined {
    const step = index < MEMBERS_MAX ? this.#steps[index] : undefined;
    if (step === undefined) return undefined;
    const { bytes } = step.name;
    const { length } = bytes;
    if (text.charCodeAt(start + length) !== QUOTE) return undefined;
    for (let at = 0; at < length; at++)
      if (text.charCodeAt(start + at) !== bytes.charCodeAt(at)) return undefined;
    return step;
  }

  learn(index: number, step: NamedStep): void {
    const { plain, bytes } = step.name;
    if (index < MEMBERS_MAX && plain && bytes.length <= NAME_BYTES_MAX) this.#steps[index] = step;
  }
}

/** Those of one body. */
export class NameOrders {
  readonly #orders: NameOrder[] = [];

  at(depth: number): NameOrder | undefined {
    return depth < DEPTH_MAX ? (this.#orders[depth] ??= new NameOrder()) : undefined;
  }
}
