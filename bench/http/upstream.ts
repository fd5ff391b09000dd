/**
 * The server behind every way of the bench: Node's own HTTP server with bodies that are made beforehand.
 * Run by itself: node bench/http/upstream.ts --port N
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { event, ORDERS, PERSON, rows } from './payloads.ts';

const { values } = parseArgs({ options: { port: { type: 'string' } } });
if (values.port === undefined) {
  process.stderr.write('usage: node bench/http/upstream.ts --port N\n');
  process.exit(2);
}
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  serve(request, response).catch(() => response.destroy());
});
server.listen(Number(values.port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://upstream');
  const count = (name: string): number => Number(url.searchParams.get(name) ?? '0');
  if (url.pathname.startsWith('/people/')) return whole(response, PERSON);
  if (url.pathname === '/orders') {
    await taken(request);
    return whole(response, ORDERS);
  }
  if (url.pathname === '/events') return events(response, count('count'), count('everyMs'));
  if (url.pathname === '/large') return large(response, count('bytes'));
  if (url.pathname === '/sink')
    return whole(response, Buffer.from(JSON.stringify({ bytes: await taken(request) })));
  response.writeHead(404).end();
}

function whole(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}

async function taken(request: IncomingMessage): Promise<number> {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => (bytes += chunk.length));
  await once(request, 'end');
  return bytes;
}

async function events(response: ServerResponse, count: number, everyMs: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  for (let id = 1; id <= count && !response.destroyed; id++) {
    if (id > 1) await sleep(everyMs);
    response.write(event(id));
  }
  response.end();
}

async function large(response: ServerResponse, bytes: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  for (const piece of rows(bytes)) {
    if (response.destroyed) return;
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
}
