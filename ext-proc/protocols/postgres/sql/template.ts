/**
 * One cache entry for texts that differ in plain integers only. A conservative linear scan: a run of at most nine
 * digits between separators becomes a placeholder, and a text with anything that could give digits another meaning
 * (quotes, dollars, comments, backslashes, characters outside ASCII) has no template. Whether the description is
 * the same for every integer is the walk's to say (`constantsMatter`).
 */
const DIGITS_MAX = 9;
const TEXT_LENGTH_MAX = 4_096;
const PLACEHOLDER = '\u0001';

const FORBIDDEN = 1;
const BEFORE = 2;
const AFTER = 4;
const DIGIT = 8;

const CLASSES = new Uint8Array(128);
for (let code = 0; code < 32; code++) CLASSES[code] = FORBIDDEN;
for (const space of '\t\n\f\r ') CLASSES[space.charCodeAt(0)] = BEFORE | AFTER;
for (const character of '\'"$\\') CLASSES[character.charCodeAt(0)] = FORBIDDEN;
for (const character of '=<>(,') CLASSES[character.charCodeAt(0)] = BEFORE;
for (const character of ';)') CLASSES[character.charCodeAt(0)] = AFTER;
CLASSES[','.charCodeAt(0)] = BEFORE | AFTER;
for (let code = 0x30; code <= 0x39; code++) CLASSES[code] = DIGIT;

const MINUS = 0x2d;
const SLASH = 0x2f;
const STAR = 0x2a;

/** The template of a text; undefined where it has none, or where it holds no integer to replace. */
export function templateOf(text: string): string | undefined {
  const { length } = text;
  if (length > TEXT_LENGTH_MAX) return undefined;
  let template = '';
  let from = 0;
  let before = BEFORE;
  let previous = 0;
  let at = 0;
  while (at < length) {
    const code = text.charCodeAt(at);
    if (code > 126) return undefined;
    const kind = CLASSES[code] as number;
    if (kind === FORBIDDEN) return undefined;
    if ((code === MINUS && previous === MINUS) || (code === STAR && previous === SLASH)) return undefined;
    if (kind === DIGIT && (before & BEFORE) !== 0) {
      const start = at;
      let next = 0;
      do {
        at++;
        next = at < length ? text.charCodeAt(at) : 0x20;
      } while (next >= 0x30 && next <= 0x39);
      if (next > 126) return undefined;
      if (at - start <= DIGITS_MAX && ((CLASSES[next] as number) & AFTER) !== 0) {
        template += text.slice(from, start) + PLACEHOLDER;
        from = at;
      }
      before = DIGIT;
      previous = 0x30;
      continue;
    }
    // A sign that stands alone belongs to the number: `+ -5` is no other statement than `+ -6`.
    before = code === MINUS && (before & BEFORE) !== 0 ? BEFORE : kind;
    previous = code;
    at++;
  }
  return from === 0 ? undefined : template + text.slice(from);
}
