/**
 * The sample API and the sample MCP server of the development stack: over one set of records, so that a person who is
 * removed in one is gone in the other, each with a token of its own that lies in the state directory for the gate to read.
 */
import { join } from 'node:path';

import { preparePrivateDirectory } from '../config/directories.ts';
import { keptSecret } from './kept-secret.ts';
import { startSampleApi, type SampleApi } from './sample-api/sample-api.ts';
import { startSampleMcp, type SampleMcp } from './sample-mcp/sample-mcp.ts';
import { SampleRecords } from './sample-records.ts';

export interface SampleServers {
  readonly api: SampleApi;
  readonly mcp: SampleMcp;
  readonly apiTokenFile: string;
  readonly mcpTokenFile: string;
  stop(): Promise<void>;
}

const TOKEN_BYTES = 32;

/** Rejects with what listening fails with; what had started is stopped then. */
export async function startSampleServers(options: {
  readonly directory: string;
  readonly ports: { readonly api: number; readonly mcp: number };
  readonly tls: { readonly certificate: string; readonly key: string };
}): Promise<SampleServers> {
  const { directory, ports, tls } = options;
  await preparePrivateDirectory(directory);
  const apiTokenFile = join(directory, 'sample-api.token');
  const mcpTokenFile = join(directory, 'sample-mcp.token');
  const records = new SampleRecords();
  const api = await startSampleApi({
    port: ports.api,
    tls,
    token: await keptSecret(apiTokenFile, TOKEN_BYTES),
    records,
  });
  try {
    const token = await keptSecret(mcpTokenFile, TOKEN_BYTES);
    const mcp = await startSampleMcp({ port: ports.mcp, tls, token, records });
    return {
      api,
      mcp,
      apiTokenFile,
      mcpTokenFile,
      stop: async () => {
        await Promise.all([api.stop(), mcp.stop()]);
      },
    };
  } catch (error) {
    await api.stop();
    throw error;
  }
}
