/**
 * International bank account numbers (ISO 13616-1): country, length and structure of SWIFT's registry, and the check
 * digits of ISO 7064 (mod 97). In one piece, or in groups with one kind of separator; in either case of letters.
 */
import type { ByteString } from '../byte-string.ts';
import type { Report } from '../detector.ts';
import { isAlphanumeric, isDigit, isLetter } from '../text-edges.ts';

/**
 * The structure of the account number behind country and check digits, in SWIFT's words: n digits, a capital letters, c
 * either. Countries of the registry, and those that use the form without being in it.
 */
export const IBAN_STRUCTURES: Readonly<Record<string, string>> = Object.fromEntries(
  (
    'AD:n8c12 AE:n19 AL:n8c16 AT:n16 AZ:a4c20 BA:n16 BE:n12 BG:a4n6c8 BH:a4c14 BI:n23 BR:n23a1c1 BY:c4n4c16 CH:n5c12 ' +
    'CR:n18 CY:n8c16 CZ:n20 DE:n18 DJ:n23 DK:n14 DO:c4n20 EE:n16 EG:n25 ES:n20 FI:n14 FK:a2n12 FO:n14 FR:n10c11n2 ' +
    'GB:a4n14 GE:a2n16 GI:a4c15 GL:n14 GR:n7c16 GT:c4c20 HN:a4n20 HR:n17 HU:n24 IE:a4n14 IL:n19 IQ:a4n15 IS:n22 ' +
    'IT:a1n10c12 JO:a4n4c18 KW:a4c22 KZ:n3c13 LB:n4c20 LC:a4c24 LI:n5c12 LT:n16 LU:n3c13 LV:a4c13 LY:n21 ' +
    'MC:n10c11n2 MD:c20 ME:n18 MK:n3c10n2 MN:n16 MR:n23 MT:a4n5c18 MU:a4n19a3 NI:a4n20 NL:a4n10 NO:n11 OM:n3c16 ' +
    'PK:a4c16 PL:n24 PS:a4c21 PT:n21 QA:a4c21 RO:a4c16 RS:n18 RU:n14c15 SA:n2c18 SC:a4n20a3 SD:n14 SE:n20 SI:n15 ' +
    'SK:n20 SM:a1n10c12 SO:n19 ST:n21 SV:a4n20 TL:n19 TN:n20 TR:n6c16 UA:n6c19 VA:n18 VG:a4n16 XK:n16 YE:a4n4c18 ' +
    'AO:n21 BF:c2n22 BJ:c2n22 CF:n23 CG:n23 CI:a1n23 CM:n23 CV:n21 DZ:n22 GA:n23 GQ:n23 GW:c2n19 IR:n22 KM:n23 ' +
    'MA:n24 MG:n23 ML:c2n22 MZ:n21 NE:a2n22 SN:a2n22 TD:n23 TG:a2n22'
  )
    .split(' ')
    .map((each) => each.split(':')),
);

interface Country {
  /** Of the whole number. */
  readonly length: number;
  /** What stands at each place of the whole number, without separators: bits of a digit and of a letter. */
  readonly places: readonly number[];
}

const A_DIGIT = 1;
const A_LETTER = 2;
const CLASSES: Readonly<Record<string, number>> = { n: A_DIGIT, a: A_LETTER, c: A_DIGIT | A_LETTER };

const COUNTRIES: ReadonlyMap<string, Country> = new Map(
  Object.entries(IBAN_STRUCTURES).map(([country, structure]) => {
    const places = [A_LETTER, A_LETTER, A_DIGIT, A_DIGIT];
    for (const [, letter = '', count = ''] of structure.matchAll(/([nac])(\d+)/g))
      for (let each = 0; each < Number(count); each++) places.push(CLASSES[letter] as number);
    return [country, { length: places.length, places }] as const;
  }),
);

/** By pair of letters, 26 of them a row: whether they are a country that has such numbers. */
export const IBAN_COUNTRIES = new Uint8Array(26 * 26);
for (const country of COUNTRIES.keys()) {
  IBAN_COUNTRIES[(country.charCodeAt(0) - 0x41) * 26 + country.charCodeAt(1) - 0x41] = 1;
}

/** Whether two letters of one case and two digits at `at` may begin a number. */
export function beginsIban(text: ByteString, at: number): boolean {
  const first = text.charCodeAt(at);
  const second = text.charCodeAt(at + 1);
  if (!isLetter(first) || !isLetter(second) || ((first ^ second) & 0x20) !== 0) return false;
  if (!isDigit(text.charCodeAt(at + 2)) || !isDigit(text.charCodeAt(at + 3))) return false;
  return IBAN_COUNTRIES[((first | 0x20) - 0x61) * 26 + (second | 0x20) - 0x61] === 1;
}

/** The second letters of countries, of either case. */
export const IBAN_SECOND_LETTERS: ReadonlySet<string> = new Set(
  [...COUNTRIES.keys()].flatMap((country) => [country.charAt(1), country.charAt(1).toLowerCase()]),
);

const isSeparator = (code: number): boolean =>
  code === 0x20 || code === 0x2d || code === 0x2e || code === 0x5f;

/**
 * The end of the number that begins at `at`, judged without what follows; -1 without one. Reads 34 letters and digits
 * and their separators at most.
 */
export function ibanEnd(text: ByteString, at: number): number {
  const country = COUNTRIES.get(text.slice(at, at + 2).toUpperCase());
  if (country === undefined) return -1;
  const { length, places } = country;
  let place = 0;
  let next = at;
  let separator = 0;
  // Hexadecimal digits begin so more often than not: they are left at the first that is none of the country's.
  while (place < length) {
    const code = text.charCodeAt(next);
    if (isAlphanumeric(code)) {
      if (((places[place] as number) & (isDigit(code) ? A_DIGIT : A_LETTER)) === 0) return -1;
      place++;
    } else {
      // One separator at a time, always the same, and never inside country and check digits.
      if (!isSeparator(code) || (separator !== 0 && code !== separator) || place < 4) return -1;
      if (isSeparator(text.charCodeAt(next - 1))) return -1;
      separator = code;
    }
    next++;
  }
  return checkDigitsHold(
    text
      .slice(at, next)
      .replace(/[^A-Za-z0-9]/g, '')
      .toUpperCase(),
  )
    ? next
    : -1;
}

function checkDigitsHold(number: string): boolean {
  let remainder = 0;
  for (const character of number.slice(4) + number.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}

/** Reports the number that begins at `at`, if there is one that stands alone. The answer is its end, or -1. */
export function judgeIban(text: ByteString, at: number, report: Report): number {
  const end = ibanEnd(text, at);
  if (end < 0 || isAlphanumeric(text.charCodeAt(end))) return -1;
  report('iban', 'iban', at, end);
  return end;
}
