import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findOpa } from './opa-command.ts';
import type { PolicyModule } from './input-references.ts';
import { inputPaths, policyRules, rulesWithTerms, unreadWhileEmpty } from './policy-modules.ts';

const opa = await findOpa().catch(() => undefined);

const text = (value: string) => ({ type: 'string', value });
const variable = (value: string) => ({ type: 'var', value });
const reference = (...value: unknown[]) => ({ type: 'ref', value });
const moduleOf = (...rules: unknown[]): PolicyModule => ({ file: 'x.rego', tree: { rules } });

describe('the paths of the input in a syntax tree', () => {
  test('are those of its references', () => {
    expect(inputPaths([moduleOf(reference(variable('input'), text('action'), text('kind')))])).toEqual([
      'action.kind',
    ]);
  });

  test('end before a step that is not constant', () => {
    const module = moduleOf(
      reference(variable('input'), text('action'), text('parameters'), variable('$0'), text('value')),
    );
    expect(inputPaths([module])).toEqual(['action.parameters']);
  });

  test('end before a step that holds a dot', () => {
    expect(inputPaths([moduleOf(reference(variable('input'), text('a'), text('b.c')))])).toEqual(['a']);
  });

  test('are everything where the input stands by itself', () => {
    expect(inputPaths([moduleOf(reference(variable('input')))])).toEqual(['']);
    expect(inputPaths([moduleOf({ head: { value: variable('input') } })])).toEqual(['']);
  });

  test('are everything where the first step is not constant', () => {
    const module = moduleOf(
      reference(variable('input'), variable('x')),
      reference(variable('input'), text('a')),
    );
    expect(inputPaths([module])).toEqual(['']);
  });

  test('are found in the steps of other references', () => {
    const inside = reference(variable('input'), text('principal'), text('subject'));
    const module = moduleOf(
      reference(variable('data'), text('x'), inside),
      reference(variable('input'), text('a'), inside),
    );
    expect(inputPaths([module])).toEqual(['a', 'principal.subject']);
  });

  test('leave out what stands below another', () => {
    const paths = [['a', 'b'], ['a'], ['a', 'b', 'c'], ['ab']];
    const module = moduleOf(...paths.map((steps) => reference(variable('input'), ...steps.map(text))));
    expect(inputPaths([module])).toEqual(['a', 'ab']);
  });

  test('are none where no module looks', () => {
    expect(inputPaths([moduleOf(reference(variable('data'), text('input')))])).toEqual([]);
  });
});

describe.skipIf(opa === undefined)('the paths of the input in Rego', () => {
  const cases: readonly (readonly [what: string, rego: string, paths: readonly string[]])[] = [
    ['a reference', 'x := input.a.b', ['a.b']],
    ['an iteration', 'x if { some p in input.action.parameters; p.value == "x" }', ['action.parameters']],
    ['an iteration by index', 'x if input.action.parameters[_].value == "x"', ['action.parameters']],
    ['a key in brackets', 'x := input["a"]["b"]', ['a.b']],
    ['a key that is a variable', 'x if { k := "text"; input.a[k] == 1 }', ['a']],
    ['the input as a value', 'x if { i := input; i.a == 1 }', ['']],
    ['the input as an argument', 'x if f(input)\n\nf(i) if i.a == 1', ['']],
    ['walk', 'x contains v if { walk(input, [_, v]) }', ['']],
    ['a part as an argument', 'x if f(input.a)\n\nf(i) if i.b == 1', ['a']],
    ['an import', 'import input.a.b as c\n\nx := c.d', ['a.b']],
    ['an import of everything', 'import input as i\n\nx := i.d', ['']],
    ['a default and an else', 'default x := false\n\nx := 1 if { input.a == 1 } else := input.b', ['a', 'b']],
    ['a comprehension', 'x := [v | some v in input.a; v != input.b]', ['a', 'b']],
    ['a template', 'x := $"is {input.a.b}"', ['a.b']],
    ['a negation and every', 'x if { not input.a; every v in input.b { v == input.c } }', ['a', 'b', 'c']],
    ['with', 'x if data.y with input as {"a": 1}', ['']],
    ['a key of a head', 'x[input.a] := input.b', ['a', 'b']],
    ['object.get', 'x := object.get(input, "a", 1)', ['']],
    ['a rule that nothing uses', 'x := 1\n\nunused := input.a', ['a']],
    ['no input', 'x := data.input.a', []],
  ];
  test.each(cases)('%s', async (_, rego, paths) => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-rego-'));
    try {
      await writeFile(join(folder, 'x.rego'), `package x\n\n${rego}\n`);
      const { ok, stdout, stderr } = await opa!(['parse', '--format', 'json', 'x.rego'], folder);
      expect(stderr).toBe('');
      expect(ok).toBe(true);
      expect(inputPaths([{ file: 'x.rego', tree: JSON.parse(stdout) }])).toEqual(paths);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe.skipIf(opa === undefined)('paths that are unread while settings are empty', () => {
  const over = 'some e in data.settings.a.b';
  const cases: readonly (readonly [what: string, rego: string, unread: Record<string, string[]>])[] = [
    ['a body over the settings', `x if { ${over}; input.a == e }`, { a: ['a.b'] }],
    ['with an index', 'x if { some i, e in data.settings.a.b; input.a[i] == e }', { a: ['a.b'] }],
    ['the head before it', `x contains input.a if ${over}`, { a: ['a.b'] }],
    ['a value before it', `x := input.a if ${over}`, { a: ['a.b'] }],
    ['an expression before it', `x if { f(input.a); ${over} }`, { a: ['a.b'] }],
    ['a negation beside it', `x if { ${over}; not input.a }`, { a: ['a.b'] }],
    ['a comprehension', `x := [[e, input.a] | ${over}]`, { a: ['a.b'] }],
    ['a comprehension of an object', `x := {e: input.a | ${over}}`, { a: ['a.b'] }],
    ['a body around it', `x if { ${over}; y := [v | some v in input.a]; count(y) > 0 }`, { a: ['a.b'] }],
    [
      'two settings',
      `x if { ${over}; input.a }\n\ny if { some e in data.settings.c; input.a.b }`,
      { a: ['a.b', 'c'] },
    ],
    ['a use elsewhere', `x if { ${over}; input.a }\n\ny if input.a.b`, {}],
    ['a use of what is around it', `x if { ${over}; input.a.b }\n\ny if input.a`, {}],
    ['an else', `x := 1 if { ${over} } else := input.a`, {}],
    ['a default', `default x := false\n\nx if { ${over}; input.a }`, { a: ['a.b'] }],
    ['another rule of the name', `x if { ${over} }\n\nx if input.a`, {}],
    ['a negation of it', 'x if { not y; input.a }\n\ny if { some e in data.settings.a.b }', {}],
    ['every over it', 'x if { every e in data.settings.a.b { input.a == e } }', {}],
    ['every with it inside', `x if { every v in input.a { ${over}; v == e } }`, {}],
    ['a comprehension beside it', `x if { y := [e | ${over}]; count(y) == 0; input.a }`, {}],
    ['other data', 'x if { some e in data.other.a; input.a }', {}],
    ['a membership', 'x if { 1 in data.settings.a.b; input.a }', {}],
    ['a place that is not constant', 'x if { some e in data.settings.a[input.b]; input.a }', {}],
    ['settings under another name', 'import data.settings.a as s\n\nx if { some e in s.b; input.a }', {}],
    [
      'settings that a test may replace',
      `x if { ${over}; input.a }\n\ny if x with data.settings.a.b as [1]`,
      {},
    ],
  ];
  test.each(cases)('%s', async (_, rego, unread) => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-rego-'));
    try {
      await writeFile(join(folder, 'x.rego'), `package x\n\n${rego}\n`);
      const { stdout, stderr } = await opa!(['parse', '--format', 'json', 'x.rego'], folder);
      expect(stderr).toBe('');
      const module = { file: 'x.rego', tree: JSON.parse(stdout) as unknown };
      expect(unreadWhileEmpty([module])).toEqual(unread);
      const settings = { tree: { package: { path: [variable('data'), text('settings'), text('a')] } } };
      expect(unreadWhileEmpty([module, { file: 'y.rego', ...settings }])).toEqual({});
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('rules', () => {
  const metadata = {
    scope: 'package',
    title: 'DROP',
    description: 'DROP removes\nobjects.\n',
    custom: { severity: 'high', controls: ['A.8.10'], protocols: ['postgres'] },
  };
  const ruleModule = (
    change: { file?: string; path?: string; set?: string; metadata?: unknown } = {},
  ): PolicyModule => ({
    file: change.file ?? 'postgres/destructive/drop/drop.rego',
    tree: {
      package: {
        path: [
          variable('data'),
          ...(change.path ?? 'gatehouse.postgres.destructive.drop').split('.').map(text),
        ],
      },
      annotations:
        change.metadata === null ? [] : [{ ...metadata, ...(change.metadata as object | undefined) }],
      rules: [{ head: { ref: [variable(change.set ?? 'deny')] } }],
    },
  });

  test('are packages with a set of reasons, with their METADATA', () => {
    expect(policyRules([ruleModule()])).toEqual([
      {
        id: 'postgres.destructive.drop',
        title: 'DROP',
        description: 'DROP removes objects.',
        severity: 'high',
        controls: ['A.8.10'],
        protocols: ['postgres'],
      },
    ]);
  });

  test('may have an example', () => {
    const example = { statement: { verb: 'DROP TABLE' } };
    const module = ruleModule({ metadata: { custom: { ...metadata.custom, example } } });
    expect(policyRules([module])).toEqual([expect.objectContaining({ example })]);
  });

  test('are not what rules share, nor packages without such a set', () => {
    expect(policyRules([ruleModule({ path: 'gatehouse.lib.a.b' }), ruleModule({ set: 'names' })])).toEqual(
      [],
    );
  });

  test.each([
    ['in another folder than its package says', { file: 'postgres/drop.rego' }, 'belongs in the folder'],
    ['without METADATA', { metadata: null }, 'has no METADATA'],
    ['without a title', { metadata: { title: '' } }, 'title and description'],
    ['of unknown severity', { metadata: { custom: { severity: 'fatal' } } }, 'custom.severity'],
    [
      'without controls',
      { metadata: { custom: { severity: 'low', protocols: ['postgres'] } } },
      'custom.controls',
    ],
    [
      'with a control that Annex A does not have',
      { metadata: { custom: { severity: 'low', controls: ['A.9.1'], protocols: ['postgres'] } } },
      'custom.controls',
    ],
    [
      'without protocols',
      { metadata: { custom: { severity: 'low', controls: ['A.8.3'] } } },
      'custom.protocols',
    ],
    [
      'with an example that is none',
      { metadata: { custom: { ...metadata.custom, example: { statement: { verbs: 'DROP' } } } } },
      'custom.example of METADATA cannot have this in statement.verbs; see',
    ],
  ])('are refused %s', (_, change, words) => {
    expect(() => policyRules([ruleModule(change)])).toThrow(
      expect.objectContaining({ code: 'GH_POLICY_SOURCE', message: expect.stringContaining(words) }),
    );
  });

  test('that say what they ask of reviewers are told apart, and must hold something', () => {
    const withTerms = (set: string): PolicyModule => {
      const module = ruleModule({ set });
      const { rules } = module.tree as { rules: unknown[] };
      rules.push({ head: { ref: [variable('terms')] } });
      return module;
    };
    expect(rulesWithTerms([withTerms('hold')])).toEqual(new Set(['postgres.destructive.drop']));
    expect(rulesWithTerms([ruleModule({ set: 'hold' })])).toEqual(new Set());
    expect(() => rulesWithTerms([withTerms('deny')])).toThrow(
      expect.objectContaining({ code: 'GH_POLICY_SOURCE', message: expect.stringContaining('no hold') }),
    );
  });

  test('are refused where two files have one', () => {
    const twice = [ruleModule(), ruleModule({ file: 'postgres/destructive/drop/more.rego' })];
    expect(() => policyRules(twice)).toThrow(/stands in two files/);
  });
});
