import { describe, expect, it } from 'vitest';
import type { Obligation } from '../../domain/decision.ts';
import { fieldPattern, type FieldPattern } from '../../domain/field-rules.ts';
import { allowing, testMasking, testRoute } from './http-gate.fixture.ts';
import { Secret } from '../../domain/secret.ts';
import { hidingCredential, readObligations } from './obligations.ts';

const route = testRoute({
  fields: [
    { pattern: fieldPattern('**.ssn') as FieldPattern, upstream: undefined, tag: 'us_ssn', style: 'full' },
  ],
});
const read = (...obligations: readonly Obligation[]) =>
  readObligations(allowing(...obligations), route, testMasking);

describe('obligations', () => {
  it('where there are none leave what configuration marks, in answers alone, and let nothing unreadable pass', () => {
    const found = read();
    expect(
      found.responseMarks.markOf(found.responseMarks.enter(found.responseMarks.start, 'ssn')),
    ).toMatchObject({
      kind: 'us_ssn',
    });
    expect(found.requestMarks.empty).toBe(true);
    expect(found.passesUnreadable).toEqual({ request: false, response: false });
    expect([...found.revealedHeaders]).toEqual([]);
    expect(found.revealed).toEqual({});
    expect(found.masker).toBe(testMasking.masker);
  });

  it('mask and remove fields in the direction that they name', () => {
    const request = read({ kind: 'mask_fields', fields: ['a'], style: 'full', direction: 'request' });
    expect(request.requestMarks.empty).toBe(false);
    expect(
      request.responseMarks.markOf(request.responseMarks.enter(request.responseMarks.start, 'a')),
    ).toBeUndefined();
    const removed = read({ kind: 'remove_fields', fields: ['a'] });
    expect([removed.requestMarks.hasRemovals, removed.responseMarks.hasRemovals]).toEqual([true, false]);
    const both = read({ kind: 'mask_fields', fields: ['a'], style: 'full', direction: 'both' });
    expect(both.requestMarks.empty).toBe(false);
  });

  it('let what cannot be read pass in the direction that they name', () => {
    expect(read({ kind: 'pass_unreadable', direction: 'request' }).passesUnreadable).toEqual({
      request: true,
      response: false,
    });
    expect(read({ kind: 'pass_unreadable', direction: 'response' }).passesUnreadable).toEqual({
      request: false,
      response: true,
    });
    expect(read({ kind: 'pass_unreadable', direction: 'both' }).passesUnreadable).toEqual({
      request: true,
      response: true,
    });
  });

  it('that reveal are told in words for the record', () => {
    const found = read(
      { kind: 'reveal_fields', fields: ['**.ssn', 'tag:email'] },
      { kind: 'reveal_found', kinds: ['email'] },
      { kind: 'reveal_headers', headers: ['set-cookie'] },
    );
    expect(found.revealed).toEqual({
      revealed: '**.ssn tag:email',
      revealed_found: 'email',
      revealed_headers: 'set-cookie',
    });
    expect(found.masker.scanner.kinds).not.toContain('email');
    expect(found.masker.scanner.kinds).toContain('payment_card');
    expect(
      found.responseMarks.markOf(found.responseMarks.enter(found.responseMarks.start, 'ssn')),
    ).toBeUndefined();
  });

  it('hide the credential that a request goes on with, and another one as soon as it has changed', () => {
    const hidden: string[] = [];
    const masking: typeof testMasking = {
      ...testMasking,
      hiding: (masker, text) => {
        hidden.push(text);
        return { ...masker };
      },
    };
    const credential = (value: string) => ({ header: { name: 'authorization', value: new Secret(value) } });
    const [first, second] = [credential('Bearer one'), credential('Basic two')];
    const hiding = hidingCredential(read(), first, masking);
    expect(hiding).toEqual(read());
    expect(hiding.masker).not.toBe(read().masker);
    expect(hidingCredential(read(), first, masking)).toBe(hiding);
    expect(hidingCredential(read(), second, masking).masker).not.toBe(hiding.masker);
    expect(hidden).toEqual(['one', 'two']);
    expect(hidingCredential(read(), { header: undefined }, masking)).toBe(read());
  });

  it('leave requests to the agent: detectors look for nothing there', () => {
    expect(read().requestMasker.scanner.kinds).toEqual([]);
  });
});
