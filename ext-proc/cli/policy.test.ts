import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { parsePolicyManifest } from '../domain/policy-bundle.ts';
import { findOpa, OPA_VERSION } from './opa-command.ts';
import { POLICIES_DIRECTORY, policyBuild, policyTest } from './policy.ts';

const opa = await findOpa().catch(() => undefined);
const PROBE = resolve(import.meta.dirname, '../../test/policies/probe');
const HOLDS = resolve(import.meta.dirname, '../../test/policies/holds');

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-policy-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function policyOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [file, contents] of Object.entries(files)) {
    await mkdir(join(folder, file, '..'), { recursive: true });
    await writeFile(join(folder, file), contents);
  }
  return folder;
}

const DECISION = 'package gatehouse\n\ndecision := {"version": 1}\n';

describe.skipIf(opa === undefined)('a build', () => {
  test.each([
    ['the default library', POLICIES_DIRECTORY],
    ['the library that allows all', join(POLICIES_DIRECTORY, 'allow-all')],
    ['the probe of the tests', PROBE],
    ['the holds of the tests', HOLDS],
  ])('of %s gives the committed bundle, byte for byte, from any folder', async (_, source) => {
    const copy = await temporaryFolder();
    await cp(source, copy, { recursive: true, filter: (file) => !file.endsWith('/bundle') });
    const { out } = await policyBuild({ source: copy });
    for (const file of ['policy.wasm', 'data.json', 'manifest.json']) {
      const built = await readFile(join(out, file));
      const committed = await readFile(join(source, 'bundle', file));
      expect(built.equals(committed), `${file} differs: run "npm run gatehouse -- policy build"`).toBe(true);
    }
  });

  test('leaves nothing behind but the bundle', async () => {
    const source = await policyOf({ 'decision.rego': DECISION });
    const { out } = await policyBuild({ source });
    expect((await readdir(source)).sort()).toEqual(['bundle', 'decision.rego']);
    expect((await readdir(out)).sort()).toEqual(['data.json', 'manifest.json', 'policy.wasm']);
  });

  test('carries into the data the severities of rules, and which say what they ask of reviewers', async () => {
    const data = JSON.parse(await readFile(join(POLICIES_DIRECTORY, 'bundle/data.json'), 'utf8')) as {
      rules: Record<string, { severity: string; terms?: boolean }>;
    };
    const manifest = parsePolicyManifest(
      await readFile(join(POLICIES_DIRECTORY, 'bundle/manifest.json'), 'utf8'),
    );
    const withTerms = [
      'http.approval.held_request',
      'http.body.arguments',
      'mcp.approval.held_tool',
      'mcp.tool.arguments',
      'postgres.approval.held_write',
    ];
    expect(data.rules).toEqual(
      Object.fromEntries(
        manifest.rules.map(({ id, severity }) => [
          id,
          withTerms.includes(id) ? { severity, terms: true } : { severity },
        ]),
      ),
    );
  });

  test.each([
    ['a clock', 'time.now_ns()'],
    ['the network', 'http.send({"method": "get", "url": "http://127.0.0.1"})'],
    ['a random number', 'rand.intn("x", 10)'],
    ['replace, which may never return in WebAssembly', 'replace("a", "", "b")'],
    ['OPA’s sprintf, which WebAssembly has otherwise', 'sprintf("%q", ["x"])'],
  ])('refuses a policy that uses %s', async (_, expression) => {
    const source = await policyOf({ 'decision.rego': `package gatehouse\n\ndecision := ${expression}\n` });
    await expect(policyBuild({ source })).rejects.toMatchObject({
      code: 'GH_POLICY_SOURCE',
      message: expect.stringMatching(/undefined function/),
    });
  });

  test('refuses a policy that joins a set, which has another order in WebAssembly', async () => {
    const rego = 'package gatehouse\n\ndecision := concat(",", {"a", "b"})\n';
    await expect(policyBuild({ source: await policyOf({ 'decision.rego': rego }) })).rejects.toMatchObject({
      code: 'GH_POLICY_SOURCE',
      message: expect.stringMatching(/concat: invalid argument/),
    });
  });

  test('refuses a policy that misspells the input', async () => {
    const rego = 'package gatehouse\n\ndecision := input.action.statment.verb\n';
    const source = await policyOf({ 'decision.rego': rego });
    await expect(policyBuild({ source })).rejects.toMatchObject({
      code: 'GH_POLICY_SOURCE',
      message: expect.stringMatching(/undefined ref: input\.action\.statment/),
    });
  });

  test('refuses a rule without METADATA', async () => {
    const rule = 'package gatehouse.postgres.a.b\n\ndeny contains "no" if input.version == 1\n';
    const source = await policyOf({ 'decision.rego': DECISION, 'postgres/a/b/b.rego': rule });
    await expect(policyBuild({ source })).rejects.toMatchObject({
      code: 'GH_POLICY_SOURCE',
      message: expect.stringContaining('postgres/a/b/b.rego: has no METADATA'),
    });
  });

  test('refuses a policy without the entrypoint', async () => {
    const source = await policyOf({ 'x.rego': 'package x\n\ny := 1\n' });
    await expect(policyBuild({ source })).rejects.toMatchObject({ code: 'GH_POLICY_SOURCE' });
  });

  test('refuses data that takes the place of what it fills in', async () => {
    const source = await policyOf({ 'decision.rego': DECISION, 'data.json': '{"rules": {}}' });
    await expect(policyBuild({ source })).rejects.toMatchObject({ code: 'GH_POLICY_SOURCE' });
  });
});

describe.skipIf(opa === undefined)('a test run', () => {
  test('passes for the default library', async () => {
    const { ok, output } = await policyTest();
    expect(output).toMatch(/^PASS: (\d+)\/\1$/m);
    expect(ok).toBe(true);
  });

  test('finds every module formatted as opa does', async () => {
    for (const source of [POLICIES_DIRECTORY, PROBE]) {
      const { stdout } = await opa!(['fmt', '--list', '.'], source);
      expect(stdout).toBe('');
    }
  });

  test('fails with what failed', async () => {
    const source = await policyOf({
      'decision.rego': DECISION,
      'decision_test.rego': 'package gatehouse_test\n\ntest_wrong if data.gatehouse.decision.version == 2\n',
    });
    const { ok, output } = await policyTest({ source });
    expect(ok).toBe(false);
    expect(output).toContain('test_wrong: FAIL');
  });
});

describe('without opa', () => {
  test('says exactly how to get it', async () => {
    vi.stubEnv('GATEHOUSE_OPA', '/nonexistent/opa');
    for (const attempt of [policyBuild, policyTest]) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'GH_OPA_MISSING',
        message: expect.stringContaining(`go install github.com/open-policy-agent/opa@v${OPA_VERSION}`),
      });
    }
  });

  test('of the right version says so', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'opa');
    await writeFile(file, '#!/bin/sh\necho "Version: 0.1.0"\n', { mode: 0o755 });
    vi.stubEnv('GATEHOUSE_OPA', file);
    await expect(policyBuild()).rejects.toMatchObject({
      code: 'GH_OPA_VERSION',
      message: expect.stringContaining('is opa 0.1.0'),
    });
  });
});
