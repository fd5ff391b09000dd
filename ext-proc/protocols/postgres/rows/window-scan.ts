/**
 * Looks at a value that is too large to be held, in windows. Each window sees the last bytes of the one before, for what
 * a detector wants to read in front of a secret, and so much of the next that a secret across the border is seen whole.
 * What is found is overwritten, so that as many bytes leave as came. A secret longer than the overlap may be cut; its
 * parts are then looked at each on its own.
 */
import type { Scanner } from '../../../masking/scanner.ts';
import type { MaskLimits } from './masking-bounds.ts';
import type { Emit } from './masking-bounds.ts';
import type { MaskCounts } from './mask-counts.ts';
import { overwriteFindings } from './overwrite.ts';

/** Of the overlap: what a detector reads in front of a secret is a name or a keyword. */
const CONTEXT_PART = 8;

export class WindowScan {
  readonly #scanner: Scanner;
  readonly #counts: MaskCounts;
  readonly #label: string;
  readonly #window: Buffer;
  readonly #overlap: number;
  readonly #context: number;
  /** As they came, and what has left already: context for the detectors. */
  #contextBytes = 0;
  #bytes = 0;

  constructor(scanner: Scanner, counts: MaskCounts, label: string, limits: MaskLimits) {
    this.#scanner = scanner;
    this.#counts = counts;
    this.#label = label;
    this.#window = Buffer.allocUnsafeSlow(limits.windowBytes);
    this.#overlap = limits.windowOverlapBytes;
    this.#context = Math.floor(limits.windowOverlapBytes / CONTEXT_PART);
  }

  get heldBytes(): number {
    return this.#bytes - this.#contextBytes;
  }

  push(bytes: Buffer, start: number, end: number, emit: Emit): void {
    const window = this.#window;
    for (let at = start; at < end;) {
      const taken = Math.min(window.length - this.#bytes, end - at);
      bytes.copy(window, this.#bytes, at, at + taken);
      this.#bytes += taken;
      at += taken;
      if (this.#bytes === window.length) this.#look(window.length - this.#overlap, emit);
    }
  }

  /** The value has ended. */
  finish(emit: Emit): void {
    this.#look(this.#bytes, emit);
    this.#contextBytes = 0;
    this.#bytes = 0;
  }

  /** Gives out everything in front of `cut`, which moves behind a finding that lies across it. */
  #look(cut: number, emit: Emit): void {
    const window = this.#window;
    const from = this.#contextBytes;
    let stop = cut;
    let next = from;
    const findings = this.#scanner
      .scan(window.toString('latin1', 0, this.#bytes))
      .filter(({ start, end }) => start < cut && end > from);
    for (const finding of findings) {
      next = Math.max(finding.end, next);
      this.#counts.add(finding.kind, this.#label);
    }
    if (next > stop) stop = next;
    const out = Buffer.from(window.subarray(from, stop));
    overwriteFindings(out, -from, findings, 0);
    if (out.length > 0) emit(out);
    const keep = Math.max(0, stop - this.#context);
    window.copy(window, 0, keep, this.#bytes);
    this.#contextBytes = stop - keep;
    this.#bytes -= keep;
  }
}
