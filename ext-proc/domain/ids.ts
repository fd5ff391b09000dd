/**
 * Branded identifiers. Owns their shape; refuses to be anything but opaque text to the rest of the code.
 */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** One audited action. UUID version 7 (RFC 9562 section 5.7), so ids sort by time. */
export type EventId = Branded<'EventId'>;

/** One client connection or HTTP request as the gate sees it. UUID version 7. */
export type SessionId = Branded<'SessionId'>;

/** Sixteen random bytes; handed in so that the domain stays pure. */
export type RandomBytes = (count: number) => Uint8Array;

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * A version 7 UUID from a time in milliseconds since the epoch and ten random bytes.
 * RFC 9562 section 5.7: 48 bits of time, version, 12 random bits, variant, 62 random bits.
 */
export function uuidV7(timeMs: number, random: Uint8Array): string {
  const high = Math.floor(timeMs / 0x1_0000_0000);
  const low = timeMs >>> 0;
  const hex = (byte: number): string => HEX[byte & 0xff] as string;
  const at = (index: number): number => random[index] ?? 0;
  return (
    hex(high >>> 8) +
    hex(high) +
    hex(low >>> 24) +
    hex(low >>> 16) +
    '-' +
    hex(low >>> 8) +
    hex(low) +
    '-' +
    hex(0x70 | (at(0) & 0x0f)) +
    hex(at(1)) +
    '-' +
    hex(0x80 | (at(2) & 0x3f)) +
    hex(at(3)) +
    '-' +
    hex(at(4)) +
    hex(at(5)) +
    hex(at(6)) +
    hex(at(7)) +
    hex(at(8)) +
    hex(at(9))
  );
}

export const asEventId = (text: string): EventId => text as EventId;
export const asSessionId = (text: string): SessionId => text as SessionId;
