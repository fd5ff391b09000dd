/** One byte range of a representation, RFC 9110 section 14. Several at once are answered with the whole, as it allows. */

export type RangeAsked =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly first: number; readonly last: number }
  | { readonly kind: 'unsatisfiable' };

/** `length` is the representation's, in bytes. What is not a range of bytes asks for the whole. */
export function askedRange(header: string | null, length: number): RangeAsked {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (from === '' && to === '') return { kind: 'whole' };
  if (from === '') {
    const suffix = Number(to);
    if (suffix === 0) return { kind: 'unsatisfiable' };
    return { kind: 'part', first: Math.max(0, length - suffix), last: length - 1 };
  }
  const first = Number(from);
  const last = to === '' ? length - 1 : Math.min(Number(to), length - 1);
  if (to !== '' && Number(to) < first) return { kind: 'whole' };
  return first >= length ? { kind: 'unsatisfiable' } : { kind: 'part', first, last };
}
