/**
 * The frames in a peer's bytes, however these are split (RFC 6455 section 5.2). Owns what a frame may be: no reserved bit
 * or opcode, masked where it comes from a client and only there (section 5.1), its length in the shortest form, control
 * frames whole and of at most 125 bytes (section 5.5). A length is held to the limit before a byte of the payload is kept.
 */
import {
  applyMask,
  badFrame,
  NEED_MORE,
  OPCODES,
  tooLarge,
  type Frame,
  type NeedMore,
  type Opcode,
  type Refused,
} from './frame.ts';

export interface FrameDecoderOptions {
  /** Whether frames are masked: those of clients are. */
  readonly masked: boolean;
  readonly payloadBytesMax: number;
}

export type FrameStep = { readonly kind: 'frame'; readonly frame: Frame } | NeedMore | Refused;

export const CONTROL_BYTES_MAX = 125;
const OPCODE_OF = new Map<number, Opcode>(
  Object.entries(OPCODES).map(([name, number]) => [number, name as Opcode]),
);

interface Header {
  readonly opcode: Opcode;
  readonly final: boolean;
  readonly headerBytes: number;
  readonly payloadBytes: number;
}

export class FrameDecoder {
  readonly #options: FrameDecoderOptions;
  #buffer: Buffer = Buffer.alloc(0);
  /** Whether `#buffer` is this decoder's own, and not a chunk that was handed in. */
  #owned = false;
  #start = 0;
  #end = 0;
  #header: Header | undefined;
  #refused: Refused | undefined;

  constructor(options: FrameDecoderOptions) {
    this.#options = options;
  }

  push(chunk: Buffer): void {
    const kept = this.#end - this.#start;
    if (kept === 0) {
      this.#buffer = chunk;
      this.#owned = false;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    const needed = kept + chunk.length;
    if (!this.#owned || this.#end + chunk.length > this.#buffer.length) {
      // Twice what is needed, so that bytes that come one by one are copied a few times in all.
      const buffer =
        this.#owned && needed <= this.#buffer.length / 2 ? this.#buffer : Buffer.allocUnsafe(needed * 2);
      this.#buffer.copy(buffer, 0, this.#start, this.#end);
      this.#buffer = buffer;
      this.#owned = true;
      this.#start = 0;
      this.#end = kept;
    }
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
  }

  /** The next frame. What was refused stays refused. */
  next(): FrameStep {
    if (this.#refused !== undefined) return this.#refused;
    if (this.#header === undefined) {
      const read = this.#readHeader();
      if (read.kind === 'need-more') return read;
      if (read.kind === 'refused') return (this.#refused = read);
      this.#header = read.header;
    }
    const { opcode, final, headerBytes, payloadBytes } = this.#header;
    const wireBytes = headerBytes + payloadBytes;
    if (this.#end - this.#start < wireBytes) return NEED_MORE;
    const at = this.#start + headerBytes;
    const payload = Buffer.from(this.#buffer.subarray(at, at + payloadBytes));
    if (this.#options.masked) applyMask(payload, this.#buffer.subarray(at - 4, at));
    this.#start += wireBytes;
    this.#header = undefined;
    return { kind: 'frame', frame: { opcode, final, payload, wireBytes } };
  }

  #readHeader(): { readonly kind: 'header'; readonly header: Header } | NeedMore | Refused {
    const buffer = this.#buffer;
    const start = this.#start;
    const there = this.#end - start;
    if (there < 1) return NEED_MORE;
    const first = buffer[start] as number;
    if ((first & 0x70) !== 0) return badFrame('A reserved bit is set: no extension was agreed.');
    const opcode = OPCODE_OF.get(first & 0x0f);
    if (opcode === undefined) return badFrame('The opcode is none that is defined.');
    const final = (first & 0x80) !== 0;
    const isControl = (first & 0x08) !== 0;
    if (isControl && !final) return badFrame('A control frame is in fragments.');
    if (there < 2) return NEED_MORE;
    const second = buffer[start + 1] as number;
    const { masked, payloadBytesMax } = this.#options;
    if (((second & 0x80) !== 0) !== masked)
      return badFrame(masked ? 'A client sends a frame unmasked.' : 'A server sends a masked frame.');
    const short = second & 0x7f;
    if (isControl && short > CONTROL_BYTES_MAX) return badFrame('A control frame is longer than 125 bytes.');
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const headerBytes = 2 + lengthBytes + (masked ? 4 : 0);
    if (there < headerBytes) return NEED_MORE;
    let payloadBytes = short;
    if (short === 126) {
      payloadBytes = buffer.readUInt16BE(start + 2);
      if (payloadBytes < 126) return badFrame('A length is not in its shortest form.');
    } else if (short === 127) {
      const high = buffer.readUInt32BE(start + 2);
      if (high >= 0x8000_0000) return badFrame('A length has its first bit set.');
      payloadBytes = high * 0x1_0000_0000 + buffer.readUInt32BE(start + 6);
      if (payloadBytes < 65_536) return badFrame('A length is not in its shortest form.');
    }
    if (payloadBytes > payloadBytesMax) return tooLarge(payloadBytesMax);
    return { kind: 'header', header: { opcode, final, headerBytes, payloadBytes } };
  }
}
