/** Cards: numbers made for the schemes' ranges, published test numbers, and look-alikes. */
import {
  alone,
  type Corpus,
  encoded,
  jsonEscaped,
  percentEncoded,
  surrounded,
  type TrueCase,
} from '../corpus/corpus.ts';
import { lookAlikes } from '../corpus/look-alikes.ts';
import { ordinaryTexts } from '../corpus/ordinary.ts';
import { Random } from '../corpus/random.ts';

const random = new Random(4_111);

const PREFIXES: readonly (readonly [prefix: string, length: number])[] = [
  ['4', 16],
  ['4', 16],
  ['4', 13],
  ['51', 16],
  ['55', 16],
  ['2221', 16],
  ['2720', 16],
  ['34', 15],
  ['37', 15],
  ['300', 14],
  ['36', 14],
  ['6011', 16],
  ['65', 16],
  ['3530', 16],
  ['62', 16],
  ['62', 19],
  ['6759', 16],
  ['5018', 12],
  ['2200', 16],
  ['508', 16],
  ['506699', 16],
  ['9792', 16],
  ['8600', 16],
];

/** With the check digit of Luhn's. */
export function cardNumber(from: Random, prefix: string, length: number): string {
  const body = prefix + from.digits(length - prefix.length - 1);
  let sum = 0;
  [...body].reverse().forEach((character, index) => {
    const digit = Number(character);
    sum += index % 2 === 0 ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  });
  return body + String((10 - (sum % 10)) % 10);
}

const grouped = (number: string, sizes: readonly number[], separator: string): string => {
  const groups: string[] = [];
  let at = 0;
  for (const size of sizes) {
    groups.push(number.slice(at, at + size));
    at += size;
  }
  return groups.join(separator);
};

function printed(number: string): string {
  const separator = random.pick([' ', '-', '.', '', '']);
  if (number.length === 15) return grouped(number, [4, 6, 5], separator);
  if (number.length === 14) return grouped(number, [4, 6, 4], separator);
  return number.length === 16 ? grouped(number, [4, 4, 4, 4], separator) : number;
}

const fullWidth = (text: string): string =>
  text.replace(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));

const made = (): string => {
  const [prefix, length] = random.pick(PREFIXES);
  return cardNumber(random, prefix, length);
};

const VISA = '4111111111111111';

const byHand: readonly TrueCase[] = [
  ...[
    VISA,
    '4012888888881881',
    '4222222222222',
    '5555555555554444',
    '5105105105105100',
    '2223003122003222',
    '378282246310005',
    '371449635398431',
    '30569309025904',
    '38520000023237',
    '6011111111111117',
    '6011000990139424',
    '3530111333300000',
    '6250947000000014',
    '6759649826438453',
    '2200000000000004',
    '4111 1111 1111 1111',
    '4111-1111-1111-1111',
    '4111.1111.1111.1111',
    '3782 822463 10005',
    '3056-930902-5904',
    '4111\u00a01111\u00a01111\u00a01111',
    '4111\u200b1111\u200b1111\u200b1111',
    '4111\u20111111\u20111111\u20111111',
    '41 11 11 11 11 11 11 11',
    '4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1',
    '4x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1',
    '4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1',
    '4,111,111,111,111,111',
    '4.111.111.111.111.111',
    '4_111_111_111_111_111',
    '4.111111111111111e+15',
    '4.111111111111111E15',
    '411111111-1111111',
    '41111111 11111111',
    fullWidth(VISA),
    fullWidth('4111 1111 1111 1111'),
    '٤١١١١١١١١١١١١١١١',
    jsonEscaped(VISA),
    percentEncoded(VISA),
    '4111%201111%201111%201111',
    '\\u0034111111111111111',
    Buffer.from(Buffer.from(VISA).toString('base64')).toString('base64'),
    Buffer.from(Buffer.from(VISA).toString('hex')).toString('base64'),
    Buffer.from(jsonEscaped(VISA)).toString('base64'),
  ].map(alone),
  { text: '4111111111111111.00', secret: VISA },
  { text: '$4,111,111,111,111,111.00', secret: '4,111,111,111,111,111' },
  { text: '-4111111111111111', secret: VISA },
  { text: '04/27 4111111111111111 123', secret: VISA },
  { text: '4111 1111 1111 1111 12/27 123', secret: '4111 1111 1111 1111' },
  { text: '4111 1111 1111 1111 5500 0000 0000 0004', secret: '4111 1111 1111 1111' },
  { text: '4111 1111 1111 1111 5500 0000 0000 0004', secret: '5500 0000 0000 0004' },
  { text: 'card4111111111111111end', secret: VISA },
  { text: '(2026-03-01,4111111111111111,t)', secret: VISA },
  { text: '{4111111111111111,5500000000000004}', secret: '5500000000000004' },
  { text: '4111111111111111|5500000000000004', secret: VISA },
  { text: `%B${VISA}^DOE/JANE^2712101?`, secret: VISA },
  { text: `;${VISA}=27121010000?`, secret: VISA },
  { text: `pan:${VISA};exp:12/27`, secret: VISA },
];

const generated: readonly TrueCase[] = [
  ...Array.from({ length: 160 }, () => surrounded(random, printed(made()))),
  ...Array.from({ length: 60 }, () => encoded(random, printed(made()))),
];

/** The last digit is not Luhn's. */
const miscounted = (): string => {
  const number = made();
  return number.slice(0, -1) + String((Number(number.at(-1)) + random.int(1, 9)) % 10);
};

const falseByHand: readonly string[] = [
  '4111111111111112',
  '4111 1111 1111 1112',
  '1111111111111111',
  '0000000000000000',
  '41111111111111111111',
  '0.4111111111111111',
  '12.5500000000000004',
  '7111111111111111',
  '+4111111111111111',
  '4111,1111,1111,1111,2222',
  '1999 2000 2001 2002 2003 2004',
  '4000 4100 4200 4300 4400 4500',
  '2026-03-01 10:20:30 4711',
  'ids 481516234200 481516234201 481516234202',
  'snowflake 1188556190244352',
  'trace 80f198ee56343ba864fe8b2a57d3eff7',
  'GTIN 00012345600012',
];

export const PAYMENT_CARD_CORPUS: Corpus = {
  kind: 'payment_card',
  trueCases: [...byHand, ...generated],
  falseCases: [
    ...falseByHand,
    ...Array.from({ length: 120 }, () => surrounded(random, printed(miscounted())).text),
    // Numbers of orders and accounts: any ten of them hold one with the right check digit, whose prefix may fit.
    ...Array.from(
      { length: 60 },
      () => `order ${random.pick(['1', '7', '9', '0', '2', '3'])}${random.digits(random.int(11, 17))}`,
    ),
    ...ordinaryTexts(1, 120),
    ...lookAlikes(random, 200),
  ],
  // Over lines, and schemes whose numbers are every tenth of their length.
  unfound: ['4111\n1111\n1111\n1111', cardNumber(random, '1354', 15)].map(alone),
  // Of other numbers with a scheme's beginning and length every tenth passes Luhn's check.
  mistaken: [`order ${cardNumber(random, '45', 16)}`, `tracking no. ${cardNumber(random, '62', 16)}`],
};
