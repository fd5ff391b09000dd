/** Social security and taxpayer numbers, and numbers of the same look that the rules exclude. */
import { alone, type Corpus, encoded, jsonEscaped, surrounded, type TrueCase } from '../corpus/corpus.ts';
import { lookAlikes } from '../corpus/look-alikes.ts';
import { ordinaryTexts } from '../corpus/ordinary.ts';
import { Random } from '../corpus/random.ts';

const random = new Random(900);

const padded = (value: number, length: number): string => String(value).padStart(length, '0');

function parts(): readonly [string, string, string] {
  let area = random.int(1, 899);
  if (area === 666) area = 667;
  return [padded(area, 3), padded(random.int(1, 99), 2), padded(random.int(1, 9_999), 4)];
}

const WORDS = [
  'SSN: ',
  'ssn=',
  '"ssn":"',
  '"ssn": ',
  'Social Security Number ',
  'social_security_number=',
  "ssn '",
  'taxpayer id ',
];

function named(): TrueCase {
  const secret = parts().join('');
  return { text: `${random.pick(WORDS)}${secret}`, secret };
}

const byHand: readonly TrueCase[] = [
  ...[
    '123-45-6789',
    '078-05-1120',
    '899-99-9999',
    '001-01-0001',
    '912-70-1234',
    '123\u201145\u20116789',
    '１２３-４５-６７８９',
    jsonEscaped('123-45-6789'),
    '123 45 6789',
    '123.45.6789',
  ].map(alone),
  { text: 'SSN 123 45 6789 on file', secret: '123 45 6789' },
  { text: '"a\\n123-45-6789\\n"', secret: '123-45-6789' },
  { text: '"ssn":"123456789"', secret: '123456789' },
  { text: 'ids: 123-45-6789, 234-56-7890', secret: '234-56-7890' },
  { text: '7,123-45-6789,x', secret: '123-45-6789' },
  { text: '(7,123-45-6789,t)', secret: '123-45-6789' },
  { text: 'Key (ssn)=(123-45-6789) already exists.', secret: '123-45-6789' },
];

const falseByHand: readonly string[] = [
  '000-12-3456',
  '666-12-3456',
  '900-12-3456',
  '123-00-4567',
  '123-45-0000',
  '987-45-4321',
  '123456789',
  '123-456-789',
  '12-345-6789',
  '1-123-45-6789',
  '123-45-6789-0',
  'A123-45-6789',
  '123-45-67890',
  '2026-03-01',
  'part 123-45-6789A',
  '123 45 6789 10',
  'rows 123 45 6789 and 12',
  '550e8400-e29b-41d4-a716-446655440000',
  '192.168.12.3456',
  '+123-45-6789',
  'zip 12345-6789',
  'phone 415-555-2671',
  'a-123-45-6789',
  'ISBN 978-12-3456',
  '100-20-3000-4000',
];

export const US_SSN_CORPUS: Corpus = {
  kind: 'us_ssn',
  trueCases: [
    ...byHand,
    ...Array.from({ length: 100 }, () => surrounded(random, parts().join('-'))),
    ...Array.from({ length: 30 }, named),
    ...Array.from({ length: 40 }, () => encoded(random, parts().join('-'))),
  ],
  falseCases: [
    ...falseByHand,
    ...Array.from({ length: 40 }, () => random.digits(9)),
    ...Array.from({ length: 30 }, () => `${random.digits(2)}-${random.digits(3)}-${random.digits(4)}`),
    ...Array.from({ length: 30 }, () => `${random.digits(3)}-${random.digits(2)}-${random.digits(3)}`),
    ...ordinaryTexts(4, 150),
    ...lookAlikes(random, 200),
  ],
  unfound: [{ text: 'Employee 4711, 123456789', secret: '123456789' }, alone('123456789')],
  // Numbers of articles and cases have this form too.
  mistaken: ['part 123-45-6789', 'case 219-09-9999'],
};
