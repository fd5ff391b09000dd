/**
 * Names of columns with `*` in them, as configuration and obligations write them. A pattern is matched by its fixed
 * parts in order, which takes linear time whatever the pattern.
 */

/** Whether the name fits. `*` stands for any characters, none included. */
export function fitsPattern(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] as string;
  if (parts.length === 1) return name === pattern;
  const last = parts.at(-1) as string;
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last))
    return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** `schema.table.column` as patterns; undefined where there are not three parts. */
export function columnPattern(
  text: string,
): { readonly schema: string; readonly table: string; readonly column: string } | undefined {
  const [schema, table, column, ...more] = text.split('.');
  if (schema === undefined || table === undefined || column === undefined || more.length > 0)
    return undefined;
  return { schema, table, column };
}
