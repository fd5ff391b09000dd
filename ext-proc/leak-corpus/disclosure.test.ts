import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BACKEND } from '../protocols/postgres/message-types.ts';
import { Disclosure } from './disclosure.ts';
import { Received } from './received.ts';
import { wrongGuess } from './subject.ts';

const CARD = '4242428193057264';
const KEY = ['sk', 'test', 'q7XmRk2Wd9ZpLf4T'].join('_');

function rowsOf(...rows: readonly (readonly (string | Buffer)[])[]): Received {
  const received = new Received();
  for (const row of rows) {
    const fields = row.map((value) => {
      const bytes = Buffer.from(value);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    });
    const body = Buffer.concat([Buffer.from([0, row.length]), ...fields]);
    const head = Buffer.alloc(5);
    head[0] = BACKEND.DataRow;
    head.writeUInt32BE(body.length + 4, 1);
    received.add({ session: 'main', type: BACKEND.DataRow, wire: Buffer.concat([head, body]) });
  }
  return received;
}

const found = (...rows: readonly (readonly (string | Buffer)[])[]): string | undefined =>
  new Disclosure([CARD, KEY]).find(rowsOf(...rows));

describe('what discloses a value', () => {
  const integer = Buffer.alloc(8);
  integer.writeBigInt64BE(BigInt(CARD));
  it.each<readonly [string, string | Buffer]>([
    ['itself', CARD],
    ['half of it', CARD.slice(0, 8)],
    ['eight of it in the middle', `x${CARD.slice(5, 13)}y`],
    ['separators', '4242-4281-9305-7264'],
    ['another case', KEY.toUpperCase()],
    ['backwards', [...CARD].toReversed().join('')],
    ['base64', Buffer.from(CARD).toString('base64')],
    ['base64, shifted by one', Buffer.from(`x${CARD}yz`).toString('base64')],
    ['base64, shifted by two', Buffer.from(`xy${CARD}`).toString('base64')],
    ['base64 for URLs', Buffer.from(KEY).toString('base64url')],
    ['hex', `\\x${Buffer.from(CARD).toString('hex')}`],
    ['percent escapes', [...CARD].map((digit) => `%3${digit}`).join('')],
    ['JSON escapes', [...CARD].map((digit) => `\\u003${digit}`).join('')],
    ['XML escapes', [...CARD].map((digit) => `&#${48 + Number(digit)};`).join('')],
    ['character codes', [...CARD].map((digit) => String(48 + Number(digit))).join(',')],
    ['a binary integer', integer],
    ['a number in hex', BigInt(CARD).toString(16)],
    ['md5', createHash('md5').update(CARD).digest('hex')],
    ['sha256 as bytes', createHash('sha256').update(KEY).digest()],
  ])('%s', (_, text) => {
    expect(found(['1', text])).toBeDefined();
  });

  it('a character a row, and a character a column', () => {
    expect(found(...[...CARD].map((digit) => [digit]))).toMatch(/joined over rows/);
    expect(found([...CARD])).toBeDefined();
    expect(found(...[...CARD].map((digit, at) => ['xyz'.charAt(at % 3), digit]))).toMatch(
      /joined over columns/,
    );
  });
});

describe('what discloses nothing', () => {
  it.each([
    '[masked:payment_card]',
    '4242 42** **** 6781',
    '****6781',
    '0',
    'sk_test_',
    '[masked:canary#k3jf]',
  ])('%s', (text) => expect(found(['1', text])).toBeUndefined());

  it('a wrong guess, which has the shape of the value', () => {
    expect(wrongGuess(CARD)).toMatch(/^\d{16}$/);
    expect(found([wrongGuess(CARD), wrongGuess(KEY)])).toBeUndefined();
  });

  it('digits of which no eight in a row are those of the value', () => {
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(digits, (drawn) => {
        const text = drawn.join('');
        const backwards = [...CARD].toReversed().join('');
        const holds = [CARD, backwards].some((value) =>
          Array.from({ length: 9 }, (_, at) => value.slice(at, at + 8)).some((part) => text.includes(part)),
        );
        expect(new Disclosure([CARD]).findIn(text) !== undefined).toBe(holds);
      }),
    );
  });
});
