/**
 * One HTTP/1.1 connection of the load generator: a request at a time, its bytes made beforehand, and of the answer no more
 * read than where it ends. Costs a fraction of a client library's time, which on few cores is time of what is measured.
 */
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly bodyBytes: number;
  /** From the request's first byte to the answer's first and last, in milliseconds. */
  readonly firstByteMs: number;
  readonly totalMs: number;
}

interface Pending {
  readonly startedNs: bigint;
  readonly onBody: ((chunk: Buffer) => void) | undefined;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

const HEAD_END = '\r\n\r\n';
/** The end of a chunked body; nothing that is sent here has line ends of this kind inside. */
const LAST_CHUNK = '\r\n0\r\n\r\n';

export class ClientConnection {
  readonly #socket: Socket;
  #pending: Pending | undefined;
  #head: Buffer | undefined;
  #firstByteNs = 0n;
  #status = 0;
  #bodyBytes = 0;
  /** Undefined while the head is read; Infinity where the body is chunked. */
  #bodyBytesLeft: number | undefined;
  #tail = '';

  static open(port: number): Promise<ClientConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new ClientConnection(socket));
      });
    });
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection was closed before the end of an answer')));
  }

  /** Resolves with the last byte of the answer; `onBody` sees its body as it lies on the wire. */
  exchange(request: Buffer, onBody?: (chunk: Buffer) => void): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#begin({ startedNs: process.hrtime.bigint(), onBody, resolve, reject });
      this.#socket.write(request);
    });
  }

  /** The same with a body that is made while it is sent, chunked. */
  async upload(head: string, body: Iterable<Buffer>): Promise<Answer> {
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#begin({ startedNs: process.hrtime.bigint(), onBody: undefined, resolve, reject });
    });
    answer.catch(() => undefined);
    this.#socket.write(`${head}transfer-encoding: chunked\r\n\r\n`);
    for (const piece of body) {
      this.#socket.write(`${piece.length.toString(16)}\r\n`);
      this.#socket.write(piece);
      if (!this.#socket.write('\r\n'))
        await Promise.race([new Promise((resolve) => this.#socket.once('drain', resolve)), answer]);
    }
    this.#socket.write('0\r\n\r\n');
    return answer;
  }

  close(): void {
    this.#pending = undefined;
    this.#socket.destroy();
  }

  #begin(pending: Pending): void {
    if (this.#pending !== undefined) throw new Error('one request at a time');
    this.#pending = pending;
    this.#head = undefined;
    this.#firstByteNs = 0n;
    this.#bodyBytes = 0;
    this.#bodyBytesLeft = undefined;
    this.#tail = '';
  }

  #receive(chunk: Buffer): void {
    if (this.#pending === undefined) return;
    if (this.#firstByteNs === 0n) this.#firstByteNs = process.hrtime.bigint();
    if (this.#bodyBytesLeft !== undefined) return this.#body(chunk);
    const read = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk]);
    const end = read.indexOf(HEAD_END);
    if (end === -1) {
      this.#head = read;
      return;
    }
    const head = read.toString('latin1', 0, end).toLowerCase();
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
    this.#bodyBytesLeft = length === undefined ? Infinity : Number(length);
    // The head's own line end may be the beginning of the last chunk.
    this.#tail = '\r\n';
    this.#body(read.subarray(end + HEAD_END.length));
  }

  #body(chunk: Buffer): void {
    this.#bodyBytes += chunk.length;
    if (chunk.length > 0) this.#pending?.onBody?.(chunk);
    if (this.#bodyBytesLeft === Infinity) {
      const seen = LAST_CHUNK.length;
      this.#tail = (this.#tail + chunk.toString('latin1', Math.max(0, chunk.length - seen))).slice(-seen);
      if (this.#tail === LAST_CHUNK) this.#done();
      return;
    }
    this.#bodyBytesLeft = (this.#bodyBytesLeft ?? 0) - chunk.length;
    if (this.#bodyBytesLeft <= 0) this.#done();
  }

  #done(): void {
    const pending = this.#pending as Pending;
    this.#pending = undefined;
    const sinceMs = (ns: bigint): number => Number(ns - pending.startedNs) / 1e6;
    pending.resolve({
      status: this.#status,
      bodyBytes: this.#bodyBytes,
      firstByteMs: sinceMs(this.#firstByteNs),
      totalMs: sinceMs(process.hrtime.bigint()),
    });
  }

  #fail(error: Error): void {
    this.#pending?.reject(error);
    this.#pending = undefined;
  }
}
