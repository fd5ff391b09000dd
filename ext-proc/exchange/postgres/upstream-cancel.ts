/**
 * Cancel requests of the gate's own: sent over a new connection through Envoy when a session is ended while the server
 * works for it (the server does not notice a closed connection before it has something to say).
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Canceling Requests in Progress".
 */
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import type { Log } from '../../domain/log.ts';
import type { CancelTarget } from '../../domain/ports.ts';
import { encodeCancelRequest, encodeSslRequest } from '../../protocols/postgres/startup.ts';
import { secureUpstream } from './upstream-link.ts';
import type { UpstreamCanceller, UpstreamTls } from './gate.ts';

const TIMEOUT_MS = 5_000;

export interface CancelRoute {
  /** Where Envoy's listener for the gate's own connections is. */
  readonly connect: NetConnectOpts;
  readonly tls: UpstreamTls;
}

export function createUpstreamCanceller(
  routes: ReadonlyMap<string, CancelRoute>,
  log: Log,
): UpstreamCanceller {
  return {
    async cancel(target) {
      const route = routes.get(target.upstream);
      if (route === undefined) return;
      const socket = connect({ ...route.connect, timeout: TIMEOUT_MS });
      try {
        await Promise.race([sendCancel(socket, route.tls, target), timeout(socket)]);
      } catch (error) {
        log.warn(
          { err: error, upstream: target.upstream, session: target.sessionId },
          'a running statement could not be cancelled',
        );
      } finally {
        socket.destroy();
      }
    },
  };
}

async function sendCancel(socket: Socket, tls: UpstreamTls, target: CancelTarget): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.write(encodeSslRequest());
  const answer = await new Promise<Buffer>((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('error', reject);
    socket.once('end', () => reject(new Error('the upstream closed the connection')));
  });
  if (answer.length !== 1 || (answer[0] !== 0x53 && answer[0] !== 0x4e))
    throw new Error('the upstream is down');
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.once('end', () => resolve());
  });
  const wire = (pieces: readonly Buffer[], end: boolean): void => {
    for (const piece of pieces) socket.write(piece);
    if (end) socket.end();
  };
  const { transport } = await secureUpstream(
    answer[0] === 0x53 ? 'tls' : 'plain',
    tls,
    wire,
    {
      onData: () => {},
      onEnd: () => {},
      onError: () => {},
    },
    (made) => socket.on('data', (chunk: Buffer) => made.receive(chunk)),
  );
  transport.send([encodeCancelRequest(target.processId, Buffer.from(target.secretKey))], true);
  await ended;
}

function timeout(socket: Socket): Promise<never> {
  return new Promise((_resolve, reject) => {
    socket.once('timeout', () => reject(new Error('timed out')));
  });
}
