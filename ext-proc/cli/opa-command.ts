/**
 * The `opa` command: found, checked for its version, and run. Only those who change policy need it; the built bundle
 * is part of the project.
 */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { GatehouseError } from '../domain/errors.ts';

/** The version that bundles are built with: another compiles to other bytes. */
export const OPA_VERSION = '1.22.2';

const TIMEOUT_MS = 120_000;
const OUTPUT_BYTES_MAX = 64 * 1_048_576;

export interface OpaResult {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export type Opa = (args: readonly string[], directory: string) => Promise<OpaResult>;

/**
 * `opa` by the environment variable GATEHOUSE_OPA, on the PATH, or where `go install` puts it; undefined where none of
 * them is there. Rejects with `GH_OPA_VERSION` where the one found is of another version.
 */
export async function findOpa(environment: NodeJS.ProcessEnv = process.env): Promise<Opa | undefined> {
  const named = environment['GATEHOUSE_OPA'];
  const goPath = environment['GOPATH'] ?? join(homedir(), 'go');
  const folders = [...(environment['PATH'] ?? '').split(delimiter), join(goPath, 'bin')];
  const candidates = named
    ? [named]
    : folders.filter((folder) => folder !== '').map((folder) => join(folder, 'opa'));
  for (const file of candidates) {
    if (!(await executable(file))) continue;
    const run: Opa = (args, directory) => runOpa(file, args, directory);
    const { stdout } = await run(['version'], '/');
    const version = /^Version:\s*(\S+)/m.exec(stdout)?.[1];
    if (version === OPA_VERSION) return run;
    throw new GatehouseError(
      'GH_OPA_VERSION',
      `${file} is opa ${version ?? 'of no known version'}. ${howToGetOpa()}`,
    );
  }
  return undefined;
}

/** What to do where `opa` is missing. */
export const howToGetOpa = (): string =>
  `Policies are built and tested with opa ${OPA_VERSION}: run "go install github.com/open-policy-agent/opa@v${OPA_VERSION}" ` +
  '(Go 1.25 or later), or set GATEHOUSE_OPA to the file of one that you have.';

async function executable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function runOpa(file: string, args: readonly string[], directory: string): Promise<OpaResult> {
  return new Promise((resolve) => {
    const options = { cwd: directory, timeout: TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX };
    execFile(file, args, options, (error, stdout, stderr) => {
      const reason = error !== null && stderr === '' ? error.message : stderr;
      resolve({ ok: error === null, stdout, stderr: reason });
    });
  });
}
