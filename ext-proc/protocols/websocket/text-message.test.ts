import { describe, expect, test } from 'vitest';

import type { FieldMarkRule } from '../../domain/field-rules.ts';
import { createMasker } from '../../masking/masker.ts';
import { createScanner } from '../../masking/scanner.ts';
import { fieldMarks } from '../http/body/field-marks.ts';
import { maskFields, maskText, readText } from './text-message.ts';

const masker = createMasker({ scanner: createScanner() });
const SECRET: FieldMarkRule = { pattern: ['**', 'pin'], upstream: undefined, tag: 'pin', style: 'full' };
const CARD = '4111 1111 1111 1111';

function mask(text: string): { text: string; counts: string[] } {
  const counts: string[] = [];
  const marks = fieldMarks({ rules: [SECRET], obligations: [], direction: 'response' });
  const masked = maskText(Buffer.from(text), {
    masker,
    marks,
    numbersStayNumbers: false,
    count: (kind, field) => counts.push(field ?? kind),
  });
  return { text: masked.toString(), counts };
}

describe('a message of a client’s', () => {
  test.each<[string, unknown]>([
    ['{"a": [1, "b"]}', { a: [1, 'b'] }],
    ['"a"', 'a'],
    ['7', 7],
    ['12345678901234567890', '12345678901234567890'],
  ])('%s is JSON', (text, value) => {
    expect(readText(Buffer.from(text))).toEqual({ kind: 'json', value });
  });

  test.each(['', 'hello', '{"a": 1}\x1e', '42["a"]', '{"a": 1,}', '{"a":1}\n{"a":2}'])(
    '%j is text',
    (text) => {
      expect(readText(Buffer.from(text))).toEqual({ kind: 'text' });
    },
  );

  test.each([
    ['a name twice', '{"a": 1, "a": 2}', 'GH_HTTP_BODY_DUPLICATE_KEY'],
    ['a byte order mark', '\ufeff{"a": 1}', 'GH_HTTP_BODY_MALFORMED'],
    ['too many levels', `${'['.repeat(65)}${']'.repeat(65)}`, 'GH_HTTP_BODY_TOO_DEEP'],
    ['half a surrogate pair in a name', '{"\\ud800": 1}', 'GH_HTTP_BODY_MALFORMED'],
  ])('JSON with %s is refused: servers take it for another than policy would', (_, text, code) => {
    expect(readText(Buffer.from(text))).toMatchObject({ kind: 'refused', code });
  });
});

describe('masking a message', () => {
  test.each([
    ['JSON', '{"pin": 1234, "at": [1.50]}', '{"pin": "[masked:pin]", "at": [1.50]}'],
    [
      'JSON in records',
      '{"pin":1}\x1e{"pin":"2"}\x1e',
      '{"pin":"[masked:pin]"}\x1e{"pin":"[masked:pin]"}\x1e',
    ],
    ['JSON in lines', '{"pin":1}\n\n["a"]', '{"pin":"[masked:pin]"}\n\n["a"]'],
    ['Socket.IO', '42/admin,7["who",{"pin":1}]', '42/admin,7["who",{"pin":"[masked:pin]"}]'],
    ['STOMP', 'MESSAGE\nid:1\n\n{"pin":1}\0\n', 'MESSAGE\nid:1\n\n{"pin":"[masked:pin]"}\0\n'],
    ['an event', 'data: {"pin":1}\n', 'data: {"pin":"[masked:pin]"}\n'],
  ])('marked fields of %s', (_, text, expected) => {
    expect(mask(text)).toMatchObject({ text: expected });
    expect(new Set(mask(text).counts)).toEqual(new Set(['**.pin']));
  });

  test.each([
    ['text', `pay with ${CARD} now`],
    ['a bare number', CARD.replaceAll(' ', '')],
    ['numbers behind one another', CARD],
    ['a JSON string', `"${CARD}"`],
    ['text that opens as JSON', `[${CARD}`],
    ['lines of which one is text', `["a"]\n${CARD}`],
    ['what stands before JSON', `${CARD} {"a":1}`],
    ['what stands behind JSON', `["a"] ${CARD}`],
    ['a field of Socket.IO', `42["a","${CARD}"]`],
    ['a message that ends with NUL', `SEND\n\n${CARD}\0`],
  ])('a card in %s', (_, text) => {
    const masked = mask(text);
    expect(masked.text.replaceAll(' ', '')).not.toContain(CARD.replaceAll(' ', ''));
    expect(masked.counts).toEqual(['payment_card']);
  });

  test.each([
    '',
    'hello {you}',
    '[draft] hello',
    '2probe',
    'a'.repeat(100_000),
    '{"a":1}',
    '\ufeffhello',
    'é€😀',
  ])('what holds nothing goes on as it is', (text) => {
    expect(mask(text)).toEqual({ text, counts: [] });
  });

  test.each(['{"pin": 12', '[{ "pin": 1, }]', '{"pin": 1}\nhello', '{"a":1} {"pin":1}'])(
    '%j has marked fields that cannot be told, and is not passed',
    (text) => {
      expect(() => mask(text)).toThrow(expect.objectContaining({ code: 'GH_HTTP_BODY_MALFORMED' }) as Error);
    },
  );

  test('of a text no field can be told', () => {
    const marks = fieldMarks({ rules: [SECRET], obligations: [], direction: 'response' });
    const masking = { masker, marks, numbersStayNumbers: false, count: () => undefined };
    expect(maskFields(Buffer.from('pin: 1'), masking)).toBeUndefined();
    expect(maskFields(Buffer.from('{"pin": 1'), masking)).toBeUndefined();
    expect(maskFields(Buffer.from('{"pin":1}\x1e'), masking)?.toString()).toBe('{"pin":"[masked:pin]"}\x1e');
  });

  test('what shows that it is no text is not passed', () => {
    expect(() => mask('a\0b')).toThrow(expect.objectContaining({ code: 'GH_HTTP_BODY_MALFORMED' }) as Error);
  });

  test('what opens as JSON and cannot be held is not passed as text', () => {
    expect(() => mask(`${'['.repeat(600)}`)).toThrow(
      expect.objectContaining({ code: 'GH_HTTP_BODY_TOO_DEEP' }) as Error,
    );
  });
});
