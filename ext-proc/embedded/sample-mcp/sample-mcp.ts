/**
 * The sample MCP server that `npm start` puts behind the gate, at `/mcp`, over the same people and orders as the sample
 * API. It serves clients of the protocol's version 2026-07-28 without sessions and those before it with them, and takes
 * its own bearer token alone, which the gate has and no agent.
 */
import { createMcpHandler, isLegacyRequest, McpServer } from '@modelcontextprotocol/server';

import { problem } from '../sample-api/answers.ts';
import { SeenRequests, type SeenRequest } from '../sample-api/seen-requests.ts';
import type { SampleRecords } from '../sample-records.ts';
import { startWebServer } from '../web-server.ts';
import { createSessions } from './sessions.ts';
import { registerSources } from './sources.ts';
import { registerTools } from './tools.ts';

export interface SampleMcp {
  /** `https://localhost:<port>/mcp`. */
  readonly url: string;
  readonly port: number;
  /** The last requests that reached it, the oldest first. */
  readonly seen: () => readonly SeenRequest[];
  stop(): Promise<void>;
}

export interface SampleMcpOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly tls: { readonly certificate: string; readonly key: string };
  /** The only bearer token that it takes. */
  readonly token: string;
  readonly records: SampleRecords;
}

const PATH = '/mcp';

/** Rejects with what listening fails with. */
export async function startSampleMcp(options: SampleMcpOptions): Promise<SampleMcp> {
  const { port, tls, token, records } = options;
  const seen = new SeenRequests(token);
  const createServer = (): McpServer => {
    const server = new McpServer({ name: 'gatehouse-sample', title: 'Customers', version: '1.0.0' });
    registerTools(server, records);
    registerSources(server, records);
    return server;
  };
  const modern = createMcpHandler(createServer, { legacy: 'reject' });
  const sessions = createSessions(createServer);

  async function handle(arrived: Request): Promise<Response> {
    const noted = seen.note(arrived);
    if (noted.seen.credential !== 'own') {
      return problem(
        401,
        'Unauthorized',
        "The server takes its own token alone; an agent's is of no use here.",
        {
          'www-authenticate': 'Bearer realm="sample-mcp"',
        },
      );
    }
    const { request } = noted;
    if (new URL(request.url).pathname !== PATH) return problem(404, 'Not Found', `MCP is spoken at ${PATH}.`);
    return (await isLegacyRequest(request)) ? sessions.answer(request) : modern.fetch(request);
  }

  const server = await startWebServer({ port, tls, handle });
  return {
    url: `https://localhost:${server.port}${PATH}`,
    port: server.port,
    seen: () => seen.list(),
    stop: async () => {
      await Promise.all([modern.close(), sessions.stop()]);
      await server.stop();
    },
  };
}
