/**
 * `SET gatehouse.token = '…'`: how an agent renews its token within a session. Recognised before anything else looks
 * at the text, so that the token is in no cache, no record and no message to the server.
 */
import { Secret } from '../../domain/secret.ts';

const RENEWAL =
  /^\s*set\s+(?:session\s+)?gatehouse\.token\s*(?:=|\s+to\s+|to\s+)\s*'([A-Za-z0-9_\-.]{1,65536})'\s*;?\s*$/i;
/** Of a Query that may be one: the token, and the words around it. */
export const RENEWAL_BYTES_MAX = 65_536 + 1_024;
const MENTION = /gatehouse\s*"?\s*\.\s*"?\s*token/i;

/** The token where the text is nothing but a renewal. A JWT has no quotes and no escapes. */
export function tokenOfRenewal(text: string): Secret<string> | undefined {
  // Most statements are none: look at two bytes before running the pattern.
  if (!text.includes('.token') && !text.includes('.TOKEN')) return undefined;
  const match = RENEWAL.exec(text);
  return match === null ? undefined : new Secret(match[1] as string);
}

/** Whether a text that is not a plain renewal names the setting: it is refused, as it may hold a token. */
export function mentionsToken(text: string): boolean {
  return MENTION.test(text);
}
