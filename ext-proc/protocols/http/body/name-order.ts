/**
 * In which order the objects at one depth give their names: those of a list, and of one answer after the other, give the
 * same ones in the same order, so that most names are known before they are read, and with them the place that they
 * lead to. It is a guess: a name counts only where it stands in the text.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import {
  KERNEL_NAME_BYTES_MAX,
  KERNEL_NAMES,
  KERNEL_ORDERS,
  type TextKernel,
} from '../../../masking/text-kernel.ts';
import type { FieldMarks, FieldState } from './field-marks.ts';
import { QUOTE } from './json-bytes.ts';
import type { KnownName, KnownNames } from './known-names.ts';

/** Of more members, longer names and deeper objects each name is looked up: what is remembered is a few kilobytes. */
const MEMBERS_MAX = KERNEL_NAMES;
const NAME_BYTES_MAX = KERNEL_NAME_BYTES_MAX;
const DEPTH_MAX = KERNEL_ORDERS;

/** A name that was given, and where it led. It says nothing of its value, and was not changed. */
export interface NamedStep {
  readonly name: KnownName;
  readonly from: FieldState;
  readonly to: FieldState;
}

export class NameOrder {
  readonly depth: number;
  readonly #marks: FieldMarks;
  readonly #steps: (NamedStep | undefined)[] = [];
  /** The kernel that was given these names last, and the place that the object stood at. */
  #kernel: TextKernel | undefined;
  #from: FieldState | undefined;

  constructor(depth: number, marks: FieldMarks) {
    this.depth = depth;
    this.#marks = marks;
  }

  /** What the member number `index` gave last. */
  at(index: number): NamedStep | undefined {
    return index < MEMBERS_MAX ? this.#steps[index] : undefined;
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
    if (index >= MEMBERS_MAX || !plain || bytes.length > NAME_BYTES_MAX) return;
    this.#steps[index] = step;
    if (this.#kernel?.orders[this.depth] === this) this.#give(this.#kernel, index, step);
  }

  /** Gives the kernel these names, for an object that stands at this place. */
  giveTo(kernel: TextKernel, from: FieldState): void {
    if (kernel.orders[this.depth] === this && this.#kernel === kernel && this.#from === from) return;
    kernel.orders[this.depth] = this;
    this.#kernel = kernel;
    this.#from = from;
    kernel.clearNames(this.depth);
    this.#steps.forEach((step, index) => {
      if (step !== undefined) this.#give(kernel, index, step);
    });
  }

  #give(kernel: TextKernel, index: number, { name, from, to }: NamedStep): void {
    // Where an object at another place had this name, it leads elsewhere.
    if (from !== this.#from) kernel.dropName(this.depth, index);
    else kernel.putName(this.depth, index, name.bytes, this.#marks.markOf(to) !== undefined);
  }
}

const ordersOf = new WeakMap<KnownNames, WeakMap<FieldMarks, NameOrders>>();

/** Those at each depth, of all bodies that are read with the same marks: answers of one route are alike. */
export class NameOrders {
  static of(names: KnownNames, marks: FieldMarks): NameOrders {
    let byMarks = ordersOf.get(names);
    if (byMarks === undefined) ordersOf.set(names, (byMarks = new WeakMap()));
    let orders = byMarks.get(marks);
    if (orders === undefined) byMarks.set(marks, (orders = new NameOrders(marks)));
    return orders;
  }

  readonly #marks: FieldMarks;
  readonly #orders: NameOrder[] = [];

  private constructor(marks: FieldMarks) {
    this.#marks = marks;
  }

  at(depth: number): NameOrder | undefined {
    return depth < DEPTH_MAX ? (this.#orders[depth] ??= new NameOrder(depth, this.#marks)) : undefined;
  }
}
