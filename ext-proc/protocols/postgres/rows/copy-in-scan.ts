/**
 * Looks at what a client sends by COPY, and counts what the detectors find by kind and column: for the record of the
 * event. Changes nothing, keeps nothing. Data that cannot be read as the format says is the server's to refuse; from
 * there on nothing is looked at, and `unread` says so.
 */
import type { CopyFormat } from './copy-format.ts';
import { CopyMasker } from './copy-masker.ts';
import { MaskCounts } from './mask-counts.ts';
import type { MaskPlan } from './mask-plan.ts';

export class CopyInScan {
  readonly counts = new MaskCounts();
  readonly #masker: CopyMasker;
  #unread = false;

  /** `plan` from `planRows` with every column looked at. */
  constructor(plan: MaskPlan, format: CopyFormat) {
    this.#masker = new CopyMasker(plan, format, this.counts);
  }

  get unread(): boolean {
    return this.#unread;
  }

  /** The next bytes of CopyData messages, cut anywhere. */
  push(bytes: Buffer): void {
    if (!this.#unread) this.#unread = this.#masker.push(bytes, () => {}) !== undefined;
  }
}
