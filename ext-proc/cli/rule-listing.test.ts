import { describe, expect, test } from 'vitest';
import type { PolicyModule } from './input-references.ts';
import { ruleListing } from './rule-listing.ts';

const moduleOf = (path: string, ...rules: (string | { name: string; args: unknown[] })[]): PolicyModule => ({
  file: `${path}.rego`,
  tree: {
    package: { path: ['data', ...path.split('.')].map((value) => ({ value })) },
    rules: rules.map((rule) =>
      typeof rule === 'string'
        ? { head: { ref: [{ value: rule }] } }
        : { head: { ref: [{ value: rule.name }], args: rule.args } },
    ),
  },
});
const DECISION = moduleOf('gatehouse', 'decision', 'protocol', 'denials');
const DROP = moduleOf('gatehouse.postgres.destructive.drop', 'deny', 'helper', 'deny');
const GRANTED = moduleOf('gatehouse.http.access.granted', 'allow');

describe('the listing of rules', () => {
  test('has each set of each rule, under the protocol that it is of', () => {
    const mask = moduleOf('gatehouse.http.masking.mask', 'oblige');
    const held = moduleOf('gatehouse.mcp.approval.held-tool', 'hold', 'deny', 'terms');
    expect(ruleListing([DECISION, DROP, GRANTED, mask, held], { settings: {} })).toMatchInlineSnapshot(`
      "package gatehouse.listed

      default denials := {}

      denials := mcp_denials if data.gatehouse.protocol == "mcp"

      mcp_denials[rule] := reasons if {
      	reasons := data["gatehouse"]["mcp"]["approval"]["held-tool"]["deny"]
      	count(reasons) > 0
      	rule := "mcp.approval.held-tool"
      }

      denials := postgres_denials if data.gatehouse.protocol == "postgres"

      postgres_denials[rule] := reasons if {
      	reasons := data["gatehouse"]["postgres"]["destructive"]["drop"]["deny"]
      	count(reasons) > 0
      	rule := "postgres.destructive.drop"
      }

      default holds := {}

      holds := mcp_holds if data.gatehouse.protocol == "mcp"

      mcp_holds[rule] := reasons if {
      	reasons := data["gatehouse"]["mcp"]["approval"]["held-tool"]["hold"]
      	count(reasons) > 0
      	rule := "mcp.approval.held-tool"
      }

      default grants := {}

      grants := http_grants if data.gatehouse.protocol == "http"

      http_grants[rule] := reasons if {
      	reasons := data["gatehouse"]["http"]["access"]["granted"]["allow"]
      	count(reasons) > 0
      	rule := "http.access.granted"
      }

      default obliged := set()

      obliged := http_obliged if data.gatehouse.protocol == "http"

      http_obliged contains obligation if some obligation in data["gatehouse"]["http"]["masking"]["mask"]["oblige"]
      "
    `);
  });

  test('has a rule once, whose sets stand in two files', () => {
    const more = moduleOf('gatehouse.postgres.destructive.drop', 'deny', 'allow');
    const text = ruleListing([DROP, more], {}) ?? '';
    expect(text.split('["drop"]["deny"]')).toHaveLength(2);
    expect(text.split('["drop"]["allow"]')).toHaveLength(2);
  });

  test('is about what protocols have, not what they share', () => {
    const shared = moduleOf('gatehouse.lib.http', 'needs', 'deny');
    const other = moduleOf('elsewhere.http.access.granted', 'deny');
    expect(ruleListing([DECISION, shared, other, GRANTED], {})).toBe(ruleListing([GRANTED], {}));
  });
});

describe('nothing is listed, so that the policy searches,', () => {
  test.each([
    ['a rule above the packages of rules', moduleOf('gatehouse', 'decision', 'http')],
    ['a rule of a group', moduleOf('gatehouse.http.access', 'mine')],
    ['a rule of a protocol', moduleOf('gatehouse.mcp', 'access')],
    ['a package below a rule', moduleOf('gatehouse.http.access.granted.deny', 'x')],
    ['a function of the name of a set', moduleOf('gatehouse.http.access.mine', { name: 'deny', args: [{}] })],
    ['a rule whose name is not known', moduleOf('gatehouse.http.access.mine', '')],
  ])('where there is %s', (_, module) => {
    expect(ruleListing([DECISION, GRANTED], {})).toBeDefined();
    expect(ruleListing([DECISION, GRANTED, module], {})).toBeUndefined();
  });

  test('where data may stand in the place of rules', () => {
    expect(ruleListing([DECISION, GRANTED], { gatehouse: { http: {} } })).toBeUndefined();
  });
});

test.each([
  ['a package', [moduleOf('gatehouse.listed', 'x')], {}],
  ['a package below it', [moduleOf('gatehouse.listed.http', 'x')], {}],
  ['a rule', [moduleOf('gatehouse', 'listed')], {}],
  ['data', [DECISION], { gatehouse: { listed: {} } }],
])('%s of the name of the listing is refused', (_, modules, data) => {
  expect(() => ruleListing(modules, data)).toThrow(
    expect.objectContaining({
      code: 'GH_POLICY_SOURCE',
      message: expect.stringContaining('gatehouse.listed'),
    }),
  );
});
