/** How often parts of one request's bodies were masked, by kind and by the pattern of the field: for its record. */

interface Count {
  readonly kind: string;
  readonly field: string | undefined;
  times: number;
}

export class MaskCounts {
  /** In the order in which they came first. */
  readonly #counts: Count[] = [];
  readonly #byField = new Map<string | undefined, Map<string, Count>>();

  add(kind: string, field: string | undefined): void {
    let byKind = this.#byField.get(field);
    if (byKind === undefined) this.#byField.set(field, (byKind = new Map()));
    let count = byKind.get(kind);
    if (count === undefined) {
      byKind.set(kind, (count = { kind, field, times: 0 }));
      this.#counts.push(count);
    }
    count.times++;
  }

  /** By `kind`, or `kind:field` where a field is marked. */
  get byName(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      this.#counts.map(({ kind, field, times }) => [field === undefined ? kind : `${kind}:${field}`, times]),
    );
  }
}
