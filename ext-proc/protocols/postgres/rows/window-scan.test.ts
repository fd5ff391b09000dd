import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CARD, plainMasker } from '../types/plain-masker.fixture.ts';
import { MaskCounts } from './mask-counts.ts';
import { overwriteFindings } from './overwrite.ts';
import { PieceScan } from './piece-scan.ts';
import { cutUp } from './row-oracle.fixture.ts';
import { WindowScan } from './window-scan.ts';

const { scanner } = plainMasker();
const LIMITS = { rowBytesMax: 1, windowBytes: 96, windowOverlapBytes: 40 };
const text = fc
  .array(
    fc.constantFrom(
      CARD,
      'key-abcdefgh',
      `"${CARD}",`,
      'pair a,b',
      '4',
      'lorem',
      'x'.repeat(50),
      '\u00e9',
      '',
    ),
    { maxLength: 40 },
  )
  .map((parts) => Buffer.from(parts.join(' ')));
const sizes = fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 6 });

function overwritten(value: Buffer): { bytes: Buffer; found: number } {
  const bytes = Buffer.from(value);
  const findings = scanner.scan(bytes.toString('latin1'));
  overwriteFindings(bytes, 0, findings);
  return { bytes, found: findings.length };
}

describe('WindowScan', () => {
  it('gives what a look at the whole value gives, however it is cut', () => {
    fc.assert(
      fc.property(text, sizes, (value, cuts) => {
        const counts = new MaskCounts();
        const windows = new WindowScan(scanner, counts, 'c', LIMITS);
        const out: Buffer[] = [];
        for (const piece of cutUp(value, cuts)) {
          windows.push(piece, 0, piece.length, (bytes) => out.push(bytes));
          expect(windows.heldBytes).toBeLessThan(LIMITS.windowBytes);
        }
        windows.finish((bytes) => out.push(bytes));
        const expected = overwritten(value);
        expect(Buffer.concat(out)).toEqual(expected.bytes);
        expect(counts.total).toBe(expected.found);
      }),
      { numRuns: 600 },
    );
  });
});

describe('PieceScan', () => {
  it('looks at what hex stands for, and leaves as many digits', () => {
    fc.assert(
      fc.property(text, sizes, (value, cuts) => {
        const pieces = new PieceScan(scanner, 'hex', new MaskCounts(), 'c', LIMITS);
        const out: Buffer[] = [];
        for (const piece of cutUp(Buffer.from(`\\x${value.toString('hex')}`), cuts))
          pieces.push(piece, 0, piece.length, (bytes) => out.push(bytes));
        pieces.finish((bytes) => out.push(bytes));
        expect(Buffer.concat(out).toString()).toBe(`\\x${overwritten(value).bytes.toString('hex')}`);
      }),
    );
  });

  it('keeps the length of what is no hex at all', () => {
    for (const value of ['', '\\', '\\x', '\\x1', '\\xzz1', 'key-abc', 'k', '\\x6b65792d6']) {
      const pieces = new PieceScan(scanner, 'hex', new MaskCounts(), 'c', LIMITS);
      const out: Buffer[] = [];
      pieces.push(Buffer.from(value), 0, value.length, (bytes) => out.push(bytes));
      pieces.finish((bytes) => out.push(bytes));
      expect(Buffer.concat(out)).toHaveLength(value.length);
      expect(Buffer.concat(out).toString()).not.toContain('key-abc');
    }
  });
});

describe('overwriteFindings', () => {
  it('keeps what structures a literal, and makes other numbers of numbers', () => {
    const value = Buffer.from(`{"a": ${CARD}, "b": "pair a,b"}`);
    expect(overwritten(value).bytes.toString()).toBe('{"a": 1000000000000000, "b": "******,*"}');
  });
});
