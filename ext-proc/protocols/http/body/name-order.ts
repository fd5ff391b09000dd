/**
 * In which order the objects at one depth give their names: those of a list, and of one answer after the other, give the
 * same ones in the same order, so that most names are known before they are read, and with them the place that they
 * lead to. It is a guess: a name counts only where it stands in the text.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { Scanner } from '../../../masking/scanner.ts';
import type { TextKernel } from '../../../masking/text-kernel.ts';
import type { FieldMarks, FieldState } from './field-marks.ts';
import { QUOTE } from './json-bytes.ts';
import type { KnownName } from './known-names.ts';

/**
 * Of deeper objects and more places, and of more members and longer names than the kernel takes, each name is looked up:
 * what is remembered of one set of marks is some hundred kilobytes at most.
 */
const DEPTH_MAX = 16;
const ORDERS_MAX = 64;

/** A name that was given, and where it led. It says nothing of its value, and was not changed. */
export interface NamedStep {
  readonly name: KnownName;
  readonly to: FieldState;
}

/** That of the objects at one place. */
export class NameOrder {
  readonly #kernel: TextKernel;
  readonly #marks: FieldMarks;
  readonly #steps: (NamedStep | undefined)[] = [];
  /** Which order of the kernel's it was last. */
  #number = -1;

  constructor(kernel: TextKernel, marks: FieldMarks) {
    this.#kernel = kernel;
    this.#marks = marks;
  }

  /** What the member number `index` gave last. */
  at(index: number): NamedStep | undefined {
    return this.#steps[index];
  }

  /** That, if its name stands in the text again: from `start` on, with its quote. */
  guess(index: number, text: ByteString, start: number): NamedStep | undefined {
    const step = this.at(index);
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
    const { namesMax, nameBytesMax } = this.#kernel;
    if (index >= namesMax || !plain || bytes.length > nameBytesMax) return;
    this.#steps[index] = step;
    if (this.#isGiven()) this.#give(index, step);
  }

  /** The number by which the kernel knows it, which has been given the names. */
  given(): number {
    if (!this.#isGiven()) {
      this.#number = this.#kernel.beginOrder(this);
      this.#steps.forEach((step, index) => {
        if (step !== undefined) this.#give(index, step);
      });
    }
    return this.#number;
  }

  #isGiven(): boolean {
    return this.#number >= 0 && this.#kernel.orders[this.#number] === this;
  }

  #give(index: number, { name, to }: NamedStep): void {
    this.#kernel.putName(this.#number, index, name.bytes, this.#marks.markOf(to) !== undefined);
  }
}

const ordersOf = new WeakMap<Scanner, WeakMap<FieldMarks, NameOrders>>();

/** Those of all bodies that are read with the same marks: answers of one route are alike. */
export class NameOrders {
  static of(scanner: Scanner, marks: FieldMarks): NameOrders {
    let byMarks = ordersOf.get(scanner);
    if (byMarks === undefined) ordersOf.set(scanner, (byMarks = new WeakMap()));
    let orders = byMarks.get(marks);
    if (orders === undefined) byMarks.set(marks, (orders = new NameOrders(scanner.kernel, marks)));
    return orders;
  }

  readonly #kernel: TextKernel;
  readonly #marks: FieldMarks;
  readonly #orders: Map<FieldState, NameOrder>[] = [];
  #count = 0;

  private constructor(kernel: TextKernel, marks: FieldMarks) {
    this.#kernel = kernel;
    this.#marks = marks;
  }

  /** That of objects at this depth and place; undefined where nothing is remembered. */
  at(depth: number, place: FieldState): NameOrder | undefined {
    if (depth >= DEPTH_MAX) return undefined;
    const orders = (this.#orders[depth] ??= new Map());
    let order = orders.get(place);
    if (order === undefined && this.#count < ORDERS_MAX) {
      this.#count++;
      orders.set(place, (order = new NameOrder(this.#kernel, this.#marks)));
    }
    return order;
  }
}
