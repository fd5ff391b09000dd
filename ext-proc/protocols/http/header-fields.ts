/**
 * Header fields as they came: each line by itself, in order, names in lower case (RFC 9110 section 5). What may stand
 * there once stands there once, or the message is ambiguous.
 */

export type HeaderField = readonly [name: string, value: string];
export type HeaderFields = readonly HeaderField[];

/** How the fields of a message are changed: what is set replaces every line of its name. */
export interface HeaderChanges {
  readonly set: readonly HeaderField[];
  readonly remove: readonly string[];
}

export const NO_HEADER_CHANGES: HeaderChanges = { set: [], remove: [] };

/** The values of a name's lines, in order. */
export function fieldValues(fields: HeaderFields, name: string): readonly string[] {
  const values: string[] = [];
  for (const field of fields) if (field[0] === name) values.push(field[1]);
  return values;
}

/** The lines of a name joined as RFC 9110 section 5.3 joins them; undefined where there is none. */
export function fieldValue(fields: HeaderFields, name: string): string | undefined {
  let joined: string | undefined;
  for (const field of fields) {
    if (field[0] === name) joined = joined === undefined ? field[1] : `${joined}, ${field[1]}`;
  }
  return joined;
}
