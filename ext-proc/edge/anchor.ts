/**
 * The anchor: where Envoy leads a tunnel whose upstream is down, so that CONNECT succeeds and the client can be told
 * properly (envoy-facts, "Dialling and failing upstreams"). It answers the `SSLRequest` that opens every tunnel with a
 * byte that no PostgreSQL server sends, and then only waits for the end. Nothing else is ever said on it.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { ANCHOR_ANSWER } from '../exchange/postgres/upstream-link.ts';

const SSL_REQUEST_BYTES = 8;
const CONNECTIONS_MAX = 10_000;
/** Longer than any handshake may take. */
const IDLE_MS = 60_000;

export interface Anchor {
  close(): Promise<void>;
}

/** Listens on a unix socket path, or on a host and port where Envoy is elsewhere. */
export async function startAnchor(where: { path: string } | { host: string; port: number }): Promise<Anchor> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: false }, (socket) => {
    sockets.add(socket);
    let received = 0;
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      const before = received;
      received += chunk.length;
      if (before < SSL_REQUEST_BYTES && received >= SSL_REQUEST_BYTES)
        socket.write(Buffer.from([ANCHOR_ANSWER]));
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  return {
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
