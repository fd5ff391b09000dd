/** Where a client of this machine reaches the gate by HTTP, and which CA it verifies it by. */
import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { GatehouseError } from '../domain/errors.ts';
import { devCaFile } from '../embedded/dev-places.ts';
import type { AccessTokenOptions } from './access-token.ts';
import { callerPath } from './paths.ts';
import { findRunning } from './places.ts';

export interface HttpAccessOptions extends AccessTokenOptions {
  /** Of a gate that does not run here. */
  readonly url?: string;
  /** Beside the authorities that this machine trusts. */
  readonly ca?: string;
}

export interface HttpAccess {
  readonly url: string;
  readonly caFile: string | undefined;
}

/** Throws `GH_NOT_RUNNING`, `GH_NO_HTTP`, or `GH_USAGE` for a URL that is none. */
export async function findHttpAccess(
  kind: 'http' | 'mcp',
  options: Pick<HttpAccessOptions, 'config' | 'url' | 'ca'>,
): Promise<HttpAccess> {
  const ownCa = options.ca === undefined ? undefined : callerPath(options.ca);
  if (options.url !== undefined) {
    const { protocol } = URL.parse(options.url) ?? {};
    if (protocol !== 'https:' && protocol !== 'http:') {
      throw new GatehouseError('GH_USAGE', '--url must be an http or https URL.');
    }
    return { url: options.url, caFile: ownCa };
  }
  const { run, stateDirectory } = await findRunning(options.config);
  const url = run.endpoints[kind];
  if (url === undefined) {
    const what = kind === 'mcp' ? 'an MCP server' : 'an HTTP API';
    throw new GatehouseError('GH_NO_HTTP', `This gate has no route to ${what}. Name one: --url URL`);
  }
  return { url, caFile: ownCa ?? (run.mode === 'development' ? devCaFile(stateDirectory) : undefined) };
}

/** Makes this process's HTTPS trust the authorities in `caFile` too. Throws `GH_USAGE` where it cannot be read. */
export async function trustAlso(caFile: string | undefined): Promise<void> {
  if (caFile === undefined) return;
  try {
    setDefaultCACertificates([...getCACertificates('default'), await readFile(caFile, 'utf8')]);
  } catch (cause) {
    throw new GatehouseError('GH_USAGE', `${caFile} has no certificate that can be read.`, { cause });
  }
}
