/** One end of a WebSocket over a socket, frame by frame as a test says, in form or not. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { encodeFrame } from '../../ext-proc/protocols/websocket/frame-encoder.ts';
import { OPCODES, type Opcode } from '../../ext-proc/protocols/websocket/frame.ts';
import { MessageReader, type MessageStep } from '../../ext-proc/protocols/websocket/message-reader.ts';
import { closePayload } from '../../ext-proc/protocols/websocket/close.ts';

export type Received = Exclude<MessageStep, { kind: 'need-more' }> | { readonly kind: 'end' };

const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

export class WebSocketPeer {
  readonly socket: Duplex;
  readonly #side: 'client' | 'server';
  readonly #reader: MessageReader;
  readonly #received: Received[] = [];
  /** Everything that came, as it came. */
  bytes = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(socket: Duplex, side: 'client' | 'server') {
    this.socket = socket;
    this.#side = side;
    this.#reader = new MessageReader({
      from: side === 'client' ? 'server' : 'client',
      messageBytesMax: 4 * 1_048_576,
    });
    socket.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      this.#reader.push(chunk);
      for (let step = this.#reader.next(); step.kind !== 'need-more'; step = this.#reader.next()) {
        this.#received.push(step);
        if (step.kind === 'refused') break;
      }
      this.#wake?.();
    });
    socket.on('error', () => undefined);
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.#ended = true;
        this.#wake?.();
      });
    }
  }

  frame(opcode: Opcode, payload: Buffer | string = '', final = true): Buffer {
    const bytes = Buffer.from(payload);
    const frame = encodeFrame('text', bytes, this.#side === 'client' ? MASK : undefined);
    frame[0] = OPCODES[opcode] | (final ? 0x80 : 0);
    return frame;
  }

  send(opcode: Opcode, payload: Buffer | string = '', final = true): void {
    this.socket.write(this.frame(opcode, payload, final));
  }

  text(value: unknown): void {
    this.send('text', typeof value === 'string' ? value : JSON.stringify(value));
  }

  close(code?: number, reason = ''): void {
    this.send('close', closePayload(code, reason));
  }

  /** What comes next; `end` where nothing does. Rejects after `timeoutMs` without either. */
  async next(timeoutMs = 5_000): Promise<Received> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const first = this.#received.shift();
      if (first !== undefined) return first;
      if (this.#ended) return { kind: 'end' };
      const left = deadline - Date.now();
      if (left <= 0) throw new Error('nothing came');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** The next message's text. */
  async nextText(): Promise<string> {
    const step = await this.next();
    if (step.kind !== 'message') throw new Error(`no message: ${JSON.stringify(step)}`);
    return step.payload.toString();
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** Opens one over HTTP/1.1; rejects with the whole answer where the server does not switch. */
export async function openWebSocket(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ peer: WebSocketPeer; head: string }> {
  const socket: Socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const lines = Object.entries({
    host: 'localhost',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  let answer = Buffer.alloc(0);
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    answer = Buffer.concat([answer, chunk]);
    const end = answer.indexOf('\r\n\r\n');
    if (end < 0) continue;
    const head = answer.toString('latin1', 0, end);
    if (!head.startsWith('HTTP/1.1 101')) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      socket.destroy();
      throw new Error(answer.toString());
    }
    const peer = new WebSocketPeer(socket, 'client');
    if (answer.length > end + 4) socket.emit('data', answer.subarray(end + 4));
    return { peer, head };
  }
  throw new Error('the connection ended');
}
