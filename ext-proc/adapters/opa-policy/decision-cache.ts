/**
 * Decisions already made, by exactly what the bundle could see. Sound because a bundle is deterministic: it can call no
 * clock, random number or network (`builtins.ts`). One cache belongs to one bundle. The oldest entry makes room.
 */
import type { Decision } from '../../domain/decision.ts';

const ENTRIES_MAX = 4_096;
const KEY_CHARS_TOTAL_MAX = 8 * 1_048_576;
/** A longer input is hardly seen again, and would push out many that are. */
const KEY_CHARS_MAX = 16_384;

export class DecisionCache {
  readonly #decisions = new Map<string, Decision>();
  #keyChars = 0;

  get(input: string): Decision | undefined {
    return this.#decisions.get(input);
  }

  set(input: string, decision: Decision): void {
    if (input.length > KEY_CHARS_MAX || this.#decisions.has(input)) return;
    this.#decisions.set(input, decision);
    this.#keyChars += input.length;
    while (this.#decisions.size > ENTRIES_MAX || this.#keyChars > KEY_CHARS_TOTAL_MAX) {
      const oldest = this.#decisions.keys().next().value as string;
      this.#decisions.delete(oldest);
      this.#keyChars -= oldest.length;
    }
  }

  get size(): number {
    return this.#decisions.size;
  }
}
