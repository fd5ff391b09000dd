/** Those in this process who want to hear which approvals have changed. */
import type { ApprovalId } from '../../domain/approvals/approval-request.ts';
import type { Log } from '../../domain/log.ts';

type Listener = (ids: readonly ApprovalId[]) => void;

export class ChangeListeners {
  readonly #listeners = new Set<Listener>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** Returns how to stop. The same function may listen more than once. */
  add(listener: Listener): () => void {
    const own: Listener = (ids) => listener(ids);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  clear(): void {
    this.#listeners.clear();
  }

  /** One that throws keeps nothing from the others. */
  announce(ids: readonly ApprovalId[]): void {
    if (ids.length === 0) return;
    for (const listener of this.#listeners) {
      try {
        listener(ids);
      } catch (error) {
        this.#log.error({ error: String(error) }, 'a listener to approvals failed');
      }
    }
  }
}
