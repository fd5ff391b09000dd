/**
 * JSON in which a member name occurs once an object. RFC 7515 section 4 and RFC 7519 section 4 let a reader refuse
 * repeated names; two readers that pick different ones would see two different tokens, so the gate refuses.
 */
const DEPTH_MAX = 32;

/**
 * Parses `text`; throws `SyntaxError` for anything that is not JSON, repeats a member name (compared after its
 * escapes are read) or nests deeper than 32.
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // The text is valid JSON from here on, so the scan needs no error handling of its own.
  const open: (Set<string> | undefined)[] = [];
  let nameNext = false;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x7b: // {
        open.push(new Set());
        nameNext = true;
        break;
      case 0x5b: // [
        open.push(undefined);
        nameNext = false;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        nameNext = false;
        break;
      case 0x2c: // ,
        nameNext = open.at(-1) !== undefined;
        break;
      case 0x22: {
        const start = at;
        at = endOfString(text, at);
        if (nameNext) {
          const name = JSON.parse(text.slice(start, at + 1)) as string;
          const names = open.at(-1) as Set<string>;
          if (names.has(name)) throw new SyntaxError('a member name is repeated');
          names.add(name);
          nameNext = false;
        }
        break;
      }
    }
    if (open.length > DEPTH_MAX) throw new SyntaxError('nested too deeply');
  }
  return value;
}

/** Index of the quote that closes the string opened at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
  return at;
}
