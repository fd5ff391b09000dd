/**
 * What gets through, and why: the unit of detection is one value, and of writing in writing two forms are taken off.
 * A test holds that each still does, so that this list and docs/masking.md stay true; one that is closed moves to the
 * corpus. The remedy for each is a mark on the field that holds it.
 */
import { gzipSync } from 'node:zlib';
import { base64, type BodyEvasion, CARD, NAME, spread } from './corpus.ts';

const delta = (content: string): string => `data: ${JSON.stringify({ delta: content })}\n\n`;

const entry = (id: string, contentType: string, body: string): BodyEvasion => ({
  id,
  contentType,
  bytes: Buffer.from(body),
  planted: CARD,
  expected: 'masked',
});

export const KNOWN_LIMITS: readonly BodyEvasion[] = [
  entry(
    'card-split-across-deltas',
    'text/event-stream',
    ['4111', ' 1111', ' 1111', ' 1111'].map(delta).join(''),
  ),
  entry('card-split-across-lines', 'application/x-ndjson', '{"d":"4111 1111"}\n{"d":" 1111 1111"}\n'),
  entry('card-split-across-fields', 'application/json', '{"a":"4111 1111","b":"1111 1111"}'),
  entry('card-split-across-strings', 'application/json', JSON.stringify([...CARD])),
  entry('card-split-across-numbers', 'application/json', '[4111,1111,1111,1111]'),
  entry('card-broken-over-lines', 'text/plain', '4111 1111\n1111 1111\n'),
  entry('card-broken-over-data-lines', 'text/event-stream', 'data: 4111 1111\ndata: 1111 1111\n\n'),
  entry('card-split-across-form-fields', 'application/x-www-form-urlencoded', 'a=41111111&b=11111111'),
  entry('base64-three-times', 'application/json', `{"a":"${base64(base64(base64(CARD)))}"}`),
  entry('gzip-in-base64', 'application/json', `{"a":"${base64(gzipSync(CARD))}"}`),
  entry('utf-16-in-base64', 'application/json', `{"a":"${base64(Buffer.from(CARD, 'utf16le'))}"}`),
  {
    ...entry(
      'mark-inside-a-string',
      'application/json',
      JSON.stringify({ text: JSON.stringify({ name: NAME }) }),
    ),
    planted: NAME,
    marked: ['**.name'],
  },
  entry('words-between-digits', 'application/json', `{"a":"${spread(CARD, ' and ')}"}`),
];
