/** What masking a body needs to know, and the one form in which every kind of body is masked on its way. */
import type { Masker } from '../../../masking/masker.ts';
import type { FieldMarks } from './field-marks.ts';

export interface BodyMasking {
  /** Detectors, already without the kinds that the decision reveals. */
  readonly masker: Masker;
  readonly marks: FieldMarks;
  /** JSON keeps its types: a masked number stays a number and a masked boolean a boolean, whatever the style. */
  readonly numbersStayNumbers: boolean;
  /**
   * Called for each part that was replaced: its kind, and where a field is marked the pattern that marks it. Never
   * handed a value.
   */
  readonly count: (kind: string, field: string | undefined) => void;
}

/**
 * A body on its way: bytes go in as they come, and what may go on comes out. Any split of the same bytes gives the same
 * bytes out, and the same counts. Both throw a `GatehouseError` where they cannot go on: nothing of what was held has
 * gone on, nothing more is taken, and the caller ends the stream. Buffers that come out may be views of one that went
 * in.
 */
export interface BodyTransform {
  push(chunk: Buffer): readonly Buffer[];
  end(): readonly Buffer[];
}
