/**
 * `gatehouse connect mcp`: what an MCP client starts to reach a server behind the gate. Standard input and output are
 * the protocol's and nothing else's (MCP, stdio transport); what is to be said beside it goes to standard error.
 */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';

import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';

import { createSystemClock } from '../adapters/system-clock.ts';
import { createAccessToken } from './access-token.ts';
import { findHttpAccess, trustAlso, type HttpAccessOptions } from './http-access.ts';
import { startBridge } from './mcp-bridge.ts';

/** What is under way when the client closes its side may still be answered for so long. */
const LINGER_MS = 2_000;

/** Runs until the client closes standard input, or a signal. A gate that is not there is an error of each request. */
export async function connectMcp(options: HttpAccessOptions): Promise<void> {
  // Its own end of the pipe, since the transport drops what is under way as soon as its input ends.
  const input = new PassThrough();
  process.stdin.pipe(input, { end: false });
  const bridge = await startBridge({
    client: new StdioServerTransport(input),
    findServer: async () => {
      const { url, caFile } = await findHttpAccess('mcp', options);
      await trustAlso(caFile);
      return new URL(url);
    },
    token: createAccessToken(options, createSystemClock().nowMs),
    log: (line) => void process.stderr.write(`gatehouse: ${line}\n`),
  });
  const signalled = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() => 0);
  const closed = Promise.race([once(process.stdin, 'end'), once(process.stdin, 'close')]).then(
    () => LINGER_MS,
  );
  await bridge.stop(await Promise.race([signalled, closed]));
}
