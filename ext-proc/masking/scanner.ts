/**
 * Finds what the detectors know in a byte string, as it stands and in its encoded forms. One pass over the text looks
 * for anchors; only around an anchor does a detector read. It keeps no state between calls and never throws; time is
 * linear in the text whatever it holds. It knows nothing of columns, marks or protocols: the unit is one value, and a
 * secret that is split over two values is not found.
 */
import type { ByteString } from './byte-string.ts';
import { DETECTORS } from './detector-list.ts';
import { hasRun, RUN_BYTES_MIN } from './encodings/encoded-runs.ts';
import { BUILT_IN_KINDS, type Finding, type Kind } from './finding.ts';
import type { OperatorPattern } from './operator-pattern.ts';
import { withoutOverlaps } from './overlaps.ts';
import { type Plan, planOf } from './scan-plan.ts';
import { couldHold } from './could-hold.ts';
import { TextKernel } from './text-kernel.ts';
import { collect } from './text-walk.ts';

export interface Scanner {
  /** The kinds it can find, built-in ones and operators' own. */
  readonly kinds: readonly Kind[];
  /** The patterns it was made with. */
  readonly patterns: readonly OperatorPattern[];
  /**
   * Whether any stretch of the chunk could hold a finding. False is certain: `scan` of no substring of the chunk finds
   * anything, so a chunk of many values, framing bytes among them, is asked once. True only means: scan the values.
   */
  mayContain(chunk: ByteString): boolean;
  /** What one value holds, in order of `start`, not overlapping. The empty answer is one shared frozen array. */
  scan(value: ByteString): readonly Finding[];
  /** Loops over bytes that know what is looked for; made when it is first asked for. */
  readonly kernel: TextKernel;
}

export interface ScannerOptions {
  /** Built-in kinds to look for. Default: all. */
  readonly kinds?: readonly Kind[];
  /** Operators' own, as `compileOperatorPattern` gives them. */
  readonly patterns?: readonly OperatorPattern[];
}

/** To put a shorter value into the kernel's memory takes as long as to read it here. */
const KERNEL_BYTES_MIN = 24;

const NOTHING: readonly Finding[] = Object.freeze([]);

export function createScanner(options: ScannerOptions = {}): Scanner {
  const { kinds = BUILT_IN_KINDS, patterns = [] } = options;
  const wanted = new Set<Kind>(kinds);
  const plan = planOf(
    DETECTORS.filter(({ kind }) => wanted.has(kind)),
    patterns,
    wanted,
  );
  let kernel: TextKernel | undefined;
  return {
    kinds: [...kinds, ...patterns.map(({ name }) => name)],
    patterns,
    mayContain: (chunk) => (isPlain(plan, chunk) ? false : couldHold(plan, chunk, 0)),
    scan: (value) => {
      if (isPlain(plan, value)) return NOTHING;
      if (value.length >= KERNEL_BYTES_MIN && (kernel ??= new TextKernel(plan)).isPlainText(value))
        return NOTHING;
      const findings: Finding[] = [];
      collect(plan, value, 0, findings);
      return findings.length === 0 ? NOTHING : withoutOverlaps(findings);
    },
    get kernel() {
      return (kernel ??= new TextKernel(plan));
    },
  };
}

/**
 * Whether the text holds no anchor at all, no digits and no run of base64: what most short values are. One look into
 * the table a byte and nothing else.
 */
function isPlain({ table: { pairs } }: Plan, text: ByteString): boolean {
  const { length } = text;
  let previous = 0;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at) & 0xff;
    if (pairs[(previous << 8) | code] !== 0) return false;
    previous = code;
  }
  return length < RUN_BYTES_MIN || !hasRun(text);
}
