/**
 * What the capabilities file lets a policy call must be there in WebAssembly and answer as OPA does. Needs `opa`; the
 * functions that the gate supplies itself are tried without it.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadBundle } from '../ext-proc/adapters/opa-policy/bundle.ts';
import { SUPPLIED_BUILTINS } from '../ext-proc/adapters/opa-policy/builtins.ts';
import { PolicyEvaluator } from '../ext-proc/adapters/opa-policy/evaluator.ts';
import { POLICY_INPUT_BYTES_MAX } from '../ext-proc/adapters/opa-policy/loaded-policy.ts';
import { findOpa } from '../ext-proc/cli/opa-command.ts';
import { policyBuild } from '../ext-proc/cli/policy.ts';

const opa = await findOpa().catch(() => undefined);

/** They are gone when a policy is compiled. */
const COMPILED_AWAY = [
  'assign',
  'eq',
  'internal.print',
  'internal.test_case',
  'print',
  'rego.metadata.chain',
  'rego.metadata.rule',
];

const EXPRESSIONS: Readonly<Record<string, string>> = {
  abs: 'abs(-3)',
  and: '{1,2}&{1}',
  'array.concat': 'array.concat([1],[2])',
  'array.flatten': 'array.flatten([[1],[2,[3]]])',
  'array.reverse': 'array.reverse([1,2])',
  'array.slice': 'array.slice([1,2,3],1,2)',
  'base64.decode': 'base64.decode("aGk=")',
  'base64.encode': 'base64.encode("hi")',
  'base64.is_valid': 'base64.is_valid("aGk=")',
  'base64url.decode': 'base64url.decode("aGk")',
  'base64url.encode': 'base64url.encode("hi?")',
  'bits.and': 'bits.and(6,3)',
  'bits.lsh': 'bits.lsh(1,3)',
  'bits.negate': 'bits.negate(1)',
  'bits.or': 'bits.or(6,1)',
  'bits.rsh': 'bits.rsh(8,1)',
  'bits.xor': 'bits.xor(6,3)',
  ceil: 'ceil(1.2)',
  concat: 'concat(",",["a","b"])',
  contains: 'contains("abc","b")',
  count: 'count([1,2])',
  'crypto.sha256': 'crypto.sha256("a")',
  div: '4/2',
  endswith: 'endswith("abc","c")',
  equal: '1 == 1',
  floor: 'floor(1.7)',
  format_int: 'format_int(12,10)',
  'glob.match': 'glob.match("*.example.com",["."],"a.example.com")',
  'graph.reachable': 'graph.reachable({"a":["b"],"b":[]},{"a"})',
  gt: '2 > 1',
  gte: '2 >= 2',
  'internal.member_2': '[v | some v in [1, 2]; v in [2]]',
  'internal.member_3': '[1 | 0, "a" in ["a"]]',
  'internal.template_string': '$"a {1+1} {["x"]} {true} {"s"}"',
  intersection: 'intersection({{1,2},{2}})',
  is_array: 'is_array([])',
  is_boolean: 'is_boolean(1)',
  is_null: 'is_null(null)',
  is_number: 'is_number(1)',
  is_object: 'is_object({})',
  is_set: 'is_set({1})',
  is_string: 'is_string("")',
  'json.filter': 'json.filter({"a":1,"b":2},["a"])',
  'json.remove': 'json.remove({"a":1,"b":2},["a"])',
  lower: 'lower("AbC")',
  lt: '1 < 2',
  lte: '2 <= 1',
  max: 'max([1,3,2])',
  min: 'min([3,1])',
  minus: '4-1',
  mul: '2*3',
  neq: '1 != 2',
  'net.cidr_contains': 'net.cidr_contains("10.0.0.0/8","10.1.2.3")',
  'net.cidr_intersects': 'net.cidr_intersects("10.0.0.0/8","10.1.0.0/16")',
  'numbers.range': 'numbers.range(1,3)',
  'object.filter': 'object.filter({"a":1,"b":2},["a"])',
  'object.get': 'object.get({"a":1},"b",7)',
  'object.keys': 'object.keys({"a":1})',
  'object.remove': 'object.remove({"a":1,"b":2},["a"])',
  'object.union': 'object.union({"a":1},{"b":2})',
  'object.union_n': 'object.union_n([{"a":1},{"b":2}])',
  or: '{1}|{2}',
  plus: '1+2',
  product: 'product([2,3])',
  'regex.find_all_string_submatch_n': 'regex.find_all_string_submatch_n("a(b)","abab",-1)',
  'regex.is_valid': 'regex.is_valid("a(")',
  'regex.match': 'regex.match("^a+$","aaa")',
  rem: '5%3',
  round: 'round(1.5)',
  sort: 'sort({3,1})',
  split: 'split("a b"," ")',
  startswith: 'startswith("abc","a")',
  'strings.any_prefix_match': 'strings.any_prefix_match("abc",["x","ab"])',
  'strings.any_suffix_match': 'strings.any_suffix_match("abc",["x","bc"])',
  'strings.count': 'strings.count("aba","a")',
  'strings.replace_n': 'strings.replace_n({"a":"x"},"aba")',
  'strings.reverse': 'strings.reverse("abc")',
  substring: 'substring("abcdef",1,2)',
  sum: 'sum([1,2])',
  trim: 'trim("xax","x")',
  trim_left: 'trim_left("xax","x")',
  trim_prefix: 'trim_prefix("abc","a")',
  trim_right: 'trim_right("xax","x")',
  trim_space: 'trim_space(" a ")',
  trim_suffix: 'trim_suffix("abc","c")',
  type_name: 'type_name([])',
  union: 'union({{1},{2}})',
  upper: 'upper("aé")',
  walk: '[x | walk({"a":1},x)]',
};

/** What is more than an example: operands at the edges, and text beyond ASCII. */
const EDGES: readonly string[] = [
  'lower("ÄÖÜ İ")',
  'upper("straße")',
  'substring("añb", 1, 1)',
  'substring("abc", 1, -1)',
  'count("añb")',
  'split("", ",")',
  'trim_left("", "x")',
  'concat(",", sort({"b", "a"}))',
  'strings.replace_n({"": "x"}, "ab")',
  'split("äb", "")',
  'sort({"b", "a", "ä", "B"})',
  'min({[1, "b"], [1, "a"], [0, "z"]})',
  '10000000000000000000 + 1',
  '0.1 + 0.2',
  '7 / 2',
  'round(-2.5)',
  'format_int(255, 16)',
  'base64.encode("ü")',
  'glob.match("a*", [], "a.b")',
  'glob.match("{a,b}?", ["."], "bc")',
  'regex.match("^\\\\p{L}+$", "äöü")',
  'object.get({"a": {"b": 1}}, ["a", "b"], 2)',
  '$"{[1, "a"]} {null} {1.50} {"ü"}"',
  'strings.count("", "")',
  'strings.count("aaa", "aa")',
  'strings.count("üü", "")',
  'strings.any_prefix_match({"abc", "x"}, {"b", "ab"})',
  'strings.any_suffix_match("abc", "bc")',
  'crypto.sha256("ü")',
];

test('the functions that the gate supplies are in the capabilities', async () => {
  expect(await capabilities()).toEqual(expect.arrayContaining(Object.keys(SUPPLIED_BUILTINS)));
});

// `replace` of an empty text never returns; JSON and numbers are read leniently; an empty text has an index; a set has
// no order. All of it was seen with opa 1.22.2.
test('functions that differ in WebAssembly are not in the capabilities', async () => {
  const allowed = await capabilities();
  for (const name of [
    'replace',
    'json.unmarshal',
    'json.marshal',
    'json.is_valid',
    'to_number',
    'indexof',
    'sprintf',
  ]) {
    expect(allowed).not.toContain(name);
  }
});

test('every function of the capabilities is tried here', async () => {
  expect((await capabilities()).sort()).toEqual([...Object.keys(EXPRESSIONS), ...COMPILED_AWAY].sort());
});

describe('a function that the gate supplies', () => {
  const call = (name: string, ...values: unknown[]): unknown =>
    (SUPPLIED_BUILTINS[name] as (...values: unknown[]) => unknown)(...values);
  test.each([
    ['crypto.sha256', ['a'], 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
    ['strings.any_prefix_match', ['abc', ['x', 'ab']], true],
    ['strings.any_prefix_match', [['x', 'y'], 'ab'], false],
    ['strings.any_suffix_match', ['abc', ['x', 'bc']], true],
    ['strings.any_suffix_match', [[], ['x']], false],
    ['strings.count', ['aba', 'a'], 2],
    ['strings.count', ['𐍈', ''], 2],
  ])('%s of %j', (name, values, expected) => {
    expect(call(name, ...values)).toBe(expected);
  });

  test.each(['crypto.sha256', 'strings.any_prefix_match', 'strings.any_suffix_match', 'strings.count'])(
    '%s refuses what is not text',
    (name) => {
      expect(() => call(name, 1, 1)).toThrow(expect.objectContaining({ code: 'GH_POLICY_ENGINE' }));
    },
  );
});

describe.skipIf(opa === undefined)('in WebAssembly as in OPA', () => {
  test('each function answers the same', async () => {
    const expressions = [...Object.values(EXPRESSIONS), ...EDGES];
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-builtins-'));
    try {
      const rules = expressions.map((expression, index) => `answers[${index}] := ${expression}`);
      const decision = 'decision := {"version": 1, "answers": answers}';
      await writeFile(
        join(folder, 'decision.rego'),
        `package gatehouse\n\n${decision}\n\n${rules.join('\n\n')}\n`,
      );
      const { out } = await policyBuild({ source: folder });
      const evaluator = new PolicyEvaluator(await loadBundle(out));
      const [inWasm] = JSON.parse(evaluator.evaluate('{}', POLICY_INPUT_BYTES_MAX) ?? '') as [
        { result: { answers: Answers } },
      ];
      const evaluated = await opa!(
        ['eval', '--format', 'raw', '--data', 'decision.rego', 'data.gatehouse.decision'],
        folder,
      );
      const inOpa = JSON.parse(evaluated.stdout) as { answers: Answers };
      for (const [index, expression] of expressions.entries()) {
        expect(unordered(inWasm.result.answers[index]), expression).toEqual(unordered(inOpa.answers[index]));
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

type Answers = Readonly<Record<string, unknown>>;

/** A set comes out as a list, in any order. */
const unordered = (value: unknown): unknown =>
  Array.isArray(value) ? value.map((member) => JSON.stringify(member)).sort() : value;

async function capabilities(): Promise<string[]> {
  const file = join(import.meta.dirname, 'capabilities.json');
  const { builtins } = JSON.parse(await readFile(file, 'utf8')) as { builtins: readonly { name: string }[] };
  return builtins.map(({ name }) => name);
}
