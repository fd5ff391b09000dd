/**
 * Which numbers are payment cards: the scheme's issuer identification number (ISO/IEC 7812-1) and length, and the Luhn
 * check digit. Ranges are those that the schemes publish, as collected in public lists of issuer identification
 * numbers. UATP (all of 1…, 15 digits) is not among them: it would be every tenth such number.
 */

export const CARD_DIGITS_MIN = 12;
export const CARD_DIGITS_MAX = 19;

/** Name, prefixes (a range has a dash and prefixes of one length), and lengths in digits. */
const TABLE = `
visa 4 13,16,18,19
mastercard 51-55,2221-2720 16
american_express 34,37 15
diners_club 300-305,3095,36,38-39 14,16-19
discover 6011,644-649,65 16-19
jcb 3528-3589 16-19
unionpay 62,81 16-19
maestro 5018,5020,5038,5612,5893,6304,6390,6759,6761-6763,6799 12-19
mir 2200-2205 16-19
rupay 508,60,82 16
elo 504175,506699-506778,509000-509999,627780,636297,636368 16
hipercard 606282,637095,637568,637599 16,19
verve 506099-506198,507865-507964,650002-650027 16,18,19
troy 9792 16
uzcard 8600,5614 16
humo 9860 16
napas 9704 16,19
dankort 5019 16
interpayment 636-639 16`;

interface Scheme {
  readonly rule: string;
  /** Of the first six digits: from `low` to `high`, inclusive. */
  readonly ranges: readonly (readonly [low: number, high: number])[];
  readonly lengths: ReadonlySet<number>;
}

const SCHEMES: readonly Scheme[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [rule = '', prefixes = '', lengths = ''] = line.split(' ');
    const ends = (list: string): [string, string][] =>
      list.split(',').map((each) => {
        const [low = '', high = low] = each.split('-');
        return [low, high];
      });
    return {
      rule,
      ranges: ends(prefixes).map(
        ([low, high]) => [Number(low.padEnd(6, '0')), Number(high.padEnd(6, '9'))] as const,
      ),
      lengths: new Set(
        ends(lengths).flatMap(([low, high]) =>
          Array.from({ length: Number(high) - Number(low) + 1 }, (_, index) => Number(low) + index),
        ),
      ),
    };
  });

/** Schemes by the first two digits. */
const BY_TWO: readonly (readonly Scheme[])[] = Array.from({ length: 100 }, (_, two) =>
  SCHEMES.filter(({ ranges }) =>
    ranges.some(([low, high]) => low < (two + 1) * 10_000 && high >= two * 10_000),
  ),
);

/** By the first two digits which lengths there are, a bit for each. */
const LENGTHS_BY_TWO = Int32Array.from(BY_TWO, (schemes) =>
  schemes.reduce((bits, { lengths }) => [...lengths].reduce((all, length) => all | (1 << length), bits), 0),
);

/** Whether a card of `length` digits may begin with the two digits of `head`. */
export const hasCardLength = (head: number, length: number): boolean =>
  (((LENGTHS_BY_TWO[head] as number) >> length) & 1) === 1;

/** A digit that a card may begin with. */
export const beginsCard = (code: number): boolean => {
  const digit = code - 0x30;
  return (digit >= 2 && digit <= 6) || digit === 8 || digit === 9;
};

/** The scheme of a number that passes Luhn; `digits` holds digits alone. */
export function cardScheme(digits: string): string | undefined {
  const { length } = digits;
  const schemes = BY_TWO[Number(digits.slice(0, 2))] ?? [];
  if (schemes.length === 0 || length < CARD_DIGITS_MIN || !passesLuhn(digits)) return undefined;
  const head = Number(digits.slice(0, 6));
  return schemes.find(
    ({ ranges, lengths }) => lengths.has(length) && ranges.some(([low, high]) => head >= low && head <= high),
  )?.rule;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let at = digits.length - 1, odd = false; at >= 0; at--, odd = !odd) {
    const digit = digits.charCodeAt(at) - 0x30;
    sum += odd ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}
