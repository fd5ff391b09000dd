import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeForm, FormTransform } from './form-transform.ts';
import { type BodySetup, foundIn, maskingOf, refusalOf, runBody, through } from './run-body.fixture.ts';

const form = (body: string, setup: BodySetup = {}): string => runBody('form', body, setup).out;

describe('a field', () => {
  test.each([
    ['m=a%40b.co', 'm=%5Bmasked%3Aemail%5D'],
    ['m=write+to+a@b.co+now&x=1', 'm=write+to+%5Bmasked%3Aemail%5D+now&x=1'],
    ['card=4111+1111%201111+1111', 'card=%5Bmasked%3Apayment_card%5D'],
    ['phone=4155552671', 'phone=%5Bmasked%3Aphone%5D'],
    ['password=hunter2x', 'password=%5Bmasked%3Acredential%5D'],
    ['a%40b.co=1', '%5Bmasked%3Aemail%5D=1'],
    ['a%40b.co', '%5Bmasked%3Aemail%5D'],
    ['x=%C3%A9+a%40b.co', 'x=%C3%A9+%5Bmasked%3Aemail%5D'],
  ])('%s', (body, masked) => {
    expect(form(body)).toBe(masked);
  });

  test.each(['', '&', '&&a=1&', 'a', 'a=', '=', '=1', 'a=%zz%4&b=+%20', 'a=b=c', 'A=%7e~'])(
    '%j goes on as it came',
    (body) => {
      expect(form(body)).toBe(body);
    },
  );

  test('behind a bare semicolon, which some servers take for an ampersand, is not let by where any is marked', () => {
    for (const cuts of [[], [1], [3, 2]])
      expect(refusalOf('form', 'a=1;pin=2', { marked: ['pin'] }, cuts)).toBe('GH_HTTP_BODY_MALFORMED');
    expect(form('a=1;b=2')).toBe('a=1;b=2');
    expect(form('a=1%3Bpin=2', { marked: ['pin'] })).toBe('a=1%3Bpin=2');
  });

  test('is marked by its name, and by the parts of a name in brackets', () => {
    const setup = { marked: ['customer.card', 'pin'] };
    expect(form('pin=1&customer[card]=2&customer%5Bcard%5D[number]=3&card=4&PIN=5', setup)).toBe(
      'pin=%5Bmasked%3Aprivate%5D&customer[card]=%5Bmasked%3Aprivate%5D&customer%5Bcard%5D[number]=%5Bmasked%3Aprivate%5D&card=4&PIN=%5Bmasked%3Aprivate%5D',
    );
    const deep = `a${'[b]'.repeat(100)}[pin]`;
    for (const name of ['a.pin', 'a[0].Pin', 'a[0][pin]', 'p.in', deep])
      expect(form(`${name}=1`, { marked: ['**.pin', 'p_in'] })).toBe(`${name}=%5Bmasked%3Aprivate%5D`);
    expect(form('customer[0][card]=1', setup)).toBe('customer[0][card]=%5Bmasked%3Aprivate%5D');
    expect(form('pin=12', { marked: ['pin=null'] })).toBe('pin=');
    expect(form('pin=', setup)).toBe('pin=');
    expect(form('p%69n=1', setup)).toBe('p%69n=%5Bmasked%3Aprivate%5D');
  });

  test('is removed with its separator', () => {
    const setup: BodySetup = {
      obligations: [{ kind: 'remove_fields', fields: ['admin'] }],
      direction: 'request',
    };
    expect(form('admin=1&a=2', setup)).toBe('a=2');
    expect(form('a=2&admin=1', setup)).toBe('a=2');
    expect(form('a=2&admin=1&%61dmin&b=3&Admin=', setup)).toBe('a=2&b=3');
    expect(form('admin=1', setup)).toBe('');
    for (const name of ['admin[x]', 'Admin[]', 'admin.x', 'ad%6Din[0].x', 'adm%C4%B1n', '+admin'])
      expect(form(`a=2&${name}=1&administrator=3&x[admin]=4`, setup)).toBe('a=2&administrator=3&x[admin]=4');
  });

  test('that is too long to be held is refused however it is cut', () => {
    const transform = (): FormTransform => new FormTransform(maskingOf({}), 100);
    for (const cuts of [[], [1], [60]]) {
      expect(() => through(transform(), Buffer.from(`a=1&b=${'x'.repeat(100)}&c=2`), cuts)).toThrow(
        'a field of a form',
      );
      expect(through(transform(), Buffer.from(`b=${'x'.repeat(98)}&c=2`), cuts).length).toBe(104);
    }
  });
});

test('bytes that are no text are refused', () => {
  expect(refusalOf('form', Buffer.from('a=1', 'utf16le'))).toBe('GH_HTTP_BODY_MALFORMED');
});

test('any form comes out the same however it is cut, with what it held of fields', () => {
  const parts = fc.constantFrom(
    'a@b.co',
    'a%40b.co',
    '4111111111111111',
    '+',
    '%20',
    '%',
    'x',
    'phone',
    'card',
    '=',
    '&',
    '&',
    '=',
    '[',
    ']',
    'é',
  );
  fc.assert(
    fc.property(
      fc.array(parts, { maxLength: 30 }).map((all) => all.join('')),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      fc.constantFrom<BodySetup>({}, { marked: ['card', 'x=hash'] }),
      (body, cuts, setup) => {
        const whole = runBody('form', body, setup);
        expect(runBody('form', body, setup, cuts)).toEqual(whole);
        expect(whole.out.split('&').length).toBe(body.split('&').length);
        if (whole.counts.length === 0) expect(whole.out).toBe(body);
        const values = whole.out.split(/[&=]/).map((value) => decodeForm(value));
        expect(values.filter((value) => foundIn(value))).toEqual([]);
      },
    ),
    { numRuns: 600 },
  );
});

test('a name of brackets takes no time', () => {
  const started = performance.now();
  const body = `${'['.repeat(200_000)}=1&a${'[x]'.repeat(60_000)}=1`;
  expect(runBody('form', body, { marked: ['**.ssn'] }).out).toBe(body);
  expect(performance.now() - started).toBeLessThan(2_000);
});
