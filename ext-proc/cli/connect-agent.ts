/**
 * `gatehouse connect claude` and `connect cursor`: the JSON that goes into `.mcp.json` or `.cursor/mcp.json`. It starts
 * the bridge of `connect mcp`, by absolute paths, so it works from whatever folder the client runs it in.
 */
import { join } from 'node:path';

import { GatehouseError } from '../domain/errors.ts';
import type { HttpAccessOptions } from './http-access.ts';
import { callerPath } from './paths.ts';
import { findPlace, findRunning, placeConfig } from './places.ts';

const SERVER_NAME = 'gatehouse';
const CLI = join(import.meta.dirname, 'gatehouse.ts');

/** Text to paste. Throws `GH_NOT_RUNNING` where there is no gate to speak of, and `GH_NO_HTTP` or `GH_NO_TOKEN`. */
export async function connectAgent(options: HttpAccessOptions): Promise<string> {
  const args = [CLI, 'connect', 'mcp', ...(await bridgeArguments(options))];
  const server = { type: 'stdio', command: process.execPath, args };
  return JSON.stringify({ mcpServers: { [SERVER_NAME]: server } }, undefined, 2);
}

async function bridgeArguments(options: HttpAccessOptions): Promise<readonly string[]> {
  const { url, ca, tokenCommand, tokenFile } = options;
  const from = [
    ...(ca === undefined ? [] : ['--ca', callerPath(ca)]),
    ...(tokenCommand === undefined ? [] : ['--token-command', tokenCommand]),
    ...(tokenFile === undefined ? [] : ['--token-file', callerPath(tokenFile)]),
  ];
  const ownTokens = (tokenCommand ?? tokenFile) !== undefined;
  if (url !== undefined && ownTokens) return ['--url', url, ...from];

  // A gate of one's own need not run yet; of the development stack nothing is known before.
  const place = await (ownTokens ? findPlace : findRunning)(options.config);
  const config = await placeConfig(place);
  if (url === undefined && !config.httpUpstreams.some(({ protocol }) => protocol === 'mcp')) {
    throw new GatehouseError('GH_NO_HTTP', 'This gate has no route to an MCP server. Name one: --url URL');
  }
  if (!ownTokens && place.run?.mode !== 'development') {
    throw new GatehouseError(
      'GH_NO_TOKEN',
      'This gate has an issuer of its own: say where its tokens come from with --token-command or --token-file.',
    );
  }
  // By name, since the client has neither the environment nor the folder of whoever prints this.
  const here = ['--config', place.configFile, ...(url === undefined ? [] : ['--url', url]), ...from];
  if (ownTokens) return here;
  const { subject, groups, for: human, ttl } = options;
  return [
    ...here,
    ...['--subject', subject, '--groups', groups, '--ttl', ttl],
    ...(human === undefined ? [] : ['--for', human]),
  ];
}
