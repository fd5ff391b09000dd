/** What strict reading refuses, told plainly: each object's names in a set, each number by its text, of a text that is JSON. */
import { isExactNumber } from './json-number.ts';

const TOKENS = /"(?:[^"\\]|\\[^])*"|-?[0-9][0-9.eE+-]*|[[\]{},:]|true|false|null/g;

export type PlainVerdict = 'exact' | 'inexact' | 'duplicate' | 'half-pair' | 'deep';

export function plainVerdict(text: string, depthMax: number): PlainVerdict {
  const open: (Set<string> | undefined)[] = [];
  let nameNext = false;
  let isExact = true;
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : undefined);
      nameNext = token === '{';
      if (open.length > depthMax) return 'deep';
    } else if (token === '}' || token === ']') {
      open.pop();
      nameNext = false;
    } else if (token === ',') {
      nameNext = open.at(-1) !== undefined;
    } else if (token.startsWith('"') && nameNext) {
      const name = JSON.parse(token) as string;
      const names = open.at(-1) as Set<string>;
      if (names.has(name)) return 'duplicate';
      if (!name.isWellFormed()) return 'half-pair';
      names.add(name);
      nameNext = false;
    } else if (/^[-0-9]/.test(token)) {
      isExact &&= isExactNumber(token, Number(token));
    }
  }
  return isExact ? 'exact' : 'inexact';
}
