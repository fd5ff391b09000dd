/** The fixed token of `full`: it names the kind and tells nothing of the value, its length included. */
import type { Kind } from '../finding.ts';

/** Tokens from the longest to the shortest; the first that fits is taken. */
const SHORT_TOKEN = '[masked]';
const STARS = '***';

/** `[masked:email]`, or a shorter one where at most `charactersMax` characters fit. Holds nothing that needs escaping. */
export function fullToken(kind: Kind, charactersMax = Infinity): string {
  const token = `[masked:${kind}]`;
  if (token.length <= charactersMax) return token;
  return SHORT_TOKEN.length <= charactersMax ? SHORT_TOKEN : STARS.slice(0, Math.max(0, charactersMax));
}
