/**
 * One HTTP/2 stream: its windows, what of it waits in either direction, and how it ends.
 * What comes while the stream is paused is kept, up to its window: that is as much as the peer may send.
 * Source: RFC 9113, sections 5.1 and 5.2.
 */
import { encodeHeaders, encodeRstStream, encodeWindowUpdate, FLAG, FRAME } from './frame.ts';
import { FRAME_HEADER_BYTES, frameWith, writeFrameHeader } from './frame.ts';
import { HTTP2_ERROR, Http2ConnectionError } from './http2-error.ts';

/** Bytes of a stream that the peer may have under way. */
export const STREAM_WINDOW_BYTES = 262_144;
/** The same, where what comes behind must not wait for all of that. */
export const NARROW_WINDOW_BYTES = 32_768;
const WINDOW_BYTES_MAX = 2 ** 31 - 1;
const NOTHING_MORE: readonly Buffer[] = [];

/** Of the server's side; set before anything is received. */
export interface Http2StreamEvents {
  /** Bytes of the request's body: a view that stays valid. */
  onData(bytes: Buffer): void;
  /** The peer will send no more. */
  onEnd(): void;
  /** The stream is over, however it ended. Called once, last. */
  onClosed(): void;
}

/** What a stream needs of its connection. */
export interface StreamConnection {
  /** Bytes of DATA that the peer takes now, of all streams together. */
  sendWindow: number;
  readonly peerFrameBytesMax: number;
  /** Hands bytes to the socket with this turn's others; `sent` is called when they have left this process. */
  output(bytes: Buffer, sent?: () => void): void;
  /** A frame of the server's own, which no window holds back. */
  control(frame: Buffer): void;
  /** The stream has something to send once the connection's window opens. */
  waitForWindow(stream: Http2Stream): void;
  forget(stream: Http2Stream): void;
}

interface Waiting {
  readonly bytes: Buffer;
  at: number;
  sent: (() => void) | undefined;
}

export class Http2Stream {
  readonly id: number;
  readonly #connection: StreamConnection;
  #events: Http2StreamEvents | undefined;
  /** Bytes that the request's content-length still announces; undefined without one. */
  #announced: number | undefined;
  #receiveWindow = STREAM_WINDOW_BYTES;
  #windowTarget = STREAM_WINDOW_BYTES;
  /** Taken in since the peer was last told so. */
  #consumed = 0;
  #sendWindow: number;
  #paused = false;
  #received: Buffer[] = [];
  #waiting: Waiting[] = [];
  #trailers: Buffer | undefined;
  #remoteEnded = false;
  #endTold = false;
  #localEnded = false;
  #closed = false;

  constructor(
    id: number,
    connection: StreamConnection,
    sendWindow: number,
    contentLength: string | undefined,
  ) {
    this.id = id;
    this.#connection = connection;
    this.#sendWindow = sendWindow;
    this.#announced = contentLength === undefined ? undefined : Number(contentLength);
  }

  set events(events: Http2StreamEvents) {
    this.#events = events;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get remoteEnded(): boolean {
    return this.#remoteEnded;
  }

  /** Bytes that the peer may send now. */
  get receivable(): number {
    return this.#receiveWindow;
  }

  // --- receiving ----------------------------------------------------------------------------------------------

  /** `frameBytes`: what the frame takes of the window, padding included. */
  receive(bytes: Buffer, frameBytes: number): void {
    this.#receiveWindow -= frameBytes;
    if (this.#receiveWindow < 0) return this.reset(HTTP2_ERROR.flowControl);
    this.#consumed += frameBytes - bytes.length;
    if (this.#announced !== undefined) this.#announced -= bytes.length;
    if (this.#paused || this.#received.length > 0) {
      if (bytes.length > 0) this.#received.push(bytes);
      return;
    }
    if (bytes.length > 0) this.#deliver(bytes);
  }

  receiveEnd(): void {
    this.#remoteEnded = true;
    // A body of another length is malformed (RFC 9113 section 8.1.1).
    if (this.#announced !== undefined && this.#announced !== 0) return this.reset(HTTP2_ERROR.protocol);
    this.#tellEnd();
  }

  #deliver(bytes: Buffer): void {
    this.#consumed += bytes.length;
    this.#openWindow();
    this.#events?.onData(bytes);
  }

  /** Told in large steps: one for each message would cost as much as the message. */
  #openWindow(): void {
    const step = this.#windowTarget / 2;
    if (this.#consumed < step || this.#remoteEnded) return;
    // What was taken is given back up to the target; the rest of it when the target is a large one again.
    const underWay = STREAM_WINDOW_BYTES - this.#consumed;
    const by = Math.min(this.#consumed, this.#windowTarget - underWay);
    if (by < step) return;
    this.#receiveWindow += by;
    this.#consumed -= by;
    this.#connection.control(encodeWindowUpdate(this.id, by));
  }

  /** Has the peer keep no more under way than this, once it has sent what it may by now. */
  narrow(narrow: boolean): void {
    const target = narrow ? NARROW_WINDOW_BYTES : STREAM_WINDOW_BYTES;
    if (target === this.#windowTarget || this.#closed) return;
    this.#windowTarget = target;
    this.#openWindow();
  }

  #tellEnd(): void {
    if (!this.#remoteEnded || this.#endTold || this.#received.length > 0 || this.#closed) return;
    this.#endTold = true;
    this.#events?.onEnd();
    this.#closeIfOver();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    // Whoever resumes is in the midst of something: what waited comes when that is done.
    if (this.#received.length > 0) setImmediate(() => this.#catchUp());
  }

  #catchUp(): void {
    while (!this.#paused && !this.#closed) {
      const bytes = this.#received[0];
      if (bytes === undefined) break;
      if (this.#received.length === 1) this.#received = [];
      else this.#received.shift();
      this.#deliver(bytes);
    }
    this.#tellEnd();
  }

  // --- sending ------------------------------------------------------------------------------------------------

  respond(block: Buffer): void {
    if (!this.#closed) this.#connection.output(encodeHeaders(this.id, block, false));
  }

  /** A response that is nothing but this header block. */
  respondOnly(block: Buffer): void {
    if (this.#closed || this.#localEnded) return;
    this.#localEnded = true;
    this.#connection.output(encodeHeaders(this.id, block, true));
    this.#closeIfOver();
  }

  /**
   * Sends the bytes of `frame` from `FRAME_HEADER_BYTES` on; the room before them is for this to write into, so the
   * buffer must be nobody else's. `rest` follows as it is, and must not change any more. `sent` is called when all of it
   * has left this process's buffers.
   */
  send(frame: Buffer, sent?: () => void, rest: readonly Buffer[] = NOTHING_MORE): void {
    if (this.#closed || this.#localEnded || this.#trailers !== undefined) return;
    const bytes = frame.length - FRAME_HEADER_BYTES;
    const connection = this.#connection;
    if (
      rest.length === 0 &&
      this.#waiting.length === 0 &&
      bytes <= this.#sendWindow &&
      bytes <= connection.sendWindow &&
      bytes <= connection.peerFrameBytesMax
    ) {
      this.#sendWindow -= bytes;
      connection.sendWindow -= bytes;
      writeFrameHeader(frame, bytes, FRAME.data, 0, this.id);
      return connection.output(frame, sent);
    }
    let last: Waiting = { bytes: frame, at: FRAME_HEADER_BYTES, sent: undefined };
    this.#waiting.push(last);
    for (const bytes of rest) {
      // Nothing to send would look like a window that is closed.
      if (bytes.length > 0) this.#waiting.push((last = { bytes, at: 0, sent: undefined }));
    }
    last.sent = sent;
    this.sendWaiting();
  }

  /** Ends the response with trailers, after everything that was sent. */
  end(trailers: Buffer): void {
    if (this.#closed || this.#localEnded || this.#trailers !== undefined) return;
    this.#trailers = trailers;
    this.sendWaiting();
  }

  /** Sends as much of what waits as the windows let through. */
  sendWaiting(): void {
    const connection = this.#connection;
    for (;;) {
      const head = this.#waiting[0];
      if (head === undefined) break;
      const left = head.bytes.length - head.at;
      const bytes = Math.min(left, this.#sendWindow, connection.sendWindow, connection.peerFrameBytesMax);
      if (bytes <= 0) {
        if (this.#sendWindow > 0) connection.waitForWindow(this);
        return;
      }
      this.#sendWindow -= bytes;
      connection.sendWindow -= bytes;
      const header = frameWith(0, FRAME.data, 0, this.id);
      writeFrameHeader(header, bytes, FRAME.data, 0, this.id);
      connection.output(header);
      const piece =
        head.at === 0 && bytes === left ? head.bytes : head.bytes.subarray(head.at, head.at + bytes);
      head.at += bytes;
      if (bytes < left) {
        connection.output(piece);
        continue;
      }
      connection.output(piece, head.sent);
      this.#waiting.shift();
    }
    if (this.#trailers === undefined || this.#localEnded || this.#closed) return;
    this.#localEnded = true;
    connection.output(encodeHeaders(this.id, this.#trailers, true));
    this.#closeIfOver();
  }

  /** The peer takes more, or less after a change of its settings. */
  windowChanged(by: number): void {
    this.#sendWindow += by;
    if (this.#sendWindow > WINDOW_BYTES_MAX) return this.reset(HTTP2_ERROR.flowControl);
    if (by > 0) this.sendWaiting();
  }

  // --- ends ---------------------------------------------------------------------------------------------------

  /** Resets the stream: what waits is dropped. */
  reset(errorCode: number): void {
    if (this.#closed) return;
    this.#connection.control(encodeRstStream(this.id, errorCode));
    this.close();
  }

  /** The stream is over: the peer reset it, or its connection is gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#received = [];
    this.#waiting = [];
    this.#connection.forget(this);
    const events = this.#events;
    this.#events = undefined;
    // Not amid whatever called this.
    if (events !== undefined) queueMicrotask(() => events.onClosed());
  }

  #closeIfOver(): void {
    if (this.#closed || !this.#localEnded) return;
    // The response is whole: what the peer still sends is of no use (RFC 9113 section 8.1).
    if (!this.#remoteEnded) this.#connection.control(encodeRstStream(this.id, HTTP2_ERROR.none));
    this.close();
  }
}

/** The increment of a WINDOW_UPDATE, which may not be 0. */
export function windowIncrement(payload: Buffer): number {
  if (payload.length !== 4)
    throw new Http2ConnectionError(HTTP2_ERROR.frameSize, 'a WINDOW_UPDATE of another size than 4');
  return payload.readUInt32BE(0) & WINDOW_BYTES_MAX;
}

/** What a padded payload holds between its pad length and its padding (section 6.1). */
export function withoutPadding(payload: Buffer, flags: number): Buffer {
  if ((flags & FLAG.padded) === 0) return payload;
  const padding = payload[0];
  if (padding === undefined || padding >= payload.length)
    throw new Http2ConnectionError(HTTP2_ERROR.protocol, 'padding longer than its frame');
  return payload.subarray(1, payload.length - padding);
}
