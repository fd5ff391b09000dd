/**
 * The sample HTTP API that `npm start` puts behind the gate: people, orders and cards as JSON, a download, a stream of
 * events, uploads, a session cookie and a WebSocket. It takes its own bearer token alone (RFC 6750), which the gate
 * has and no agent; `/health` is open.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SampleRecords } from '../sample-records.ts';
import { startWebServer } from '../web-server.ts';
import { notFound, problem } from './answers.ts';
import { sampleRoutes, type Call, type Route } from './routes.ts';
import { SeenRequests, type SeenRequest } from './seen-requests.ts';
import { createSampleWebSocket } from './web-socket.ts';

export interface SampleApi {
  /** `https://localhost:<port>`. */
  readonly url: string;
  readonly port: number;
  /** The last requests that reached it, the oldest first. */
  readonly seen: () => readonly SeenRequest[];
  stop(): Promise<void>;
}

export interface SampleApiOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly tls: { readonly certificate: string; readonly key: string };
  /** The only bearer token that it takes. */
  readonly token: string;
  readonly records: SampleRecords;
}

/** Rejects with what listening fails with. */
export async function startSampleApi(options: SampleApiOptions): Promise<SampleApi> {
  const seen = new SeenRequests(options.token);
  const routes = sampleRoutes(options.records).map((route) => ({ ...route, fits: matcher(route.template) }));
  const webSocket = createSampleWebSocket(options.records);

  async function handle(arrived: Request): Promise<Response> {
    const noted = seen.note(arrived);
    const url = new URL(arrived.url);
    const fitting = routes.flatMap((route) => {
      const parameters = route.fits(url.pathname);
      return parameters === undefined ? [] : [{ route, parameters }];
    });
    if (noted.seen.credential !== 'own' && fitting[0]?.route.open !== true) return unauthorized();
    if (fitting.length === 0) return notFound('such path');
    const found = fitting.find(({ route }) => accepts(route, arrived.method));
    if (found === undefined) {
      const allow = fitting.map(({ route }) => route.method).join(', ');
      return problem(405, 'Method Not Allowed', `Here it is ${allow}.`, { allow });
    }
    const call: Call = { request: noted.request, url, parameters: found.parameters, seen: noted.seen };
    return found.route.answer(call);
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const headers = new Headers(
      Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    );
    const url = new URL(request.url ?? '/', 'https://localhost');
    const noted = seen.note(new Request(url, { headers }));
    const refused = noted.seen.credential !== 'own' ? '401 Unauthorized' : '404 Not Found';
    if (noted.seen.credential === 'own' && url.pathname === '/ws') webSocket.accept(request, socket, head);
    else socket.end(`HTTP/1.1 ${refused}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  }

  const server = await startWebServer({ port: options.port, tls: options.tls, handle, upgrade });
  return {
    url: `https://localhost:${server.port}`,
    port: server.port,
    seen: () => seen.list(),
    stop: async () => {
      webSocket.stop();
      await server.stop();
    },
  };
}

const accepts = (route: Route, method: string): boolean =>
  route.method === '*' || route.method === method || (route.method === 'GET' && method === 'HEAD');

const unauthorized = (): Response =>
  problem(
    401,
    'Unauthorized',
    "The API takes its own token alone; the gate has it, an agent's is of no use here.",
    {
      'www-authenticate': 'Bearer realm="sample-api"',
    },
  );

/** `/people/{id}`: a name in braces stands for one segment. */
function matcher(template: string): (path: string) => Record<string, string> | undefined {
  const pattern = new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
  return (path) => {
    const found = pattern.exec(path);
    return found === null ? undefined : { ...found.groups };
  };
}
