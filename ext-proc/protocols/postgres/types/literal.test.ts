import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arrayLeaves,
  type Leaf,
  multirangeLeaves,
  quoteElement,
  quoteField,
  rangeLeaves,
  recordLeaves,
  withLeaves,
} from './literal.ts';
import {
  arrayBinaryLeaves,
  type BinaryLeaf,
  lengthWord,
  recordBinaryLeaves,
  withBinaryLeaves,
} from './nested-binary.ts';

const texts = (leaves: readonly Leaf[] | undefined): (string | null)[] | undefined =>
  leaves?.map(({ text }) => text);
const value = fc.option(fc.string({ unit: fc.constantFrom(...'ab,;{}()[]"\\ \nNUL0é'), maxLength: 8 }), {
  nil: null,
});

describe('literals', () => {
  it('are read as the server writes them', () => {
    expect(texts(arrayLeaves('{1,NULL,"NULL","a\\"b\\\\",""}', ','))).toEqual([
      '1',
      null,
      'NULL',
      'a"b\\',
      '',
    ]);
    expect(texts(arrayLeaves('[0:1][-2:-1]={{1,2},{3,4}}', ','))).toEqual(['1', '2', '3', '4']);
    expect(texts(arrayLeaves('{(2,3),(0,1);(5,6),(4,4)}', ';'))).toEqual(['(2,3),(0,1)', '(5,6),(4,4)']);
    expect(texts(arrayLeaves('{}', ','))).toEqual([]);
    expect(texts(recordLeaves('(1,,"","a ""b"" \\\\ c",(x)'))).toBeUndefined();
    expect(texts(recordLeaves('(1,,"","a ""b"" \\\\ c")'))).toEqual(['1', null, '', 'a "b" \\ c']);
    expect(texts(recordLeaves('()'))).toEqual([null]);
    expect(texts(rangeLeaves('[1,"b c")'))).toEqual(['1', 'b c']);
    expect(texts(rangeLeaves('(,5]'))).toEqual(['5']);
    expect(texts(rangeLeaves('empty'))).toEqual([]);
    expect(texts(multirangeLeaves('{[1,2),["2024-01-01 00:00",)}'))).toEqual(['1', '2', '2024-01-01 00:00']);
    expect(texts(multirangeLeaves('{}'))).toEqual([]);
  });

  it('are refused where they are not well formed', () => {
    for (const text of [
      '',
      '{',
      '}',
      '{1',
      '{1}}',
      '{{1}',
      '{1}x',
      '{"a}',
      '{a"b}',
      '{1,,2}',
      '{a{b}}',
      '[0:1]{1}',
    ])
      expect(arrayLeaves(text, ','), text).toBeUndefined();
    for (const text of ['', '(', '(1', '1)', '(a"b)', '("a"b)', '("a)', '(a(b)'])
      expect(recordLeaves(text), text).toBeUndefined();
    for (const text of ['', '[1', '[1,2', '1,2]', '[1]', '[1,2)x', '["a,b)'])
      expect(rangeLeaves(text), text).toBeUndefined();
    for (const text of ['', '{', '{[1,2)', '{[1,2),}', '{1}'])
      expect(multirangeLeaves(text), text).toBeUndefined();
    expect(arrayLeaves('{'.repeat(7) + '}'.repeat(7), ',')).toBeUndefined();
  });

  it('hold the values that were put in, and only changed ones change', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 6 }), value, fc.nat(), (values, other, at) => {
        const index = at % values.length;
        const expected = values.map((text, place) => (place === index ? other : text));
        const array = `{${values.map(quoteElement).join(',')}}`;
        const elements = arrayLeaves(array, ',') as Leaf[];
        expect(texts(elements)).toEqual(values);
        const changedArray = withLeaves(array, elements, new Map([[index, other]]), quoteElement);
        expect(changedArray).toBe(`{${expected.map(quoteElement).join(',')}}`);

        const record = `(${values.map(quoteField).join(',')})`;
        const fields = recordLeaves(record) as Leaf[];
        expect(texts(fields)).toEqual(values);
        const changedRecord = withLeaves(record, fields, new Map([[index, other]]), quoteField);
        expect(texts(recordLeaves(changedRecord))).toEqual(expected);
      }),
    );
  });
});

const binaryValue = fc.option(fc.uint8Array({ maxLength: 6 }), { nil: null });

describe('nested binary values', () => {
  it('hold the values that were put in, and only changed ones change', () => {
    fc.assert(
      fc.property(
        fc.array(binaryValue, { minLength: 1, maxLength: 6 }),
        binaryValue,
        fc.nat(),
        (values, other, at) => {
          const index = at % values.length;
          const body = (list: readonly (Uint8Array | null)[]): Buffer[] =>
            list.flatMap((item) => [lengthWord(item?.length ?? -1), Buffer.from(item ?? [])]);
          const array = (list: readonly (Uint8Array | null)[]): Buffer =>
            Buffer.concat([...[1, 0, 17, list.length, 1].map(lengthWord), ...body(list)]);
          const wire = Buffer.concat([Buffer.from('..'), array(values), Buffer.from('.')]);
          const end = wire.length - 1;
          const leaves = arrayBinaryLeaves(wire, 2, end) as BinaryLeaf[];
          expect(
            leaves.map((leaf) =>
              leaf.isNull ? null : new Uint8Array(wire.subarray(leaf.lengthAt + 4, leaf.end)),
            ),
          ).toEqual(values);
          const change = other === null ? null : Buffer.from(other);
          expect(withBinaryLeaves(wire, 2, end, leaves, new Map([[index, change]]))).toEqual(
            array(values.map((item, place) => (place === index ? other : item))),
          );
          // Any end but the right one is refused.
          expect(arrayBinaryLeaves(wire, 2, end - 1)).toBeUndefined();
          expect(arrayBinaryLeaves(wire, 2, end + 1)).toBeUndefined();
        },
      ),
    );
  });

  it('are refused where a count is a lie', () => {
    const record = Buffer.concat([lengthWord(2), lengthWord(25), lengthWord(1), Buffer.from('a')]);
    expect(recordBinaryLeaves(record, 0, record.length)).toBeUndefined();
    record.writeInt32BE(1);
    expect(recordBinaryLeaves(record, 0, record.length)).toHaveLength(1);
    const array = Buffer.concat([1, 0, 25, 0x7fff_ffff, 1].map(lengthWord));
    expect(arrayBinaryLeaves(array, 0, array.length)).toBeUndefined();
  });
});
