/** The connection against Node's own HTTP/2 client, and against frames that no client of good will sends. */
import { once } from 'node:events';
import {
  connect as connectHttp2,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
} from 'node:http2';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Http2Connection } from './connection.ts';
import { encodeSettings, FRAME, FRAME_HEADER_BYTES, frameWith } from './frame.ts';
import {
  NARROW_WINDOW_BYTES,
  STREAM_WINDOW_BYTES,
  type Http2Stream,
  type Http2StreamEvents,
} from './stream.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** :method POST, :scheme http, :path /. */
const REQUEST = Buffer.from([0x83, 0x86, 0x84]);
const RESPONSE = Buffer.from([0x20, 0x88]);
const TRAILERS = Buffer.from([0x20, 0, 1, 0x61, 1, 0x62]);

const framed = (payload: Uint8Array | string): Buffer => {
  const bytes = Buffer.from(payload as string);
  return Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), bytes]);
};
const frame = (
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer => {
  const made = frameWith(payload.length, type, flags, streamId);
  made.set(payload, FRAME_HEADER_BYTES);
  return made;
};
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

describe('Http2Connection', () => {
  let server: Server;
  let port: number;
  let open: (stream: Http2Stream) => Http2StreamEvents;
  let onBatch: () => void;
  let closedStreams: number;
  const sockets: Socket[] = [];

  /** Sends back what it gets. */
  const echo = (stream: Http2Stream): Http2StreamEvents => {
    stream.respond(RESPONSE);
    return {
      onData: (bytes) => stream.send(framed(bytes)),
      onEnd: () => stream.end(TRAILERS),
      onClosed: () => closedStreams++,
    };
  };

  beforeEach(async () => {
    open = echo;
    onBatch = () => undefined;
    closedStreams = 0;
    server = createServer((socket) => {
      sockets.push(socket);
      void new Http2Connection(socket, {
        onStream: (stream) => {
          stream.events = open(stream);
        },
        onBatch: () => onBatch(),
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
    await once(server, 'close');
  });

  const client = (settings: object = {}): ClientHttp2Session => {
    const session = connectHttp2(`http://127.0.0.1:${port}`, { settings });
    session.on('error', () => {});
    return session;
  };
  const read = async (stream: ClientHttp2Stream): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    for await (const piece of stream) pieces.push(piece as Buffer);
    return Buffer.concat(pieces);
  };

  it('carries bodies over every window and frame size, in both directions, with trailers', async () => {
    const session = client({ initialWindowSize: 20_000 });
    const sent = Array.from({ length: 4 }, (_, index) => Buffer.alloc(1_000_000 + index, index + 1));
    const got = await Promise.all(
      sent.map(async (body) => {
        const stream = session.request({ ':method': 'POST' });
        const trailers = once(stream, 'trailers');
        stream.end(body);
        const answer = await read(stream);
        expect((await trailers)[0]).toMatchObject({ a: 'b' });
        return answer;
      }),
    );
    sent.forEach((body, index) => expect(got[index]?.equals(body)).toBe(true));
    expect(closedStreams).toBe(4);
    session.close();
  });

  it('sends what follows a frame from where it lies, in order, and says once that all of it has left', async () => {
    const [large, small] = [Buffer.alloc(70_000, 2), Buffer.alloc(5, 3)];
    let left = 0;
    open = (stream) => {
      stream.respond(RESPONSE);
      return {
        onData: () => {
          const rest = [large, Buffer.alloc(0), small, large, small, Buffer.alloc(0)];
          stream.send(framed('head'), () => left++, rest);
          stream.send(framed('next'), () => left++);
        },
        onEnd: () => stream.end(TRAILERS),
        onClosed: () => closedStreams++,
      };
    };
    for (const initialWindowSize of [1_000, 1_000_000]) {
      const session = client({ initialWindowSize });
      const stream = session.request({ ':method': 'POST' });
      stream.end('x');
      const expected = [Buffer.from('head'), large, small, large, small, Buffer.from('next')];
      expect((await read(stream)).equals(Buffer.concat(expected))).toBe(true);
      session.close();
    }
    expect(left).toBe(4);
    expect([large[0], small[0]]).toEqual([2, 3]);
  });

  it('sends in one write what a read has made, what waited for promises and for the end of the batch included', async () => {
    const session = client();
    await once(session, 'remoteSettings');
    const [socket] = sockets as [Socket];
    let ended = (): void => undefined;
    onBatch = () => ended();
    open = (stream) => ({
      onData: async (bytes) => {
        const batch = new Promise<void>((resolve) => (ended = resolve));
        stream.respond(RESPONSE);
        for (let hop = 0; hop < 20; hop++) await Promise.resolve();
        stream.send(framed(bytes));
        await batch;
        for (let hop = 0; hop < 20; hop++) await Promise.resolve();
        stream.send(framed(bytes));
        stream.end(TRAILERS);
      },
      onEnd: () => undefined,
      onClosed: () => closedStreams++,
    });
    const stream = session.request({ ':method': 'POST' });
    const writes = vi.spyOn(socket, 'write');
    stream.end('x');
    expect((await read(stream)).toString()).toBe('xx');
    expect(writes).toHaveBeenCalledTimes(1);
    session.close();
  });

  it('goes on where the peer makes its window smaller than what is under way, and larger again', async () => {
    const session = client({ initialWindowSize: 100_000 });
    const stream = session.request({ ':method': 'POST' });
    stream.write(Buffer.alloc(50_000, 1));
    await once(stream, 'response');
    session.settings({ initialWindowSize: 1 });
    stream.end(Buffer.alloc(200_000, 2));
    await once(session, 'localSettings');
    session.settings({ initialWindowSize: 300_000 });
    expect((await read(stream)).length).toBe(250_000);
    session.close();
  });

  it('keeps at most a window of what comes while a stream is paused, and other streams go on', async () => {
    let paused: Http2Stream | undefined;
    let bytes = 0;
    let ended = false;
    open = (stream) => {
      if (paused !== undefined) return echo(stream);
      paused = stream;
      stream.pause();
      stream.respond(RESPONSE);
      return {
        onData: (chunk) => (bytes += chunk.length),
        onEnd: () => {
          ended = true;
          stream.end(TRAILERS);
        },
        onClosed() {},
      };
    };
    const session = client();
    const stalled = session.request({ ':method': 'POST' });
    stalled.end(Buffer.alloc(1_000_000));
    await once(stalled, 'response');
    const other = session.request({ ':method': 'POST' });
    other.end(Buffer.alloc(500_000));
    expect((await read(other)).length).toBe(500_000);
    expect(bytes).toBe(0);
    expect(stalled.state.localWindowSize).toBeDefined();
    // What the client could not send yet waits with it.
    expect(session.state.remoteWindowSize).toBeGreaterThan(0);
    paused?.resume();
    await read(stalled);
    expect(bytes).toBe(1_000_000);
    expect(ended).toBe(true);
    session.close();
  });

  it('has little more than a narrow window under way, gives all of it back, and loses nothing', async () => {
    let narrowed: Http2Stream | undefined;
    let bytes = 0;
    let mostUnread = 0;
    let sent = 0;
    open = (stream) => {
      narrowed = stream;
      stream.narrow(true);
      stream.respond(RESPONSE);
      return {
        onData: (chunk) => {
          bytes += chunk.length;
          // After the first window, what the peer may have sent is the narrow one.
          if (bytes > STREAM_WINDOW_BYTES) mostUnread = Math.max(mostUnread, stream.receivable);
        },
        onEnd: () => stream.end(TRAILERS),
        onClosed() {},
      };
    };
    const session = client();
    const stream = session.request({ ':method': 'POST' });
    for (; sent < 2_000_000; sent += 100_000) stream.write(Buffer.alloc(100_000));
    await once(stream, 'response');
    while (bytes < sent) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(mostUnread).toBeGreaterThan(0);
    expect(mostUnread).toBeLessThanOrEqual(NARROW_WINDOW_BYTES);
    narrowed?.narrow(false);
    expect(narrowed?.receivable).toBeGreaterThan(STREAM_WINDOW_BYTES / 2);
    stream.end(Buffer.alloc(1_000_000));
    await read(stream);
    expect(bytes).toBe(sent + 1_000_000);
    session.close();
  });

  it('survives any number of resets, one after the other', async () => {
    const session = client();
    for (let index = 0; index < 3_000; index++) {
      const stream = session.request({ ':method': 'POST' });
      stream.on('error', () => {});
      stream.close(constants.NGHTTP2_CANCEL);
      if (index % 100 === 99) await once(stream, 'close');
    }
    const last = session.request({ ':method': 'POST' });
    last.end('still here');
    expect((await read(last)).toString()).toBe('still here');
    session.close();
  });

  it('tells every stream once when the connection goes', async () => {
    const session = client();
    const streams = [1, 2, 3].map(() => session.request({ ':method': 'POST' }));
    for (const stream of streams) stream.on('error', () => {});
    await Promise.all(streams.map((stream) => once(stream, 'response')));
    session.destroy();
    await expect.poll(() => closedStreams).toBe(3);
  });

  /** Sends frames as they are; resolves with what came back until the peer closed. */
  const exchange = async (...frames: Buffer[]): Promise<Buffer> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    const pieces: Buffer[] = [];
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    socket.write(Buffer.concat([PREFACE, encodeSettings([]), ...frames]));
    await once(socket, 'close');
    return Buffer.concat(pieces);
  };
  const goawayCode = (bytes: Buffer): number => {
    let code = -1;
    for (let at = 0; at + FRAME_HEADER_BYTES <= bytes.length;) {
      if (bytes[at + 3] === FRAME.goaway) code = bytes.readUInt32BE(at + FRAME_HEADER_BYTES + 4);
      at += FRAME_HEADER_BYTES + bytes.readUIntBE(at, 3);
    }
    return code;
  };
  const opened = frame(FRAME.headers, 0x4, 1, REQUEST);

  it.each<[string, number, Buffer[]]>([
    ['DATA of no stream', 1, [frame(FRAME.data, 0, 1, Buffer.from('x'))]],
    ['DATA of the connection', 1, [frame(FRAME.data, 0, 0, Buffer.from('x'))]],
    ['padding longer than its frame', 1, [opened, frame(FRAME.data, 0x8, 1, Buffer.from([9, 1, 2]))]],
    ['HEADERS with an even number', 1, [frame(FRAME.headers, 0x4, 2, REQUEST)]],
    ['HEADERS of a closed stream', 5, [opened, frame(FRAME.rstStream, 0, 1, uint32(8)), opened]],
    [
      'a header block that something interrupts',
      1,
      [frame(FRAME.headers, 0, 1, REQUEST), frame(FRAME.ping, 0, 0, Buffer.alloc(8))],
    ],
    ['CONTINUATION of nothing', 1, [frame(FRAME.continuation, 0x4, 1)]],
    [
      'a header block without end',
      11,
      [
        frame(FRAME.headers, 0, 1, REQUEST),
        ...Array.from({ length: 70_000 }, () => frame(FRAME.continuation, 0, 1)),
      ],
    ],
    ['a broken header block', 9, [frame(FRAME.headers, 0x4, 1, Buffer.from([0x80]))]],
    ['PUSH_PROMISE', 1, [frame(FRAME.pushPromise, 0x4, 1)]],
    ['PING of a wrong size', 6, [frame(FRAME.ping, 0, 0, Buffer.alloc(7))]],
    ['SETTINGS of a wrong size', 6, [frame(FRAME.settings, 0, 0, Buffer.alloc(5))]],
    ['a window above 2^31-1', 3, [frame(FRAME.windowUpdate, 0, 0, uint32(0x7fff_ffff))]],
    ['a WINDOW_UPDATE of 0', 1, [frame(FRAME.windowUpdate, 0, 0, uint32(0))]],
    ['RST_STREAM of no stream', 1, [frame(FRAME.rstStream, 0, 3, uint32(8))]],
  ])('closes the connection for %s', async (_what, code, frames) => {
    expect(goawayCode(await exchange(...frames))).toBe(code);
  });

  it('resets a stream that sends past its window', async () => {
    open = (stream) => {
      stream.pause();
      return { onData() {}, onEnd() {}, onClosed: () => closedStreams++ };
    };
    const chunk = Buffer.alloc(65_536);
    const pings = frame(FRAME.ping, 0, 0, Buffer.alloc(7));
    const bytes = await exchange(
      opened,
      ...Array.from({ length: STREAM_WINDOW_BYTES / chunk.length + 1 }, () => frame(FRAME.data, 0, 1, chunk)),
      pings,
    );
    expect(bytes.includes(frame(FRAME.rstStream, 0, 1, uint32(3)))).toBe(true);
    expect(closedStreams).toBe(1);
  });

  it('works off a read before it writes, and says so between', async () => {
    const order: string[] = [];
    open = (stream) => ({
      onData: (bytes) => order.push(bytes.toString()),
      onEnd() {
        order.push('end');
        stream.respond(RESPONSE);
        stream.end(TRAILERS);
      },
      onClosed() {},
    });
    await exchange(
      opened,
      frame(FRAME.data, 0, 1, Buffer.from('a')),
      frame(FRAME.data, 0x1, 1, Buffer.from('b')),
      frame(FRAME.ping, 0, 0, Buffer.alloc(7)),
    ).catch(() => undefined);
    expect(order).toEqual(['a', 'b', 'end']);
  });

  it('ends a connection whose peer asks without reading', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.pause();
    socket.write(Buffer.concat([PREFACE, encodeSettings([])]));
    const pings = Buffer.concat(
      Array.from({ length: 20_000 }, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8))),
    );
    // `once` would take the reset for a failure of its own.
    const closed = new Promise((resolve) => socket.on('close', resolve));
    for (let round = 0; round < 50 && !socket.destroyed; round++) {
      socket.write(pings);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => sockets.every((each) => each.destroyed)).toBe(true);
    socket.destroy();
    await closed;
  });
});
