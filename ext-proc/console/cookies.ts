/** Cookies (RFC 6265bis): all of them `__Host-`, so that no other host and no plaintext page can set or read one. */

export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

/**
 * Lax: the issuer's redirect, and a link in a message, are navigations from elsewhere. What changes something asks for a
 * token of the session besides.
 */
export const setCookie = (name: string, value: string, maxAgeMs: number): string =>
  `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${Math.max(0, Math.floor(maxAgeMs / 1_000))}`;

export const clearCookie = (name: string): string => setCookie(name, '', 0);
