/**
 * Decisions already made, by the text that decides them: exactly what the bundle could see, or what it answered. Sound
 * because a bundle is deterministic: it can call no clock, random number or network (`builtins.ts`). One cache belongs to
 * one bundle. It has two halves, and where one is full the older one makes room: to remove entries one by one costs more
 * than to find them.
 */
import type { Decision } from '../../domain/decision.ts';

const HALF_ENTRIES_MAX = 2_048;
const HALF_KEY_CHARS_MAX = 4 * 1_048_576;
/** A longer text is hardly seen again, and would push out many that are. */
const KEY_CHARS_MAX = 16_384;

export class DecisionCache {
  #newer = new Map<string, Decision>();
  #older = new Map<string, Decision>();
  #newerKeyChars = 0;

  get(key: string): Decision | undefined {
    return this.#newer.get(key) ?? this.#older.get(key);
  }

  set(key: string, decision: Decision): void {
    if (key.length > KEY_CHARS_MAX || this.#newer.has(key)) return;
    if (this.#newer.size >= HALF_ENTRIES_MAX || this.#newerKeyChars + key.length > HALF_KEY_CHARS_MAX) {
      this.#older = this.#newer;
      this.#newer = new Map();
      this.#newerKeyChars = 0;
    }
    this.#newer.set(key, decision);
    this.#newerKeyChars += key.length;
  }

  get size(): number {
    return this.#newer.size + this.#older.size;
  }
}
