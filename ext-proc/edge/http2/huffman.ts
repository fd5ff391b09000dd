/**
 * HPACK's Huffman code, decoded. The code is canonical: codes of one length follow each other in the order of their
 * symbols, so the lengths alone give all of it.
 * Source: RFC 7541, section 5.2 and appendix B.
 */

/** Bits of each octet's code, and of the end-of-string symbol (256). */
// prettier-ignore
const LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7,
  7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21,
  23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24,
  21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];
const BITS_MAX = 30;
const END_OF_STRING = 256;

/** Symbols by length, then value; for each length its first code and where its symbols begin. */
const SYMBOLS: readonly number[] = LENGTHS.map((_, symbol) => symbol).sort(
  (left, right) => (LENGTHS[left] as number) - (LENGTHS[right] as number) || left - right,
);
const FIRST_CODE: number[] = [];
const FIRST_SYMBOL: number[] = [];
const COUNT: number[] = [];
for (let bits = 0, code = 0, symbol = 0; bits <= BITS_MAX; bits++) {
  const count = LENGTHS.filter((length) => length === bits).length;
  FIRST_CODE.push(code);
  FIRST_SYMBOL.push(symbol);
  COUNT.push(count);
  symbol += count;
  code = (code + count) * 2;
}

/**
 * The octets that a Huffman-coded string stands for; undefined where it is not one: the end-of-string symbol inside, or
 * padding that is longer than 7 bits or not all ones.
 */
export function decodeHuffman(coded: Uint8Array): Buffer | undefined {
  // The shortest code has five bits.
  const out = Buffer.allocUnsafe(Math.ceil((coded.length * 8) / 5));
  let length = 0;
  let code = 0;
  let bits = 0;
  for (const octet of coded) {
    for (let shift = 7; shift >= 0; shift--) {
      code = code * 2 + ((octet >> shift) & 1);
      bits++;
      const offset = code - (FIRST_CODE[bits] as number);
      if (offset >= 0 && offset < (COUNT[bits] as number)) {
        const symbol = SYMBOLS[(FIRST_SYMBOL[bits] as number) + offset] as number;
        if (symbol === END_OF_STRING) return undefined;
        out[length++] = symbol;
        code = 0;
        bits = 0;
      } else if (bits === BITS_MAX) return undefined;
    }
  }
  return bits > 7 || code !== 2 ** bits - 1 ? undefined : out.subarray(0, length);
}
