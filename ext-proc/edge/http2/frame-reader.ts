/**
 * Cuts a connection's bytes into frames. Holds an incomplete frame only up to the announced size; a length is checked
 * before anything is kept for it. Payloads are views of what was read wherever a frame came in one piece.
 * Source: RFC 9113, sections 3.4 and 4.
 */
import { FRAME, FRAME_HEADER_BYTES } from './frame.ts';
import { HTTP2_ERROR, Http2ConnectionError } from './http2-error.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export type OnFrame = (type: number, flags: number, streamId: number, payload: Buffer) => void;

export class FrameReader {
  readonly #payloadBytesMax: number;
  readonly #onFrame: OnFrame;
  #prefaceBytes = 0;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #settled = false;

  constructor(payloadBytesMax: number, onFrame: OnFrame) {
    this.#payloadBytesMax = payloadBytesMax;
    this.#onFrame = onFrame;
  }

  /** Calls `onFrame` for each frame that is complete. Throws Http2ConnectionError for what is none. */
  push(chunk: Buffer): void {
    let at = this.#prefaceBytes < PREFACE.length ? this.#preface(chunk) : 0;
    if (this.#heldBytes > 0) {
      at = this.#completeHeader(chunk, at);
      if (this.#heldBytes < FRAME_HEADER_BYTES) return;
      const missing = FRAME_HEADER_BYTES + this.#payloadBytes(this.#joined(), 0) - this.#heldBytes;
      if (chunk.length - at < missing) return this.#hold(chunk, at);
      this.#hold(chunk.subarray(0, at + missing), at);
      at += missing;
      const frame = this.#joined();
      this.#held = [];
      this.#heldBytes = 0;
      this.#emit(frame, 0, frame.length - FRAME_HEADER_BYTES);
    }
    while (chunk.length - at >= FRAME_HEADER_BYTES) {
      const payloadBytes = this.#payloadBytes(chunk, at);
      if (chunk.length - at < FRAME_HEADER_BYTES + payloadBytes) break;
      this.#emit(chunk, at, payloadBytes);
      at += FRAME_HEADER_BYTES + payloadBytes;
    }
    if (at < chunk.length) this.#hold(chunk, at);
  }

  #preface(chunk: Buffer): number {
    const bytes = Math.min(PREFACE.length - this.#prefaceBytes, chunk.length);
    const expected = PREFACE.subarray(this.#prefaceBytes, this.#prefaceBytes + bytes);
    if (!chunk.subarray(0, bytes).equals(expected))
      throw new Http2ConnectionError(HTTP2_ERROR.protocol, 'no HTTP/2 preface');
    this.#prefaceBytes += bytes;
    return bytes;
  }

  #completeHeader(chunk: Buffer, at: number): number {
    if (this.#heldBytes >= FRAME_HEADER_BYTES) return at;
    const end = Math.min(at + FRAME_HEADER_BYTES - this.#heldBytes, chunk.length);
    this.#hold(chunk.subarray(0, end), at);
    return end;
  }

  #hold(chunk: Buffer, at: number): void {
    if (at >= chunk.length) return;
    this.#held.push(chunk.subarray(at));
    this.#heldBytes += chunk.length - at;
  }

  #joined(): Buffer {
    if (this.#held.length > 1) this.#held = [Buffer.concat(this.#held, this.#heldBytes)];
    return this.#held[0] as Buffer;
  }

  #payloadBytes(bytes: Buffer, at: number): number {
    const payloadBytes =
      ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    if (payloadBytes > this.#payloadBytesMax)
      throw new Http2ConnectionError(HTTP2_ERROR.frameSize, 'a frame above the announced size');
    return payloadBytes;
  }

  #emit(bytes: Buffer, at: number, payloadBytes: number): void {
    const type = bytes[at + 3] as number;
    if (!this.#settled && type !== FRAME.settings)
      throw new Http2ConnectionError(HTTP2_ERROR.protocol, 'the first frame is no SETTINGS');
    this.#settled = true;
    const start = at + FRAME_HEADER_BYTES;
    this.#onFrame(
      type,
      bytes[at + 4] as number,
      bytes.readUInt32BE(at + 5) & 0x7fff_ffff,
      bytes.subarray(start, start + payloadBytes),
    );
  }
}
