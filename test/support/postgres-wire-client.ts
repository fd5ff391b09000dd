/**
 * A bare connection to a PostgreSQL server that logs in with `UpstreamLogin` and speaks the codec's messages:
 * what a test needs to hold the codec against a real server.
 */
import { pbkdf2 as pbkdf2Callback, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { Secret } from '../../ext-proc/domain/secret.ts';
import { encodeTerminate } from '../../ext-proc/protocols/postgres/frontend-encoders.ts';
import { MessageFramer } from '../../ext-proc/protocols/postgres/framer.ts';
import { BACKEND, BACKEND_TYPES } from '../../ext-proc/protocols/postgres/message-types.ts';
import { encodeSslRequest } from '../../ext-proc/protocols/postgres/startup.ts';
import { tlsServerEndPoint } from '../../ext-proc/protocols/postgres/tls-server-end-point.ts';
import { UpstreamLogin } from '../../ext-proc/protocols/postgres/upstream-login.ts';
import type {
  UpstreamFailed,
  UpstreamLoginOptions,
  UpstreamReady,
} from '../../ext-proc/protocols/postgres/upstream-login.ts';

const derive = promisify(pbkdf2Callback);

export interface WireMessage {
  readonly type: number;
  readonly wire: Buffer;
}

export interface WireClientOptions {
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly database?: string;
  readonly protocolMinor?: number;
  /** PEM to verify the server with; without it TLS is not used. */
  readonly ca?: string;
  /** Changes what the login is told, for what must fail. */
  readonly login?: Partial<UpstreamLoginOptions>;
  /** Cuts what the server sends into pieces of this size. */
  readonly chunkBytes?: number;
}

export class WireClient {
  readonly socket: Socket;
  /** Everything the login sent, in order. */
  readonly sent: Buffer[] = [];
  readonly #messages: WireMessage[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  private constructor(socket: Socket, chunkBytes: number) {
    this.socket = socket;
    const framer = new MessageFramer({
      streamed: new Set(),
      bytesMax: () => 1e9,
      knownTypes: BACKEND_TYPES,
    });
    socket.on('data', (data: Buffer) => {
      for (let at = 0; at < data.length; at += chunkBytes) {
        framer.push(data.subarray(at, at + chunkBytes));
        for (let step = framer.next(); step.kind !== 'need-more'; step = framer.next()) {
          if (step.kind === 'error') throw new Error(step.code);
          if (step.kind === 'message') this.#messages.push(step);
        }
      }
      this.#wake?.();
    });
    const end = (): void => {
      this.#ended = true;
      this.#wake?.();
    };
    // A server that drops a client may reset the connection: an end like any other here.
    socket.on('error', end).on('close', end);
  }

  static async login(
    options: WireClientOptions,
  ): Promise<{ client: WireClient; outcome: UpstreamReady | UpstreamFailed }> {
    const socket = connect(options.port, '127.0.0.1').setNoDelay();
    await once(socket, 'connect');
    let client: WireClient;
    let channelBinding = undefined;
    if (options.ca === undefined) {
      client = new WireClient(socket, options.chunkBytes ?? Infinity);
    } else {
      socket.write(encodeSslRequest());
      const [answer] = (await once(socket, 'data')) as [Buffer];
      if (answer.toString() !== 'S') throw new Error('the server has no TLS');
      const secure = connectTls({ socket, ca: options.ca, servername: 'localhost' });
      await once(secure, 'secureConnect');
      channelBinding = tlsServerEndPoint(secure.getPeerCertificate().raw);
      client = new WireClient(secure, options.chunkBytes ?? Infinity);
    }
    const login = new UpstreamLogin({
      user: options.user,
      password: options.password === undefined ? undefined : new Secret(options.password),
      parameters: new Map([['database', options.database ?? 'postgres']]),
      protocolMinor: options.protocolMinor ?? 0,
      channelBinding,
      tlsActive: options.ca !== undefined,
      randomBytes,
      pbkdf2: (password, salt, iterations, bytes) => derive(password, salt, iterations, bytes, 'sha256'),
      ...options.login,
    });
    client.send(login.start());
    for (;;) {
      const message = await client.next();
      if (message === undefined) throw new Error('the server hung up during the login');
      const step = await login.onMessage(message.type, message.wire);
      if (step.kind === 'send') client.send(step.bytes);
      if (step.kind === 'ready' || step.kind === 'failed') return { client, outcome: step };
    }
  }

  send(...bytes: Buffer[]): void {
    this.sent.push(...bytes);
    this.socket.write(Buffer.concat(bytes));
  }

  /** The next message; undefined once the server has ended the connection. */
  async next(): Promise<WireMessage | undefined> {
    while (this.#messages.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#messages.shift();
  }

  /** Messages up to and with the next ReadyForQuery, or to the end of the connection. */
  async untilReady(): Promise<WireMessage[]> {
    const messages: WireMessage[] = [];
    for (;;) {
      const message = await this.next();
      if (message === undefined) return messages;
      messages.push(message);
      if (message.type === BACKEND.ReadyForQuery) return messages;
    }
  }

  async close(): Promise<void> {
    if (!this.#ended) {
      this.socket.end(encodeTerminate());
      while (!this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    this.socket.destroy();
  }
}
