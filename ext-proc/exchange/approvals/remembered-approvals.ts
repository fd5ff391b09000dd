/**
 * Approvals of which a process knows something that the store may say otherwise later: each until it could not be used any
 * more. They are remembered in the order in which they came, and their times differ little, so what has ended is found
 * at the beginning; one that is left behind is looked at next time.
 */
import type { ApprovalId } from '../../domain/approvals/approval-request.ts';

/** The oldest are forgotten. */
const REMEMBERED_MAX = 10_000;

export class RememberedApprovals {
  readonly #nowMs: () => number;
  readonly #untilMs = new Map<ApprovalId, number>();

  /** `nowMs`: of the store's clock. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  add(id: ApprovalId, untilMs: number): void {
    this.#untilMs.set(id, untilMs);
    this.#forget();
  }

  has(id: ApprovalId): boolean {
    return this.untilMs(id) !== undefined;
  }

  /** Until when; undefined where it is not remembered. */
  untilMs(id: ApprovalId): number | undefined {
    this.#forget();
    return this.#untilMs.get(id);
  }

  #forget(): void {
    for (const [id, untilMs] of this.#untilMs) {
      if (untilMs > this.#nowMs() && this.#untilMs.size <= REMEMBERED_MAX) return;
      this.#untilMs.delete(id);
    }
  }
}
