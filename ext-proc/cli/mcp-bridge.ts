/**
 * A bridge between an MCP client that speaks over pipes (the stdio transport) and a server behind the gate (Streamable
 * HTTP), for both families of the protocol: with sessions up to 2025-11-25, without them from 2026-07-28. Messages go
 * on as they are. What it adds is a token, and for older clients the session: one that was lost, by a restart, is opened
 * again with the client's own `initialize`.
 */
import {
  isInitializeRequest,
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResponse,
  isJSONRPCResultResponse,
  PROTOCOL_VERSION_META_KEY,
  StreamableHTTPClientTransport,
  type JSONRPCMessage,
  type JSONRPCRequest,
  type RequestId,
  type Transport,
} from '@modelcontextprotocol/client';

import type { AccessToken } from './access-token.ts';
import { McpParamHeaders } from './mcp-param-headers.ts';
import { errorOfServer, nothingWasDone, REASON_CHARACTERS_MAX, refusalText } from './mcp-refusal.ts';

export interface BridgeOptions {
  readonly client: Transport;
  /** Where the server is now; asked again when nobody answers there. */
  readonly findServer: () => Promise<URL>;
  readonly token: AccessToken;
  /** For whoever looks into the client's log. */
  readonly log: (line: string) => void;
}

export interface Bridge {
  /** Waits so long for what is under way, ends the session, and closes both sides. */
  stop(waitMs: number): Promise<void>;
}

const IN_FLIGHT_MAX = 1_000;
const END_SESSION_MS = 2_000;
/** JSON-RPC 2.0 section 5.1: of the range for servers. */
const BRIDGE_ERROR = -32_000;

interface InFlight {
  readonly request: JSONRPCRequest;
  readonly cancel: AbortController;
}

/** Starts reading the client. Nothing is asked of the server before the client asks. */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const { client, findServer, token, log } = options;
  const inFlight = new Map<RequestId, InFlight>();
  const paramHeaders = new McpParamHeaders();
  const transports: StreamableHTTPClientTransport[] = [];
  let current: Promise<StreamableHTTPClientTransport> | undefined;
  let initialize: JSONRPCRequest | undefined;
  /** Answers that are for the bridge itself. */
  const own = new Map<RequestId, (message: JSONRPCMessage) => void>();
  let ownRequests = 0;
  let refusal = '';
  let stopping = false;

  const toClient = (message: JSONRPCMessage): Promise<void> =>
    client
      .send(message)
      .catch((error: unknown) => log(`the client does not take a message: ${String(error)}`));
  const fail = (id: RequestId, message: string, error: object = {}): Promise<void> => {
    inFlight.delete(id);
    return toClient({ jsonrpc: '2.0', id, error: { code: BRIDGE_ERROR, message, ...error } });
  };

  async function open(): Promise<StreamableHTTPClientTransport> {
    const transport = new StreamableHTTPClientTransport(await findServer(), {
      authProvider: {
        token: () => token.current(),
        onUnauthorized: async ({ response }) => {
          refusal = (await response.clone().text()).slice(0, REASON_CHARACTERS_MAX);
          token.renew();
        },
      },
    });
    transport.onmessage = (message) => fromServer(transport, message);
    transport.onerror = (error) => {
      if (!stopping) log(error.message);
    };
    await transport.start();
    transports.push(transport);
    return transport;
  }

  function fromServer(transport: StreamableHTTPClientTransport, message: JSONRPCMessage): void {
    if (isJSONRPCResponse(message) && message.id !== undefined) {
      const { id } = message;
      const forBridge = own.get(id);
      if (isJSONRPCResultResponse(message)) {
        const asked = inFlight.get(id)?.request;
        const { protocolVersion } = message.result;
        const opens = forBridge !== undefined || (asked !== undefined && isInitializeRequest(asked));
        if (opens && typeof protocolVersion === 'string') transport.setProtocolVersion(protocolVersion);
        if (asked?.method === 'tools/list') paramHeaders.learn(message.result);
      }
      if (forBridge !== undefined) return forBridge(message);
      // Cancelled, or answered already.
      if (!inFlight.delete(id)) return;
    }
    void toClient(message);
  }

  /**
   * The connection of now, or another one: where there is none, or in place of one that has failed. It begins with
   * `first`, where the client has opened a session before.
   */
  async function connection(
    first: JSONRPCRequest | undefined,
    failed?: StreamableHTTPClientTransport,
  ): Promise<StreamableHTTPClientTransport> {
    const known = current;
    const isFailed = failed !== undefined && (await known?.catch(() => undefined)) === failed;
    // Of two that fail at once the second finds what the first has opened.
    if (isFailed && current === known) current = undefined;
    current ??= open().then(async (transport) => {
      if (first !== undefined) await initializeAgain(transport, first);
      return transport;
    });
    const opening = current;
    try {
      return await opening;
    } catch (error) {
      if (current === opening) current = undefined;
      throw error;
    }
  }

  async function initializeAgain(
    transport: StreamableHTTPClientTransport,
    request: JSONRPCRequest,
  ): Promise<void> {
    const id = `gatehouse-initialize-${(ownRequests += 1)}`;
    const answered = new Promise<JSONRPCMessage>((resolve) => own.set(id, resolve));
    try {
      await transport.send({ ...request, id }, { onRequestStreamEnd: () => own.get(id)?.(lost(id)) });
      const answer = await answered;
      if (isJSONRPCErrorResponse(answer)) throw new Error(answer.error.message);
    } finally {
      own.delete(id);
    }
    await transport.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    log('the session was opened again');
  }

  async function deliver(message: JSONRPCMessage, entry: InFlight | undefined): Promise<void> {
    const send = (transport: StreamableHTTPClientTransport): Promise<void> =>
      transport.send(message, {
        ...(entry === undefined ? {} : streamOptions(entry)),
        ...(isJSONRPCRequest(message) && message.method === 'tools/call'
          ? { headers: paramHeaders.headersOf(message.params) }
          : {}),
      });
    const isOpening = isJSONRPCRequest(message) && isInitializeRequest(message);
    const first = isOpening ? undefined : initialize;
    const transport = await connection(first);
    try {
      await send(transport);
    } catch (error) {
      if (!nothingWasDone(error, transport)) throw error;
      await send(await connection(first, transport));
    }
    if (isOpening) initialize = message;
  }

  const streamOptions = ({ request, cancel }: InFlight) => ({
    requestSignal: cancel.signal,
    onRequestStreamEnd: () => {
      if (inFlight.has(request.id)) void fail(request.id, 'The stream ended before the answer.');
    },
  });

  /** Never rejects. */
  async function pass(message: JSONRPCMessage): Promise<void> {
    if (cancels(message)) return;
    const entry = isJSONRPCRequest(message) ? { request: message, cancel: new AbortController() } : undefined;
    if (entry !== undefined) {
      const { id } = entry.request;
      if (inFlight.size >= IN_FLIGHT_MAX)
        return fail(id, `More than ${IN_FLIGHT_MAX} requests are under way.`);
      inFlight.set(id, entry);
    }
    try {
      await deliver(message, entry);
    } catch (error) {
      if (entry === undefined) log(`not delivered: ${refusalText(error, refusal)}`);
      else if (!entry.cancel.signal.aborted) {
        await fail(entry.request.id, refusalText(error, refusal), errorOfServer(error));
      }
    }
  }

  /** From 2026-07-28 on, to end a request's stream is what cancels it; before that the notification goes on. */
  function cancels(message: JSONRPCMessage): boolean {
    if (!isJSONRPCNotification(message) || message.method !== 'notifications/cancelled') return false;
    const id = message.params?.['requestId'] as RequestId;
    const entry = inFlight.get(id);
    // Not waited for any more; an answer that comes all the same is nobody's.
    inFlight.delete(id);
    if (entry === undefined || !hasNoSession(entry.request)) return false;
    entry.cancel.abort();
    return true;
  }

  // In the client's order, except that nothing waits for the answer to a request other than `initialize`.
  let before = Promise.resolve();
  client.onmessage = (message) => {
    before = before.then(() => {
      const passed = pass(message);
      return isJSONRPCRequest(message) && !isInitializeRequest(message) ? undefined : passed;
    });
  };
  client.onerror = (error) => log(error.message);
  await client.start();

  return {
    stop: async (waitMs) => {
      const deadline = performance.now() + waitMs;
      await before;
      while (inFlight.size > 0 && performance.now() < deadline) await pause();
      const ended = (await current?.catch(() => undefined))?.terminateSession().catch(() => undefined);
      await Promise.race([ended, pause(END_SESSION_MS)]);
      stopping = true;
      for (const transport of transports) await transport.close();
      await client.close();
    },
  };
}

const pause = (ms = 20): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

const lost = (id: RequestId): JSONRPCMessage => ({
  jsonrpc: '2.0',
  id,
  error: { code: BRIDGE_ERROR, message: 'The stream ended before the answer.' },
});

const hasNoSession = (request: JSONRPCRequest): boolean =>
  request.params?._meta?.[PROTOCOL_VERSION_META_KEY] !== undefined;
