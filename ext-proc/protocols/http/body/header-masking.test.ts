import { expect, test } from 'vitest';
import { maskedHeaders } from './header-masking.ts';
import { maskingOf } from './run-body.fixture.ts';

test('values in which something is found change, each in its place', () => {
  const counts: string[] = [];
  const headers = [
    { name: ':status', value: '200' },
    { name: 'content-type', value: 'text/plain; x=a@b.co' },
    { name: 'location', value: '/people?mail=a%40b.co&card=4111111111111111' },
    { name: 'x-customer', value: 'Ann <a@b.co>' },
    { name: 'x-phone', value: '4155552671' },
    { name: 'x-plain', value: 'nothing' },
    { name: 'set-cookie', value: 'mail=a@b.co' },
  ];
  expect(maskedHeaders(headers, maskingOf({}, counts), new Set(['set-cookie']))).toEqual([
    { index: 2, name: 'location', value: '/people?mail=[masked:email]&card=[masked:payment_card]' },
    { index: 3, name: 'x-customer', value: 'Ann <[masked:email]>' },
    { index: 4, name: 'x-phone', value: '[masked:phone]' },
  ]);
  expect(counts).toEqual(['email', 'payment_card', 'email', 'phone']);
});

test('a style of null leaves a header its value in tokens', () => {
  expect(maskedHeaders([{ name: 'x', value: 'a@b.co' }], maskingOf({ defaultStyle: 'null' }))).toEqual([
    { index: 0, name: 'x', value: '[masked:email]' },
  ]);
});
