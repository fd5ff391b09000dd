/**
 * The signing keys of one issuer: discovered (OpenID Connect Discovery 1.0 section 4) or at a configured address,
 * cached, asked for again when they grow old or a token names a key that is not among them.
 *
 * No fail-open: a set is used past its age only while the issuer cannot be reached, and only for a bounded time; with
 * no usable set there is no key. A token cannot cause more than one fetch a cooldown, and never to an address of its
 * own.
 */
import { createLocalJWKSet, type JWK } from 'jose';
import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import { fetchIssuerDocument, issuerUrl, unreachable } from './issuer-document.ts';

const KEYS_MAX = 100;

export interface KeyTimes {
  /** A set younger than this is used as it is. */
  readonly freshMs: number;
  /** A set that could not be refreshed is used until it is this old. */
  readonly staleMaxMs: number;
  /** Between two fetches that unknown keys cause. */
  readonly unknownKeyCooldownMs: number;
  /** After a failed fetch, until the next is tried. */
  readonly retryMs: number;
  readonly fetchTimeoutMs: number;
}

export const KEY_TIMES: KeyTimes = {
  freshMs: 300_000,
  staleMaxMs: 3_600_000,
  unknownKeyCooldownMs: 5_000,
  retryMs: 1_000,
  fetchTimeoutMs: 5_000,
};

/** One published set. The same object for as long as its content stays the same. */
export interface KeySet {
  readonly resolve: ReturnType<typeof createLocalJWKSet>;
  readonly content: string;
}

export interface IssuerKeysOptions {
  readonly issuer: string;
  readonly jwksUri: string | undefined;
  readonly times: KeyTimes;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  #set: KeySet | undefined;
  #fetchedAtMs = 0;
  #failedAtMs: number | undefined;
  #inFlight: Promise<void> | undefined;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
    issuerUrl(options.jwksUri ?? options.issuer);
  }

  /** The set where it is fresh: the answer for a token seen before, without a promise. */
  fresh(): KeySet | undefined {
    return this.#set !== undefined && this.#ageMs() < this.#options.times.freshMs ? this.#set : undefined;
  }

  /** The set to verify with; undefined where there is none, or only one that is too old. */
  async current(): Promise<KeySet | undefined> {
    const fresh = this.fresh();
    if (fresh !== undefined) return fresh;
    if (!this.#failedWithin(this.#options.times.retryMs)) await this.#refresh();
    return this.#set !== undefined && this.#ageMs() < this.#options.times.staleMaxMs ? this.#set : undefined;
  }

  /**
   * After a token named a key that `seen` lacks: a set that differs, or why there is none. `unreachable` where the
   * issuer could not be asked: the key may exist, and it is denied all the same.
   */
  async afterUnknownKey(seen: KeySet): Promise<KeySet | 'unchanged' | 'unreachable'> {
    const { unknownKeyCooldownMs, retryMs } = this.#options.times;
    if (this.#set === seen && this.#ageMs() >= unknownKeyCooldownMs && !this.#failedWithin(retryMs)) {
      await this.#refresh();
    }
    if (this.#set !== undefined && this.#set !== seen) return this.#set;
    return this.#failedAtMs === undefined ? 'unchanged' : 'unreachable';
  }

  /** Absolute, so that a wall clock set back does not make a set young for ever. */
  #ageMs(): number {
    return Math.abs(this.#options.clock.nowMs() - this.#fetchedAtMs);
  }

  #failedWithin(ms: number): boolean {
    return this.#failedAtMs !== undefined && Math.abs(this.#options.clock.nowMs() - this.#failedAtMs) < ms;
  }

  #refresh(): Promise<void> {
    this.#inFlight ??= this.#fetch().finally(() => {
      this.#inFlight = undefined;
    });
    return this.#inFlight;
  }

  async #fetch(): Promise<void> {
    const { clock, issuer, log } = this.#options;
    try {
      const keys = await this.#fetchKeys();
      const content = JSON.stringify(keys);
      if (this.#set?.content !== content) {
        this.#set = { resolve: createLocalJWKSet({ keys: [...keys] }), content };
        log.info({ issuer, keys: keys.length }, 'issuer keys loaded');
      }
      this.#fetchedAtMs = clock.nowMs();
      this.#failedAtMs = undefined;
    } catch (error) {
      this.#failedAtMs = clock.nowMs();
      const cached = this.#set === undefined ? 'none' : `${Math.round(this.#ageMs() / 1_000)} s old`;
      log.warn({ issuer, error: String(error), cached }, 'issuer keys could not be fetched');
    }
  }

  async #fetchKeys(): Promise<readonly JWK[]> {
    const rules = { timeoutMs: this.#options.times.fetchTimeoutMs, signal: this.#options.signal };
    const address = this.#options.jwksUri ?? (await this.#discover(rules));
    const { keys } = await fetchIssuerDocument(address, rules);
    if (!Array.isArray(keys) || keys.length > KEYS_MAX) {
      throw unreachable(address, new Error(`is not a set of at most ${KEYS_MAX} keys`));
    }
    const usable = keys.filter(isPublicSignatureKey);
    if (usable.length === 0) throw unreachable(address, new Error('has no public signature key'));
    return usable;
  }

  async #discover(rules: { timeoutMs: number; signal: AbortSignal }): Promise<string> {
    const { issuer } = this.#options;
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const document = await fetchIssuerDocument(address, rules);
    // Section 4.3: the document must name the very issuer that it was asked of.
    if (document.issuer !== issuer) throw unreachable(address, new Error('names another issuer'));
    if (typeof document.jwks_uri !== 'string') throw unreachable(address, new Error('has no jwks_uri'));
    if (issuer.startsWith('https:') && !document.jwks_uri.startsWith('https:')) {
      throw unreachable(address, new Error('has a jwks_uri that is not https'));
    }
    return document.jwks_uri;
  }
}

/** Symmetric keys have no place in a published set, and a published private key proves nothing any more. */
function isPublicSignatureKey(key: unknown): key is JWK {
  if (typeof key !== 'object' || key === null || Array.isArray(key)) return false;
  const { kty, use, d } = key as JWK;
  return (
    (kty === 'EC' || kty === 'RSA' || kty === 'OKP') &&
    (use === undefined || use === 'sig') &&
    d === undefined
  );
}
