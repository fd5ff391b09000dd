/** What a scanner looks for, made ready once: the table of pairs with the anchors of everything that is wanted. */
import { type Anchor, type AnchorTable, anchorTable, IBAN_BEGINS, WRITING_BEGINS } from './anchor-table.ts';
import type { Detector } from './detector.ts';
import { IBAN_SECOND_LETTERS } from './detectors/iban.ts';
import { UNICODE_PAIRS } from './encodings/unicode.ts';
import type { Kind } from './finding.ts';
import { type NumberContext, PHONE_WORDS, SSN_WORDS } from './number-judge.ts';
import type { OperatorPattern } from './operator-pattern.ts';

/** How many forms of writing may lie inside one another: base64 in JSON's escapes is two. */
export const DEPTH_MAX = 2;

export interface Plan {
  readonly table: AnchorTable;
  readonly detectors: readonly Detector[];
  readonly patterns: readonly OperatorPattern[];
  readonly wantsCards: boolean;
  readonly wantsPhones: boolean;
  readonly wantsSsns: boolean;
  readonly wantsDiscord: boolean;
}

/** Owners of anchors: detectors by their index; then the words that name numbers; then patterns by theirs. */
export const PHONE_WORD = 10_000;
export const SSN_WORD = 10_001;
export const PATTERN = 20_000;

const BACKSLASH = 0x5c;
const PERCENT = 0x25;
const AMPERSAND = 0x26;

export function planOf(
  detectors: readonly Detector[],
  patterns: readonly OperatorPattern[],
  kinds: ReadonlySet<Kind>,
): Plan {
  const anchors: Anchor[] = detectors.flatMap((detector, owner) =>
    detector.anchors.map((literal) => {
      const { ignoreCase, followedBy } = detector;
      return { literal, ignoreCase, owner, followedBy };
    }),
  );
  const words = (literals: readonly string[], owner: number): void => {
    for (const literal of literals) anchors.push({ literal, ignoreCase: true, owner });
  };
  if (kinds.has('phone')) words(PHONE_WORDS, PHONE_WORD);
  if (kinds.has('us_ssn')) words(SSN_WORDS, SSN_WORD);
  patterns.forEach(({ keywords }, index) => words(keywords, PATTERN + index));
  const table = anchorTable(anchors);
  const { pairs } = table;
  const flag = (first: number, second: number, bit: number): void => {
    const pair = (first << 8) | second;
    pairs[pair] = (pairs[pair] as number) | bit;
  };
  for (const letter of 'ux') flag(BACKSLASH, letter.charCodeAt(0), WRITING_BEGINS);
  for (const high of '234567') flag(PERCENT, high.charCodeAt(0), WRITING_BEGINS);
  flag(AMPERSAND, 0x23, WRITING_BEGINS);
  for (const [first, second] of UNICODE_PAIRS) flag(first, second, WRITING_BEGINS);
  if (kinds.has('iban')) {
    for (const letter of IBAN_SECOND_LETTERS) {
      for (const digit of '0123456789') flag(letter.charCodeAt(0), digit.charCodeAt(0), IBAN_BEGINS);
    }
  }
  return {
    table,
    detectors,
    patterns,
    wantsCards: kinds.has('payment_card'),
    wantsPhones: kinds.has('phone'),
    wantsSsns: kinds.has('us_ssn'),
    wantsDiscord: kinds.has('chat_token'),
  };
}

export const contextOf = ({ wantsCards, wantsPhones, wantsSsns }: Plan): NumberContext => ({
  cards: wantsCards,
  phones: wantsPhones,
  ssns: wantsSsns,
  phoneWordEnd: -1,
  ssnWordEnd: -1,
});
