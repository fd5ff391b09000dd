import { describe, expect, test, afterEach } from 'vitest';
import type { PolicyInput } from '../../domain/policy-input.ts';
import {
  ALLOW_ALL_BUNDLE,
  changeBundle,
  copyBundle,
  DEFAULT_BUNDLE,
  description,
  policyInput,
  PROBE_BUNDLE,
  QUIET,
} from '../../../test/support/policy.ts';
import { createPolicyEngine, type OpaPolicyEngine, type PolicyEngineOptions } from './engine.ts';
import { POLICY_INPUT_BYTES_MAX } from './loaded-policy.ts';

const ALLOW = {
  version: 1,
  verdict: 'allow',
  rule: 'probe',
  reason: 'As asked.',
  obligations: [],
  report_only: [],
};

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function engineOf(
  bundleFile: string,
  options: Partial<PolicyEngineOptions> = {},
): Promise<OpaPolicyEngine> {
  const engine = await createPolicyEngine({ bundleFile, log: QUIET, ...options });
  cleanups.push(() => engine.close());
  return engine;
}

async function probe(data: unknown, options: Partial<PolicyEngineOptions> = {}): Promise<OpaPolicyEngine> {
  const { folder, dispose } = await copyBundle(PROBE_BUNDLE);
  cleanups.push(dispose);
  await changeBundle(folder, { data });
  return engineOf(folder, options);
}

const deleteAll = { verb: 'DELETE', writes: true, unfiltered: ['public.people'] };

describe('a decision', () => {
  test('is the bundle’s, with the bundle’s hash', async () => {
    const engine = await engineOf(DEFAULT_BUNDLE);
    expect(engine.decide(policyInput())).toEqual({
      verdict: 'allow',
      rule: 'postgres.access.granted',
      reason: 'Granted to developers.',
      obligations: [],
      reportOnly: [],
      bundleHash: engine.bundleHash,
    });
  });

  test('is the same when it is asked for again', async () => {
    const engine = await engineOf(DEFAULT_BUNDLE);
    const first = engine.decide(policyInput(deleteAll));
    expect(first.verdict).toBe('deny');
    expect(engine.decide(policyInput(deleteAll))).toBe(first);
  });

  test('does not fail on text that JSON or OPA could stumble over', async () => {
    const engine = await engineOf(DEFAULT_BUNDLE);
    for (const name of ['\u0000', '"\\', '\u2028', '𐍈', '__proto__', 'a'.repeat(10_000)]) {
      const unfiltered = [`public.${name}`];
      const decision = engine.decide(policyInput({ ...deleteAll, unfiltered }));
      expect(decision.rule).toBe('postgres.destructive.delete_without_where');
      expect(decision.reason).toMatch(/^DELETE on \P{Cc}{1,200} has no WHERE clause/u);
    }
  });

  test('is a denial where a text is not well formed', async () => {
    const engine = await engineOf(DEFAULT_BUNDLE);
    const decision = engine.decide(policyInput({ ...deleteAll, unfiltered: ['public.\ud800'] }));
    expect(decision).toMatchObject({ verdict: 'deny', rule: 'GH_POLICY_ENGINE' });
  });

  test('passes obligations on that the gate knows', async () => {
    const obligations = [
      { kind: 'mask', columns: ['public.people.ssn'], style: 'full' },
      { kind: 'mask', columns: ['public.*.card', '*.*.iban'], style: 'partial', tag: 'payment_card' },
      { kind: 'reveal', columns: ['*', 'tag:email', 'public.people.*'] },
      { kind: 'reveal_found', kinds: ['email', 'house_number', '*'] },
      { kind: 'record', what: 'rows' },
    ];
    const engine = await probe({ answer: { ...ALLOW, obligations } });
    expect(engine.decide(policyInput()).obligations).toEqual(obligations);
  });
});

describe('what is not in form is denied', () => {
  // Each data lets the bundle pass its self-check, and answers so only where the parameter is found.
  const asked = policyInput({}, { kind: 'postgres.execute', parameters: ['now'] });
  const answering = (answer: unknown): object => ({
    answer: ALLOW,
    parameter: 'now',
    answer_to_parameter: answer,
  });

  test.each([
    ['an unknown verdict', { ...ALLOW, verdict: 'maybe' }, 'GH_POLICY_MALFORMED'],
    ['a missing verdict', { ...ALLOW, verdict: undefined }, 'GH_POLICY_MALFORMED'],
    ['a verdict in capitals', { ...ALLOW, verdict: 'ALLOW' }, 'GH_POLICY_MALFORMED'],
    ['true', true, 'GH_POLICY_MALFORMED'],
    ['a list', [ALLOW], 'GH_POLICY_MALFORMED'],
    ['a missing rule', { ...ALLOW, rule: undefined }, 'GH_POLICY_MALFORMED'],
    ['a rule that is no name', { ...ALLOW, rule: 'x\ny' }, 'GH_POLICY_MALFORMED'],
    ['a rule that passes for the gate’s own', { ...ALLOW, rule: 'GH_OK' }, 'GH_POLICY_MALFORMED'],
    ['a missing reason', { ...ALLOW, reason: undefined }, 'GH_POLICY_MALFORMED'],
    ['another version', { ...ALLOW, version: 2 }, 'GH_POLICY_MALFORMED'],
    ['no findings', { ...ALLOW, report_only: undefined }, 'GH_POLICY_MALFORMED'],
    [
      'a finding that allows',
      { ...ALLOW, report_only: [{ rule: 'x', verdict: 'allow', reason: '' }] },
      'GH_POLICY_MALFORMED',
    ],
    ['no obligations', { ...ALLOW, obligations: undefined }, 'GH_POLICY_OBLIGATION'],
    ['an unknown obligation', { ...ALLOW, obligations: [{ kind: 'shred' }] }, 'GH_POLICY_OBLIGATION'],
    [
      'an obligation with a member that the gate does not know',
      { ...ALLOW, obligations: [{ kind: 'record', what: 'rows', unless: 'x' }] },
      'GH_POLICY_OBLIGATION',
    ],
    ['an undefined decision', undefined, 'GH_POLICY_UNDEFINED'],
  ])('%s', async (_, answer, code) => {
    const engine = await probe(answering(answer));
    expect(engine.decide(policyInput()).verdict).toBe('allow');
    expect(engine.decide(asked)).toMatchObject({
      verdict: 'deny',
      rule: code,
      bundleHash: engine.bundleHash,
    });
  });

  test.each<readonly [string, unknown]>([
    ['no object', 'reveal'],
    ['a mask of nothing', { kind: 'mask', columns: [], style: 'full' }],
    ['a mask of two parts', { kind: 'mask', columns: ['people.card'], style: 'full' }],
    ['a mask of four parts', { kind: 'mask', columns: ['app.public.people.card'], style: 'full' }],
    ['a mask of a tag', { kind: 'mask', columns: ['tag:email'], style: 'full' }],
    ['a mask of everything', { kind: 'mask', columns: ['*'], style: 'full' }],
    ['a mask without a style', { kind: 'mask', columns: ['a.b.c'] }],
    ['a mask of an unknown style', { kind: 'mask', columns: ['a.b.c'], style: 'redact' }],
    ['a mask whose tag is no kind', { kind: 'mask', columns: ['a.b.c'], style: 'full', tag: 'Card!' }],
    ['a mask with another member', { kind: 'mask', columns: ['a.b.c'], style: 'full', unless: 'x' }],
    ['a mask of too many', { kind: 'mask', columns: Array(1_001).fill('a.b.c'), style: 'full' }],
    ['a reveal of nothing', { kind: 'reveal', columns: [] }],
    ['a reveal of a text in place of a list', { kind: 'reveal', columns: 'public.people.card' }],
    ['a reveal of two parts', { kind: 'reveal', columns: ['people.*'] }],
    ['a reveal of a tag that is none', { kind: 'reveal', columns: ['*', 'tag:'] }],
    ['a reveal with a style', { kind: 'reveal', columns: ['*'], style: 'partial' }],
    ['a reveal of a number', { kind: 'reveal', columns: [1] }],
    ['a reveal of no found kinds', { kind: 'reveal_found', kinds: [] }],
    ['a reveal of found columns', { kind: 'reveal_found', columns: ['*'] }],
    ['a reveal of a found kind that is none', { kind: 'reveal_found', kinds: ['*mail'] }],
    ['a kind that is no text', { kind: ['reveal'], columns: ['*'] }],
  ])('an obligation that is %s', async (_, obligation) => {
    const good = { kind: 'reveal_found', kinds: ['*'] };
    const engine = await probe(answering({ ...ALLOW, obligations: [good, obligation] }));
    expect(engine.decide(asked)).toMatchObject({
      verdict: 'deny',
      rule: 'GH_POLICY_OBLIGATION',
      obligations: [],
    });
  });

  test('an evaluation that traps, and the next one is fine', async () => {
    const failures: object[] = [];
    const log = { ...QUIET, error: (fields: object) => failures.push(fields) };
    const engine = await probe({ answer: ALLOW, parameter: 'now', exhaust: 100_000_000 }, { log });
    for (let round = 0; round < 2; round++) {
      expect(engine.decide(asked)).toMatchObject({ verdict: 'deny', rule: 'GH_POLICY_ENGINE' });
      const fresh = policyInput({}, { kind: 'postgres.execute', parameters: [`later ${round}`] });
      expect(engine.decide(fresh).verdict).toBe('allow');
    }
    // The first is logged, the next ones are only counted; the input is not in it.
    expect(failures).toEqual([{ failures: 1, reason: expect.any(String) }]);
  });

  test('an input over the limit, and one just under it is decided', async () => {
    const engine = await probe({ answer: ALLOW });
    const parameters = (characters: number): PolicyInput =>
      policyInput({}, { kind: 'postgres.execute', parameters: ['x'.repeat(characters)] });
    expect(engine.decide(parameters(POLICY_INPUT_BYTES_MAX - 1_000)).verdict).toBe('allow');
    expect(engine.decide(parameters(POLICY_INPUT_BYTES_MAX))).toMatchObject({
      verdict: 'deny',
      rule: 'GH_POLICY_INPUT_TOO_LARGE',
    });
    // Two bytes a character: the limit is on bytes.
    const umlauts = policyInput(
      {},
      { kind: 'postgres.execute', parameters: ['ü'.repeat(POLICY_INPUT_BYTES_MAX / 2)] },
    );
    expect(engine.decide(umlauts).rule).toBe('GH_POLICY_INPUT_TOO_LARGE');
  });

  test('many large inputs take no more memory than a few', async () => {
    const engine = await engineOf(DEFAULT_BUNDLE);
    let next = 0;
    const decideLarge = (count: number): void => {
      for (let round = 0; round < count; round++) {
        const unfiltered = Array.from({ length: 8_000 }, () => `public.table_${next++}`);
        expect(engine.decide(policyInput({ unfiltered })).verdict).toBe('deny');
      }
    };
    decideLarge(20);
    const before = process.memoryUsage().external;
    decideLarge(100);
    expect(process.memoryUsage().external - before).toBeLessThan(16 * 1_048_576);
  });

  test('an input that cannot be written as JSON', async () => {
    const engine = await probe({ answer: ALLOW });
    const knot: Record<string, unknown> = {};
    knot['knot'] = knot;
    const input = policyInput({}, { kind: 'postgres.execute' }) as unknown as {
      action: { parameters: unknown };
    };
    input.action.parameters = [knot];
    expect(engine.decide(input as unknown as PolicyInput)).toMatchObject({
      verdict: 'deny',
      rule: 'GH_POLICY_ENGINE',
    });
  });

  test('a description nested thousands deep', async () => {
    const engine = await engineOf(DEFAULT_BUNDLE);
    let inner = description();
    for (let depth = 0; depth < 5_000; depth++) inner = description({ inner, relations: [], columns: [] });
    expect(engine.decide(policyInput({ inner })).verdict).toBe('deny');
    expect(engine.decide(policyInput()).verdict).toBe('allow');
  });
});

describe('what decisions depend on', () => {
  test('leaves out a long text that the bundle does not look at', async () => {
    const engine = await engineOf(DEFAULT_BUNDLE);
    expect(engine.dependsOn('action.statement.text')).toBe(false);
    const text = `SELECT name FROM people -- ${'x'.repeat(2 * POLICY_INPUT_BYTES_MAX)}`;
    expect(engine.decide(policyInput({}, { text })).verdict).toBe('allow');
  });

  test('says so where the bundle looks at parameters, and decides by them', async () => {
    const engine = await probe({
      answer: ALLOW,
      parameter: 'now',
      answer_to_parameter: { ...ALLOW, verdict: 'deny' },
    });
    expect(engine.dependsOn('action.parameters')).toBe(true);
    expect(engine.dependsOn('action')).toBe(true);
    expect(engine.dependsOn('action.statement')).toBe(false);
    const execute = (value: string) => policyInput({}, { kind: 'postgres.execute', parameters: [value] });
    expect(engine.decide(execute('later')).verdict).toBe('allow');
    expect(engine.decide(execute('now')).verdict).toBe('deny');
  });

  test('is everything where the name is not known', async () => {
    const engine = await engineOf(ALLOW_ALL_BUNDLE);
    expect(engine.dependsOn('weather')).toBe(true);
    expect(engine.dependsOn('action.statement.text')).toBe(false);
  });

  test('names the upstream where an upstream only reports', async () => {
    const engine = await engineOf(ALLOW_ALL_BUNDLE, { reportOnlyUpstreams: ['app'] });
    expect(engine.dependsOn('upstream.name')).toBe(true);
    expect(engine.dependsOn('upstream')).toBe(true);
    expect(engine.dependsOn('upstream.labels')).toBe(false);
  });
});

describe('report only', () => {
  test('a rule named in the configuration is reported and lets through', async () => {
    const engine = await engineOf(DEFAULT_BUNDLE, {
      reportOnly: ['postgres.destructive.delete_without_where'],
    });
    expect(engine.decide(policyInput(deleteAll))).toMatchObject({
      verdict: 'allow',
      reportOnly: [{ rule: 'postgres.destructive.delete_without_where', verdict: 'deny' }],
    });
  });

  test('other rules stay enforced', async () => {
    const engine = await engineOf(DEFAULT_BUNDLE, { reportOnly: ['postgres.destructive.*'] });
    const decision = engine.decide(policyInput(deleteAll, { groups: ['readers'] }));
    expect(decision).toMatchObject({ verdict: 'deny', rule: 'postgres.access.capability' });
    expect(decision.reportOnly.map(({ rule }) => rule)).toEqual([
      'postgres.destructive.delete_without_where',
    ]);
  });

  test('an upstream is let through and recorded as it would be', async () => {
    const engine = await engineOf(DEFAULT_BUNDLE, { reportOnlyUpstreams: ['app'] });
    expect(engine.decide(policyInput(deleteAll, { groups: [] }))).toMatchObject({
      verdict: 'allow',
      rule: 'default',
      reportOnly: [{ rule: 'postgres.access.unknown_group', verdict: 'deny' }],
    });
    expect(engine.decide(policyInput()).rule).toBe('postgres.access.granted');
  });

  test('the gate’s own denials are enforced on such an upstream too', async () => {
    const engine = await probe({ answer: ALLOW }, { reportOnlyUpstreams: ['app'] });
    const large = policyInput(
      {},
      { kind: 'postgres.execute', parameters: ['x'.repeat(POLICY_INPUT_BYTES_MAX)] },
    );
    expect(engine.decide(large)).toMatchObject({ verdict: 'deny', rule: 'GH_POLICY_INPUT_TOO_LARGE' });
  });

  test('a name that fits no rule is told to the operator', async () => {
    const warnings: object[] = [];
    const log = { ...QUIET, warn: (fields: object) => warnings.push(fields) };
    await engineOf(DEFAULT_BUNDLE, {
      log,
      reportOnly: ['postgres.destructive.dorp', 'postgres.destructive.*'],
    });
    expect(warnings).toEqual([{ pattern: 'postgres.destructive.dorp' }]);
  });
});
