/**
 * The server's side of one HTTP/2 connection: frames in, streams, frames out. No upgrade, no push, no priorities: the
 * peer is Envoy, or a probe of health. Everything that comes in one read is worked off before anything is written, and
 * what it made is written at once; between the two `onBatch` runs.
 * A peer that breaks the protocol loses the connection with all streams in it (fail closed).
 * Source: RFC 9113.
 */
import type { Socket } from 'node:net';
import {
  encodeGoaway,
  encodePingAck,
  encodeSettings,
  encodeWindowUpdate,
  FLAG,
  FRAME,
  SETTING,
  SETTINGS_ACK,
  encodeRstStream,
} from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import { HpackDecoder, type HeaderField } from './hpack-decoder.ts';
import { HTTP2_ERROR, Http2ConnectionError } from './http2-error.ts';
import { areTrailers, readRequestHeaders, type RequestHeaders } from './request-headers.ts';
import {
  Http2Stream,
  STREAM_WINDOW_BYTES,
  windowIncrement,
  withoutPadding,
  type StreamConnection,
} from './stream.ts';

const STREAMS_MAX = 100_000;
/** A chunk of Envoy's then comes as one frame, and needs no putting together. */
const FRAME_BYTES_MAX = 131_072;
/** What streams hold is bounded by their own windows; the connection's only must not be in their way. */
const CONNECTION_WINDOW_BYTES = 2 ** 30;
const DEFAULT_WINDOW_BYTES = 65_535;
const DEFAULT_FRAME_BYTES = 16_384;
const WINDOW_BYTES_MAX = 2 ** 31 - 1;
const HEADER_BLOCK_BYTES_MAX = 65_536;
/** Frames of the server's own that wait for a peer that does not read; more end the connection. */
const CONTROL_FRAMES_WAITING_MAX = 10_000;
/** Up to this many bytes are put together for one write: copying them costs less than telling the kernel of each. */
const JOINED_BYTES_MAX = 16_384;
const NOTHING = Buffer.alloc(0);

export interface Http2ConnectionOptions {
  /** Called with each request; sets the stream's events before it returns. */
  readonly onStream: (stream: Http2Stream, headers: RequestHeaders) => void;
  /** Everything of one read has been worked off, continuations included, and what it made is about to be written. */
  readonly onBatch: () => void;
}

export class Http2Connection implements StreamConnection {
  sendWindow = DEFAULT_WINDOW_BYTES;
  peerFrameBytesMax = DEFAULT_FRAME_BYTES;
  readonly #socket: Socket;
  readonly #options: Http2ConnectionOptions;
  readonly #streams = new Map<number, Http2Stream>();
  readonly #reader = new FrameReader(FRAME_BYTES_MAX, (type, flags, id, payload) =>
    this.#frame(type, flags, id, payload),
  );
  readonly #hpack = new HpackDecoder();
  readonly #waitingForWindow = new Set<Http2Stream>();
  #peerStreamWindow = DEFAULT_WINDOW_BYTES;
  #receivedBytes = 0;
  #lastStreamId = 0;
  /** The decoder gives the same list again for the same block. */
  #lastFields: readonly HeaderField[] | undefined;
  #lastHeaders: RequestHeaders | undefined;
  /** A header block that goes on in CONTINUATION frames: nothing else may come between. */
  #block:
    { readonly streamId: number; readonly endStream: boolean; pieces: Buffer[]; bytes: number } | undefined;
  #out: Buffer[] = [];
  #outBytes = 0;
  #sent: (() => void)[] = [];
  #writeDue = false;
  #batchDue = false;
  #controlFramesWaiting = 0;
  #closed = false;

  constructor(socket: Socket, options: Http2ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.control(
      encodeSettings([
        [SETTING.maxConcurrentStreams, STREAMS_MAX],
        [SETTING.initialWindowSize, STREAM_WINDOW_BYTES],
        [SETTING.maxFrameSize, FRAME_BYTES_MAX],
      ]),
    );
    this.control(encodeWindowUpdate(0, CONNECTION_WINDOW_BYTES));
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.destroy());
    socket.on('close', () => this.destroy());
    socket.on('error', () => this.destroy());
  }

  /** Closes the connection and everything in it, at once. */
  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#out = [];
    this.#sent = [];
    for (const stream of this.#streams.values()) stream.close();
    this.#socket.destroy();
  }

  // --- for streams --------------------------------------------------------------------------------------------

  output(bytes: Buffer, sent?: () => void): void {
    if (this.#closed) return;
    this.#out.push(bytes);
    this.#outBytes += bytes.length;
    if (sent !== undefined) this.#sent.push(sent);
    if (this.#writeDue) return;
    this.#writeDue = true;
    afterContinuations(this.#write);
  }

  control(frame: Buffer): void {
    if (++this.#controlFramesWaiting > CONTROL_FRAMES_WAITING_MAX) return this.destroy();
    this.output(frame);
  }

  waitForWindow(stream: Http2Stream): void {
    this.#waitingForWindow.add(stream);
  }

  forget(stream: Http2Stream): void {
    this.#streams.delete(stream.id);
    this.#waitingForWindow.delete(stream);
  }

  // --- reading ------------------------------------------------------------------------------------------------

  #receive(chunk: Buffer): void {
    if (this.#closed) return;
    // Held back until the whole read is worked off.
    this.#writeDue = true;
    try {
      this.#reader.push(chunk);
    } catch (error) {
      return this.#fail(error instanceof Http2ConnectionError ? error.errorCode : HTTP2_ERROR.internal);
    }
    if (this.#batchDue) return;
    this.#batchDue = true;
    afterContinuations(this.#endBatch);
  }

  readonly #endBatch = (): void => {
    this.#batchDue = false;
    this.#options.onBatch();
    afterContinuations(this.#write);
  };

  /** Tells the peer why, and closes. */
  #fail(errorCode: number): void {
    if (this.#closed) return;
    this.#out.push(encodeGoaway(this.#lastStreamId, errorCode));
    this.#write();
    this.#closed = true;
    for (const stream of this.#streams.values()) stream.close();
    this.#socket.end(() => this.#socket.destroy());
  }

  readonly #write = (): void => {
    this.#writeDue = false;
    const out = this.#out;
    if (this.#closed || out.length === 0) return;
    const sent = this.#sent;
    const joined = this.#outBytes <= JOINED_BYTES_MAX;
    this.#out = [];
    this.#outBytes = 0;
    this.#sent = [];
    const socket = this.#socket;
    if (out.length === 1) socket.write(out[0] as Buffer);
    else if (joined) socket.write(Buffer.concat(out));
    else {
      socket.cork();
      for (const piece of out) socket.write(piece);
      socket.uncork();
    }
    // The kernel nearly always takes it at once; a callback for each write would cost a turn of its own.
    if (socket.writableLength === 0) this.#written(sent);
    else socket.write(NOTHING, () => this.#written(sent));
  };

  #written(sent: readonly (() => void)[]): void {
    this.#controlFramesWaiting = 0;
    for (const each of sent) each();
  }

  #frame(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (this.#closed) return;
    if (this.#block !== undefined && (type !== FRAME.continuation || this.#block.streamId !== streamId))
      protocolError('a header block was interrupted');
    switch (type) {
      case FRAME.data:
        return this.#data(flags, streamId, payload);
      case FRAME.headers:
        return this.#headers(flags, streamId, payload);
      case FRAME.continuation:
        return this.#continuation(flags, payload);
      case FRAME.priority:
        if (streamId === 0) protocolError('PRIORITY of the connection');
        if (payload.length !== 5) this.#resetStream(streamId, HTTP2_ERROR.frameSize);
        else if (dependsOnItself(payload, streamId)) this.#resetStream(streamId, HTTP2_ERROR.protocol);
        return;
      case FRAME.rstStream:
        this.#known(streamId, 'RST_STREAM');
        if (payload.length !== 4) frameSizeError('RST_STREAM');
        return this.#streams.get(streamId)?.close();
      case FRAME.settings:
        return this.#settings(flags, streamId, payload);
      case FRAME.pushPromise:
        return protocolError('PUSH_PROMISE from a client');
      case FRAME.ping:
        if (streamId !== 0) protocolError('PING of a stream');
        if (payload.length !== 8) frameSizeError('PING');
        if ((flags & FLAG.ack) === 0) this.control(encodePingAck(payload));
        return;
      case FRAME.goaway:
        if (streamId !== 0) protocolError('GOAWAY of a stream');
        return;
      case FRAME.windowUpdate:
        return this.#windowUpdate(streamId, windowIncrement(payload));
      default:
      // Unknown types are ignored (section 4.1).
    }
  }

  #data(flags: number, streamId: number, payload: Buffer): void {
    this.#known(streamId, 'DATA');
    // Whatever becomes of it, the connection has room for more: streams bound what is kept.
    this.#receivedBytes += payload.length;
    if (this.#receivedBytes >= CONNECTION_WINDOW_BYTES / 2) {
      this.control(encodeWindowUpdate(0, this.#receivedBytes));
      this.#receivedBytes = 0;
    }
    const bytes = withoutPadding(payload, flags);
    const stream = this.#streams.get(streamId);
    if (stream === undefined || stream.remoteEnded)
      return this.#resetStream(streamId, HTTP2_ERROR.streamClosed);
    stream.receive(bytes, payload.length);
    if ((flags & FLAG.endStream) !== 0) stream.receiveEnd();
  }

  #headers(flags: number, streamId: number, payload: Buffer): void {
    if (streamId % 2 === 0) protocolError('a stream of the client with an even number');
    let block = withoutPadding(payload, flags);
    if ((flags & FLAG.priority) !== 0) {
      if (block.length < 5) frameSizeError('HEADERS');
      if (dependsOnItself(block, streamId)) protocolError('a stream that depends on itself');
      block = block.subarray(5);
    }
    const endStream = (flags & FLAG.endStream) !== 0;
    if ((flags & FLAG.endHeaders) !== 0) return this.#headerBlock(streamId, block, endStream);
    this.#block = { streamId, endStream, pieces: [block], bytes: block.length };
  }

  #continuation(flags: number, payload: Buffer): void {
    const block = this.#block;
    if (block === undefined) return protocolError('CONTINUATION of nothing');
    block.pieces.push(payload);
    // Empty ones count too: there may be any number of them.
    block.bytes += payload.length + 1;
    if (block.bytes > HEADER_BLOCK_BYTES_MAX)
      throw new Http2ConnectionError(HTTP2_ERROR.enhanceYourCalm, 'a header block that is too long');
    if ((flags & FLAG.endHeaders) === 0) return;
    this.#block = undefined;
    this.#headerBlock(block.streamId, Buffer.concat(block.pieces), block.endStream);
  }

  /** Decoded in any case: the table is the whole connection's. */
  #headerBlock(streamId: number, block: Buffer, endStream: boolean): void {
    const fields = this.#hpack.decode(block);
    const open = this.#streams.get(streamId);
    if (open !== undefined) {
      if (open.remoteEnded) return this.#resetStream(streamId, HTTP2_ERROR.streamClosed);
      if (!endStream || !areTrailers(fields)) return this.#resetStream(streamId, HTTP2_ERROR.protocol);
      return open.receiveEnd();
    }
    if (streamId <= this.#lastStreamId)
      throw new Http2ConnectionError(HTTP2_ERROR.streamClosed, 'HEADERS of a stream that is closed');
    this.#lastStreamId = streamId;
    if (this.#streams.size >= STREAMS_MAX) return this.#resetStream(streamId, HTTP2_ERROR.refusedStream);
    const headers = this.#requestHeaders(fields);
    if (headers === undefined) return this.#resetStream(streamId, HTTP2_ERROR.protocol);
    const stream = new Http2Stream(streamId, this, this.#peerStreamWindow, headers.get('content-length'));
    this.#streams.set(streamId, stream);
    this.#options.onStream(stream, headers);
    if (endStream && !stream.closed) stream.receiveEnd();
  }

  #requestHeaders(fields: readonly HeaderField[]): RequestHeaders | undefined {
    if (fields !== this.#lastFields) {
      this.#lastFields = fields;
      this.#lastHeaders = readRequestHeaders(fields);
    }
    return this.#lastHeaders;
  }

  #settings(flags: number, streamId: number, payload: Buffer): void {
    if (streamId !== 0) protocolError('SETTINGS of a stream');
    if ((flags & FLAG.ack) !== 0) {
      if (payload.length !== 0) frameSizeError('SETTINGS');
      return;
    }
    if (payload.length % 6 !== 0) frameSizeError('SETTINGS');
    // Before what the settings set free.
    this.control(SETTINGS_ACK);
    for (let at = 0; at < payload.length; at += 6)
      this.#setting(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
  }

  #setting(id: number, value: number): void {
    if (id === SETTING.enablePush && value > 1) protocolError('ENABLE_PUSH of neither 0 nor 1');
    if (id === SETTING.maxFrameSize) {
      if (value < DEFAULT_FRAME_BYTES || value > 2 ** 24 - 1) protocolError('MAX_FRAME_SIZE out of range');
      this.peerFrameBytesMax = value;
    }
    if (id !== SETTING.initialWindowSize) return;
    if (value > WINDOW_BYTES_MAX)
      throw new Http2ConnectionError(HTTP2_ERROR.flowControl, 'INITIAL_WINDOW_SIZE out of range');
    const by = value - this.#peerStreamWindow;
    this.#peerStreamWindow = value;
    for (const stream of this.#streams.values()) stream.windowChanged(by);
  }

  #windowUpdate(streamId: number, increment: number): void {
    if (streamId === 0) {
      if (increment === 0) protocolError('a WINDOW_UPDATE of 0');
      this.sendWindow += increment;
      if (this.sendWindow > WINDOW_BYTES_MAX)
        throw new Http2ConnectionError(HTTP2_ERROR.flowControl, 'the connection window is out of range');
      for (const stream of [...this.#waitingForWindow]) {
        this.#waitingForWindow.delete(stream);
        stream.sendWaiting();
      }
      return;
    }
    this.#known(streamId, 'WINDOW_UPDATE');
    const stream = this.#streams.get(streamId);
    if (increment === 0) stream?.reset(HTTP2_ERROR.protocol);
    else stream?.windowChanged(increment);
  }

  /** A stream that was never opened has nothing to say. */
  #known(streamId: number, what: string): void {
    if (streamId === 0 || streamId > this.#lastStreamId) protocolError(`${what} of no stream`);
  }

  #resetStream(streamId: number, errorCode: number): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) this.control(encodeRstStream(streamId, errorCode));
    else stream.reset(errorCode);
  }
}

function protocolError(why: string): never {
  throw new Http2ConnectionError(HTTP2_ERROR.protocol, why);
}

function frameSizeError(what: string): never {
  throw new Http2ConnectionError(HTTP2_ERROR.frameSize, `${what} of a wrong size`);
}

/**
 * Calls back when every promise that is settled by now has told whoever waits for it, and whoever waits for those: what
 * they make goes out with the rest of their batch. It is the same turn of the event loop all the same.
 */
function afterContinuations(callback: () => void): void {
  queueMicrotask(() => process.nextTick(callback));
}

const dependsOnItself = (payload: Buffer, streamId: number): boolean =>
  (payload.readUInt32BE(0) & 0x7fff_ffff) === streamId;
