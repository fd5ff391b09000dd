import { expect, test } from 'vitest';
import { DEFAULT_BUNDLE, httpInput } from '../../../test/support/policy.ts';
import { loadBundle } from './bundle.ts';
import { PolicyEvaluator } from './evaluator.ts';

const bundle = await loadBundle(DEFAULT_BUNDLE);
const asked = (path: string): string => JSON.stringify(httpInput({ path }));
const said = (text: string | undefined): unknown =>
  (JSON.parse(text ?? '[]') as { result?: { verdict?: unknown } }[])[0]?.result?.verdict;

test('takes an input up to its last byte, and none that has one more', () => {
  const evaluator = new PolicyEvaluator(bundle);
  for (const path of ['/people/1', '/persone/è', '/人/1', '/😀']) {
    const input = asked(path);
    const bytes = Buffer.byteLength(input);
    expect(said(evaluator.evaluate(input, bytes))).toBe('allow');
    expect(evaluator.evaluate(input, bytes - 1)).toBeUndefined();
    // What was refused leaves nothing behind.
    expect(said(evaluator.evaluate(input, bytes))).toBe('allow');
  }
});

test('answers as before once its memory has grown for a large input', () => {
  const evaluator = new PolicyEvaluator(bundle);
  const small = evaluator.evaluate(asked('/admin/1'), 10_000);
  expect(said(small)).toBe('deny');
  const large = asked(`/people/${'x'.repeat(4_000_000)}`);
  expect(said(evaluator.evaluate(large, 10_000_000))).toBe('allow');
  expect(evaluator.evaluate(asked('/admin/1'), 10_000)).toBe(small);
});

test('starts on a new instance after one that threw', () => {
  const evaluator = new PolicyEvaluator(bundle);
  const expected = evaluator.evaluate(asked('/admin/1'), 10_000);
  expect(() => evaluator.evaluate(asked('x'.repeat(70_000_000)), 100_000_000)).toThrow();
  expect(evaluator.evaluate(asked('/admin/1'), 10_000)).toBe(expected);
});

test('tells what is no policy when it is made, not when it is asked', async () => {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { compile(bytes: Uint8Array): Promise<typeof bundle.module> };
  };
  const empty = await WebAssembly.compile(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  expect(() => new PolicyEvaluator({ ...bundle, module: empty })).toThrow(
    expect.objectContaining({ code: 'GH_POLICY_BUNDLE_WASM' }),
  );
});
