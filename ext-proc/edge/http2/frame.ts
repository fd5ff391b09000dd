/**
 * HTTP/2 frames: their numbers, and those that the server makes itself.
 * Source: RFC 9113, sections 4.1 and 6.
 */

export const FRAME_HEADER_BYTES = 9;

export const FRAME = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  rstStream: 0x3,
  settings: 0x4,
  pushPromise: 0x5,
  ping: 0x6,
  goaway: 0x7,
  windowUpdate: 0x8,
  continuation: 0x9,
} as const;

export const FLAG = { ack: 0x1, endStream: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

export const SETTING = {
  headerTableSize: 0x1,
  enablePush: 0x2,
  maxConcurrentStreams: 0x3,
  initialWindowSize: 0x4,
  maxFrameSize: 0x5,
} as const;

/** Writes a frame header into `target` at 0. */
export function writeFrameHeader(
  target: Buffer,
  payloadBytes: number,
  type: number,
  flags: number,
  streamId: number,
): void {
  target[0] = payloadBytes >>> 16;
  target[1] = payloadBytes >>> 8;
  target[2] = payloadBytes;
  target[3] = type;
  target[4] = flags;
  target[5] = streamId >>> 24;
  target[6] = streamId >>> 16;
  target[7] = streamId >>> 8;
  target[8] = streamId;
}

/** A frame whose payload is to be filled in from `FRAME_HEADER_BYTES` on. */
export function frameWith(payloadBytes: number, type: number, flags: number, streamId: number): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payloadBytes);
  writeFrameHeader(frame, payloadBytes, type, flags, streamId);
  return frame;
}

export function encodeSettings(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const frame = frameWith(6 * settings.length, FRAME.settings, 0, 0);
  settings.forEach(([id, value], index) => {
    frame.writeUInt16BE(id, FRAME_HEADER_BYTES + 6 * index);
    frame.writeUInt32BE(value, FRAME_HEADER_BYTES + 6 * index + 2);
  });
  return frame;
}

export const SETTINGS_ACK = frameWith(0, FRAME.settings, FLAG.ack, 0);

export function encodePingAck(opaque: Buffer): Buffer {
  const frame = frameWith(8, FRAME.ping, FLAG.ack, 0);
  opaque.copy(frame, FRAME_HEADER_BYTES, 0, 8);
  return frame;
}

export function encodeWindowUpdate(streamId: number, increment: number): Buffer {
  return withUint32(FRAME.windowUpdate, streamId, increment);
}

export function encodeRstStream(streamId: number, errorCode: number): Buffer {
  return withUint32(FRAME.rstStream, streamId, errorCode);
}

function withUint32(type: number, streamId: number, value: number): Buffer {
  const frame = frameWith(4, type, 0, streamId);
  frame.writeUInt32BE(value, FRAME_HEADER_BYTES);
  return frame;
}

export function encodeGoaway(lastStreamId: number, errorCode: number): Buffer {
  const frame = frameWith(8, FRAME.goaway, 0, 0);
  frame.writeUInt32BE(lastStreamId, FRAME_HEADER_BYTES);
  frame.writeUInt32BE(errorCode, FRAME_HEADER_BYTES + 4);
  return frame;
}

export function encodeHeaders(streamId: number, block: Buffer, endStream: boolean): Buffer {
  const flags = FLAG.endHeaders | (endStream ? FLAG.endStream : 0);
  const frame = frameWith(block.length, FRAME.headers, flags, streamId);
  block.copy(frame, FRAME_HEADER_BYTES);
  return frame;
}
