/**
 * A policy bundle read from disk: verified against its manifest and compiled. Reads the three files whole, within
 * limits; refuses a bundle of another contract version, one whose files do not match their digests (half copied, or
 * changed by hand), and one that calls a function that the gate does not supply.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GatehouseError } from '../../domain/errors.ts';
import { parsePolicyManifest, POLICY_CONTRACT, type PolicyManifest } from '../../domain/policy-bundle.ts';
import { compileWasm, type WasmModule } from './web-assembly.ts';

const MANIFEST_BYTES_MAX = 1_048_576;
const POLICY_BYTES_MAX = 16 * 1_048_576;
const DATA_BYTES_MAX = 16 * 1_048_576;

export interface PolicyBundle {
  /** SHA-256, hex, of the manifest, which holds the digests of the rest. */
  readonly hash: string;
  readonly manifest: PolicyManifest;
  readonly module: WasmModule;
  readonly data: unknown;
}

/** The bundle's files, given its manifest or its folder. */
export function bundleFiles(bundleFile: string): { manifest: string; policy: string; data: string } {
  const folder = bundleFile.endsWith('.json') ? dirname(bundleFile) : bundleFile;
  const manifest = bundleFile.endsWith('.json') ? bundleFile : join(bundleFile, 'manifest.json');
  return { manifest, policy: join(folder, 'policy.wasm'), data: join(folder, 'data.json') };
}

/** Reads and verifies a bundle. Rejects with a GatehouseError whose code starts with `GH_POLICY_BUNDLE_`. */
export async function loadBundle(bundleFile: string): Promise<PolicyBundle> {
  const files = bundleFiles(bundleFile);
  const manifestBytes = await readWhole(files.manifest, MANIFEST_BYTES_MAX);
  const manifest = parsePolicyManifest(manifestBytes.toString('utf8'));
  if (
    manifest.format !== POLICY_CONTRACT.format ||
    manifest.inputVersion !== POLICY_CONTRACT.inputVersion ||
    manifest.decisionVersion !== POLICY_CONTRACT.decisionVersion
  ) {
    throw new GatehouseError(
      'GH_POLICY_BUNDLE_VERSION',
      `The policy bundle ${files.manifest} is of format ${manifest.format}, input ${manifest.inputVersion}, decision ` +
        `${manifest.decisionVersion}; this gate speaks ${POLICY_CONTRACT.format}, ${POLICY_CONTRACT.inputVersion}, ` +
        `${POLICY_CONTRACT.decisionVersion}. Build it again with "gatehouse policy build" of this version.`,
    );
  }
  const policyBytes = await readWhole(files.policy, POLICY_BYTES_MAX);
  const dataBytes = await readWhole(files.data, DATA_BYTES_MAX);
  verifyDigest(files.policy, policyBytes, manifest.policy.sha256);
  verifyDigest(files.data, dataBytes, manifest.data.sha256);
  return {
    hash: sha256(manifestBytes),
    manifest,
    module: await compile(files.policy, policyBytes),
    data: parseData(files.data, dataBytes),
  };
}

async function readWhole(file: string, bytesMax: number): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > bytesMax) {
      throw new GatehouseError(
        'GH_POLICY_BUNDLE_TOO_LARGE',
        `${file} is over ${bytesMax} bytes; make it smaller.`,
      );
    }
    const bytes = await readFile(file);
    if (bytes.length > bytesMax) {
      throw new GatehouseError(
        'GH_POLICY_BUNDLE_TOO_LARGE',
        `${file} is over ${bytesMax} bytes; make it smaller.`,
      );
    }
    return bytes;
  } catch (cause) {
    if (cause instanceof GatehouseError) throw cause;
    throw new GatehouseError(
      'GH_POLICY_BUNDLE_UNREADABLE',
      `The policy bundle's ${file} cannot be read; check the path in policy.bundle and its permissions.`,
      { cause },
    );
  }
}

function verifyDigest(file: string, bytes: Buffer, expected: string): void {
  if (sha256(bytes) === expected) return;
  throw new GatehouseError(
    'GH_POLICY_BUNDLE_DIGEST',
    `${file} does not match the digest in the bundle's manifest; copy all three files of the bundle again.`,
  );
}

async function compile(file: string, bytes: Buffer): Promise<WasmModule> {
  try {
    return await compileWasm(bytes);
  } catch (cause) {
    throw new GatehouseError('GH_POLICY_BUNDLE_WASM', `${file} is not a WebAssembly module.`, { cause });
  }
}

function parseData(file: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (cause) {
    throw new GatehouseError('GH_POLICY_BUNDLE_DATA', `${file} is not JSON.`, { cause });
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
