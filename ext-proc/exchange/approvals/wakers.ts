/** Who is to be woken when an approval changes, by its id. */
import type { ApprovalId } from '../../domain/approvals/approval-request.ts';

export interface Wake {
  /** Resolves at a change, at the signal, and after a while in any case: whoever waits looks again. */
  readonly changed: Promise<void>;
  wake(): void;
  /** Nobody waits for it any more; to be called whatever happened. */
  stop(): void;
}

/** Should a change ever go unnoticed by the store too, which looks again itself: a thousand waits ask it each. */
const LOOK_AGAIN_MS = 30_000;

export class Wakers {
  readonly #wakers = new Map<ApprovalId, Set<() => void>>();

  ids(): readonly ApprovalId[] {
    return [...this.#wakers.keys()];
  }

  /** Counts among `ids` though nobody is to be woken yet. */
  keep(id: ApprovalId): void {
    if (!this.#wakers.has(id)) this.#wakers.set(id, new Set());
  }

  /** Counts no longer, unless somebody is to be woken still. */
  forget(id: ApprovalId): void {
    if (this.#wakers.get(id)?.size === 0) this.#wakers.delete(id);
  }

  wake(id: ApprovalId): void {
    for (const wake of this.#wakers.get(id) ?? []) wake();
  }

  listen(id: ApprovalId, signal: AbortSignal): Wake {
    const { promise: changed, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const timer = setTimeout(wake, LOOK_AGAIN_MS);
    signal.addEventListener('abort', wake);
    this.keep(id);
    this.#wakers.get(id)?.add(wake);
    const stop = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      this.#wakers.get(id)?.delete(wake);
    };
    return { changed, wake, stop };
  }
}
