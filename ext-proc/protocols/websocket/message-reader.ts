/**
 * The messages of one peer (RFC 6455 sections 5.4 to 5.6): fragments put together, up to a limit, control frames between
 * them as they come, texts in UTF-8. Behind a Close frame nothing more is read (section 5.5.1).
 */
import { isUtf8 } from 'node:buffer';
import { readClose, type Close } from './close.ts';
import { FrameDecoder } from './frame-decoder.ts';
import {
  badFrame,
  badText,
  NEED_MORE,
  tooLarge,
  type DataOpcode,
  type Frame,
  type NeedMore,
  type Refused,
} from './frame.ts';

export interface Message {
  readonly kind: 'message';
  readonly type: DataOpcode;
  readonly payload: Buffer;
}

export interface PingOrPong {
  readonly kind: 'ping' | 'pong';
  readonly payload: Buffer;
}

export type MessageStep = Message | PingOrPong | Close | NeedMore | Refused;

export interface MessageReaderOptions {
  /** Whose messages they are: a client's frames are masked, a server's are not. */
  readonly from: 'client' | 'server';
  readonly messageBytesMax: number;
}

export class MessageReader {
  readonly #frames: FrameDecoder;
  readonly #bytesMax: number;
  /** Of the message that is not complete. */
  #type: DataOpcode | undefined;
  #parts: Buffer = Buffer.alloc(0);
  #partsBytes = 0;
  #closed = false;
  #refused: Refused | undefined;

  constructor({ from, messageBytesMax }: MessageReaderOptions) {
    this.#frames = new FrameDecoder({ masked: from === 'client', payloadBytesMax: messageBytesMax });
    this.#bytesMax = messageBytesMax;
  }

  push(chunk: Buffer): void {
    if (!this.#closed && this.#refused === undefined) this.#frames.push(chunk);
  }

  /** What comes next. What was refused stays refused. */
  next(): MessageStep {
    if (this.#refused !== undefined) return this.#refused;
    if (this.#closed) return NEED_MORE;
    for (;;) {
      const step = this.#frames.next();
      if (step.kind === 'need-more') return step;
      const read = step.kind === 'frame' ? this.#take(step.frame) : step;
      if (read === undefined) continue;
      if (read.kind === 'refused') this.#refused = read;
      else if (read.kind === 'close') this.#closed = true;
      return read;
    }
  }

  /** Undefined where the frame is a part of a message that is not complete. */
  #take({ opcode, final, payload }: Frame): Exclude<MessageStep, NeedMore> | undefined {
    switch (opcode) {
      case 'ping':
      case 'pong':
        return { kind: opcode, payload };
      case 'close':
        return readClose(payload);
      case 'text':
      case 'binary':
        if (this.#type !== undefined) return badFrame('A message begins before the one before it has ended.');
        if (final) return complete(opcode, payload);
        this.#type = opcode;
        return this.#keep(payload);
      case 'continuation': {
        const type = this.#type;
        if (type === undefined) return badFrame('A fragment continues no message.');
        const refused = this.#keep(payload);
        if (refused !== undefined || !final) return refused;
        const whole = Buffer.from(this.#parts.subarray(0, this.#partsBytes));
        this.#type = undefined;
        this.#parts = Buffer.alloc(0);
        this.#partsBytes = 0;
        return complete(type, whole);
      }
    }
  }

  #keep(payload: Buffer): Refused | undefined {
    const bytes = this.#partsBytes + payload.length;
    if (bytes > this.#bytesMax) return tooLarge(this.#bytesMax);
    if (bytes > this.#parts.length) {
      const parts = Buffer.allocUnsafe(Math.min(bytes * 2, this.#bytesMax));
      this.#parts.copy(parts, 0, 0, this.#partsBytes);
      this.#parts = parts;
    }
    payload.copy(this.#parts, this.#partsBytes);
    this.#partsBytes = bytes;
    return undefined;
  }
}

const complete = (type: DataOpcode, payload: Buffer): Message | Refused =>
  type === 'text' && !isUtf8(payload) ? badText() : { kind: 'message', type, payload };
