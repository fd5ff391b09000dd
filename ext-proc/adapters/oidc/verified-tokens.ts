/**
 * Tokens that were verified a moment ago, by the SHA-256 of their text, so that a client that reconnects costs
 * microseconds. An entry is good for as long as its issuer still publishes the very key set that verified it, and
 * until the token ends. The token itself is not kept.
 */
import { hash } from 'node:crypto';
import type { VerifiedIdentity } from '../../domain/principal.ts';
import type { KeySet } from './issuer-keys.ts';

const TOKENS_MAX = 10_000;

export interface VerifiedToken {
  readonly identity: VerifiedIdentity;
  readonly issuer: string;
  readonly keys: KeySet;
}

export class VerifiedTokens {
  readonly #byDigest = new Map<string, VerifiedToken>();

  static digest(token: string): string {
    return hash('sha256', token, 'base64url');
  }

  get(digest: string): VerifiedToken | undefined {
    const entry = this.#byDigest.get(digest);
    if (entry === undefined) return undefined;
    // Moved to the end: the first entry is always the one unused for longest.
    this.#byDigest.delete(digest);
    this.#byDigest.set(digest, entry);
    return entry;
  }

  put(digest: string, entry: VerifiedToken): void {
    this.#byDigest.delete(digest);
    this.#byDigest.set(digest, entry);
    if (this.#byDigest.size > TOKENS_MAX) {
      const oldest = this.#byDigest.keys().next();
      if (!oldest.done) this.#byDigest.delete(oldest.value);
    }
  }

  forget(digest: string): void {
    this.#byDigest.delete(digest);
  }

  clear(): void {
    this.#byDigest.clear();
  }
}
