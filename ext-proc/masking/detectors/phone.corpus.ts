/** Telephone numbers in international and national forms, and other numbers with separators. */
import { alone, type Corpus, encoded, jsonEscaped, surrounded, type TrueCase } from '../corpus/corpus.ts';
import { lookAlikes } from '../corpus/look-alikes.ts';
import { ordinaryTexts, timestamp } from '../corpus/ordinary.ts';
import { Random } from '../corpus/random.ts';

const random = new Random(164);

/** X a digit, N a digit from 2 to 9. */
const fill = (form: string): string =>
  form.replace(/[XN]/g, (place) => String(place === 'N' ? random.int(2, 9) : random.int(0, 9)));

const FORMS = [
  '+1 NXX NXX XXXX',
  '+1-NXX-NXX-XXXX',
  '+1NXXNXXXXXX',
  '+1 (NXX) NXX-XXXX',
  '(NXX) NXX-XXXX',
  'NXX-NXX-XXXX',
  'NXX.NXX.XXXX',
  'NXX NXX XXXX',
  '1-NXX-NXX-XXXX',
  '+49 1NX XXXXXXX',
  '+49 30 NXXXXXX',
  '+491NXXXXXXXXX',
  '+44 20 7XXX XXXX',
  '+44 (0)20 7XXX XXXX',
  '+447XXXXXXXXX',
  '+33 6 XX XX XX XX',
  '+33 1 NX XX XX XX',
  '+34 6XX XXX XXX',
  '+39 06 XXXX XXXX',
  '+31 6 XXXXXXXX',
  '+41 79 XXX XX XX',
  '+43 660 XXXXXXX',
  '+48 5XX XXX XXX',
  '+46 70 XXX XX XX',
  '+86 138 XXXX XXXX',
  '+91 9XXXX XXXXX',
  '+81 90-XXXX-XXXX',
  '+55 11 9XXXX-XXXX',
  '+61 4XX XXX XXX',
  '+7 912 XXX-XX-XX',
  '+971 50 XXX XXXX',
  '+353 87 XXX XXXX',
  '+27 82 XXX XXXX',
  '01NX XXXXXXX',
  '01NX/XXXXXXX',
  '030 NXXXXXX',
  '(030) NXXXXXX',
  '020 7XXX XXXX',
  '07XXX XXXXXX',
  '06 NX XX XX XX',
  '06.NX.XX.XX.XX',
  '079 XXX XX XX',
  '0412 XXX XXX',
  '090-XXXX-XXXX',
  '(11) 9XXXX-XXXX',
  '8 (912) XXX-XX-XX',
  '138 XXXX XXXX',
];

const NAMED = [
  'phone: NXXNXXXXXX',
  'Tel.: 030NXXXXXX',
  'mobile=01NXXXXXXXX',
  '"phone":"NXXNXXXXXX"',
  'fax NXX XXXXXXX',
  '"phone_number": "NXXNXXXXXX"',
  'WhatsApp 5511NXXXXXXXX',
  'cell: NXXNXXXXXX',
];

function named(): TrueCase {
  const text = fill(random.pick(NAMED));
  const secret = /[0-9][0-9 ]+[0-9]/.exec(text)?.[0] ?? '';
  return { text, secret };
}

const byHand: readonly TrueCase[] = [
  ...[
    '+14155552671',
    '+442071838750',
    '+49 (0)30 1234567',
    '+1.415.555.2671',
    '＋１ ４１５ ５５５ ２６７１',
    '+1\u00a0415\u00a0555\u00a02671',
    jsonEscaped('+1 415 555 2671'),
    '%2B14155552671',
  ].map(alone),
  { text: '"a\\n415-555-2671\\n"', secret: '415-555-2671' },
  { text: 'tel:+1-415-555-2671', secret: '+1-415-555-2671' },
  { text: 'call (415) 555-2671 or (415) 555-2672', secret: '(415) 555-2672' },
  { text: '415-555-2671 x123', secret: '415-555-2671' },
  { text: '"phone":"+14155552671"', secret: '+14155552671' },
  { text: '7\t+14155552671\t2026-03-01', secret: '+14155552671' },
  { text: "VALUES (1, '415-555-2671')", secret: '415-555-2671' },
];

const falseByHand: readonly string[] = [
  '2026-03-01 10:20:30',
  '01.03.2026 10:20',
  '01-03-2026',
  '03/01/2026 10:20:30',
  '2019-2020',
  '1234567',
  '5551234',
  '123-456-7890',
  '555-123-45678',
  '4155552671',
  '192.168.100.200',
  '255.255.255.255',
  '234.567.8901.1',
  '10.20.30.40',
  '1.2.3.4.5.6.7.8.9',
  '0.123456789',
  '007 12 34',
  '+0012345678',
  '1+14155552671',
  'x+y+1234567890',
  '12 345 678',
  '1 234 567 890',
  'chapter 020',
  'room 0305, floor 03',
  '978-3-16-148410-0',
  'DE 123456789',
  '#415-555-2671',
  '$415.555.2671',
  '4111 1111 1111 1111',
  '123-45-6789',
  '00:11:22:33:44:55',
  '+1.5e10',
  '+12%',
  'GMT+0100 (CET)',
  '2026-03-01T10:20:30+01:00',
  '-33.8688197, 151.2092955',
  'offset +0000012345',
  '1234 567 8901 234',
];

export const PHONE_CORPUS: Corpus = {
  kind: 'phone',
  trueCases: [
    ...byHand,
    ...FORMS.flatMap((form) => [fill(form), fill(form), fill(form)]).map((number) =>
      surrounded(random, number),
    ),
    ...Array.from({ length: 30 }, named),
    ...Array.from({ length: 50 }, () => encoded(random, fill(random.pick(FORMS)))),
  ],
  falseCases: [
    ...falseByHand,
    ...Array.from(
      { length: 60 },
      () => `${timestamp(random)}.${random.digits(3)} ${random.digits(5)} ${random.digits(4)}`,
    ),
    ...Array.from({ length: 40 }, () => random.digits(random.int(7, 12))),
    ...Array.from(
      { length: 40 },
      () => `${random.int(1, 99)}.${random.digits(3)}.${random.digits(3)},${random.digits(2)}`,
    ),
    ...ordinaryTexts(3, 200),
    ...lookAlikes(random, 200),
  ],
  // Bare digits and local numbers without an area code are any number.
  unfound: ['4155552671', '555-2671', '0800 REIMANN'].map(alone),
  mistaken: ['UPS 1Z 999 AA1 01 2345 6784', 'lot 312-555-0199', 'seats 212 333 4444'],
};
