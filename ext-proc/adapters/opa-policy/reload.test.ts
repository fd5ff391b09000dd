import { copyFile, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  ALLOW_ALL_BUNDLE,
  changeBundle,
  copyBundle,
  DEFAULT_BUNDLE,
  policyInput,
  PROBE_BUNDLE,
  QUIET,
} from '../../../test/support/policy.ts';
import { createPolicyEngine, type OpaPolicyEngine, type PolicyChange } from './engine.ts';

const ALLOW = {
  version: 1,
  verdict: 'allow',
  rule: 'probe',
  reason: 'As asked.',
  obligations: [],
  report_only: [],
};
const deleteAll = policyInput({ verb: 'DELETE', writes: true, unfiltered: ['public.people'] });

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Watched {
  readonly folder: string;
  readonly engine: OpaPolicyEngine;
  readonly changes: PolicyChange[];
}

async function watched(bundle: string, data?: unknown): Promise<Watched> {
  const { folder, dispose } = await copyBundle(bundle);
  cleanups.push(dispose);
  await changeBundle(folder, { data });
  const changes: PolicyChange[] = [];
  const engine = await createPolicyEngine({
    bundleFile: join(folder, 'manifest.json'),
    log: QUIET,
    onChange: (change) => changes.push(change),
  });
  cleanups.push(() => engine.close());
  return { folder, engine, changes };
}

async function replaceBundle(folder: string, bundle: string): Promise<void> {
  for (const file of ['policy.wasm', 'data.json', 'manifest.json']) {
    await copyFile(join(bundle, file), join(folder, file));
  }
}

describe('a changed bundle', () => {
  test('takes the place of the one in force, unasked', async () => {
    const { folder, engine, changes } = await watched(DEFAULT_BUNDLE);
    const previousHash = engine.bundleHash;
    expect(engine.decide(deleteAll).verdict).toBe('deny');
    await replaceBundle(folder, ALLOW_ALL_BUNDLE);
    await vi.waitFor(() => expect(changes.length).toBe(1), { timeout: 10_000, interval: 20 });
    expect(changes).toEqual([{ ok: true, bundleHash: engine.bundleHash, previousHash }]);
    expect(engine.bundleHash).not.toBe(previousHash);
    expect(engine.decide(deleteAll)).toMatchObject({ verdict: 'allow', bundleHash: engine.bundleHash });
    expect(engine.dependsOn('action.statement')).toBe(false);
  });

  test('is found behind a link that was turned, as a mounted ConfigMap is', async () => {
    const bundles = await Promise.all([DEFAULT_BUNDLE, ALLOW_ALL_BUNDLE].map(copyBundle));
    const [first, second] = bundles as [(typeof bundles)[0], (typeof bundles)[0]];
    const place = await mkdtemp(join(tmpdir(), 'gatehouse-link-'));
    cleanups.push(first.dispose, second.dispose, () => rm(place, { recursive: true, force: true }));
    const link = join(place, 'bundle');
    await symlink(first.folder, link);
    const engine = await createPolicyEngine({ bundleFile: join(link, 'manifest.json'), log: QUIET });
    cleanups.push(() => engine.close());
    expect(engine.decide(deleteAll).verdict).toBe('deny');
    await symlink(second.folder, `${link}.next`);
    await rename(`${link}.next`, link);
    await vi.waitFor(() => expect(engine.decide(deleteAll).verdict).toBe('allow'), {
      timeout: 10_000,
      interval: 50,
    });
  });

  test('does not mix the decisions of two bundles', async () => {
    const { folder, engine } = await watched(PROBE_BUNDLE, { answer: ALLOW });
    const hashes = new Set<string>();
    for (let round = 0; round < 20; round++) {
      const rule = `probe_${round}`;
      await changeBundle(folder, { data: { answer: { ...ALLOW, rule } } });
      await engine.reload();
      expect(engine.decide(deleteAll)).toMatchObject({ rule, bundleHash: engine.bundleHash });
      hashes.add(engine.bundleHash);
    }
    expect(hashes.size).toBe(20);
  });

  test('is nothing new where its contents are the same', async () => {
    const { folder, engine, changes } = await watched(ALLOW_ALL_BUNDLE);
    const manifest = await readFile(join(folder, 'manifest.json'));
    await writeFile(join(folder, 'manifest.json'), manifest);
    expect(await engine.reload()).toBeUndefined();
    expect(changes).toEqual([]);
  });

  test('is found although whoever is told of changes fails', async () => {
    const { folder, dispose } = await copyBundle(DEFAULT_BUNDLE);
    cleanups.push(dispose);
    const onChange = (): never => {
      throw new Error('not now');
    };
    const engine = await createPolicyEngine({ bundleFile: folder, log: QUIET, onChange });
    cleanups.push(() => engine.close());
    for (const [bundle, verdict] of [
      [ALLOW_ALL_BUNDLE, 'allow'],
      [DEFAULT_BUNDLE, 'deny'],
    ] as const) {
      await replaceBundle(folder, bundle);
      await vi.waitFor(() => expect(engine.decide(deleteAll).verdict).toBe(verdict), {
        timeout: 10_000,
        interval: 20,
      });
    }
  });

  test('is not looked for after the engine is closed', async () => {
    const { folder, engine, changes } = await watched(DEFAULT_BUNDLE);
    engine.close();
    await replaceBundle(folder, ALLOW_ALL_BUNDLE);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(changes).toEqual([]);
    expect(engine.decide(deleteAll).verdict).toBe('deny');
  });
});

describe('a broken bundle is refused and the old one stays', () => {
  const breaks: readonly [string, string, (folder: string) => Promise<void>][] = [
    ['without its manifest', 'GH_POLICY_BUNDLE_UNREADABLE', (folder) => rm(join(folder, 'manifest.json'))],
    ['without its policy', 'GH_POLICY_BUNDLE_UNREADABLE', (folder) => rm(join(folder, 'policy.wasm'))],
    [
      'with a manifest that is no JSON',
      'GH_POLICY_BUNDLE_MANIFEST',
      (folder) => writeFile(join(folder, 'manifest.json'), '{'),
    ],
    [
      'with a member missing in its manifest',
      'GH_POLICY_BUNDLE_MANIFEST',
      (folder) => changeBundle(folder, { manifest: { depends_on: undefined } }),
    ],
    [
      'of another version of the input',
      'GH_POLICY_BUNDLE_VERSION',
      (folder) => changeBundle(folder, { manifest: { input_version: 2 } }),
    ],
    [
      'with another entrypoint',
      'GH_POLICY_BUNDLE_WASM',
      (folder) => changeBundle(folder, { manifest: { entrypoint: 'gatehouse/other' } }),
    ],
    [
      'with data changed by hand',
      'GH_POLICY_BUNDLE_DIGEST',
      (folder) => writeFile(join(folder, 'data.json'), '{"settings":{"report_only":["postgres.*"]}}'),
    ],
    [
      'half copied',
      'GH_POLICY_BUNDLE_DIGEST',
      (folder) => copyFile(join(ALLOW_ALL_BUNDLE, 'manifest.json'), join(folder, 'manifest.json')),
    ],
    [
      'with data that decides nothing',
      'GH_POLICY_BUNDLE_SELF_CHECK',
      (folder) => changeBundle(folder, { data: {} }),
    ],
    [
      'with a verdict that does not exist',
      'GH_POLICY_BUNDLE_SELF_CHECK',
      (folder) => changeBundle(folder, { data: { answer: { ...ALLOW, verdict: 'maybe' } } }),
    ],
    [
      'that decides by what its manifest does not name',
      'GH_POLICY_BUNDLE_SELF_CHECK',
      (folder) =>
        changeBundle(folder, {
          data: { answer: ALLOW, parameter: '1', answer_to_parameter: { ...ALLOW, verdict: 'deny' } },
          manifest: { depends_on: [] },
        }),
    ],
  ];

  test.each(breaks)('%s', async (_, code, damage) => {
    const { folder, engine, changes } = await watched(PROBE_BUNDLE, { answer: ALLOW });
    const { bundleHash } = engine;
    await damage(folder);
    expect(await engine.reload()).toMatchObject({ ok: false, code, bundleHash });
    expect(changes.length).toBeGreaterThan(0);
    expect(engine.bundleHash).toBe(bundleHash);
    expect(engine.decide(deleteAll)).toMatchObject({ verdict: 'allow', rule: 'probe', bundleHash });
    // The same bundle does not start a gate either.
    await expect(createPolicyEngine({ bundleFile: folder, log: QUIET })).rejects.toMatchObject({ code });
  });

  test('and a repaired one is taken, unasked', async () => {
    const { folder, engine, changes } = await watched(DEFAULT_BUNDLE);
    const { bundleHash } = engine;
    const manifest = await readFile(join(folder, 'manifest.json'));
    await writeFile(join(folder, 'manifest.json'), manifest.subarray(0, 100));
    await vi.waitFor(() => expect(changes.length).toBe(1), { timeout: 10_000, interval: 20 });
    expect(changes[0]).toMatchObject({ ok: false, code: 'GH_POLICY_BUNDLE_MANIFEST', bundleHash });
    await replaceBundle(folder, ALLOW_ALL_BUNDLE);
    await vi.waitFor(() => expect(changes.length).toBe(2), { timeout: 10_000, interval: 20 });
    expect(changes[1]).toMatchObject({ ok: true, previousHash: bundleHash });
  });
});
