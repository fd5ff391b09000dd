/** A PostgreSQL client of a few lines, for what drivers hide: half-closes, silence, stalled reads, raw bytes. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeCancelRequest } from '../../ext-proc/protocols/postgres/startup.ts';

/** A startup packet of protocol 3.0. */
export function startupPacket(user: string, database: string): Buffer {
  const body = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(body.length + 8, 0);
  head.writeInt32BE(196_608, 4);
  return Buffer.concat([head, body]);
}

/** A Query message. */
export function query(sql: string): Buffer {
  const body = Buffer.from(`${sql}\0`);
  const head = Buffer.alloc(5);
  head.write('Q');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** Connected, open for writing after the other side's FIN. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}

/** All bytes until the other side ends, or `timeoutMs` passes. */
export async function readToEnd(
  socket: Socket,
  timeoutMs: number,
): Promise<{ bytes: Buffer; ended: boolean; afterMs: number }> {
  const began = performance.now();
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = await Promise.race([
    new Promise<boolean>((resolve) => {
      socket.once('end', () => resolve(true));
      socket.once('close', () => resolve(true));
    }),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), timeoutMs).unref()),
  ]);
  return { bytes: Buffer.concat(chunks), ended, afterMs: performance.now() - began };
}

/** Reads until `marker` has come. Rejects after `timeoutMs` or at the end of the stream. */
export function readUntil(socket: Socket, marker: string | Buffer, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const timer = setTimeout(
      () => done(new Error(`no ${String(marker)} in ${timeoutMs} ms; ${bytes.length} bytes`)),
      timeoutMs,
    );
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.includes(marker)) done();
    };
    const onEnd = (): void => done(new Error(`the stream ended after ${bytes.length} bytes`));
    const done = (error?: Error): void => {
      clearTimeout(timer);
      socket.off('data', onData);
      socket.off('end', onEnd);
      socket.off('close', onEnd);
      if (error === undefined) resolve(bytes);
      else reject(error);
    };
    socket.on('data', onData);
    socket.on('end', onEnd);
    socket.on('close', onEnd);
  });
}

/** A cancel request as a client sends it, on a connection of its own; resolves when that is closed. */
export async function cancelBy(
  port: number,
  key: { readonly processId: number; readonly secretKey: Buffer } | undefined,
): Promise<void> {
  if (key === undefined) throw new Error('the server gave no key');
  const socket = await openSocket(port);
  socket.resume();
  socket.write(encodeCancelRequest(key.processId, key.secretKey));
  await once(socket, 'end');
  socket.destroy();
}
