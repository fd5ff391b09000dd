/**
 * Streamable HTTP as clients before 2026-07-28 know it: a session from `initialize` on, named by `Mcp-Session-Id`, with
 * a stream of its own by GET and an end by DELETE. The number of sessions is bounded; the one unused for longest goes.
 */
import { randomUUID } from 'node:crypto';

import { WebStandardStreamableHTTPServerTransport, type McpServer } from '@modelcontextprotocol/server';

const SESSIONS_MAX = 100;

export interface Sessions {
  answer(request: Request): Promise<Response>;
  stop(): Promise<void>;
}

export function createSessions(createServer: () => McpServer): Sessions {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();

  async function open(): Promise<WebStandardStreamableHTTPServerTransport> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: async (id) => {
        sessions.set(id, transport);
        const [oldest] = sessions;
        if (sessions.size > SESSIONS_MAX && oldest !== undefined) await oldest[1].close();
      },
    });
    await createServer().connect(transport);
    const { onclose } = transport;
    transport.onclose = () => {
      if (transport.sessionId !== undefined) sessions.delete(transport.sessionId);
      onclose?.();
    };
    return transport;
  }

  return {
    answer: async (request) => {
      const id = request.headers.get('mcp-session-id');
      const known = id === null ? undefined : sessions.get(id);
      if (id !== null && known === undefined) {
        const error = { code: -32_001, message: 'Session not found' };
        return Response.json({ jsonrpc: '2.0', id: null, error }, { status: 404 });
      }
      if (id !== null && known !== undefined) {
        // Behind all others: it was used last.
        sessions.delete(id);
        sessions.set(id, known);
      }
      return (known ?? (await open())).handleRequest(request);
    },
    stop: async () => {
      await Promise.all([...sessions.values()].map((transport) => transport.close()));
    },
  };
}
