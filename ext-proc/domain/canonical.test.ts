import { describe, expect, it } from 'vitest';
import { canonicalForm } from './canonical.ts';

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
});
