/**
 * What a hold asks of reviewers, as the built library says it and the gate reads it: whatever stands in settings, a held
 * action is held in form or denied, and of several rules the strictest holds.
 */
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { HoldTerms } from '../ext-proc/domain/approvals/hold-terms.ts';
import type { Decision } from '../ext-proc/domain/decision.ts';
import { loadBundle, type PolicyBundle } from '../ext-proc/adapters/opa-policy/bundle.ts';
import { LoadedPolicy } from '../ext-proc/adapters/opa-policy/loaded-policy.ts';
import { DEFAULT_BUNDLE, httpInput, mcpInput, PEOPLE, policyInput } from '../test/support/policy.ts';

const UPDATE = policyInput({ verb: 'UPDATE', writes: true, relations: [{ ...PEOPLE, access: 'write' }] });
const RULE = 'postgres.approval.held_write';

let bundle: PolicyBundle;
beforeAll(async () => {
  bundle = await loadBundle(DEFAULT_BUNDLE);
});

interface Settings {
  readonly postgres: object;
  readonly http: object;
  readonly mcp: { readonly tools: object };
}

function policyWith(change: (settings: Settings) => object): LoadedPolicy {
  const data = bundle.data as { settings: Settings };
  const settings = { ...data.settings, ...change(data.settings) };
  return new LoadedPolicy({ ...bundle, data: { ...data, settings } }, (error) => {
    throw error;
  });
}

/** An UPDATE that one entry for each of these terms holds. */
const heldBy = (terms: readonly unknown[], approvals: unknown = {}): Decision =>
  policyWith(({ postgres }) => ({
    approvals,
    postgres: { ...postgres, held_writes: terms.map((each) => ({ terms: each })) },
  })).decide(UPDATE);

const name = fc.constantFrom('reviewers', 'dba', 'owners', 'ann@example.com');
const names = fc.array(name, { maxLength: 3 });
const seconds = fc.integer({ min: 1, max: 604_800 });
const termsInForm = fc.record(
  {
    reviewers: fc.record(
      {
        groups: fc.array(name, { minLength: 1, maxLength: 3 }),
        people: names,
        count: fc.integer({ min: 1, max: 10 }),
      },
      { requiredKeys: ['groups'] },
    ),
    mode: fc.constantFrom('wait', 'retry'),
    stage: fc.constantFrom('action', 'commit'),
    deadline_s: seconds,
    transaction_s: seconds,
    use_within_s: seconds,
    text: fc.constantFrom('', 'Is it the right one?', 'Call the owner first.'),
    grant: fc.record(
      { minutes_max: fc.integer({ min: 1, max: 1_440 }), rows_max: fc.integer({ min: 1 }) },
      { requiredKeys: ['minutes_max'] },
    ),
    break_glass: names,
  },
  { requiredKeys: [] },
);
const inForm = fc.array(termsInForm, { minLength: 1, maxLength: 4 });
const member = fc.constantFrom(
  'reviewers',
  'mode',
  'stage',
  'deadline_s',
  'text',
  'grant',
  'break_glass',
  'other',
);
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.dictionary(member, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
  fc
    .tuple(termsInForm, member, fc.jsonValue({ maxDepth: 1 }))
    .map(([terms, key, value]) => ({ ...terms, [key]: value })),
  termsInForm,
);

test('whatever is asked for, what is held is held in form or denied by the rule that holds', () => {
  let held = 0;
  let denied = 0;
  fc.assert(
    fc.property(fc.array(anything, { minLength: 1, maxLength: 3 }), anything, (terms, defaults) => {
      const { verdict, rule, hold } = heldBy(terms, { defaults });
      expect(rule).toBe(RULE);
      if (verdict === 'hold') held++;
      else denied++;
      expect(verdict).toBe(hold === undefined ? 'deny' : 'hold');
    }),
    { numRuns: 400 },
  );
  // A claim about nothing would hold as well.
  expect(Math.min(held, denied)).toBeGreaterThan(20);
}, 120_000);

test('of several rules the strictest holds, and each names its reviewers', () => {
  fc.assert(
    fc.property(inForm, (terms) => {
      const { verdict, hold } = heldBy(terms);
      expect(verdict).toBe('hold');
      const all = hold as HoldTerms;
      const every = terms.map((each) => ({
        deadline_s: 900,
        transaction_s: 60,
        use_within_s: 900,
        stage: 'action',
        break_glass: [],
        ...each,
      }));
      const least = (of: (each: (typeof every)[number]) => number): number =>
        Math.min(...every.map(of)) * 1_000;
      expect(all.deadlineMs).toBe(least((each) => each.deadline_s));
      expect(all.transactionMs).toBe(least((each) => each.transaction_s));
      expect(all.useWithinMs).toBe(least((each) => each.use_within_s));
      expect(all.stage).toBe(every.every(({ stage }) => stage === 'commit') ? 'commit' : 'action');
      const modes = terms.map(({ mode }) => mode).filter((mode) => mode !== undefined);
      expect(all.mode).toBe(modes.includes('retry') ? 'retry' : modes[0]);
      const grants = terms.map(({ grant }) => grant);
      if (grants.some((grant) => grant === undefined)) expect(all.grant).toBeUndefined();
      else {
        expect(all.grant?.minutesMax).toBe(Math.min(...grants.map((grant) => grant?.minutes_max ?? 0)));
        const rows = grants.flatMap((grant) => grant?.rows_max ?? []);
        expect(all.grant?.rowsMax).toBe(rows.length === 0 ? undefined : Math.min(...rows));
      }
      const shared = new Set(
        every
          .map((each) => new Set<string>(each.break_glass))
          .reduce((one, other) => one.intersection(other)),
      );
      expect(new Set(all.breakGlassGroups)).toEqual(shared);
      for (const { text = '', reviewers } of terms) {
        expect(all.text).toContain(text);
        expect(all.requirements).toContainEqual({
          rule: RULE,
          groups: reviewers?.groups ?? ['reviewers'],
          people: reviewers?.people ?? [],
          count: reviewers?.count ?? 1,
        });
      }
    }),
    { numRuns: 200 },
  );
}, 120_000);

describe('settings of approvals', () => {
  const PROD = policyInput({ verb: 'UPDATE', writes: true }, { labels: { env: 'prod' } });
  const rule = 'postgres.environment.protected_write';
  const held = (approvals: unknown): Decision => policyWith(() => ({ approvals })).decide(PROD);

  test('say what is asked for where a rule says nothing, for all rules and for one', () => {
    const approvals = {
      defaults: { reviewers: { groups: ['leads'] }, deadline_s: 60 },
      rules: { [rule]: { reviewers: { people: ['ann@example.com', 'ben@example.com'], count: 2 } } },
    };
    expect(held(approvals).hold).toMatchObject({
      requirements: [{ rule, groups: [], people: ['ann@example.com', 'ben@example.com'], count: 2 }],
      deadlineMs: 60_000,
    });
    expect(held({ ...approvals, rules: {} }).hold?.requirements).toEqual([
      { rule, groups: ['leads'], people: [], count: 1 },
    ]);
  });

  test.each([[undefined], [{}]])('may be missing: %j', (approvals) => {
    expect(held(approvals).hold?.requirements).toEqual([
      { rule, groups: ['reviewers'], people: [], count: 1 },
    ]);
  });

  test.each([
    ['a group that is no list', { defaults: { reviewers: { groups: 'leads' } } }],
    ['a name with a slip of the pen', { defaults: { reviewer: { groups: ['leads'] } } }],
    ['nobody', { rules: { [rule]: { reviewers: { people: [] } } } }],
    ['no time', { rules: { [rule]: { deadline_s: 0 } } }],
    ['something else', 'leads'],
  ])('that ask for %s deny what is held, and nothing else', (_, approvals) => {
    const { verdict, rule: named, reason, hold } = held(approvals);
    expect([verdict, named, hold]).toEqual(['deny', rule, undefined]);
    expect(reason).toMatch(/not in form; tell its owner\.$/);
    expect(policyWith(() => ({ approvals })).decide(policyInput()).verdict).toBe('allow');
  });

  test('are not taken for the terms of a rule that has its own and comes to none of them', () => {
    const { verdict, hold } = policyWith(({ postgres }) => ({
      postgres: { ...postgres, held_writes: [{ terms: undefined }] },
    })).decide(UPDATE);
    expect([verdict, hold?.requirements[0]?.groups]).toEqual(['hold', ['reviewers']]);
    // As a rule would be whose `terms` are undefined for this input.
    const rules = { ...(bundle.data as { rules: object }).rules, [rule]: { severity: 'high', terms: true } };
    const unsaid = new LoadedPolicy({ ...bundle, data: { ...(bundle.data as object), rules } }, (error) => {
      throw error;
    });
    expect(unsaid.decide(PROD)).toMatchObject({ verdict: 'deny', rule });
  });
});

describe('what settings hold', () => {
  test('of HTTP: requests by method and path, and those that change many things at once', () => {
    const policy = policyWith(({ http }) => ({
      http: {
        ...http,
        held: [
          { paths: ['/people/{id}'], methods: ['DELETE'], terms: { mode: 'retry' } },
          { methods: ['POST'], items_min: 3, reason: 'Many at once need a reviewer.' },
        ],
      },
    }));
    const rule = 'http.approval.held_request';
    const body = (value: unknown) => ({ kind: 'json', complete: true, bytes: 9, value }) as const;
    expect(policy.decide(httpInput({ method: 'DELETE' }))).toMatchObject({
      verdict: 'hold',
      rule,
      hold: { mode: 'retry' },
    });
    expect(policy.decide(httpInput({ method: 'POST', body: body([1, 2, 3]) }))).toMatchObject({
      verdict: 'hold',
      rule,
      reason: 'Many at once need a reviewer.',
    });
    expect(policy.decide(httpInput({ method: 'POST', body: body([1]) })).verdict).toBe('allow');
    expect(policy.decide(httpInput()).verdict).toBe('allow');
    // A hold opens nothing: what is denied stays denied.
    expect(policy.decide(httpInput({ method: 'DELETE' }, { groups: ['readers'] })).verdict).toBe('deny');
  });

  test('of MCP: tools by name and pattern, of those that are granted', () => {
    const policy = policyWith(({ mcp }) => ({
      mcp: { ...mcp, tools: { ...mcp.tools, held: [{ tools: ['slow_*', 'delete_*'] }] } },
    }));
    expect(policy.decide(mcpInput({ tool: 'slow_report' }))).toMatchObject({
      verdict: 'hold',
      rule: 'mcp.approval.held_tool',
      hold: { requirements: [{ groups: ['reviewers'], count: 1 }] },
    });
    expect(policy.decide(mcpInput({ tool: 'slow_report' }, { groups: ['readers'] })).verdict).toBe('deny');
    expect(policy.decide(mcpInput({ tool: 'delete_person' })).verdict).toBe('deny');
    expect(policy.decide(mcpInput()).verdict).toBe('allow');
  });

  test('of the sample: a developer’s UPDATE of people where it runs, and nobody else’s', () => {
    const policy = policyWith(() => ({}));
    const on = (input: typeof UPDATE, upstream: string): Decision =>
      policy.decide({ ...input, upstream: { ...input.upstream, name: upstream } });
    const update = { verb: 'UPDATE', writes: true, relations: [{ ...PEOPLE, access: 'write' as const }] };
    expect(on(UPDATE, 'sample')).toMatchObject({
      verdict: 'hold',
      rule: RULE,
      hold: { requirements: [{ rule: RULE, groups: ['reviewers'], people: [], count: 1 }] },
    });
    expect(on(policyInput(update, { kind: 'postgres.execute', parameters: ['1'] }), 'sample').verdict).toBe(
      'hold',
    );
    expect(on(policyInput(update, { kind: 'postgres.parse' }), 'sample').verdict).toBe('allow');
    expect(on(policyInput(update, { groups: ['developers', 'schema-owners'] }), 'sample').verdict).toBe(
      'allow',
    );
    expect(on(policyInput({ ...update, verb: 'INSERT' }), 'sample').verdict).toBe('allow');
    expect(on(UPDATE, 'app').verdict).toBe('allow');
  });
});
