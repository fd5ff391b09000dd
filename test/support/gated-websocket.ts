/**
 * A server of WebSockets behind a gate: real Envoy, a worker composed in this process, and a server end that does frame by
 * frame what a test says. Three routes lead to it: one to an ordinary upstream, `/high` to a sensitive one, and `/unread`
 * without inspection. `/events` is a stream of events that does not end.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';

import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import { composeWorker, type ComposedWorker } from '../../ext-proc/compose.ts';
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import { parseConfig } from '../../ext-proc/config/load.ts';
import { anchorSocket } from '../../ext-proc/config/socket-paths.ts';
import { startAnchor } from '../../ext-proc/edge/anchor.ts';
import { DEV_AUDIENCE, mintToken, startDevIssuer } from '../../ext-proc/embedded/dev-issuer.ts';
import { freePort } from '../../ext-proc/embedded/ready.ts';
import { startTestEnvoy, type TestEnvoy } from './envoy.ts';
import { journalRecords, testLog } from './gate.ts';
import { changeBundle, copyBundle, DEFAULT_BUNDLE } from './policy.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { openWebSocket, WebSocketPeer } from './websocket-peer.ts';

export interface ServerEnd {
  readonly peer: WebSocketPeer;
  readonly request: IncomingMessage;
}

export interface GatedWebSocket {
  readonly config: GatehouseConfig;
  readonly worker: ComposedWorker;
  readonly envoy: TestEnvoy;
  readonly port: number;
  token(options?: { subject?: string; groups?: readonly string[]; ttlMs?: number }): Promise<string>;
  /** Opens one, and gives both of its ends. */
  open(options?: {
    path?: string;
    token?: string;
    headers?: Readonly<Record<string, string>>;
  }): Promise<{ client: WebSocketPeer; server: ServerEnd; head: string }>;
  /** The server end of the WebSocket that was opened with this target. */
  accepted(target: string): Promise<ServerEnd>;
  /** How the server answers what comes next, where not by switching. */
  answer(reply: ((request: IncomingMessage, socket: Duplex) => void) | undefined): void;
  records(): Promise<readonly Record<string, unknown>[]>;
  /** Waits until the records hold such a one. */
  recorded(match: (record: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** In the standard policy's settings: what is different. */
export interface WebSocketPolicy {
  readonly arguments?: readonly object[];
  readonly remove?: readonly object[];
  /** What policy holds can be approved. */
  readonly approvals?: true;
}

export async function startGatedWebSocket(policy: WebSocketPolicy = {}): Promise<GatedWebSocket> {
  const temporary = await temporaryDirectory();
  const directory = temporary.path;
  await mkdir(join(directory, 'state'));
  const bundle = await changedBundle(policy);

  const arrived = new Map<string, ServerEnd>();
  const sockets = new Set<Duplex>();
  let answer: ((request: IncomingMessage, socket: Duplex) => void) | undefined;
  const server = createServer((request, response) => {
    if (request.url !== '/events') return response.end('plain');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: first\n\n');
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.on('upgrade', (request, socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (answer !== undefined) return answer(request, socket);
    socket.write(acceptance(request));
    arrived.set(request.url ?? '', { peer: new WebSocketPeer(socket, 'server'), request });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const upstream = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  const port = await freePort();
  const issuer = await startDevIssuer({
    directory: join(directory, 'issuer'),
    port: 0,
    listeners: [`127.0.0.1:${port}`],
  });
  const text = `
version: 1
service: { workers: 1, stateDirectory: state, socketDirectory: . }
envoy: { adminAddress: '127.0.0.1:${await freePort()}', concurrency: 2, accessLog: access.log }
listeners:
  - name: apis
    protocol: http
    address: 127.0.0.1:${port}
    plaintext: loopback-development
    routes:
      - { name: unread, prefix: /unread, upstream: low, inspection: headers }
      - { name: high, prefix: /high, upstream: high }
      - { name: low, prefix: /, upstream: low }
upstreams:
  - name: low
    protocol: http
    address: ${upstream}
    tls: { mode: disable }
    labels: { env: dev }
    credentials: [{ groups: ['*'], none: true }]
  - name: high
    protocol: http
    address: ${upstream}
    tls: { mode: disable }
    labels: { env: test, sensitivity: high }
    credentials: [{ groups: ['*'], none: true }]
issuers:
  - { issuer: '${issuer.issuer}', audience: gatehouse, algorithms: [ES256] }
policy: { bundle: { file: ${bundle.folder} } }
masking: { fields: [{ field: '**.pin', tag: pin }] }
${policy.approvals === true ? 'approvals: { key: { file: approvals.key } }' : ''}
`;
  await writeFile(join(directory, 'approvals.key'), 'k'.repeat(48), { mode: 0o600 });
  const file = join(directory, 'gatehouse.yaml');
  await writeFile(file, text);
  const config = parseConfig(text, file, { cores: 1, runtimeDirectory: directory });
  const anchor = await startAnchor({ path: anchorSocket(config.service.socketDirectory) });
  const worker = await composeWorker(config, 0, testLog);
  const envoy = await startTestEnvoy(config, directory);

  const token: GatedWebSocket['token'] = (options = {}) =>
    mintToken({
      directory: join(directory, 'issuer'),
      issuer: issuer.issuer,
      audience: DEV_AUDIENCE,
      subject: options.subject ?? 'agent:claude-1',
      onBehalfOf: undefined,
      groups: options.groups ?? ['developers'],
      ttlMs: options.ttlMs ?? 900_000,
      clock: createSystemClock(),
    });
  const accepted = async (target: string): Promise<ServerEnd> => {
    for (let attempt = 0; attempt < 100; attempt++) {
      const there = arrived.get(target);
      if (there !== undefined) return there;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('nothing reached the server');
  };
  let opened = 0;
  const records = (): Promise<readonly Record<string, unknown>[]> =>
    journalRecords(config.audit.journal.directory);
  return {
    config,
    worker,
    envoy,
    port,
    token,
    accepted,
    answer: (reply) => (answer = reply),
    open: async ({ path = '/chat', token: shown, headers = {} } = {}) => {
      const authorization = `Bearer ${shown ?? (await token())}`;
      const target = `${path}?n=${++opened}`;
      const { peer, head } = await openWebSocket(port, target, { authorization, ...headers });
      return { client: peer, head, server: await accepted(target) };
    },
    records,
    recorded: async (match) => {
      for (let attempt = 0; attempt < 100; attempt++) {
        const found = (await records()).find(match);
        if (found !== undefined) return found;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error('no such record');
    },
    stop: async () => {
      await worker.close();
      await envoy.stop();
      await anchor.close();
      await issuer.stop();
      for (const socket of sockets) socket.destroy();
      server.close();
      await bundle.dispose();
      await temporary.remove();
    },
  };
}

function acceptance(request: IncomingMessage): string {
  const protocol = request.headers['sec-websocket-protocol'];
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash('sha1').update(key).digest('base64');
  return (
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${accept}\r\n` +
    'Sec-WebSocket-Extensions: permessage-deflate\r\nSet-Cookie: session=1\r\n' +
    `${protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`}\r\n`
  );
}

async function changedBundle({ arguments: judged = [], remove = [] }: WebSocketPolicy) {
  const bundle = await copyBundle(DEFAULT_BUNDLE);
  const data = JSON.parse(await readFile(join(bundle.folder, 'data.json'), 'utf8')) as {
    settings: { http: Record<string, unknown>; masking: Record<string, unknown> };
  };
  data.settings.http['arguments'] = judged;
  data.settings.masking['remove'] = remove;
  await changeBundle(bundle.folder, { data });
  return bundle;
}
