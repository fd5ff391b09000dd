/**
 * What every detector is: anchors that are cheap to find, and a rule that judges the text around one. The scanner finds
 * the anchors of all detectors in one pass and asks only those that were hit.
 */
import type { ByteString } from './byte-string.ts';
import type { Kind } from './finding.ts';

/** Called with what was found; offsets are those of the text judged. */
export type Report = (kind: Kind, rule: string, start: number, end: number) => void;

/**
 * Judges the text around the anchor that begins at `at`. It reads a bounded stretch on either side, or one that the
 * offset it returns passes, so that all calls together are linear. It never throws and keeps no state between calls.
 * Returns the offset from which it wants to be asked again; at most `at` where that is the next anchor.
 */
export type Judge = (text: ByteString, at: number, report: Report) => number;

export interface Detector {
  readonly kind: Kind;
  /** Literals; lower case where `ignoreCase`. A rare pair of bytes in them makes the search for them fast. */
  readonly anchors: readonly string[];
  readonly ignoreCase: boolean;
  /** A byte that stands somewhere behind the anchor of everything that is found: where it is missing nobody is asked. */
  readonly followedBy?: string;
  readonly judge: Judge;
  /**
   * Whether something could be there, for a chunk of many values: the judge's own condition without what stands
   * before and after, since framing bytes may look like anything. What holds for a text holds for every longer one.
   * Absent: the anchor alone is enough.
   */
  readonly could?: (text: ByteString, at: number) => boolean;
}
