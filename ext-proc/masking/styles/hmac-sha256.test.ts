import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byteStringOf } from '../byte-string.ts';
import { hmacSha256 } from './hmac-sha256.ts';

const reference = (key: Uint8Array, prefix: string, message: string): string =>
  createHmac('sha256', key).update(prefix).update(Buffer.from(message, 'latin1')).digest('binary');

// RFC 4231, test cases 1, 2, 6 and 7.
test.each([
  ['0b'.repeat(20), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  [
    '4a656665',
    'what do ya want for nothing?',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    'aa'.repeat(131),
    'Test Using Larger Than Block-Size Key - Hash Key First',
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
  [
    'aa'.repeat(131),
    'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ],
])('is that of RFC 4231 with the key %s', (key, message, digest) => {
  const hmac = hmacSha256(Buffer.from(key, 'hex'));
  expect(Buffer.from(hmac('', message), 'latin1').toString('hex')).toBe(digest);
});

test("is createHmac's for any keys and messages, however they follow one another", () => {
  const bytes = fc.uint8Array({ maxLength: 100 }).map((each) => byteStringOf(each));
  const long = fc
    .tuple(bytes, fc.nat(6_000))
    .map(([text, length]) => (text + 'é').repeat(1 + length / 10).slice(0, length));
  const messages = fc.array(
    fc.tuple(
      fc.constantFrom('', 'a\0', 'kind\0', 'ü\0', 'ü'.repeat(256), 'x'.repeat(5_000)),
      fc.oneof(bytes, long),
    ),
    {
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 140 }), messages, (key, all) => {
      const hmac = hmacSha256(key);
      for (const [prefix, message] of all)
        expect(hmac(prefix, message)).toBe(reference(key, prefix, message));
    }),
    { numRuns: 500 },
  );
});
