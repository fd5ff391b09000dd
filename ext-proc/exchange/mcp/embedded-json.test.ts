import { describe, expect, test } from 'vitest';
import { fieldPattern, type FieldPattern } from '../../domain/field-rules.ts';
import { createMasker } from '../../masking/masker.ts';
import { createScanner } from '../../masking/scanner.ts';
import { fieldMarks } from '../../protocols/http/body/field-marks.ts';
import { maskEmbeddedJson } from './embedded-json.ts';

const masker = createMasker({ scanner: createScanner() });
const rule = {
  pattern: fieldPattern('**.salary') as FieldPattern,
  upstream: undefined,
  tag: 'salary',
  style: 'full',
} as const;

function masked(
  message: unknown,
  rules = [rule],
): { readonly text: string; readonly counts: readonly string[] } {
  const counts: string[] = [];
  const json = maskEmbeddedJson(Buffer.from(JSON.stringify(message)), {
    masker,
    marks: fieldMarks({ rules, obligations: [], direction: 'response' }),
    numbersStayNumbers: true,
    count: (kind, field) => void counts.push(`${kind}:${field ?? ''}`),
  });
  return { text: json.toString(), counts };
}
const result = (text: string) => ({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text }] } });

describe('JSON as text in a message', () => {
  test('is masked by its marks, and stays JSON in a string', () => {
    const { text, counts } = masked(result('{"name": "Ann",\n "salary": "91,000", "more": [{"salary": 7}]}'));
    const answer = JSON.parse(text) as ReturnType<typeof result>;
    expect(answer.result.content[0]?.text).toBe(
      '{"name": "Ann",\n "salary": "[masked:salary]", "more": [{"salary": 0}]}',
    );
    expect(counts).toEqual(['salary:**.salary', 'salary:**.salary']);
  });

  test('is masked wherever a text stands: in resources, and in prompts', () => {
    const salary = '[{"salary":"91,000"}]';
    for (const message of [
      { result: { contents: [{ uri: 'a:b', text: salary }] } },
      { result: { messages: [{ role: 'user', content: { type: 'resource', resource: { text: salary } } }] } },
      { method: 'notifications/x', params: { content: { text: salary } } },
    ]) {
      expect(masked(message).text).not.toContain('91,000');
    }
  });

  test('is masked in each of several records', () => {
    expect(masked(result('{"salary":"91,000"}\n{"salary":"92,000"}\n')).text).toBe(
      JSON.stringify(result('{"salary":"[masked:salary]"}\n{"salary":"[masked:salary]"}\n')),
    );
  });

  test.each([
    '{"name":"Ann","salary":"91,000","n',
    '{"name":"Ann","salary":"91,00',
    '{"salary": 91',
    '[{"salary":"91,000"}]\n\n[more by start_index=4000]',
  ])('is withheld where it breaks off and a field of it is marked: %s', (text) => {
    expect(masked(result(text))).toEqual({
      text: JSON.stringify(result('[masked:salary]')),
      counts: ['salary:**.salary'],
    });
  });

  test('is left as it is, byte for byte, where it is no JSON or holds nothing that is marked', () => {
    for (const text of [
      'salary: 91,000',
      '[INFO] salary: 91,000',
      '{"name":"An',
      '{"name":"Ann"}',
      '"91"',
      '',
    ]) {
      expect(masked(result(text))).toEqual({ text: JSON.stringify(result(text)), counts: [] });
    }
    const salary = result('{"salary":1}');
    expect(masked(salary, []).text).toBe(JSON.stringify(salary));
  });
});
