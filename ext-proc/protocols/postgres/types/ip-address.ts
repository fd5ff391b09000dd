/** IP addresses between bytes and text: dotted IPv4, and IPv6 as RFC 5952 writes it. Refuses every other spelling. */
import type { ByteString } from '../../../masking/byte-string.ts';

const V4_BYTES = 4;
const V6_GROUPS = 8;

/** 4 or 16 bytes; undefined where the text is no address. */
export function addressBytes(text: ByteString): Buffer | undefined {
  return text.includes(':') ? v6Bytes(text) : v4Bytes(text);
}

function v4Bytes(text: ByteString): Buffer | undefined {
  const parts = text.split('.');
  if (parts.length !== V4_BYTES || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return undefined;
  return Buffer.from(parts.map(Number));
}

function v6Bytes(text: ByteString): Buffer | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? '');
  const tail = halves.length === 2 ? groups(halves[1] ?? '') : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = V6_GROUPS - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const bytes = Buffer.alloc(2 * V6_GROUPS);
  head.forEach((group, index) => bytes.writeUInt16BE(group, 2 * index));
  tail.forEach((group, index) => bytes.writeUInt16BE(group, 2 * (head.length + missing + index)));
  return bytes;
}

/** The last part may be an IPv4 address. */
function groups(text: ByteString): number[] | undefined {
  if (text === '') return [];
  const values: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (part.includes('.') && index === parts.length - 1) {
      const v4 = v4Bytes(part);
      if (v4 === undefined) return undefined;
      values.push(v4.readUInt16BE(0), v4.readUInt16BE(2));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) values.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return values;
}

/** Of 4 or 16 bytes. */
export function addressText(address: Buffer): ByteString {
  if (address.length === V4_BYTES) return address.join('.');
  const values = Array.from({ length: V6_GROUPS }, (_, index) => address.readUInt16BE(2 * index));
  let start = -1;
  let longest = 1;
  for (let at = 0; at < V6_GROUPS; at++) {
    let end = at;
    while (end < V6_GROUPS && values[end] === 0) end++;
    if (end - at > longest) {
      start = at;
      longest = end - at;
    }
    at = Math.max(at, end - 1);
  }
  const text = (from: number, to: number): string =>
    values
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return start < 0 ? text(0, V6_GROUPS) : `${text(0, start)}::${text(start + longest, V6_GROUPS)}`;
}
