/**
 * A PostgreSQL client that only counts: it logs in, sends a query, and takes the answer as fast as the socket, or as
 * slowly as it is told. Drivers parse every row, and would be what is measured.
 */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { pbkdf2 } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { Secret } from '../../ext-proc/domain/secret.ts';
import { MessageFramer } from '../../ext-proc/protocols/postgres/framer.ts';
import { encodeQuery, encodeTerminate } from '../../ext-proc/protocols/postgres/frontend-encoders.ts';
import { BACKEND, BACKEND_TYPES } from '../../ext-proc/protocols/postgres/message-types.ts';
import { UpstreamLogin } from '../../ext-proc/protocols/postgres/upstream-login.ts';
import type { Target } from './postgres-stack.ts';

const pbkdf2Async = promisify(pbkdf2);
const STREAMED = new Set<number>([BACKEND.DataRow, BACKEND.CopyData]);

export interface RawSession {
  readonly socket: Socket;
  query(text: string): void;
  /** Resolves at ReadyForQuery; rejects on an ErrorResponse. */
  readUntilReady(): Promise<void>;
  close(): void;
}

export async function openSession(target: Target, database: string): Promise<RawSession> {
  const socket = connect({ host: '127.0.0.1', port: target.port, noDelay: true });
  await once(socket, 'connect');
  const framer = new MessageFramer({
    streamed: STREAMED,
    knownTypes: BACKEND_TYPES,
    bytesMax: () => 1_048_576,
  });
  const login = new UpstreamLogin({
    user: target.user,
    password: new Secret(target.password),
    parameters: new Map([['database', database]]),
    protocolMinor: 0,
    channelBinding: undefined,
    tlsActive: false,
    cleartextWithoutTls: true,
    randomBytes: (count) => randomBytes(count),
    pbkdf2: (password, salt, iterations, keyBytes) =>
      pbkdf2Async(password, salt, iterations, keyBytes, 'sha256'),
  });
  socket.write(login.start());
  for (let ready = false; !ready;) {
    const step = framer.next();
    if (step.kind === 'need-more') {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      framer.push(chunk);
      continue;
    }
    if (step.kind !== 'message') throw new Error(`login through ${target.name}: ${step.kind}`);
    const next = await login.onMessage(step.type, step.wire);
    if (next.kind === 'send') socket.write(next.bytes);
    if (next.kind === 'failed')
      throw new Error(`login through ${target.name}: ${next.code} ${next.serverError?.get('M') ?? ''}`);
    ready = next.kind === 'ready';
  }
  socket.pause();
  return {
    socket,
    query: (text) => void socket.write(encodeQuery(text)),
    readUntilReady: () => untilReady(socket, framer),
    close: () => {
      socket.end(encodeTerminate());
      socket.resume();
      socket.on('error', () => socket.destroy());
    },
  };
}

function untilReady(socket: Socket, framer: MessageFramer): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error): void => {
      socket.off('data', read);
      socket.off('close', closed);
      socket.pause();
      if (error === undefined) resolve();
      else reject(error);
    };
    const closed = (): void => done(new Error('the connection closed'));
    const read = (chunk: Buffer): void => {
      framer.push(chunk);
      for (let step = framer.next(); step.kind !== 'need-more'; step = framer.next()) {
        if (step.kind === 'error') return done(new Error(step.code));
        if (step.kind === 'message' && step.type === BACKEND.ErrorResponse)
          return done(new Error(step.wire.toString('latin1')));
        if (step.kind === 'message' && step.type === BACKEND.ReadyForQuery) return done();
      }
    };
    socket.on('data', read);
    socket.on('close', closed);
    socket.resume();
  });
}

/** Reads to ReadyForQuery at no more than so many bytes a second; `onTick` is called ten times a second. */
export async function readAtMost(
  session: RawSession,
  bytesPerSecond: number,
  onTick: () => void,
): Promise<void> {
  const { socket } = session;
  const budget = bytesPerSecond / 10;
  let taken = 0;
  const count = (chunk: Buffer): void => {
    taken += chunk.length;
    if (taken >= budget) socket.pause();
  };
  const timer = setInterval(() => {
    taken = 0;
    socket.resume();
    onTick();
  }, 100);
  socket.on('data', count);
  try {
    await session.readUntilReady();
  } finally {
    clearInterval(timer);
    socket.off('data', count);
  }
}
