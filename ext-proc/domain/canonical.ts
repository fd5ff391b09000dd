/**
 * The canonical form of an action, and nothing else: a length-prefixed list of named byte strings, so that no two
 * different actions share one form whatever their contents. SHA-256 over it is the action digest; approvals are
 * bound to it, so a field may be added only with a new `form` name.
 */
const encoder = new TextEncoder();

export type CanonicalField = readonly [name: string, value: string | Uint8Array | null | readonly string[]];

/**
 * `form` names protocol and version, for example `postgres/1`. Each part is written as a 4-byte big-endian length and
 * its bytes; null is the length 0xffffffff; a list is its count and its members.
 */
export function canonicalForm(form: string, fields: readonly CanonicalField[]): Uint8Array {
  let room = roomFor(form);
  for (const [name, value] of fields) {
    room += roomFor(name) + LENGTH_BYTES;
    if (!Array.isArray(value)) room += roomFor(value as Part);
    else for (const member of value as readonly string[]) room += roomFor(member);
  }
  const out = new Uint8Array(room);
  const view = new DataView(out.buffer);
  let offset = 0;
  const length = (value: number): void => {
    view.setUint32(offset, value);
    offset += LENGTH_BYTES;
  };
  const part = (value: Part): void => {
    if (value === null) return length(0xffff_ffff);
    if (typeof value === 'string') {
      const { written } = encoder.encodeInto(value, out.subarray(offset + LENGTH_BYTES));
      length(written);
      offset += written;
    } else {
      length(value.length);
      out.set(value, offset);
      offset += value.length;
    }
  };
  part(form);
  for (const [name, value] of fields) {
    part(name);
    if (Array.isArray(value)) {
      length(value.length);
      for (const member of value as readonly string[]) part(member);
    } else {
      part(value as Part);
    }
  }
  return out.subarray(0, offset);
}

type Part = string | Uint8Array | null;

const LENGTH_BYTES = 4;
/** A code unit becomes three bytes of UTF-8 at most. */
const UTF8_BYTES_MAX = 3;

const roomFor = (part: Part): number =>
  LENGTH_BYTES + (part === null ? 0 : typeof part === 'string' ? part.length * UTF8_BYTES_MAX : part.length);
