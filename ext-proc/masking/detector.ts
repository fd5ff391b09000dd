/**
 * What every detector is: anchors that are cheap to find, and a rule that judges the text around one. The scanner finds
 * the anchors of all detectors in one pass and asks only those that were hit.
 */
import type { ByteString } from './byte-string.ts';
import type { Kind } from './finding.ts';

/** Called with what was found; offsets are those of the text judged. */
export type Report = (kind: Kind, rule: string, start: number, end: number) => void;

/**
 * Judges the text around an anchor at `at`. It looks at a bounded stretch of text on either side, or one that the
 * returned offset passes, so that all calls together are linear. Never throws. It keeps no state between calls.
 * Returns the offset from which this detector wants to be asked again (at least `at + 1`).
 */
export type Judge = (text: ByteString, at: number, report: Report) => number;

export interface LiteralDetector {
  readonly name: string;
  /** Lower-case literals of at least two bytes; found whatever the text's case unless `exactCase`. */
  readonly anchors: readonly string[];
  readonly exactCase: boolean;
  readonly judge: Judge;
}
