/**
 * What names stand for on the server while it has yet to say whether it took the changes on their way to it. Owns the
 * difference between what is certain and what is only sent: a change that fails, or that the server skips after an
 * error, leaves the name as it was, and nothing may be judged by what it would have been.
 */

export interface NameChange<T> {
  readonly name: string;
  /** Undefined where the name is closed. */
  readonly value: T | undefined;
  /** The server has taken it. */
  took(): void;
  /** The server has refused or skipped it. */
  undone(): void;
}

class PendingChange<T> implements NameChange<T> {
  readonly name: string;
  readonly value: T | undefined;
  readonly batch: number;
  readonly #table: NameTable<T>;
  constructor(table: NameTable<T>, name: string, value: T | undefined, batch: number) {
    this.#table = table;
    this.name = name;
    this.value = value;
    this.batch = batch;
  }
  took(): void {
    this.#table.settle(this, true);
  }
  undone(): void {
    this.#table.settle(this, false);
  }
}

/** Changes of one name on their way, oldest first; those before `head` are settled. */
interface Pending<T> {
  changes: PendingChange<T>[];
  head: number;
}

export class NameTable<T> {
  readonly #certain = new Map<string, T>();
  readonly #pending = new Map<string, Pending<T>>();
  readonly #weigh: (value: T) => number;
  #weight = 0;

  /** `weigh` says how many bytes a value keeps in memory, where that matters. */
  constructor(weigh: (value: T) => number = () => 0) {
    this.#weigh = weigh;
  }

  /** Bytes kept by what names stand for, or may come to. */
  get weight(): number {
    return this.#weight;
  }

  /** What the name stands for once everything sent before has succeeded. */
  get(name: string): T | undefined {
    const pending = this.#pending.get(name);
    return pending === undefined ? this.#certain.get(name) : newest(pending).value;
  }

  /**
   * Whether the name may stand for something else by the time a message of `batch` uses it. Within one batch (between
   * two Syncs, or one Query's text) a failed change makes the server skip the use as well; across batches it does not.
   * A name that was nothing before is certain: it is the new thing, or the use fails.
   */
  uncertain(name: string, batch: number): boolean {
    const pending = this.#pending.get(name);
    if (pending === undefined || newest(pending).batch === batch) return false;
    return pending.changes.length - pending.head > 1 || this.#certain.has(name);
  }

  /** A change on its way to the server; the caller says what became of it, in the order of the answers. */
  change(name: string, value: T | undefined, batch: number): NameChange<T> {
    const change = new PendingChange(this, name, value, batch);
    if (value !== undefined) this.#weight += this.#weigh(value);
    const pending = this.#pending.get(name);
    if (pending === undefined) this.#pending.set(name, { changes: [change], head: 0 });
    else pending.changes.push(change);
    return change;
  }

  /** Used by the changes themselves. */
  settle(change: PendingChange<T>, took: boolean): void {
    const pending = this.#pending.get(change.name);
    if (pending === undefined || !remove(pending, change)) return;
    if (pending.head === pending.changes.length) this.#pending.delete(change.name);
    if (!took) {
      if (change.value !== undefined) this.#weight -= this.#weigh(change.value);
      return;
    }
    this.drop(change.name);
    if (change.value !== undefined) this.#certain.set(change.name, change.value);
  }

  /** Certainly gone, whatever else is on its way. Returns what it stood for. */
  drop(name: string): T | undefined {
    const value = this.#certain.get(name);
    if (value === undefined) return undefined;
    this.#weight -= this.#weigh(value);
    this.#certain.delete(name);
    return value;
  }

  /** Every name that stands for something, or may come to. */
  names(): readonly string[] {
    if (this.#certain.size === 0 && this.#pending.size === 0) return NO_NAMES;
    return [...new Set([...this.#certain.keys(), ...this.#pending.keys()])];
  }

  /** Everything that a name stands for, or may come to. */
  *values(): Iterable<T> {
    yield* this.#certain.values();
    for (const { changes, head } of this.#pending.values())
      for (const { value } of changes.slice(head)) if (value !== undefined) yield value;
  }

  /** At least as many as there are names; a little more while changes are on their way. */
  get size(): number {
    return this.#certain.size + this.#pending.size;
  }
}

const NO_NAMES: readonly string[] = [];

const SETTLED_KEPT_MAX = 1_024;

function newest<T>(pending: Pending<T>): PendingChange<T> {
  return pending.changes.at(-1) as PendingChange<T>;
}

/** Answers come in order, so it is nearly always the oldest; thousands may wait behind it. */
function remove<T>(pending: Pending<T>, change: PendingChange<T>): boolean {
  const at = pending.changes.indexOf(change, pending.head);
  if (at < 0) return false;
  if (at > pending.head) pending.changes.splice(at, 1);
  else if (++pending.head > SETTLED_KEPT_MAX && pending.head * 2 > pending.changes.length) {
    pending.changes = pending.changes.slice(pending.head);
    pending.head = 0;
  }
  return true;
}
