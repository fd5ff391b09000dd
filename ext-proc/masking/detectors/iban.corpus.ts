/** Account numbers made for every country of the table, the registry's own examples, and strings of the same look. */
import { alone, type Corpus, encoded, jsonEscaped, surrounded, type TrueCase } from '../corpus/corpus.ts';
import { lookAlikes } from '../corpus/look-alikes.ts';
import { ordinaryTexts } from '../corpus/ordinary.ts';
import { ALPHANUMERIC, Random, UPPER } from '../corpus/random.ts';
import { IBAN_STRUCTURES } from './iban.ts';

const random = new Random(13_616);

const ALPHABETS: Readonly<Record<string, string>> = { n: '0123456789', a: UPPER, c: `${UPPER}0123456789` };

export function accountNumber(from: Random, country: string): string {
  let body = '';
  for (const [, letter = 'n', count = '0'] of (IBAN_STRUCTURES[country] ?? '').matchAll(/([nac])(\d+)/g)) {
    body += from.text(ALPHABETS[letter] as string, Number(count));
  }
  const digits = [...`${body}${country}00`].map((character) => Number.parseInt(character, 36)).join('');
  const check = 98n - (BigInt(digits) % 97n);
  return `${country}${String(check).padStart(2, '0')}${body}`;
}

const printed = (number: string): string => number.replace(/(.{4})(?=.)/g, '$1 ');

const COUNTRIES = Object.keys(IBAN_STRUCTURES);

const byHand: readonly TrueCase[] = [
  ...[
    'DE89370400440532013000',
    'DE89 3704 0044 0532 0130 00',
    'DE89-3704-0044-0532-0130-00',
    'GB29NWBK60161331926819',
    'GB29 NWBK 6016 1331 9268 19',
    'FR1420041010050500013M02606',
    'FR14 2004 1010 0505 0001 3M02 606',
    'NL91ABNA0417164300',
    'ES9121000418450200051332',
    'IT60X0542811101000000123456',
    'CH9300762011623852957',
    'AT611904300234573201',
    'BE68539007547034',
    'NO9386011117947',
    'PL61109010140000071219812874',
    'SE4550000000058398257466',
    'MT84MALT011000012345MTLCAST001S',
    'SA0380000000608010167519',
    'TR330006100519786457841326',
    'AE070331234567890123456',
    'BR1800360305000010009795493C1',
    'de89370400440532013000',
    'gb29nwbk60161331926819',
    'DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000',
    'ＤＥ８９３７０４００４４０５３２０１３０００',
    jsonEscaped('DE89370400440532013000'),
  ].map(alone),
  { text: 'IBAN: DE89 3704 0044 0532 0130 00, BIC: COBADEFFXXX', secret: 'DE89 3704 0044 0532 0130 00' },
  { text: '7;DE89370400440532013000;x', secret: 'DE89370400440532013000' },
  { text: '"\\nDE89370400440532013000"', secret: 'DE89370400440532013000' },
  { text: '_DE89370400440532013000_', secret: 'DE89370400440532013000' },
];

/** The check digits are not those of the number. */
function miscounted(): string {
  const number = accountNumber(random, random.pick(COUNTRIES));
  const check = Number(number.slice(2, 4));
  return `${number.slice(0, 2)}${String(((check + random.int(1, 90)) % 97) + 1).padStart(2, '0')}${number.slice(4)}`;
}

const falseByHand: readonly string[] = [
  'DE88370400440532013000',
  'DE8937040044053201300',
  'DE893704004405320130000',
  'XX89370400440532013000',
  'XDE89370400440532013000',
  'DE89370400440532013000X',
  'DE 89370400440532013000',
  'DE89  3704 0044 0532 0130 00',
  'DE89-3704 0044-0532 0130-00',
  'GB29NWBK601613319268',
  'GB291234601613319268AB',
  'DE12',
  'NO15 is a number of 15 characters',
  'BE68 is the start',
  'AT20 20 20 20 20 20',
  'de89b04400440532013000abcdef00112233',
  'CODE89370400440532013000',
  'ES2020 and ES2021 are versions',
];

export const IBAN_CORPUS: Corpus = {
  kind: 'iban',
  trueCases: [
    ...byHand,
    ...COUNTRIES.map((country) => surrounded(random, accountNumber(random, country))),
    ...COUNTRIES.map((country) => surrounded(random, printed(accountNumber(random, country)))),
    ...Array.from({ length: 40 }, () => encoded(random, accountNumber(random, random.pick(COUNTRIES)))),
  ],
  falseCases: [
    ...falseByHand,
    ...Array.from({ length: 80 }, miscounted).filter((number) => !isValid(number)),
    ...Array.from(
      { length: 60 },
      () => random.pick(COUNTRIES) + random.text(ALPHANUMERIC, random.int(10, 30)),
    ),
    ...ordinaryTexts(5, 120),
    ...lookAlikes(random, 200),
  ],
  // Broken over lines, or a part of it.
  unfound: ['DE89 3704 0044\n0532 0130 00', 'DE89 3704 0044 0532'].map(alone),
  // One in 97 of what has the form has the check digits by chance.
  mistaken: [`article ${accountNumber(random, 'DE')}`, `lot ${accountNumber(random, 'NO')}`],
};

function isValid(number: string): boolean {
  const digits = [...(number.slice(4) + number.slice(0, 4))]
    .map((character) => Number.parseInt(character, 36))
    .join('');
  return BigInt(digits) % 97n === 1n;
}
