/**
 * Names that readers of JSON and of forms may take for one. Go's encoding/json and ASP.NET Core bind a member in any
 * case of its letters, and by simple case folding (Unicode, CaseFolding.txt, C and S), by which `ſ` is an `s` and the
 * Kelvin sign a `k`. What closes something compares folded names; what opens something compares names as they stand.
 */

const ASCII_ONLY = /^[\0-\x7f]*$/;

/**
 * The name that stands for all of them: each code point's upper case in lower case. As Rego's `lower(upper(name))` in
 * WebAssembly, which maps code points one by one too (`ß` stays, and a sigma is one wherever it stands) and knows the
 * letters of Unicode 12.
 */
export function foldName(name: string): string {
  if (ASCII_ONLY.test(name)) return name.toLowerCase();
  let folded = '';
  for (const point of name) {
    const upper = point.toUpperCase();
    folded += firstPoint((isOnePoint(upper) ? upper : point).toLowerCase());
  }
  return folded;
}

const firstPoint = (text: string): string => String.fromCodePoint(text.codePointAt(0) as number);

const isOnePoint = (text: string): boolean => firstPoint(text).length === text.length;
