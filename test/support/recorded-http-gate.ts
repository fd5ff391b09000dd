/**
 * A gate for HTTP in front of a server that writes down all that reaches it: a real Envoy as rendered, a worker composed
 * in this process, a policy that allows everything. What a request may not bring past Envoy and the service is seen by
 * what the server has.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { composeWorker } from '../../ext-proc/compose.ts';
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import { parseConfig } from '../../ext-proc/config/load.ts';
import { DEV_AUDIENCE, mintToken, startDevIssuer } from '../../ext-proc/embedded/dev-issuer.ts';
import { freePort } from '../../ext-proc/embedded/ready.ts';
import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import { startTestEnvoy, type TestEnvoy } from './envoy.ts';
import { BUNDLES, testLog } from './gate.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface ReceivedRequest {
  readonly method: string;
  readonly target: string;
  /** Name in lower case, value; in order. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

export interface RecordingServer {
  readonly port: number;
  /** All requests, first to last; a request that could not be read is one with the method `?`. */
  readonly received: readonly ReceivedRequest[];
  /** What is answered from now on; 200 with `ok` at first. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  forget(): void;
  stop(): Promise<void>;
}

export async function startRecordingServer(): Promise<RecordingServer> {
  const received: ReceivedRequest[] = [];
  const recording = {
    answer: (_request: IncomingMessage, response: ServerResponse): void => void response.end('ok'),
  };
  const server: Server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({
        method: request.method ?? '',
        target: request.url ?? '',
        headers: pairs(request.rawHeaders),
        body: Buffer.concat(chunks).toString('latin1'),
      });
      recording.answer(request, response);
    });
  });
  server.on('clientError', (error: Error, socket: Socket) => {
    received.push({ method: '?', target: error.message, headers: [], body: '' });
    socket.destroy();
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    received.push({ method: '?', target: 'upgrade', headers: pairs(request.rawHeaders), body: '' });
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(recording, {
    port: (server.address() as AddressInfo).port,
    received,
    forget: () => void received.splice(0),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

const pairs = (raw: readonly string[]): readonly (readonly [string, string])[] =>
  raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] as string] as const] : [],
  );

export interface RecordedHttpGate {
  readonly config: GatehouseConfig;
  readonly envoy: TestEnvoy;
  readonly server: RecordingServer;
  readonly port: number;
  token(groups?: readonly string[]): Promise<string>;
  /** Writes bytes on a connection of their own, and reads until Envoy closes it or `timeoutMs` is over. */
  raw(bytes: string | Buffer, timeoutMs?: number): Promise<string>;
  /** Ends the service, and leaves Envoy without it. */
  closeWorker(): Promise<void>;
  stop(): Promise<void>;
}

export interface RecordedHttpGateOptions {
  /** Lines of the listener's routes, YAML indented by six. */
  readonly routesYaml: string;
  /** Lines of the listener beside name, protocol, address and routes, indented by four; plaintext where absent. */
  readonly listenerYaml?: string;
}

/** The listener is `web`, the upstream `api`. */
export async function startRecordedHttpGate(options: RecordedHttpGateOptions): Promise<RecordedHttpGate> {
  const temporary = await temporaryDirectory();
  const directory = temporary.path;
  await mkdir(join(directory, 'state'));
  const server = await startRecordingServer();
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
  - name: web
    protocol: http
    address: 127.0.0.1:${port}
${options.listenerYaml ?? '    plaintext: loopback-development'}
    routes:
${options.routesYaml}
upstreams:
  - name: api
    protocol: http
    address: 127.0.0.1:${server.port}
    tls: { mode: disable }
    credentials: [{ groups: ['*'], none: true }]
issuers:
  - { issuer: '${issuer.issuer}', audience: gatehouse, algorithms: [ES256] }
policy:
  bundle: { file: ${BUNDLES.allowAll} }
`;
  const file = join(directory, 'gatehouse.yaml');
  await writeFile(file, text);
  const config = parseConfig(text, file, { cores: 1, runtimeDirectory: directory });
  const worker = await composeWorker(config, 0, testLog);
  const envoy = await startTestEnvoy(config, directory);
  let closing: Promise<void> | undefined;
  const closeWorker = (): Promise<void> => (closing ??= worker.close());
  return {
    config,
    envoy,
    server,
    port,
    closeWorker,
    token: (groups = ['developers']) =>
      mintToken({
        directory: join(directory, 'issuer'),
        issuer: issuer.issuer,
        audience: DEV_AUDIENCE,
        subject: 'agent:claude-1',
        onBehalfOf: undefined,
        groups,
        ttlMs: 900_000,
        clock: createSystemClock(),
      }),
    raw: (bytes, timeoutMs = 5_000) => exchange(port, bytes, timeoutMs),
    stop: async () => {
      await closeWorker();
      await envoy.stop();
      await issuer.stop();
      await server.stop();
      await temporary.remove();
    },
  };
}

function exchange(port: number, bytes: string | Buffer, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
    socket.write(bytes);
  });
}
