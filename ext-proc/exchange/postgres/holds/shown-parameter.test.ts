import { expect, test } from 'vitest';
import type { Masker } from '../../../masking/masker.ts';
import type { FormatCode } from '../../../protocols/postgres/frontend.ts';
import type { UnrecordedLiterals } from '../masking/session-masking.ts';
import { shownParameters, WITHHELD } from './shown-parameter.ts';

const masker = { maskRecordText: (text: string) => text.replace('secret', '***') } as Masker;
const TEXT = 25;
const INT4 = 23;
const BOOL = 16;
const TSVECTOR = 3614;

function shown(
  values: readonly (Buffer | string | null)[],
  types: readonly number[],
  formats: readonly FormatCode[] = [],
  unrecorded: UnrecordedLiterals = 'none',
  utf8 = true,
) {
  return shownParameters(
    {
      ok: true,
      portal: '',
      statement: '',
      parameterFormats: formats,
      values: values.map((value) => (value === null ? null : Buffer.from(value))),
      resultFormats: [],
    },
    types,
    { masker, lookup: () => undefined, unrecorded, utf8 },
  );
}

const texts = (...given: Parameters<typeof shown>): string[] => shown(...given).map(({ text }) => text);
const states = (...given: Parameters<typeof shown>): string[] => shown(...given).map(({ state }) => state);

test('texts are masked, and NULL is told from the word', () => {
  expect(shown(['a secret', 'NULL', null], [TEXT, TEXT, TEXT])).toEqual([
    { state: 'shown', text: 'a ***' },
    { state: 'shown', text: 'NULL' },
    { state: 'null', text: 'NULL' },
  ]);
});

test('values in binary are read where their type says how', () => {
  expect(shown([Buffer.from([0, 0, 1, 0]), Buffer.from([1]), 'secret'], [INT4, BOOL, TEXT], [1])).toEqual([
    { state: 'shown', text: '256' },
    { state: 'shown', text: 'true' },
    { state: 'shown', text: '***' },
  ]);
});

test('values in binary that cannot be read are said to be there', () => {
  expect(shown([Buffer.from([0, 0, 1, 0])], [0], [1])).toEqual([
    { state: 'unreadable', text: '[4 bytes of type 0, not readable]' },
  ]);
  expect(states([Buffer.alloc(16)], [TSVECTOR], [1])).toEqual(['unreadable']);
});

test('bytes that are no text of their type are not shown as one', () => {
  const regclass = 2205;
  const varbit = 1562;
  const bits = Buffer.concat([Buffer.from([0, 0, 0, 8]), Buffer.from('A')]);
  expect(states([Buffer.from('AAAA'), bits], [regclass, varbit], [1])).toEqual(['unreadable', 'unreadable']);
  expect(states([Buffer.from([0xff, 0xfe])], [TEXT])).toEqual(['unreadable']);
  expect(states([Buffer.from([0xff, 0xfe])], [TEXT], [1])).toEqual(['unreadable']);
  expect(states([Buffer.from([1])], [INT4], [1])).toEqual(['unreadable']);
});

test('texts in another encoding are read as far as they are ASCII', () => {
  expect(states(['plain', 'caf\u00e9'], [TEXT, TEXT], [], 'none', false)).toEqual(['shown', 'unreadable']);
});

function array(elements: readonly (Buffer | null)[], oid: number, ...bounds: number[]): Buffer {
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const leaves = elements.map((each) =>
    each === null ? word(-1) : Buffer.concat([word(each.length), each]),
  );
  return Buffer.concat([word(bounds.length / 2), word(0), word(oid), ...bounds.map(word), ...leaves]);
}

test('arrays and ranges in binary are read as PostgreSQL writes them', () => {
  const number = (value: number): Buffer => Buffer.from([0, 0, 0, value]);
  const numbers = [number(1), null, number(3)];
  expect(texts([array(numbers, INT4, 3, 1)], [1007], [1])).toEqual(['{1,NULL,3}']);
  expect(texts([array(numbers, INT4, 3, 0)], [1007], [1])).toEqual(['[0:2]={1,NULL,3}']);
  expect(texts([array([], INT4)], [1007], [1])).toEqual(['{}']);
  const words = ['a,b', 'NULL', 'it'].map((word) => Buffer.from(word));
  expect(texts([array(words, TEXT, 3, 1)], [1009], [1])).toEqual(['{"a,b","NULL",it}']);
  expect(states([array(numbers, TEXT, 3, 1)], [1007], [1])).toEqual(['unreadable']);
  const range = Buffer.concat([
    Buffer.from([0x02, 0, 0, 0, 4]),
    number(1),
    Buffer.from([0, 0, 0, 4]),
    number(9),
  ]);
  expect(texts([range, Buffer.from([0x01]), Buffer.from([0x18])], [3904, 3904, 3904], [1])).toEqual([
    '[1,9)',
    'empty',
    '(,)',
  ]);
});

test('what may go into a marked column is not shown, unless its type is a number where texts are marked', () => {
  const values = ['4111111111111111', '7', '4111111111111111'];
  expect(texts(values, [TEXT, INT4, 0], [], 'texts')).toEqual([WITHHELD, '7', WITHHELD]);
  expect(texts(values, [TEXT, INT4, 0], [], 'texts and numbers')).toEqual([WITHHELD, WITHHELD, WITHHELD]);
  expect(texts([Buffer.from([9, 9, 9, 9])], [0], [1], 'texts')).toEqual([WITHHELD]);
});
