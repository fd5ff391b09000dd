/**
 * Which response headers policy may let through that the gate withholds otherwise (`reveal_headers`). Pure.
 * Never one of a connection's own (RFC 9110 section 7.6.1, RFC 9113 section 8.2.2), one that frames the message, or one
 * that carries or asks for a credential of the gate's side.
 */

/** A token (RFC 9110 section 5.6.2) in lower case; without `*`, which would be meant as a glob and is none. */
const NAME = /^[a-z0-9!#$%&'+.^_`|~-]{1,128}$/;

const NEVER: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'proxy-authenticate',
  'authentication-info',
  'proxy-authentication-info',
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'host',
]);

export const isRevealedHeader = (name: string): boolean => NAME.test(name) && !NEVER.has(name);
