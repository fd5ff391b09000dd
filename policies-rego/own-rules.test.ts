/** Rules of a policy author's own are asked wherever they stand, whether the build could list them or the policy searches. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadBundle } from '../ext-proc/adapters/opa-policy/bundle.ts';
import { LoadedPolicy } from '../ext-proc/adapters/opa-policy/loaded-policy.ts';
import { GOLDEN_INPUTS } from '../ext-proc/adapters/opa-policy/self-check.ts';
import { findOpa } from '../ext-proc/cli/opa-command.ts';
import { POLICIES_DIRECTORY, policyBuild } from '../ext-proc/cli/policy.ts';
import type { PolicyInput } from '../ext-proc/domain/policy-input.ts';
import { httpInput, mcpInput, policyInput } from '../test/support/policy.ts';

const opa = await findOpa().catch(() => undefined);

const rule = (path: string, body: string): string => `# METADATA
# title: Own
# description: A rule of the house.
# custom:
#   severity: critical
#   controls: [A.8.3]
#   protocols: [http]
package gatehouse.${path}

${body}
`;
const OWN_RULES = {
  'http/house/night/night.rego': rule(
    'http.house.night',
    'deny contains "Not here." if input.upstream.name == "api"',
  ),
  'postgres/house/asks/asks.rego': rule(
    'postgres.house.asks',
    'hold contains "Ask." if input.upstream.name == "app"',
  ),
  'mcp/house/hides/hides.rego': rule(
    'mcp.house.hides',
    'oblige contains {"kind": "mask_fields", "fields": ["own"], "style": "full", "direction": "both"}',
  ),
};
/** It has nothing to say, but a rule may stand so, and no list would have it. */
const UNLISTABLE = {
  'http/house/house.rego': 'package gatehouse.http.house\n\nelsewhere := {"deny": set()}\n',
};

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function libraryWith(files: Readonly<Record<string, string>>): Promise<LoadedPolicy> {
  const source = await mkdtemp(join(tmpdir(), 'gatehouse-own-'));
  folders.push(source);
  await cp(POLICIES_DIRECTORY, source, { recursive: true, filter: (file) => !file.endsWith('/bundle') });
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(source, file)), { recursive: true });
    await writeFile(join(source, file), text);
  }
  const { out } = await policyBuild({ source });
  return new LoadedPolicy(await loadBundle(out), () => undefined);
}

describe.skipIf(opa === undefined)('rules of an author’s own', async () => {
  if (opa === undefined) return;
  const listed = await libraryWith(OWN_RULES);
  const searched = await libraryWith({ ...OWN_RULES, ...UNLISTABLE });

  test.each([
    ['listed', listed],
    ['searched for', searched],
  ])('are asked where they are %s', (_, policy) => {
    expect(policy.decide(httpInput())).toMatchObject({ verdict: 'deny', rule: 'http.house.night' });
    expect(policy.decide(policyInput())).toMatchObject({ verdict: 'hold', rule: 'postgres.house.asks' });
    expect(policy.decide(mcpInput()).obligations).toContainEqual(
      expect.objectContaining({ kind: 'mask_fields', fields: ['own'] }),
    );
  });

  test('decide the same both ways', () => {
    const inputs: readonly PolicyInput[] = [
      ...GOLDEN_INPUTS,
      httpInput({ path: '/admin/users', method: 'DELETE' }),
      httpInput({}, { labels: { env: 'prod' } }),
      policyInput({ verb: 'DROP', defines: true }),
      { ...httpInput(), version: 2 } as unknown as PolicyInput,
    ];
    for (const input of inputs) {
      const { bundleHash: _, ...decision } = listed.decide(input);
      expect(searched.decide(input)).toMatchObject(decision);
    }
  });
});
