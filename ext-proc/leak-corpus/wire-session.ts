/**
 * A session at a target for one attempt: TCP, TLS as the URL says, the login, and what comes back, whole. Owns the
 * socket and its deadlines; understands nothing of what it carries.
 */
import { pbkdf2 as pbkdf2Callback, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';

import { GatehouseError } from '../domain/errors.ts';
import { MessageFramer } from '../protocols/postgres/framer.ts';
import { encodeTerminate } from '../protocols/postgres/frontend-encoders.ts';
import { BACKEND, BACKEND_TYPES } from '../protocols/postgres/message-types.ts';
import { encodeSslRequest } from '../protocols/postgres/startup.ts';
import { tlsServerEndPoint, type ChannelBinding } from '../protocols/postgres/tls-server-end-point.ts';
import { UpstreamLogin } from '../protocols/postgres/upstream-login.ts';
import type { Target } from './target-url.ts';

const CONNECT_TIMEOUT_MS = 15_000;
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);
const derive = promisify(pbkdf2Callback);

export interface SessionMessage {
  readonly type: number;
  readonly wire: Buffer;
}

export class WireSession {
  readonly #socket: Socket;
  readonly #messages: SessionMessage[] = [];
  #wake: (() => void) | undefined;
  #ended: string | undefined;
  serverVersion = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    const framer = new MessageFramer({
      streamed: new Set(),
      bytesMax: () => MESSAGE_BYTES_MAX,
      knownTypes: BACKEND_TYPES,
    });
    socket.on('data', (data: Buffer) => {
      framer.push(data);
      for (let step = framer.next(); step.kind !== 'need-more'; step = framer.next()) {
        if (step.kind === 'message') this.#messages.push(step);
        if (step.kind === 'error') {
          this.#end(step.code);
          socket.destroy();
          return;
        }
      }
      this.#wake?.();
    });
    socket.on('error', (error) => this.#end(error.message)).on('close', () => this.#end('it hung up'));
  }

  #end(why: string): void {
    this.#ended ??= why;
    this.#wake?.();
  }

  /** Throws `GH_LEAK_ME_CONNECT` with what the target said. */
  static async open(target: Target, startup: ReadonlyMap<string, string> = new Map()): Promise<WireSession> {
    const socket = connect(target.port, target.host).setNoDelay();
    const deadline = setTimeout(() => socket.destroy(new Error('no answer in time')), CONNECT_TIMEOUT_MS);
    try {
      await once(socket, 'connect');
      const { secured, channelBinding } = await secure(socket, target);
      const session = new WireSession(secured);
      await session.#login(target, startup, secured !== socket, channelBinding);
      return session;
    } catch (cause) {
      socket.destroy();
      if (cause instanceof GatehouseError) throw cause;
      throw unreachable(cause instanceof Error ? cause.message : String(cause), cause);
    } finally {
      clearTimeout(deadline);
    }
  }

  async #login(
    target: Target,
    startup: ReadonlyMap<string, string>,
    tlsActive: boolean,
    channelBinding: ChannelBinding | undefined,
  ): Promise<void> {
    const login = new UpstreamLogin({
      user: target.user,
      password: target.password,
      parameters: new Map([['database', target.database], ...startup]),
      protocolMinor: 0,
      channelBinding,
      tlsActive,
      // A token in clear text leaves this machine only where the URL says so.
      cleartextWithoutTls: target.sslMode === 'disable' || LOOPBACK.has(target.host),
      randomBytes,
      pbkdf2: (password, salt, iterations, bytes) => derive(password, salt, iterations, bytes, 'sha256'),
    });
    this.send(login.start());
    for (;;) {
      const message = await this.next();
      if (message === undefined) throw unreachable(this.#ended ?? 'it hung up');
      const step = await login.onMessage(message.type, message.wire);
      if (step.kind === 'send') this.send(step.bytes);
      if (step.kind === 'failed') {
        const said = step.serverError?.get('M');
        throw unreachable(said === undefined ? step.code : `it says: ${said}`);
      }
      if (step.kind === 'ready') {
        this.serverVersion = step.parameters.get('server_version') ?? '';
        return;
      }
    }
  }

  send(...bytes: Buffer[]): void {
    if (this.#ended === undefined) this.#socket.write(Buffer.concat(bytes));
  }

  /** Why the session is over; undefined while it lives. */
  get ended(): string | undefined {
    return this.#ended;
  }

  /** The next message; undefined once the target has ended the session and everything was read. */
  async next(): Promise<SessionMessage | undefined> {
    while (this.#messages.length === 0 && this.#ended === undefined)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#messages.shift();
  }

  /**
   * Messages up to and with that many ReadyForQuery, each handed over as it comes. Resolves with why it ended
   * early, undefined where it did not. A COPY that reads is answered through `onCopyIn`.
   */
  async untilReady(
    count: number,
    timeoutMs: number,
    onMessage: (message: SessionMessage) => void,
  ): Promise<string | undefined> {
    const timer = setTimeout(() => {
      this.#end('no answer in time');
      this.#socket.destroy();
    }, timeoutMs);
    try {
      for (let seen = 0; seen < count;) {
        const message = await this.next();
        if (message === undefined) return this.#ended;
        onMessage(message);
        if (message.type === BACKEND.ReadyForQuery) seen++;
      }
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    if (this.#ended === undefined) this.#socket.end(encodeTerminate());
    // What the target still has to say is of no interest; the socket must not hold the process.
    this.#socket.destroySoon();
  }
}

async function secure(
  socket: Socket,
  target: Target,
): Promise<{ secured: Socket; channelBinding: ChannelBinding | undefined }> {
  if (target.sslMode === 'disable') return { secured: socket, channelBinding: undefined };
  socket.write(encodeSslRequest());
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (answer.toString('latin1') !== 'S') {
    if (target.sslMode === 'prefer' && answer.toString('latin1') === 'N')
      return { secured: socket, channelBinding: undefined };
    throw unreachable('it has no TLS');
  }
  const verifies = target.sslMode === 'verify-ca' || target.sslMode === 'verify-full';
  const ca =
    target.rootCertificateFile === undefined ? undefined : await readFile(target.rootCertificateFile);
  const secured = connectTls({
    socket,
    ...(ca === undefined ? {} : { ca }),
    ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
    host: target.host,
    rejectUnauthorized: verifies,
    ...(target.sslMode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
    ALPNProtocols: ['postgresql'],
  });
  await once(secured, 'secureConnect');
  return { secured, channelBinding: tlsServerEndPoint(secured.getPeerCertificate().raw) };
}

const unreachable = (why: string, cause?: unknown): GatehouseError =>
  new GatehouseError('GH_LEAK_ME_CONNECT', `The target cannot be reached: ${why}`, { cause });
