/** What a body costs grows with its bytes, whatever it holds and however it comes: counted in bytes that detectors read. */
import { expect, test } from 'vitest';
import { createMasker } from '../../../masking/masker.ts';
import { createScanner } from '../../../masking/scanner.ts';
import { bodyTransform, type ReadBodyKind } from './body-transform.ts';
import { fieldMarks } from './field-marks.ts';
import { through } from './run-body.fixture.ts';

/**
 * Detectors read a byte so often at most: in its block, alone, with its name or the context before it, and once more
 * where it was masked. A name or a context is longer than what stands behind it where that is short.
 */
const READ_MAX = 64;
const READ_OF_SHORT_MAX = 400;
const BYTES = 280_000;

const scanner = createScanner();

function bytesRead(kind: ReadBodyKind, body: string, cuts: readonly number[]): number {
  let read = 0;
  const counting = {
    ...scanner,
    mayContain: (text: string) => {
      read += text.length;
      return scanner.mayContain(text);
    },
    scan: (text: string) => {
      read += text.length;
      return scanner.scan(text);
    },
  };
  const masking = {
    masker: createMasker({ scanner: counting }),
    marks: fieldMarks({ rules: [], obligations: [], direction: 'response' }),
    numbersStayNumbers: false,
    count: () => {},
  } as const;
  through(bodyTransform(kind, masking), Buffer.from(body), cuts);
  return read;
}

const filled = (unit: (index: number) => string): string => {
  let text = '';
  for (let index = 0; text.length < BYTES; index++) text += unit(index);
  return text;
};

const BODIES: readonly (readonly [name: string, kind: ReadBodyKind, body: string])[] = [
  ['numbers under a long name', 'json', `{"${'x'.repeat(60_000)}password":[${filled(() => '1234567,')}1]}`],
  ['names that speak', 'json', `{${filled((index) => `"password${index}":"hunter2x${index}",`)}"a":1}`],
  ['names that are found', 'json', `{${filled((index) => `"a${index}@b.co":${index},`)}"a":1}`],
  ['escapes', 'json', `["${filled(() => '\\u0034\\"\\\\')}"]`],
  ['cards', 'json', `[${filled(() => '4111111111111111,')}1]`],
  ['lines', 'text', filled((index) => `phone: 4155552671 a${index}@b.co\n`)],
  ['a line', 'text', filled(() => '4111 1111 1111 1111 ')],
  ['base64 in lines', 'text', filled(() => `${'QUJD'.repeat(19)}\n`)],
  ['a key that does not end', 'text', `-----BEGIN PRIVATE KEY-----\n${filled(() => 'QUJD\n')}`],
  ['short lines', 'text', filled(() => '@\n').slice(0, 60_000)],
  ['events', 'sse', filled((index) => `data: {"m":"a${index}@b.co"}\n\n`)],
  ['fields', 'form', filled((index) => `password=hunter2x${index}&`)],
];

test.each(BODIES)('%s', (_, kind, body) => {
  for (const cuts of [[], [61]]) {
    const read = bytesRead(kind, body, cuts);
    expect(read / body.length).toBeLessThan(body.length < BYTES ? READ_OF_SHORT_MAX : READ_MAX);
  }
});
