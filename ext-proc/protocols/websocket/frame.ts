/**
 * A WebSocket frame and why a peer's bytes are refused (RFC 6455 section 5.2). Extensions are stripped from the handshake,
 * so the reserved bits stand for nothing here.
 */

export type DataOpcode = 'text' | 'binary';
export type ControlOpcode = 'close' | 'ping' | 'pong';
export type Opcode = 'continuation' | DataOpcode | ControlOpcode;

export const OPCODES = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const satisfies Readonly<Record<Opcode, number>>;

export interface Frame {
  readonly opcode: Opcode;
  /** Whether the message ends with it. */
  readonly final: boolean;
  /** Unmasked, and nobody else's. */
  readonly payload: Buffer;
  /** Of the frame on the wire, its header included. */
  readonly wireBytes: number;
}

/** Why nothing more of a peer is read. `publicMessage` repeats nothing of what it sent. */
export interface WebSocketRefusal {
  readonly code: 'GH_WS_FRAME' | 'GH_WS_TEXT' | 'GH_WS_TOO_LARGE';
  /** For the peer whose fault it is (RFC 6455 section 7.4.1). */
  readonly closeCode: 1002 | 1007 | 1009;
  readonly publicMessage: string;
}

export interface Refused {
  readonly kind: 'refused';
  readonly refusal: WebSocketRefusal;
}

export const NEED_MORE = { kind: 'need-more' } as const;
export type NeedMore = typeof NEED_MORE;

export const badFrame = (publicMessage: string): Refused => ({
  kind: 'refused',
  refusal: { code: 'GH_WS_FRAME', closeCode: 1002, publicMessage },
});

export const badText = (): Refused => ({
  kind: 'refused',
  refusal: { code: 'GH_WS_TEXT', closeCode: 1007, publicMessage: 'A text is not in UTF-8.' },
});

export const tooLarge = (bytesMax: number): Refused => ({
  kind: 'refused',
  refusal: {
    code: 'GH_WS_TOO_LARGE',
    closeCode: 1009,
    publicMessage: `A message is larger than the ${bytesMax} bytes that the gate reads.`,
  },
});

/** RFC 6455 section 5.3: the same function masks and unmasks. Writes `bytes` over themselves. */
export function applyMask(bytes: Buffer, key: Uint8Array): void {
  for (let at = 0; at < bytes.length; at++) bytes[at] = (bytes[at] as number) ^ (key[at & 3] as number);
}
