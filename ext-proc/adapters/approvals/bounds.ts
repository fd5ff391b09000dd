/**
 * What both stores keep within bounds: texts before they are written, answers, and how long what is over is kept.
 * ClickHouse has the evidence for as long as the auditor wants it; a store needs what is over only for looking it up.
 */
import type { ApprovalFilter } from '../../domain/approvals/approval-store.ts';
import type { Sealed } from '../../domain/approvals/seals.ts';
import { GatehouseError } from '../../domain/errors.ts';

/** Characters: of a request with the largest view that the desk lets through, and all else that is in it. */
const SEALED_CHARACTERS_MAX = 1_048_576;
const SEARCHED_CHARACTERS_MAX = 4_000;
const NAME_CHARACTERS_MAX = 4_096;
const WORDS_MAX = 10;
const WORD_CHARACTERS_MAX = 100;

const LISTED_MAX = 200;
export const CHANNELS_MAX = 100;
/** A sweep hands over so many at most; what is left is there a second later. */
export const SWEPT_MAX = 64;
/** Final approvals, and grants that are over, are forgotten after this, or earlier where there are too many. */
export const KEPT_MS = 90 * 24 * 3_600_000;
export const FINAL_KEPT_MAX = 100_000;
export const PRUNED_AT_ONCE = 500;
export const PRUNE_EVERY_MS = 600_000;

/** Throws GH_APPROVAL_TOO_LARGE. A text that is cut would not fit its seal. */
export function boundedSealed(sealed: Sealed): Sealed {
  if (sealed.text.length > SEALED_CHARACTERS_MAX || sealed.seal.length > 64) {
    throw new GatehouseError(
      'GH_APPROVAL_TOO_LARGE',
      'This needs approval, and is too large for a reviewer to see all of it; send it in smaller parts.',
      { message: `a sealed text of ${sealed.text.length} characters is more than an approvals store keeps` },
    );
  }
  return sealed;
}

/** A name to look up by, the same at each call: PostgreSQL takes neither NUL nor half a surrogate pair. */
export const boundedName = (name: string): string => storable(name).slice(0, NAME_CHARACTERS_MAX);

export const boundedSearchText = (text: string): string =>
  storable(text.slice(0, SEARCHED_CHARACTERS_MAX)).toLowerCase();

/** Every one of them is looked for as it is. */
export const searchWords = ({ words }: ApprovalFilter): readonly string[] =>
  storable(words ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, WORDS_MAX)
    .map((word) => word.slice(0, WORD_CHARACTERS_MAX));

export const listed = (limit: number, max = LISTED_MAX): number =>
  Math.max(0, Math.min(Math.floor(limit), max));

const storable = (text: string): string => text.replaceAll('\0', '\u{fffd}').toWellFormed();
