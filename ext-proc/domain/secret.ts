/**
 * A value that must not be printed: tokens, passwords, keys. It prints as `[redacted]` in logs, JSON and
 * string interpolation; `revealSecret` is the one way in, so every use can be found by its name.
 */
import { inspect } from 'node:util';

const REDACTED = '[redacted]';

export class Secret<T> {
  readonly #value: T;
  constructor(value: T) {
    this.#value = value;
  }
  static reveal<T>(secret: Secret<T>): T {
    return secret.#value;
  }
  toString(): string {
    return REDACTED;
  }
  toJSON(): string {
    return REDACTED;
  }
  [inspect.custom](): string {
    return REDACTED;
  }
}

/** The value inside. Call it only where the value is used, never to keep it. */
export const revealSecret = <T>(secret: Secret<T>): T => Secret.reveal(secret);
