/**
 * How a dialect seals and shows a request that policy holds. What is in the digest is what gives the request its meaning,
 * and what is not in it does not go on.
 */
import type { ActionView } from '../../domain/approvals/action-view.ts';
import type { Masker } from '../../masking/masker.ts';
import type { FieldMarks } from '../../protocols/http/body/field-marks.ts';

/** What a reviewer's view is masked by: what is marked, whoever may see it (I3). */
export interface ViewMasking {
  readonly masker: Masker;
  readonly marks: FieldMarks;
}

export interface HeldForm {
  /** Whether the gate sees all of what would run; what it does not see is not sealed, and so not held. */
  readonly whole: boolean;
  /** SHA-256, hex, of the canonical form. `cookies`: policy lets those of the client go on. */
  digest(cookies: boolean): string;
  /** The same for requests of the same kind: what a grant covers whatever the values are. */
  similarKey(cookies: boolean): string;
  /** One line, not masked. */
  readonly words: string;
  readonly language: ActionView['language'];
  /** All of it, masked. Throws a GatehouseError where that cannot be done with certainty. */
  payload(masking: ViewMasking, cookies: boolean): string;
  /** Not masked. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What goes on in place of the body: the very bytes of the canonical form. Undefined: the body as it came. */
  readonly sealedBody: Buffer | undefined;
  /** Of a client that has come back with what the gate gave it. */
  readonly carried: CarriedApproval | undefined;
}

export interface CarriedApproval {
  readonly id: string;
  /** How often it has come back. */
  readonly round: number;
  /** How long it is willing to wait without a word. */
  readonly waitMs: number;
}
