import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HpackDecoder } from './hpack-decoder.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('HpackDecoder', () => {
  it('decodes the requests of RFC 7541 appendix C.3, with its dynamic table', () => {
    const decoder = new HpackDecoder();
    const first = [
      [':method', 'GET'],
      [':scheme', 'http'],
      [':path', '/'],
      [':authority', 'www.example.com'],
    ];
    expect(decoder.decode(hex('8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d'))).toEqual(first);
    expect(decoder.decode(hex('8286 84be 5808 6e6f 2d63 6163 6865'))).toEqual([
      ...first,
      ['cache-control', 'no-cache'],
    ]);
    expect(
      decoder.decode(hex('8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65')),
    ).toEqual([
      [':method', 'GET'],
      [':scheme', 'https'],
      [':path', '/index.html'],
      [':authority', 'www.example.com'],
      ['custom-key', 'custom-value'],
    ]);
  });

  it('decodes the same of appendix C.4, in Huffman code', () => {
    const decoder = new HpackDecoder();
    expect(decoder.decode(hex('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff')).at(-1)).toEqual([
      ':authority',
      'www.example.com',
    ]);
    expect(decoder.decode(hex('8286 84be 5886 a8eb 1064 9cbf')).at(-1)).toEqual([
      'cache-control',
      'no-cache',
    ]);
    expect(decoder.decode(hex('8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf')).at(-1)).toEqual(
      ['custom-key', 'custom-value'],
    );
  });

  it('evicts by size, as in appendix C.5, when the table is made smaller', () => {
    const decoder = new HpackDecoder();
    decoder.decode(hex('4803 3330 32'));
    expect(decoder.decode(hex('be'))).toEqual([[':status', '302']]);
    decoder.decode(hex('20'));
    expect(() => decoder.decode(hex('be'))).toThrow('stands for nothing');
  });

  it('decodes anew what reads alike once the table is another', () => {
    const decoder = new HpackDecoder();
    const entry = (value: string) => Buffer.concat([hex('4001 6101'), Buffer.from(value)]);
    const newest = hex('be');
    decoder.decode(entry('1'));
    for (let value = 2; value < 9; value++) {
      expect(decoder.decode(newest)).toEqual([['a', String(value - 1)]]);
      expect(decoder.decode(newest)).toBe(decoder.decode(newest));
      // The same block puts another entry in each time.
      expect(decoder.decode(entry(String(value)))).toEqual([['a', String(value)]]);
      expect(decoder.decode(entry(String(value)))).toEqual([['a', String(value)]]);
    }
    decoder.decode(newest);
    decoder.decode(hex('20'));
    expect(() => decoder.decode(newest)).toThrow('stands for nothing');
  });

  it.each([
    ['an index of 0', '80'],
    ['an index that stands for nothing', 'be'],
    ['a truncated string', '4005 6162'],
    ['a truncated integer', '1f'],
    ['an integer without end', '1fff ffff ffff ffff ffff 01'],
    ['a table size above the announced one', '3fff ff03'],
    ['a table size behind a field', '8220'],
    ['padding of zeros', '0001 6182 1c'.replace('82 1c', '811c') + '00'],
    ['the end-of-string symbol', '0001 6184 ffff fffc'],
  ])('refuses %s', (_what, block) => {
    expect(() => new HpackDecoder().decode(hex(block))).toThrow();
  });

  it('never throws anything else, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          new HpackDecoder().decode(bytes);
        } catch (error) {
          expect(error).toHaveProperty('code', 'GH_EDGE_HTTP2');
        }
      }),
    );
  });

  it('bounds the list that a small block can stand for', () => {
    // One entry of 3,000 octets, then named again and again at one octet each.
    const value = Buffer.alloc(3_000, 'x');
    const insert = Buffer.concat([hex('4001 61 7f b9 16'), value]);
    expect(() => new HpackDecoder().decode(Buffer.concat([insert, Buffer.alloc(100, 0xbe)]))).toThrow(
      'too long',
    );
  });
});
