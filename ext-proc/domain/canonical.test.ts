import { describe, expect, it } from 'vitest';
import { hash } from 'node:crypto';
import { canonicalDigest, canonicalForm } from './canonical.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the canonical form', () => {
  it('writes each part behind its length, null as no length, and a list behind its count', () => {
    const form = canonicalForm('f/1', [
      ['text', 'a€'],
      ['none', null],
      ['bytes', new Uint8Array([0, 255])],
      ['list', ['b', '']],
    ]);
    expect(hex(form)).toBe(
      [
        ...['00000003', '662f31'],
        ...['00000004', '74657874', '00000004', '61e282ac'],
        ...['00000004', '6e6f6e65', 'ffffffff'],
        ...['00000005', '6279746573', '00000002', '00ff'],
        ...['00000004', '6c697374', '00000002', '00000001', '62', '00000000'],
      ].join(''),
    );
  });

  it('tells apart what reads alike when joined, and none from an empty text', () => {
    const forms = [
      canonicalForm('f/1', [['a', 'bc']]),
      canonicalForm('f/1', [['ab', 'c']]),
      canonicalForm('f/1', [['a', ['bc']]]),
      canonicalForm('f/1', [['a', ['b', 'c']]]),
      canonicalForm('f/1', [['a', '']]),
      canonicalForm('f/1', [['a', null]]),
    ];
    expect(new Set(forms.map(hex)).size).toBe(forms.length);
  });

  it('has half a surrogate pair for the replacement character, as UTF-8 has', () => {
    const parts = ['\ud83d', 'a\udc00b'] as const;
    expect(hex(canonicalForm(parts[0], [['', parts[1]]]))).toBe(
      ['00000003', 'efbfbd', '00000000', '00000005', '61efbfbd62'].join(''),
    );
  });

  it('has a digest that is that of its bytes, however long it is', () => {
    for (const text of ['', 'a€', 'x'.repeat(100_000)]) {
      const fields = [
        ['text', text],
        ['list', [text, '']],
      ] as const;
      expect(canonicalDigest('f/1', fields)).toBe(hash('sha256', canonicalForm('f/1', fields), 'hex'));
    }
  });
});
