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
    { masker, lookup: () => undefined, unrecorded },
  );
}

test('texts are masked, and NULL is told from the word', () => {
  expect(shown(['a secret', 'NULL', null], [TEXT, TEXT, TEXT])).toEqual({
    texts: ['a ***', 'NULL', 'NULL'],
    partly: false,
  });
});

test('values in binary are read where their type says how', () => {
  const { texts, partly } = shown(
    [Buffer.from([0, 0, 1, 0]), Buffer.from([1]), 'secret'],
    [INT4, BOOL, TEXT],
    [1],
  );
  expect(texts).toEqual(['256', 'true', '***']);
  expect(partly).toBe(false);
});

test('values in binary that cannot be read are said to be there', () => {
  expect(shown([Buffer.from([0, 0, 1, 0])], [0], [1])).toEqual({
    texts: ['[4 bytes of type 0, binary]'],
    partly: true,
  });
  expect(shown([Buffer.alloc(16)], [TSVECTOR], [1]).partly).toBe(true);
});

test('what may go into a marked column is not shown, unless the client declares a number where texts are marked', () => {
  const values = ['4111111111111111', '7', '4111111111111111'];
  expect(shown(values, [TEXT, INT4, 0], [], 'texts').texts).toEqual([WITHHELD, '7', WITHHELD]);
  expect(shown(values, [TEXT, INT4, 0], [], 'texts and numbers').texts).toEqual([
    WITHHELD,
    WITHHELD,
    WITHHELD,
  ]);
  expect(shown([Buffer.from([9, 9, 9, 9])], [0], [1], 'texts').texts).toEqual([WITHHELD]);
});
