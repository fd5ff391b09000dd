/** The scene of a tool of an MCP server that policy lets nobody call. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

import { trustAlso } from '../http-access.ts';
import type { Scene } from './scene.ts';

const TOOL = 'delete_person';
const ARGUMENTS = { id: 7 };

export const deniedTool: Scene = {
  name: 'denied-tool',
  title: 'A denied MCP tool',
  sends: `tools/call ${TOOL} ${JSON.stringify(ARGUMENTS)}`,
  play: async (context) => {
    await trustAlso(context.caFile);
    const client = new Client(
      { name: 'gatehouse-tour', version: '1' },
      { versionNegotiation: { mode: 'auto' } },
    );
    const authorization = `Bearer ${context.login.token}`;
    try {
      await client.connect(
        new StreamableHTTPClientTransport(new URL(context.mcp), {
          requestInit: { headers: { authorization } },
        }),
      );
      const { content, isError } = await client.callTool({ name: TOOL, arguments: ARGUMENTS });
      const text = content.flatMap((part) => (part.type === 'text' ? part.text.split('\n') : []));
      return {
        saw: [`isError: ${isError === true}`, ...text],
        evidence: await context.evidence(`tool = '${TOOL}'`, 1),
        wrong: isError === true ? undefined : 'It was not denied.',
      };
    } finally {
      await client.close().catch(() => undefined);
    }
  },
};
