/** Makes frames. Every message goes out in one frame (RFC 6455 section 5.2), a client's under a key that is handed in. */
import { applyMask, OPCODES, type Opcode } from './frame.ts';

/**
 * A whole frame. `maskKey`: four random bytes toward a server (RFC 6455 section 5.3), undefined toward a client. The
 * payload is copied.
 */
export function encodeFrame(
  opcode: Exclude<Opcode, 'continuation'>,
  payload: Uint8Array,
  maskKey?: Uint8Array,
): Buffer {
  const { length } = payload;
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const keyAt = 2 + lengthBytes;
  const payloadAt = keyAt + (maskKey === undefined ? 0 : 4);
  const frame = Buffer.allocUnsafe(payloadAt + length);
  frame[0] = 0x80 | OPCODES[opcode];
  frame[1] =
    (maskKey === undefined ? 0 : 0x80) | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) frame.writeUInt16BE(length, 2);
  else if (lengthBytes === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  frame.set(payload, payloadAt);
  if (maskKey !== undefined) {
    frame.set(maskKey.subarray(0, 4), keyAt);
    applyMask(frame.subarray(payloadAt), maskKey);
  }
  return frame;
}
