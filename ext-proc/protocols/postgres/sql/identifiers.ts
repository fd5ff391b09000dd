/**
 * Names in strings, read as PostgreSQL reads them: lists of identifiers (`search_path`), and qualified names
 * (`'public.people'::regclass`). PostgreSQL's varlena.c SplitIdentifierString and regproc.c
 * stringToQualifiedNameList: unquoted parts fold to lower case, a doubled quote stands for one.
 */
const IDENTIFIER_BYTES_MAX = 63;

/** Space as PostgreSQL's scanner has it. */
const isSpace = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d);

/** ASCII letters only, as for a UTF-8 database; others are left as they are. */
const foldCase = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Cuts to 63 bytes of UTF-8 at a character's border, as NAMEDATALEN does. */
export function truncateIdentifier(name: string): string {
  if (name.length * 3 <= IDENTIFIER_BYTES_MAX) return name;
  let bytes = 0;
  let end = 0;
  for (const character of name) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
    if (bytes > IDENTIFIER_BYTES_MAX) break;
    end += character.length;
  }
  return name.slice(0, end);
}

/** The identifiers of a list; undefined where PostgreSQL would call its syntax invalid. */
export function splitIdentifiers(text: string, separator: ',' | '.'): string[] | undefined {
  const names: string[] = [];
  let at = 0;
  const skipSpace = (): void => {
    while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  };
  skipSpace();
  if (at === text.length) return separator === ',' ? [] : undefined;
  for (;;) {
    if (text[at] === '"') {
      let name = '';
      at++;
      for (;;) {
        const end = text.indexOf('"', at);
        if (end < 0) return undefined;
        name += text.slice(at, end);
        at = end + 1;
        if (text[at] !== '"') break;
        name += '"';
        at++;
      }
      if (name === '' && separator === '.') return undefined;
      names.push(truncateIdentifier(name));
    } else {
      const start = at;
      while (at < text.length && text[at] !== separator && !isSpace(text.charCodeAt(at))) at++;
      if (at === start) return undefined;
      names.push(truncateIdentifier(foldCase(text.slice(start, at))));
    }
    skipSpace();
    if (at === text.length) return names;
    if (text[at] !== separator) return undefined;
    at++;
    skipSpace();
  }
}

/** The schemas of a `search_path` value; undefined where it is not a valid one. */
export const parseSearchPath = (value: string): string[] | undefined => splitIdentifiers(value, ',');

/** A name as it must be written to mean itself; always quoted unless it is a plain lower-case word. */
export const quoteIdentifier = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
