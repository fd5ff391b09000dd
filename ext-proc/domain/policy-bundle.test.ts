import { describe, expect, test } from 'vitest';
import {
  formatPolicyManifest,
  parsePolicyManifest,
  policyDependsOn,
  policyReads,
  type PolicyManifest,
} from './policy-bundle.ts';

const manifest: PolicyManifest = {
  format: 1,
  inputVersion: 1,
  decisionVersion: 1,
  entrypoint: 'gatehouse/decision',
  opa: '1.22.2',
  policy: { sha256: 'a'.repeat(64), bytes: 10 },
  data: { sha256: 'b'.repeat(64), bytes: 2 },
  dependsOn: ['action.kind', 'action.statement.inner', 'principal'],
  unreadWhileEmpty: { 'action.kind': ['http.arguments', 'mcp.tools'] },
  rules: [
    {
      id: 'postgres.destructive.drop',
      title: 'DROP',
      description: 'DROP removes objects.',
      severity: 'high',
      controls: ['A.8.10'],
      protocols: ['postgres'],
    },
  ],
};

test('a manifest reads back as it was written', () => {
  expect(parsePolicyManifest(formatPolicyManifest(manifest))).toEqual(manifest);
});

test('a path is read unless all settings that it waits for are empty', () => {
  const reads = (settings: unknown): boolean => policyReads(manifest, settings).includes('action.kind');
  for (const settings of [undefined, {}, { http: {} }, { http: { arguments: [] }, mcp: { tools: {} } }])
    expect(reads(settings), JSON.stringify(settings)).toBe(false);
  for (const settings of [
    { http: { arguments: [1] } },
    { mcp: { tools: { a: 1 } } },
    { http: [] },
    { http: null },
    { http: { arguments: null } },
    { http: { arguments: 'x' } },
    [],
    null,
  ])
    expect(reads(settings), JSON.stringify(settings)).toBe(true);
  expect(policyReads(manifest, {})).toEqual(['action.statement.inner', 'principal']);
  expect(policyReads({ dependsOn: ['constructor'], unreadWhileEmpty: {} }, {})).toEqual(['constructor']);
});

describe('refuses a manifest', () => {
  const changed = (change: object): string => {
    const members = JSON.parse(formatPolicyManifest(manifest)) as object;
    return JSON.stringify({ ...members, ...change });
  };
  test.each([
    ['that is no JSON', '{'],
    ['that is null', 'null'],
    ['that is a list', '[]'],
    ['without a format', changed({ format: undefined })],
    ['with a format that is no whole number', changed({ format: 1.5 })],
    ['without an entrypoint', changed({ entrypoint: undefined })],
    ['with a digest that is none', changed({ policy: { sha256: 'x', bytes: 1 } })],
    ['with a digest in capitals', changed({ data: { sha256: 'A'.repeat(64), bytes: 1 } })],
    ['without the paths it depends on', changed({ depends_on: undefined })],
    ['with a path that is no text', changed({ depends_on: [1] })],
    ['with a rule of unknown severity', changed({ rules: [{ ...manifest.rules[0], severity: 'fatal' }] })],
    ['with a rule without controls', changed({ rules: [{ ...manifest.rules[0], controls: undefined }] })],
  ])('%s', (_, text) => {
    expect(() => parsePolicyManifest(text)).toThrow(
      expect.objectContaining({ code: 'GH_POLICY_BUNDLE_MANIFEST' }),
    );
  });
});

describe('a policy depends on', () => {
  test.each([
    ['a path that it refers to', 'action.kind', true],
    ['a part of what it refers to', 'action.statement.inner.verb', true],
    ['a whole of which it refers to a part', 'action.statement', true],
    ['the whole action', 'action', true],
    ['everything, where the path is empty', '', true],
    ['what the input does not have', 'weather.today', true],
  ])('%s', (_, path, expected) => {
    expect(policyDependsOn(manifest.dependsOn, path)).toBe(expected);
  });

  test.each([
    ['a neighbour of what it refers to', 'action.statement.text'],
    ['a name that only begins alike', 'action.kinds'],
    ['another part of the input', 'session.transaction'],
  ])('but not on %s', (_, path) => {
    expect(policyDependsOn(manifest.dependsOn, path)).toBe(false);
  });

  test('everything where it takes the input as a whole', () => {
    expect(policyDependsOn([''], 'session.transaction')).toBe(true);
  });
});
