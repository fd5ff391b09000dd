/**
 * The canonical form of an action, and nothing else: a length-prefixed list of named byte strings, so that no two
 * different actions share one form whatever their contents. SHA-256 over it is the action digest; approvals are
 * bound to it, so a field may be added only with a new `form` name.
 */
import { hash } from 'node:crypto';

export type CanonicalField = readonly [name: string, value: string | Uint8Array | null | readonly string[]];

/**
 * `form` names protocol and version, for example `postgres/1`. Each part is written as a 4-byte big-endian length and
 * its bytes; null is the length 0xffffffff; a list is its count and its members.
 */
export function canonicalForm(form: string, fields: readonly CanonicalField[]): Uint8Array {
  const out = Buffer.allocUnsafeSlow(roomForAll(form, fields));
  return out.subarray(0, writeForm(out, form, fields));
}

/** SHA-256 of the canonical form, hex. */
export function canonicalDigest(form: string, fields: readonly CanonicalField[]): string {
  const room = roomForAll(form, fields);
  const out = room <= SCRATCH.length ? SCRATCH : Buffer.allocUnsafe(room);
  return hash('sha256', out.subarray(0, writeForm(out, form, fields)), 'hex');
}

type Part = string | Uint8Array | null;

const LENGTH_BYTES = 4;
/** A code unit becomes three bytes of UTF-8 at most. */
const UTF8_BYTES_MAX = 3;
/** For digests, which leave nothing of a form behind: used within one call alone. */
const SCRATCH = Buffer.allocUnsafeSlow(8_192);

const roomFor = (part: Part): number =>
  LENGTH_BYTES + (part === null ? 0 : typeof part === 'string' ? part.length * UTF8_BYTES_MAX : part.length);

function roomForAll(form: string, fields: readonly CanonicalField[]): number {
  let room = roomFor(form);
  for (const [name, value] of fields) {
    room += roomFor(name) + LENGTH_BYTES;
    if (!Array.isArray(value)) room += roomFor(value as Part);
    else for (const member of value as readonly string[]) room += roomFor(member);
  }
  return room;
}

/** Returns the bytes written. */
function writeForm(out: Buffer, form: string, fields: readonly CanonicalField[]): number {
  let offset = writePart(out, 0, form);
  for (const [name, value] of fields) {
    offset = writePart(out, offset, name);
    if (Array.isArray(value)) {
      offset = out.writeUInt32BE(value.length, offset);
      for (const member of value as readonly string[]) offset = writePart(out, offset, member);
    } else offset = writePart(out, offset, value as Part);
  }
  return offset;
}

function writePart(out: Buffer, offset: number, part: Part): number {
  if (part === null) return out.writeUInt32BE(0xffff_ffff, offset);
  const from = offset + LENGTH_BYTES;
  let bytes = part.length;
  if (typeof part === 'string') bytes = out.write(part, from, 'utf8');
  else out.set(part, from);
  out.writeUInt32BE(bytes, offset);
  return from + bytes;
}
