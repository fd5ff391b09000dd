import { createHmac, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../secret.ts';
import { approvalRequest, reviewDecision } from './approvals.fixture.ts';
import { createApprovalSeals, type Sealed } from './seals.ts';
import type { StandingGrant } from './standing-grant.ts';

const key = new Secret<Uint8Array>(Buffer.alloc(32, 7));
const seals = createApprovalSeals(key);
const others = createApprovalSeals(new Secret<Uint8Array>(Buffer.alloc(32, 8)));
const request = approvalRequest();
const sealed = seals.sealRequest(request);

test('a request is read back as it was sealed, by whoever has the key', () => {
  expect(createApprovalSeals(key).openRequest(sealed)).toEqual(JSON.parse(JSON.stringify(request)));
  expect(others.openRequest(sealed)).toBeUndefined();
});

test('the seal stays what it is: approvals outlive a new version', () => {
  const derived = Buffer.from(hkdfSync('sha256', Buffer.alloc(32, 7), '', 'gatehouse approvals 1', 32));
  expect(sealed.seal).not.toBe(createHmac('sha256', derived).update(sealed.text).digest('hex'));
  expect(seals.sealRequest(request)).toEqual(sealed);
  expect(sealed.seal).toMatch(/^[0-9a-f]{64}$/);
});

test('no change of a text or a seal goes unnoticed', () => {
  const bytes = Buffer.from(sealed.text, 'utf8');
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 127 }), (at, flip) => {
      const changed = Buffer.from(bytes);
      changed[at] = ((changed[at] as number) ^ flip) & 0x7f;
      expect(seals.openRequest({ text: changed.toString('utf8'), seal: sealed.seal })).toBeUndefined();
    }),
  );
  fc.assert(
    fc.property(fc.nat(63), fc.constantFrom(...'0123456789abcdef'), (at, digit) => {
      fc.pre(sealed.seal[at] !== digit);
      const seal = sealed.seal.slice(0, at) + digit + sealed.seal.slice(at + 1);
      expect(seals.openRequest({ text: sealed.text, seal })).toBeUndefined();
    }),
  );
});

test.each([
  '',
  'zz',
  sealed.seal.slice(2),
  `${sealed.seal}00`,
  `${sealed.seal} `.repeat(2),
  sealed.seal.toUpperCase(),
  'g'.repeat(64),
])('a seal that is none opens nothing, and throws nothing: %j', (seal) => {
  expect(seals.openRequest({ text: sealed.text, seal })).toBeUndefined();
});

describe('a decision', () => {
  test('belongs to its request', () => {
    const decision = reviewDecision();
    const decided = seals.sealDecision(decision, sealed);
    expect(seals.openDecision(decided, sealed)).toEqual(JSON.parse(JSON.stringify(decision)));
    const another = seals.sealRequest(approvalRequest({ actionDigest: 'f'.repeat(64) }));
    expect(seals.openDecision(decided, another)).toBeUndefined();
  });

  test('passes for nothing else, and nothing else for it', () => {
    const texts: Sealed[] = [
      sealed,
      seals.sealDecision(reviewDecision(), sealed),
      seals.sealGrant({ id: 'g' } as unknown as StandingGrant),
    ];
    const readers = [
      (each: Sealed) => seals.openRequest(each),
      (each: Sealed) => seals.openDecision(each, sealed),
      (each: Sealed) => seals.openGrant(each),
    ];
    for (const [index, text] of texts.entries()) {
      expect(readers.map((read) => read(text) !== undefined)).toEqual(
        readers.map((_, reader) => reader === index),
      );
    }
  });
});

describe('what a client carries', () => {
  test('comes back as it went, from the same principal only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (state, principal) => {
        const carried = seals.sealState(state, principal);
        expect(seals.openState(carried, principal)).toBe(state.toWellFormed());
        expect(seals.openState(carried, `${principal}x`)).toBeUndefined();
        expect(others.openState(carried, principal)).toBeUndefined();
      }),
    );
  });

  test('is nothing where it was made up', () => {
    fc.assert(
      fc.property(fc.string(), (carried) => {
        expect(seals.openState(carried, 'alice')).toBeUndefined();
      }),
    );
    const carried = seals.sealState('approval 1', 'alice');
    expect(
      seals.openState(
        carried.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')),
        'alice',
      ),
    ).toBeUndefined();
  });
});
