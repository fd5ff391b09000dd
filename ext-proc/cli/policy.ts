/**
 * `gatehouse policy build` and `gatehouse policy test`: from a folder of Rego to a bundle that the gate can load. A
 * build is reproducible: the same sources and the same `opa` give the same bytes.
 */
import { createHash, randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { GatehouseError } from '../domain/errors.ts';
import { formatPolicyManifest, POLICY_CONTRACT, type PolicyManifest } from '../domain/policy-bundle.ts';
import { findOpa, howToGetOpa, OPA_VERSION, type Opa } from './opa-command.ts';
import type { PolicyModule } from './input-references.ts';
import { inputPaths, policyRules, rulesWithTerms, unreadWhileEmpty } from './policy-modules.ts';
import { ruleListing } from './rule-listing.ts';

/** The policies that come with the gate. */
export const POLICIES_DIRECTORY = resolve(import.meta.dirname, '../../policies-rego');

const ENTRYPOINT = 'gatehouse/decision';
/** Not part of a policy: built bundles, schemas, and the library that allows all, which is a policy of its own. */
const FOLDERS_LEFT_OUT = ['allow-all', 'bundle', 'schemas'];
const MODULES_MAX = 10_000;
/** Beside the policy's own modules, which nobody names so. */
const LISTING_FILE = 'listed-by-the-build.rego';

export interface PolicyBuildOptions {
  /** Folder of the policy; the gate's own by default. */
  readonly source?: string;
  /** Folder of the bundle; `bundle` in the source by default. */
  readonly out?: string;
}

export interface PolicyBuildResult {
  readonly out: string;
  /** SHA-256, hex, of the manifest: the name of the bundle in every record. */
  readonly bundleHash: string;
  readonly manifest: PolicyManifest;
}

/** Rejects with a GatehouseError: `GH_OPA_MISSING`, `GH_OPA_VERSION`, `GH_POLICY_SOURCE` (with OPA's own words). */
export async function policyBuild(options: PolicyBuildOptions = {}): Promise<PolicyBuildResult> {
  const source = resolve(options.source ?? POLICIES_DIRECTORY);
  const out = resolve(options.out ?? join(source, 'bundle'));
  const opa = await requireOpa();
  await checkSources(opa, source);
  const modules = await readModules(opa, source);
  const rules = policyRules(modules);
  const own = await readData(join(source, 'data.json'));
  const policy = await compilePolicy(opa, source, modules, ruleListing(modules, own));
  const data = bundleData(own, rules, rulesWithTerms(modules));
  const manifest: PolicyManifest = {
    format: POLICY_CONTRACT.format,
    inputVersion: POLICY_CONTRACT.inputVersion,
    decisionVersion: POLICY_CONTRACT.decisionVersion,
    entrypoint: ENTRYPOINT,
    opa: OPA_VERSION,
    policy: { sha256: sha256(policy), bytes: policy.length },
    data: { sha256: sha256(data), bytes: data.length },
    dependsOn: inputPaths(modules),
    unreadWhileEmpty: unreadWhileEmpty(modules),
    rules,
  };
  const manifestBytes = Buffer.from(formatPolicyManifest(manifest));
  await mkdir(out, { recursive: true });
  await replaceFile(join(out, 'policy.wasm'), policy);
  await replaceFile(join(out, 'data.json'), data);
  // Last, because its digests are what makes the other two the new bundle.
  await replaceFile(join(out, 'manifest.json'), manifestBytes);
  return { out, bundleHash: sha256(manifestBytes), manifest };
}

export interface PolicyTestResult {
  readonly ok: boolean;
  /** What `opa` printed. */
  readonly output: string;
}

/** Checks the sources against the input's schema and runs their tests. Rejects as `policyBuild` does. */
export async function policyTest(options: { readonly source?: string } = {}): Promise<PolicyTestResult> {
  const source = resolve(options.source ?? POLICIES_DIRECTORY);
  const opa = await requireOpa();
  await checkSources(opa, source);
  const modules = await readModules(opa, source);
  policyRules(modules);
  rulesWithTerms(modules);
  const { ok, stdout, stderr } = await opa(['test', '--bundle', ...leftOut(), '.'], source);
  return { ok, output: [stdout, stderr].filter((text) => text !== '').join('\n') };
}

async function requireOpa(): Promise<Opa> {
  const opa = await findOpa();
  if (opa === undefined) throw new GatehouseError('GH_OPA_MISSING', howToGetOpa());
  return opa;
}

const leftOut = (): readonly string[] => FOLDERS_LEFT_OUT.flatMap((name) => ['--ignore', name]);
const leftOutWithTests = (): readonly string[] => [...leftOut(), '--ignore', '*_test.rego'];

// The gate's own contract, whoever the policy's author is.
const CAPABILITIES = join(POLICIES_DIRECTORY, 'capabilities.json');
const INPUT_SCHEMA = join(POLICIES_DIRECTORY, 'schemas', 'input.v1.json');

async function checkSources(opa: Opa, source: string): Promise<void> {
  const contract = ['--capabilities', CAPABILITIES, '--schema', INPUT_SCHEMA];
  const args = ['check', '--strict', '--bundle', ...contract, ...leftOutWithTests(), '.'];
  const { ok, stdout, stderr } = await opa(args, source);
  if (!ok)
    throw new GatehouseError(
      'GH_POLICY_SOURCE',
      `The policy does not compile.\n${stdout}${stderr}`.trimEnd(),
    );
}

async function readModules(opa: Opa, source: string): Promise<readonly PolicyModule[]> {
  const found = await readdir(source, { recursive: true });
  const files = found
    .filter((file) => file.endsWith('.rego') && !file.endsWith('_test.rego'))
    .filter((file) => !file.split('/').some((step) => FOLDERS_LEFT_OUT.includes(step)))
    .sort();
  if (files.length > MODULES_MAX)
    throw new GatehouseError('GH_POLICY_SOURCE', `${source} has over ${MODULES_MAX} modules.`);
  const modules: PolicyModule[] = [];
  for (const file of files) {
    const { ok, stdout, stderr } = await opa(['parse', '--format', 'json', file], source);
    if (!ok) throw new GatehouseError('GH_POLICY_SOURCE', `${file} does not parse.\n${stderr}`.trimEnd());
    modules.push({ file, tree: JSON.parse(stdout) });
  }
  return modules;
}

async function compilePolicy(
  opa: Opa,
  source: string,
  modules: readonly PolicyModule[],
  listing: string | undefined,
): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-policy-'));
  try {
    // A copy, because the listing of its rules is no part of the source.
    const copy = join(folder, 'source');
    for (const { file } of modules) await cp(join(source, file), join(copy, file));
    if (listing !== undefined) await writeFile(join(copy, LISTING_FILE), listing);
    const archive = join(folder, 'bundle.tar.gz');
    const target = ['--target', 'wasm', '--entrypoint', ENTRYPOINT, '--capabilities', CAPABILITIES];
    const args = ['build', '--bundle', ...target, '--output', archive, '.'];
    const { ok, stdout, stderr } = await opa(args, copy);
    if (!ok)
      throw new GatehouseError(
        'GH_POLICY_SOURCE',
        `The policy does not build.\n${stdout}${stderr}`.trimEnd(),
      );
    return tarMember(gunzipSync(await readFile(archive)), '/policy.wasm');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A member of a tar archive (POSIX ustar: blocks of 512 bytes, the size in octal at 124). */
function tarMember(archive: Buffer, name: string): Buffer {
  let offset = 0;
  while (offset + 512 <= archive.length) {
    const header = archive.subarray(offset, offset + 512);
    const memberName = header.toString('utf8', 0, 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(header.toString('latin1', 124, 136), 8);
    if (memberName === '' || Number.isNaN(size)) break;
    if (memberName === name) return Buffer.from(archive.subarray(offset + 512, offset + 512 + size));
    offset += 512 + Math.ceil(size / 512) * 512;
  }
  throw new GatehouseError('GH_POLICY_SOURCE', `opa built a bundle without ${name}.`);
}

/** The policy's data with what rules need to know of each other: severities, and which say what they ask of reviewers. */
function bundleData(
  data: Readonly<Record<string, unknown>>,
  rules: PolicyManifest['rules'],
  withTerms: ReadonlySet<string>,
): Buffer {
  if (Object.hasOwn(data, 'rules')) {
    throw new GatehouseError(
      'GH_POLICY_SOURCE',
      'data.json: "rules" is filled in by the build; use another name.',
    );
  }
  const known = Object.fromEntries(
    rules.map(({ id, severity }) => [id, { severity, ...(withTerms.has(id) ? { terms: true } : {}) }]),
  );
  return Buffer.from(`${JSON.stringify({ ...data, rules: known }, null, 2)}\n`);
}

async function readData(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return {};
  }
  try {
    const data: unknown = JSON.parse(text);
    if (typeof data === 'object' && data !== null && !Array.isArray(data))
      return data as Record<string, unknown>;
  } catch (cause) {
    throw new GatehouseError('GH_POLICY_SOURCE', `${file} is not JSON.`, { cause });
  }
  throw new GatehouseError('GH_POLICY_SOURCE', `${file} is not a JSON object.`);
}

async function replaceFile(file: string, bytes: Buffer): Promise<void> {
  const written = `${file}.${randomUUID()}`;
  await writeFile(written, bytes);
  await rename(written, file);
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
