/**
 * One side of a comparison: a bare client that notes every message of the server's, so that the same script run
 * directly and through the gate can be held together byte for byte. Owns what may differ between two runs, and nothing
 * else is left out: keys and process ids, table OIDs, and the principal in `application_name`.
 */
import { decodeParameterStatus } from '../../ext-proc/protocols/postgres/backend.ts';
import {
  encodeBind,
  encodeClose,
  encodeDescribe,
  encodeExecute,
  encodeFlush,
  encodeParse,
  encodeQuery,
  encodeSync,
  encodeTerminate,
} from '../../ext-proc/protocols/postgres/frontend-encoders.ts';
import { BACKEND, FRONTEND } from '../../ext-proc/protocols/postgres/message-types.ts';
import { encodeParameterStatus } from '../../ext-proc/protocols/postgres/backend-encoders.ts';
import type { UpstreamReady } from '../../ext-proc/protocols/postgres/upstream-login.ts';
import { WireClient, type WireClientOptions, type WireMessage } from './postgres-wire-client.ts';

const READ_TIMEOUT_MS = 10_000;
const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(BACKEND).map(([name, type]) => [type, name]),
);

/** Shorthand for scripts. Parameters are text. */
export const say = {
  query: (text: string): Buffer => encodeQuery(text),
  parse: (statement: string, text: string, parameterTypes: readonly number[] = []): Buffer =>
    encodeParse({ statement, text, parameterTypes }),
  bind: (
    portal: string,
    statement: string,
    values: readonly (string | null)[] = [],
    resultFormats: readonly (0 | 1)[] = [],
  ): Buffer =>
    encodeBind({
      portal,
      statement,
      parameterFormats: [],
      values: values.map((value) => (value === null ? null : Buffer.from(value))),
      resultFormats,
    }),
  execute: (portal = '', rowsMax = 0): Buffer => encodeExecute(portal, rowsMax),
  describeStatement: (name = ''): Buffer => encodeDescribe('statement', name),
  describePortal: (name = ''): Buffer => encodeDescribe('portal', name),
  closeStatement: (name = ''): Buffer => encodeClose('statement', name),
  closePortal: (name = ''): Buffer => encodeClose('portal', name),
  sync: encodeSync(),
  flush: encodeFlush(),
  terminate: encodeTerminate(),
  copyData: (data: Buffer | string): Buffer => typed(FRONTEND.CopyData, Buffer.from(data)),
  copyDone: typed(FRONTEND.CopyDone, Buffer.alloc(0)),
  copyFail: (reason: string): Buffer => typed(FRONTEND.CopyFail, Buffer.from(`${reason}\0`)),
} as const;

/** Any message: for what no encoder makes. */
export function typed(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head[0] = type;
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export class WirePeer {
  readonly client: WireClient;
  /** Every message read so far, as it is compared. */
  readonly transcript: string[] = [];
  ended = false;

  /** What a cancel request of this session is made with. */
  readonly backendKey: UpstreamReady['backendKey'];

  private constructor(client: WireClient, backendKey: UpstreamReady['backendKey']) {
    this.client = client;
    this.backendKey = backendKey;
  }

  static async login(options: WireClientOptions): Promise<WirePeer> {
    const { client, outcome } = await WireClient.login(options);
    if (outcome.kind !== 'ready')
      throw new Error(`login failed: ${JSON.stringify([...(outcome.serverError ?? [])])}`);
    return new WirePeer(client, outcome.backendKey);
  }

  send(...messages: Buffer[]): void {
    this.client.send(...messages);
  }

  /** Sends in pieces of that many bytes, each in a segment of its own where the kernel lets it. */
  async sendInPieces(bytes: Buffer, pieceBytes: number): Promise<void> {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      this.client.socket.write(bytes.subarray(at, at + pieceBytes));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The client sends no more, and still reads. */
  fin(): void {
    this.client.socket.end();
  }

  async next(): Promise<WireMessage | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () =>
          reject(new Error(`nothing came for ${READ_TIMEOUT_MS} ms; so far:\n${this.transcript.join('\n')}`)),
        READ_TIMEOUT_MS,
      );
    });
    try {
      const message = await Promise.race([this.client.next(), timeout]);
      if (message === undefined) {
        if (!this.ended) this.transcript.push('end');
        this.ended = true;
      } else this.transcript.push(comparable(message));
      return message;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Reads to and with that many messages of the type, or to the end. Returns what it read. */
  async until(type: number, count = 1): Promise<WireMessage[]> {
    const messages: WireMessage[] = [];
    for (let seen = 0; seen < count;) {
      const message = await this.next();
      if (message === undefined) break;
      messages.push(message);
      if (message.type === type) seen++;
    }
    return messages;
  }

  ready(count = 1): Promise<WireMessage[]> {
    return this.until(BACKEND.ReadyForQuery, count);
  }

  async toEnd(): Promise<void> {
    while ((await this.next()) !== undefined);
  }

  /** A simple query and its whole answer. */
  async query(text: string): Promise<WireMessage[]> {
    this.send(say.query(text));
    return this.ready();
  }

  /** Messages and a Sync, and the answer to it. */
  async batch(...messages: Buffer[]): Promise<WireMessage[]> {
    this.send(...messages, say.sync);
    return this.ready();
  }

  /** Ends the session as a client does and reads what is left. */
  async close(): Promise<void> {
    if (!this.ended) {
      this.send(say.terminate);
      await this.toEnd();
    }
    this.client.socket.destroy();
  }

  /** Gone at once, without a word. */
  abort(): void {
    this.client.socket.destroy();
  }
}

/** A message as text: its name and its bytes, without what legitimately differs between two sessions. */
export function comparable(message: WireMessage): string {
  const { type } = message;
  let { wire } = message;
  if (type === BACKEND.NotificationResponse) {
    wire = Buffer.from(wire);
    wire.fill(0, 5, 9);
  } else if (type === BACKEND.BackendKeyData) wire = wire.subarray(0, 5);
  else if (type === BACKEND.RowDescription) wire = withoutTableOids(wire);
  else if (type === BACKEND.ParameterStatus) {
    const status = decodeParameterStatus(wire);
    if (status.ok && status.name === 'application_name')
      wire = encodeParameterStatus(status.name, '(principal)');
  }
  const text =
    wire.length > 2_000
      ? `${wire.length} bytes ${wire.subarray(0, 64).toString('latin1')}`
      : wire.toString('latin1');
  return `${NAMES.get(type) ?? type} ${JSON.stringify(text)}`;
}

/** RowDescription: name, table OID, column, type OID, size, modifier, format for each column. */
function withoutTableOids(wire: Buffer): Buffer {
  const out = Buffer.from(wire);
  let at = 7;
  for (let column = out.readUInt16BE(5); column > 0; column--) {
    at = out.indexOf(0, at) + 1;
    if (out.readUInt32BE(at) !== 0) out.writeUInt32BE(1, at);
    at += 18;
  }
  return out;
}
