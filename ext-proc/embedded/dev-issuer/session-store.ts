/**
 * Where the development issuer keeps logins, codes and grants: in memory, bounded, for as long as it runs. One store
 * outlives the provider objects that a key rotation replaces.
 */
import type { Adapter, AdapterPayload } from 'oidc-provider';

const ENTRIES_MAX = 5_000;

interface Entry {
  readonly payload: AdapterPayload;
  readonly expiresAtMs: number;
}

export class SessionStore {
  readonly #entries = new Map<string, Entry>();

  /** The provider's adapter for one kind of thing. */
  adapter(kind: string): Adapter {
    const key = (id: string): string => `${kind}:${id}`;
    const find = (id: string): Promise<AdapterPayload | undefined> => Promise.resolve(this.#get(key(id)));
    const findBy = (field: 'uid' | 'userCode', value: string): Promise<AdapterPayload | undefined> =>
      Promise.resolve(
        this.#search((name, payload) => name.startsWith(`${kind}:`) && payload[field] === value),
      );
    return {
      find,
      findByUid: (uid) => findBy('uid', uid),
      findByUserCode: (userCode) => findBy('userCode', userCode),
      upsert: (id, payload, expiresIn) => {
        this.#put(key(id), { payload, expiresAtMs: Date.now() + (expiresIn ?? Infinity) * 1_000 });
        return Promise.resolve();
      },
      consume: async (id) => {
        const payload = await find(id);
        if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1_000);
      },
      destroy: (id) => {
        this.#entries.delete(key(id));
        return Promise.resolve();
      },
      revokeByGrantId: (grantId) => {
        for (const [name, { payload }] of this.#entries)
          if (payload.grantId === grantId) this.#entries.delete(name);
        return Promise.resolve();
      },
    };
  }

  #get(name: string): AdapterPayload | undefined {
    const entry = this.#entries.get(name);
    return entry !== undefined && entry.expiresAtMs > Date.now() ? entry.payload : undefined;
  }

  #search(matches: (name: string, payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    for (const [name, { payload }] of this.#entries) if (matches(name, payload)) return this.#get(name);
    return undefined;
  }

  #put(name: string, entry: Entry): void {
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    if (this.#entries.size <= ENTRIES_MAX) return;
    for (const [other, { expiresAtMs }] of this.#entries)
      if (expiresAtMs <= Date.now()) this.#entries.delete(other);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > ENTRIES_MAX && !oldest.done) this.#entries.delete(oldest.value);
  }
}
