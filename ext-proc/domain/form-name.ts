/**
 * What the name of a form's field may mean to the server: forms are lists of names and values (WHATWG URL section 5), and
 * servers make objects and lists of them in ways of their own. Rails, PHP and Express read `user[role]`, ASP.NET Core
 * and Spring `user.role` and `users[0].role`; PHP puts `_` for what its variables cannot be called.
 */

/**
 * The paths at which a server may find the field, each of one name at least: the name as it is; its parts; those
 * without a list's indexes, since a list adds nothing to the path of a field; and as PHP reads it. In linear time.
 */
export function formPaths(name: string): readonly (readonly string[])[] {
  if (!/[[. ]/.test(name)) return [[name]];
  const { first, inside } = bracketParts(name);
  const parts = [first, ...inside].flatMap((part) => part.split('.')).filter((part) => part !== '');
  const php = [first.replace(/^ +/, '').replaceAll(/[. []/g, '_'), ...inside];
  const named = (path: readonly string[]): readonly string[] =>
    path.filter((part, index) => part !== '' && (index === 0 || !/^[0-9]+$/.test(part)));
  const paths = [[name], parts, named(parts), named(php)].filter((path) => path.length > 0);
  const distinct = new Map(paths.map((path) => [path.join('\0'), path]));
  return [...distinct.values()];
}

/** `customer[card][]x` as `customer`, and `card`, `` and `x`, in one pass: a bracket that nothing closes is a letter. */
function bracketParts(name: string): { first: string; inside: readonly string[] } {
  const open = name.indexOf('[');
  if (open < 0 || !name.includes(']', open)) return { first: name, inside: [] };
  const inside: string[] = [];
  let from = open;
  for (let next = open; next >= 0; next = name.indexOf('[', from)) {
    const close = name.indexOf(']', next);
    if (close < 0) break;
    inside.push(name.slice(from, next), name.slice(next + 1, close));
    from = close + 1;
  }
  inside.push(name.slice(from));
  return { first: name.slice(0, open), inside };
}
