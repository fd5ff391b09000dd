/** The stand-in for OPA's Envoy plugin (bench/opa-authz): built where there is a Go toolchain, and started. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild, type Child } from '../../ext-proc/embedded/child.ts';
import { waitUntilReady } from '../../ext-proc/embedded/ready.ts';

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = join(ROOT, 'bench/opa-authz');
const BINARY = join(ROOT, '.gatehouse/bench/opa-authz');
const OUTPUT_CHARACTERS_MAX = 2_000;

/** What `Settings` of main.go holds. */
export interface OpaSettings {
  readonly socket: string;
  readonly keys: string;
  readonly issuer: string;
  readonly audience: string;
  readonly decisionLog: string;
  readonly route: string;
  readonly upstream: {
    readonly name: string;
    readonly protocol: 'http';
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly templates: readonly string[];
  readonly credential: string;
}

/** The path of the program, or why there is none. Go itself decides what is to be built anew. */
export async function buildOpaAuthz(): Promise<{ binary: string } | { missing: string }> {
  await mkdir(join(BINARY, '..'), { recursive: true, mode: 0o700 });
  return new Promise((resolve) => {
    const child = spawn('go', ['build', '-o', BINARY, '.'], {
      cwd: SOURCES,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let output = '';
    child.stderr.on('data', (chunk) => (output = (output + String(chunk)).slice(-OUTPUT_CHARACTERS_MAX)));
    child.once('error', () =>
      resolve({
        missing:
          'no Go toolchain on the PATH (https://go.dev/dl, at least the version of bench/opa-authz/go.mod)',
      }),
    );
    child.once('close', (code) =>
      resolve(code === 0 ? { binary: BINARY } : { missing: `go build of bench/opa-authz failed: ${output}` }),
    );
  });
}

export async function startOpaAuthz(
  binary: string,
  directory: string,
  settings: OpaSettings,
): Promise<Child> {
  const file = join(directory, 'opa-authz.json');
  await writeFile(file, JSON.stringify({ ...settings, policies: join(ROOT, 'policies-rego') }));
  const child = await startChild({
    name: 'opa-authz',
    command: binary,
    args: [file],
    logFile: join(directory, 'opa-authz.log'),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 2_000,
  });
  try {
    await waitUntilReady(child, async () => existsSync(settings.socket), { timeoutMs: 15_000 });
  } catch (error) {
    await child.stop();
    throw error;
  }
  return child;
}
