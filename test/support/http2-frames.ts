/**
 * HTTP/2 by hand (RFC 9113), for what a proper client refuses to send. Header blocks are literals without indexing and
 * without Huffman coding (RFC 7541 section 6.2.2); what comes back is cut into frames and not decoded.
 */
import { connect } from 'node:net';

export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7 } as const;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const END_STREAM = 0x1;
const END_HEADERS = 0x4;

export function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A whole header block of fields, as they stand. Each name and value has less than 16,000 bytes. */
export const literals = (fields: readonly (readonly [string, string])[]): Buffer =>
  Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), lengthy(name), lengthy(value)]));

/** A string literal with its length: an integer with a prefix of seven bits (RFC 7541 section 5.1). */
function lengthy(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const length = bytes.length;
  const prefix =
    length < 127 ? [length] : [127, ((length - 127) & 0x7f) | (length > 254 ? 0x80 : 0), (length - 127) >> 7];
  return Buffer.concat([Buffer.from(length >= 127 && length <= 254 ? prefix.slice(0, 2) : prefix), bytes]);
}

/** A request on stream 1; without a body the headers end the stream. */
export function request(fields: readonly (readonly [string, string])[], body?: Buffer): Buffer {
  const flags = END_HEADERS | (body === undefined ? END_STREAM : 0);
  const head = frame(FRAME.headers, flags, 1, literals(fields));
  return body === undefined ? head : Buffer.concat([head, frame(FRAME.data, END_STREAM, 1, body)]);
}

/** The types of the frames that answer stream 1 or end the connection; `closed` where it was closed without either. */
export function exchange(
  port: number,
  bytes: Buffer,
  timeoutMs = 5_000,
): Promise<'headers' | 'reset' | 'goaway' | 'closed'> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let read = Buffer.alloc(0);
    const done = (found: 'headers' | 'reset' | 'goaway' | 'closed'): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(found);
    };
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error('no answer'));
    }, timeoutMs);
    socket.on('data', (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      while (read.length >= 9 && read.length >= 9 + read.readUIntBE(0, 3)) {
        const type = read.readUInt8(3);
        const stream = read.readUInt32BE(5);
        read = read.subarray(9 + read.readUIntBE(0, 3));
        if (type === FRAME.goaway) return done('goaway');
        if (stream === 1 && type === FRAME.reset) return done('reset');
        if (stream === 1 && type === FRAME.headers) return done('headers');
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => done('closed'));
    socket.write(Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0, Buffer.alloc(0)), bytes]));
  });
}

/**
 * Opens `count` requests on one connection and resets each at once; whether Envoy keeps the connection, which it says by
 * answering a ping behind them.
 */
export function resetAtOnce(
  port: number,
  fields: readonly (readonly [string, string])[],
  count: number,
): Promise<'kept' | 'ended'> {
  const cancel = Buffer.from([0, 0, 0, 8]);
  const block = literals(fields);
  const pairs = Array.from({ length: count }, (_, each) => {
    const stream = 2 * each + 1;
    return [
      frame(FRAME.headers, END_STREAM | END_HEADERS, stream, block),
      frame(FRAME.reset, 0, stream, cancel),
    ];
  });
  const ping = frame(FRAME.ping, 0, 0, Buffer.alloc(8));
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let read = Buffer.alloc(0);
    const done = (found: 'kept' | 'ended'): void => {
      socket.destroy();
      resolve(found);
    };
    socket.on('data', (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      while (read.length >= 9 && read.length >= 9 + read.readUIntBE(0, 3)) {
        const type = read.readUInt8(3);
        const isAnswer = (read.readUInt8(4) & 0x1) !== 0;
        read = read.subarray(9 + read.readUIntBE(0, 3));
        if (type === FRAME.goaway) return done('ended');
        if (type === FRAME.ping && isAnswer) return done('kept');
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => done('ended'));
    const settings = frame(FRAME.settings, 0, 0, Buffer.alloc(0));
    socket.write(Buffer.concat([PREFACE, settings, ...pairs.flat(), ping]));
  });
}
