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
  const parts: Uint8Array[] = [];
  let total = 0;
  const push = (bytes: Uint8Array): void => {
    parts.push(bytes);
    total += bytes.length;
  };
  const length = (value: number): void => {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value);
    push(bytes);
  };
  const part = (value: string | Uint8Array | null): void => {
    if (value === null) return length(0xffff_ffff);
    const bytes = typeof value === 'string' ? encoder.encode(value) : value;
    length(bytes.length);
    push(bytes);
  };
  part(form);
  for (const [name, value] of fields) {
    part(name);
    if (Array.isArray(value)) {
      length(value.length);
      for (const member of value as readonly string[]) part(member);
    } else {
      part(value as string | Uint8Array | null);
    }
  }
  const out = new Uint8Array(total);
  let offset = 0;
  for (const bytes of parts) {
    out.set(bytes, offset);
    offset += bytes.length;
  }
  return out;
}
